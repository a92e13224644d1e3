"""clock.json: what the clock remembers over a power cut, so that time never falls back.

Written when the time becomes trusted, when it steps and hourly from then on; whole, and put
in place by its name. It is not flushed: losing the newest hour costs an hour of the floor, no
more. A file that is damaged is as good as none.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk import log
from kiosk.timing import LATEST, RELEASED, Fix, Kept, Source, SystemClock

KEEP_EVERY_S = 3600.0
_BYTES_MAX = 4096


class ClockKeeper:
    """Writes down what a clock knows, rarely. The main thread owns it."""

    def __init__(self, clock: SystemClock, path: Path) -> None:
        self._clock, self._path = clock, path
        self._kept_s = 0.0
        self._fix: Fix | None = None

    def look(self) -> None:
        """Write when the time became known or stepped, and when the last time is long ago."""
        if self._clock.source not in (Source.SIGNED, Source.KERNEL):
            return
        kept, now_s = self._clock.kept(), self._clock.mono_s()
        if kept.fix == self._fix and now_s - self._kept_s < KEEP_EVERY_S:
            return
        self._kept_s, self._fix = now_s, kept.fix
        try:
            keep_clock(self._path, kept)
        except OSError as exc:
            log.warning(log.Event.CLOCK_NOT_KEPT, detail=str(exc))


def keep_clock(path: Path, kept: Kept) -> None:
    """Put `kept` in the place of what was remembered before. Raises OSError."""
    fix = kept.fix
    fields = {
        "floor_s": kept.floor.timestamp(),
        "chip_right_s": kept.chip_right.timestamp() if kept.chip_right else None,
        "boot_id": kept.boot_id,
        "fix": [fix.mono_s, fix.utc.timestamp(), fix.error_s, fix.source.value]
        if fix is not None
        else None,
    }
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(fields), "utf-8")
    fresh.replace(path)


def read_kept(path: Path) -> Kept:
    """Return what was remembered; nothing when the file is missing or damaged."""
    try:
        with path.open("rb") as file:
            fields = json.loads(file.read(_BYTES_MAX))
        return _kept(fields)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Kept()


def _kept(fields: dict[str, Any]) -> Kept:
    """Raises ValueError, TypeError or KeyError for what we never wrote."""
    right_s, fix = fields["chip_right_s"], fields["fix"]
    return Kept(
        _utc(fields["floor_s"]),
        None if right_s is None else _utc(right_s),
        str(fields["boot_id"]),
        None if fix is None else _fix(*fix),
    )


def _fix(mono_s: float, utc_s: float, error_s: float, source: str) -> Fix:
    if not (mono_s >= 0.0 and error_s >= 0.0):
        raise ValueError("a number below zero")
    return Fix(float(mono_s), _utc(utc_s), float(error_s), Source(source))


def _utc(seconds: float) -> datetime:
    if not RELEASED.timestamp() <= seconds <= LATEST.timestamp():
        raise ValueError("a year that cannot be")
    return datetime.fromtimestamp(seconds, UTC)
