"""Whether the thermometer drifts, seen in the people it lets in. Pure.

The median of what residents read is nearly the same every hour. When it leaves 36.4 +/- 0.3
for two hours, it is the instrument that has changed: a fogged or dirty window, a draught, a
sensor that ages. That is told and readings end; no threshold is ever moved to follow it.

It stays so until a person ends it, because without readings nothing can show that they would
be right again.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from kiosk.core.words import EntryKind, Granted, Reading, Recorded, Source

NORMAL_C, NORMAL_WITHIN_C = 36.4, 0.3
HOUR_S = 3600.0
# Chosen by simulation: with people of 0.45 C (SD) around 36.5 C, two hours are out by chance
# once in 520 days of 16 hours when each has 30 people; with 20 people, once in 65 days.
READINGS_MIN = 30
HOURS_OUT = 2
_TINY_C = 1e-6  # 36.1 and 36.7 are inside


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of readings, longer where few people came. `ended` is UTC."""

    ended: datetime
    median_c: float
    count: int

    @property
    def is_out(self) -> bool:
        """Whether people cannot have been like that."""
        return abs(self.median_c - NORMAL_C) > NORMAL_WITHIN_C + _TINY_C


class DriftWatch:
    """Follows the hours. The main thread notes; any thread may ask `is_drifted`.

    An hour ends when 3600 s have gone and 30 people have come, so that a quiet gate is
    watched too, at its own pace. `hours` are the last ones that ended, at most two.
    """

    def __init__(self, hours: tuple[Hour, ...] = (), *, is_drifted: bool = False) -> None:
        self.hours = hours[-HOURS_OUT:]
        self.is_drifted = is_drifted
        self._began_s: float | None = None
        self._boot_id = ""
        self._tenths: Counter[int] = Counter()  # bounded by the range of readings

    def note(self, recorded: Recorded) -> None:
        """Take an entry. Only residents who were let in with an infrared reading count."""
        entry = recorded.entry
        if entry.kind is not EntryKind.PASSAGE or entry.decision != Granted():
            return
        if not (values := _estimates(entry.readings)):
            return
        if self._began_s is None or entry.at.boot_id != self._boot_id:
            self._began_s, self._boot_id = entry.at.mono_s, entry.at.boot_id
        self._tenths[round(median(values) * 10)] += 1
        is_over = entry.at.mono_s - self._began_s >= HOUR_S
        if is_over and self._tenths.total() >= READINGS_MIN:
            self._end_hour(entry.at.utc)

    def forget(self) -> None:
        """Begin anew: a person has looked at the instrument."""
        self.hours, self.is_drifted = (), False
        self._began_s = None
        self._tenths.clear()

    def _end_hour(self, utc: datetime) -> None:
        tenths = list(self._tenths.elements())
        hour = Hour(utc, median(tenths) / 10, len(tenths))
        self.hours = (*self.hours, hour)[-HOURS_OUT:]
        self._began_s = None
        self._tenths.clear()
        if len(self.hours) == HOURS_OUT and all(h.is_out for h in self.hours):
            self.is_drifted = True


def _estimates(readings: tuple[object, ...]) -> list[float]:
    return [
        r.estimate_c for r in readings if isinstance(r, Reading) and r.source is Source.INFRARED
    ]
