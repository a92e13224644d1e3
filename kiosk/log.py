"""The log: JSON lines on standard error, for journald. The list of event names.

Never logged: names, ids of people or passes, pass texts, keys, images, a temperature
beside a holder. A lasting trouble is logged when it begins and when it ends, with a count.
"""

import contextlib
import logging
import os
import sys
from enum import Enum
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from kiosk.timing import boot_seconds

_LOGGER = logging.getLogger("kiosk")
_GRADES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))  # sd-daemon(3)
_DEBUG = 7


class Event(Enum):
    """Every event name, `part.past_tense` or the name of a fault."""

    RUN_STARTED = "run.started"
    RUN_READY = "run.ready"
    RUN_STOPPED = "run.stopped"
    RUN_FAILED = "run.failed"
    WORKER_STARTED = "worker.started"
    WORKER_FAILED = "worker.failed"
    WORKER_HUNG = "worker.hung"
    WORKER_ZOMBIE = "worker.zombie"
    FAULT_ENDED = "fault.ended"
    CONFIG_READ = "config.read"
    CONFIG_WRONG = "config.wrong"
    CONFIG_LAST_GOOD = "config.last_good_used"
    CAMERA_OPENED = "camera.opened"
    CAMERA_NOT_OPENED = "camera.not_opened"
    CAMERA_LOST = "camera.lost"
    READER_DEGRADED = "reader.degraded"
    READER_STAGE_FAILED = "reader.stage_failed"
    SCAN_FOREIGN_FLOOD = "scan.foreign_flood"
    SCAN_VERIFIED = "scan.verified"
    SCAN_REFUSED = "scan.refused"
    SCAN_REPEATED = "scan.repeated"
    THERMOMETER_OPENED = "thermometer.opened"
    THERMOMETER_NOT_OPENED = "thermometer.not_opened"
    THERMOMETER_BUSY = "thermometer.busy"
    THERMOMETER_DENIED = "thermometer.denied"
    THERMOMETER_SETTINGS = "thermometer.settings_wrong"
    THERMOMETER_LOST = "thermometer.lost"
    THERMOMETER_SILENT = "thermometer.silent"
    THERMOMETER_NOISE = "thermometer.noise"
    THERMOMETER_FROZEN = "thermometer.frozen"
    THERMOMETER_DRIFTED = "thermometer.drifted"
    THERMOMETER_ROOM_UNKNOWN = "thermometer.room_unknown"
    THERMOMETER_READ_LATE = "thermometer.read_late"
    THERMOMETER_NOT_CALIBRATED = "thermometer.not_calibrated"
    READING_TAKEN = "reading.taken"
    READING_MISSED = "reading.missed"
    GATE_PULSED = "gate.pulsed"
    GATE_FAILED = "gate.failed"
    GATE_CONTACT_SILENT = "gate.contact_silent"
    GATE_PASSED = "gate.passed"
    GATE_LEVEL_STAYS = "gate.level_stays"
    GATE_NOT_FITTED = "gate.not_fitted"
    DUTY_CHANGED = "duty.changed"
    DUTY_PIN_WRONG = "duty.pin_wrong"
    DUTY_UNATTENDED = "duty.unattended"
    DUTY_ATTENDED = "duty.attended"
    MEASURING_NOT_KEPT = "measuring.not_kept"
    JOURNAL_OPENED = "journal.opened"
    JOURNAL_RECORDED = "journal.recorded"
    JOURNAL_FULL = "journal.full"
    JOURNAL_FAILED = "journal.failed"
    JOURNAL_SET_ASIDE = "journal.set_aside"
    JOURNAL_SLOW = "journal.slow"
    JOURNAL_CHECKED = "journal.checked"
    JOURNAL_PRUNED = "journal.pruned"
    TRUST_MISSING = "trust.missing"
    TRUST_TAKEN = "trust.taken"
    REVOCATIONS_TAKEN = "revocations.taken"
    ALLOWED_TAKEN = "allowed.taken"
    RULES_TAKEN = "rules.taken"
    RULES_APPLIED = "rules.applied"
    LISTS_DAMAGED = "lists.damaged"
    REGISTER_IMPORTED = "register.imported"
    REGISTER_READ = "register.read"
    REGISTER_MISSING = "register.missing"
    DIRECTORY_ASKED = "directory.asked"
    DIRECTORY_LOST = "directory.lost"
    PASSAGES_REBUILT = "passages.rebuilt"
    MATTER_OPENED = "matter.opened"
    MATTER_ANSWERED = "matter.answered"
    MATTER_ENDED = "matter.ended"
    MATTER_UNHEARD = "matter.unheard"
    SYNC_NOT_BOUND = "sync.not_bound"
    SYNC_PUSHED = "sync.pushed"
    SYNC_UNREACHABLE = "sync.unreachable"
    SYNC_CAPTIVE_PORTAL = "sync.captive_portal"
    SYNC_BUSY = "sync.busy"
    SYNC_REFUSED = "sync.refused"
    SYNC_BAD_UPDATE = "sync.bad_update"
    SYNC_ENTRY_SET_ASIDE = "sync.entry_set_aside"
    SYNC_STATE_LOST = "sync.state_lost"
    SYNC_WENT_BACK = "sync.went_back"
    CLOCK_UNSURE = "clock.unsure"
    CLOCK_TRUSTED = "clock.trusted"
    CLOCK_OLD = "clock.old"
    CLOCK_NOT_KEPT = "clock.not_kept"
    CLOCK_ASKED = "clock.asked"
    DEVICE_CLOCK_OFF = "device.clock_off"
    SCREEN_SERVED = "screen.served"
    SCREEN_DOWN = "screen.down"
    LAN_DOWN = "screen.lan_down"
    LAN_SERVED = "screen.lan_served"
    TABLET_INVITED = "tablet.invited"
    TABLET_REMOVED = "tablet.removed"
    TABLET_PAIRED = "tablet.paired"
    TABLET_REFUSED = "tablet.refused"
    HELP_ASKED = "help.asked"
    HELP_ENDED = "help.ended"
    CODE_UNREADABLE = "code.unreadable"
    VOICE_RENDERED = "voice.rendered"
    VOICE_FAILED = "voice.failed"
    VOICE_RECORDING_UNFIT = "voice.recording_unfit"
    CENTRAL_STARTED = "central.started"
    CENTRAL_STOPPED = "central.stopped"
    INTAKE_STORED = "intake.stored"
    INTAKE_REFUSED = "intake.refused"
    INTAKE_CONFLICT = "intake.conflict"
    DEVICE_FELL_BACK = "device.fell_back"
    CASE_OPENED = "case.opened"
    CASE_ANSWERED = "case.answered"
    CASE_CLOSED = "case.closed"
    CALL_SENT = "call.sent"
    CALL_FAILED = "call.failed"


