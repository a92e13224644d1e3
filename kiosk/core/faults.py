"""Every failure of a running kiosk: its name, log event, staff line and way back.

The staff line and the way back are catalogue keys, `fault.<value>` and
`way_back.<value>`; both are on the staff screen while the fault lasts.
"""

from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """What can be wrong with a kiosk that runs."""

    CAMERA_MISSING = "camera_missing"
    CAMERA_LOST = "camera_lost"
    READER_ZBAR = "reader_zbar"
    CODES_FOREIGN = "codes_foreign"
    THERMOMETER_MISSING = "thermometer_missing"
    THERMOMETER_BUSY = "thermometer_busy"
    THERMOMETER_DENIED = "thermometer_denied"
    THERMOMETER_SETTINGS = "thermometer_settings"
    THERMOMETER_LOST = "thermometer_lost"
    THERMOMETER_SILENT = "thermometer_silent"
    THERMOMETER_NOISE = "thermometer_noise"
    THERMOMETER_FROZEN = "thermometer_frozen"
    THERMOMETER_DRIFT = "thermometer_drift"
    ROOM_SENSOR = "room_sensor"
    NOT_CALIBRATED = "not_calibrated"
    GATE_FAULT = "gate_fault"
    CONTACT_SILENT = "contact_silent"
    JOURNAL_FULL = "journal_full"
    JOURNAL_FAILED = "journal_failed"
    JOURNAL_CORRUPT = "journal_corrupt"
    JOURNAL_SLOW = "journal_slow"
    TRUST_MISSING = "trust_missing"
    REGISTER_MISSING = "register_missing"
    NOT_BOUND = "not_bound"
    SERVER_UNREACHABLE = "server_unreachable"
    CAPTIVE_PORTAL = "captive_portal"
    SERVER_BUSY = "server_busy"
    SERVER_REFUSED = "server_refused"
    BAD_UPDATE = "bad_update"
    ENTRY_SET_ASIDE = "entry_set_aside"
    MATTER_UNHEARD = "matter_unheard"
    CLOCK_UNSURE = "clock_unsure"
    CLOCK_OLD = "clock_old"
    CONFIG_LAST_GOOD = "config_last_good"
    SCREEN_DOWN = "screen_down"
    LAN_DOWN = "lan_down"
    VOICE_FAILED = "voice_failed"
    VOICE_RECORDING = "voice_recording"


class Severity(Enum):
    """Whether a fault heals by itself or waits for a person."""

    HEALS = "heals"
    NEEDS_PERSON = "needs_person"


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One line of the table. `part` is the chip of the health strip it belongs to."""

    event: str  # name in log.Event of its beginning; its end is logged as fault.ended
    part: str
    severity: Severity


_HEALS, _PERSON = Severity.HEALS, Severity.NEEDS_PERSON

FAULTS: dict[Fault, FaultRow] = {
    Fault.CAMERA_MISSING: FaultRow("camera.not_opened", "camera", _PERSON),
    Fault.CAMERA_LOST: FaultRow("camera.lost", "camera", _HEALS),
    Fault.READER_ZBAR: FaultRow("reader.degraded", "camera", _PERSON),
    Fault.CODES_FOREIGN: FaultRow("scan.foreign_flood", "camera", _HEALS),
    Fault.THERMOMETER_MISSING: FaultRow("thermometer.not_opened", "thermometer", _PERSON),
    Fault.THERMOMETER_BUSY: FaultRow("thermometer.busy", "thermometer", _PERSON),
    Fault.THERMOMETER_DENIED: FaultRow("thermometer.denied", "thermometer", _PERSON),
    Fault.THERMOMETER_SETTINGS: FaultRow("thermometer.settings_wrong", "thermometer", _PERSON),
    Fault.THERMOMETER_LOST: FaultRow("thermometer.lost", "thermometer", _HEALS),
    Fault.THERMOMETER_SILENT: FaultRow("thermometer.silent", "thermometer", _HEALS),
    Fault.THERMOMETER_NOISE: FaultRow("thermometer.noise", "thermometer", _PERSON),
    Fault.THERMOMETER_FROZEN: FaultRow("thermometer.frozen", "thermometer", _PERSON),
    Fault.THERMOMETER_DRIFT: FaultRow("thermometer.drifted", "thermometer", _PERSON),
    Fault.ROOM_SENSOR: FaultRow("thermometer.room_unknown", "thermometer", _PERSON),
    Fault.NOT_CALIBRATED: FaultRow("thermometer.not_calibrated", "thermometer", _PERSON),
    Fault.GATE_FAULT: FaultRow("gate.failed", "gate", _PERSON),
    Fault.CONTACT_SILENT: FaultRow("gate.contact_silent", "gate", _PERSON),
    Fault.JOURNAL_FULL: FaultRow("journal.full", "journal", _PERSON),
    Fault.JOURNAL_FAILED: FaultRow("journal.failed", "journal", _PERSON),
    Fault.JOURNAL_CORRUPT: FaultRow("journal.set_aside", "journal", _PERSON),
    Fault.JOURNAL_SLOW: FaultRow("journal.slow", "journal", _HEALS),
    Fault.TRUST_MISSING: FaultRow("trust.missing", "lists", _PERSON),
    Fault.REGISTER_MISSING: FaultRow("register.missing", "lists", _PERSON),
    Fault.NOT_BOUND: FaultRow("sync.not_bound", "sync", _PERSON),
    Fault.SERVER_UNREACHABLE: FaultRow("sync.unreachable", "sync", _HEALS),
    Fault.CAPTIVE_PORTAL: FaultRow("sync.captive_portal", "sync", _PERSON),
    Fault.SERVER_BUSY: FaultRow("sync.busy", "sync", _HEALS),
    Fault.SERVER_REFUSED: FaultRow("sync.refused", "sync", _PERSON),
    Fault.BAD_UPDATE: FaultRow("sync.bad_update", "lists", _PERSON),
    Fault.ENTRY_SET_ASIDE: FaultRow("sync.entry_set_aside", "sync", _PERSON),
    Fault.MATTER_UNHEARD: FaultRow("matter.unheard", "sync", _PERSON),
    Fault.CLOCK_UNSURE: FaultRow("clock.unsure", "clock", _HEALS),
    Fault.CLOCK_OLD: FaultRow("clock.old", "clock", _HEALS),
    Fault.CONFIG_LAST_GOOD: FaultRow("config.last_good_used", "config", _PERSON),
    Fault.SCREEN_DOWN: FaultRow("screen.down", "screen", _HEALS),
    Fault.LAN_DOWN: FaultRow("screen.lan_down", "screen", _HEALS),
    Fault.VOICE_FAILED: FaultRow("voice.failed", "voice", _HEALS),
    Fault.VOICE_RECORDING: FaultRow("voice.recording_unfit", "voice", _PERSON),
}