def set_up(level: int = logging.INFO) -> None:
    """Send everything of the kiosk and of its libraries to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    names = {"levelname": "level", "asctime": "at"}
    fields = "%(asctime)s %(levelname)s %(name)s %(message)s"
    form = _Graded if _is_journal() else JsonFormatter
    handler.setFormatter(form(fields, rename_fields=names, json_ensure_ascii=False))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _LOGGER.setLevel(level)


def event(
    name: Event | str,
    /,
    *,
    level: int = logging.INFO,
    exc_info: BaseException | None = None,
    **fields: Any,
) -> None:
    """Log one event. `fields` are JSON values; `mono_s` (CLOCK_BOOTTIME) is added.

    `exc_info` is an exception whose traceback belongs to it: our own mistake.
    """
    if _LOGGER.isEnabledFor(level):
        text = Event(name).value  # an unlisted name is our own mistake
        stamp = {"mono_s": round(boot_seconds(), 4)}
        extra = {"event": text, **stamp, **fields}
        _LOGGER.log(level, text, extra=extra, exc_info=exc_info)


def warning(name: Event | str, /, **fields: Any) -> None:
    """Log an event that heals by itself."""
    event(name, level=logging.WARNING, **fields)


def error(name: Event | str, /, **fields: Any) -> None:
    """Log an event that needs a person."""
    event(name, level=logging.ERROR, **fields)


class _Graded(JsonFormatter):
    """Says before each line how grave it is, so that `journalctl -p warning` finds it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        grade = next((n for level, n in _GRADES if record.levelno >= level), _DEBUG)
        return f"<{grade}>{super().format(record)}"


def _is_journal() -> bool:
    """Return whether standard error goes to systemd's journal: systemd.exec(5)."""
    with contextlib.suppress(OSError, ValueError):  # closed, or none
        told = os.fstat(sys.stderr.fileno())
        return os.environ.get("JOURNAL_STREAM") == f"{told.st_dev}:{told.st_ino}"
    return False
