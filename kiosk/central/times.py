"""When an entry was really written: its boot's anchors, or those of the boots around it.

A kiosk without a clock chip does not know the time after a power cut, but it counts seconds
since the boot. Once it learns the time it sends an anchor: UTC at one second of that boot.
Each anchor that is honest gives every entry of its boot an interval that holds the truth;
the intervals of several are cut with one another. A boot that never learnt the time lies
between the boots before and after it, and before the entry came here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from kiosk.timing import ClockState
from kiosk.wire import Anchor

DRIFT = 100e-6  # chosen: a Pi's crystal is off by 50 ppm at most, and the kernel may slew it
AGREE_MS = 2_000  # a kiosk notices no smaller step of its own clock


class Quality(Enum):
    """What a time is worth."""

    EXACT = "exact"  # as it was written: the clock was trusted, and the anchors agree
    CORRECTED = "corrected"  # from the anchors of its boot
    BOUNDED = "bounded"  # somewhere inside an interval
    UNKNOWN = "unknown"  # as it was written; nothing speaks for it


@dataclass(frozen=True, slots=True)
class Written:
    """What an entry and its arrival say of the time."""

    boot_no: int
    boot_ms: int
    utc_ms: int  # by the kiosk's clock
    clock: int  # timing.ClockState
    stored_ms: int  # when it came here, by central's clock


@dataclass(frozen=True, slots=True)
class Instant:
    """UTC, give or take `error_ms`; an unknown time has no error that could be told."""

    utc_ms: int
    error_ms: int | None
    quality: Quality


@dataclass(frozen=True, slots=True)
class _Span:
    """The truth lies inside."""

    low_ms: float
    high_ms: float

    def instant(self, quality: Quality) -> Instant:
        middle = round((self.low_ms + self.high_ms) / 2)
        return Instant(middle, self.error_at(middle), quality)

    def error_at(self, utc_ms: int) -> int:
        """Return how far off `utc_ms` may be, rounded up."""
        return int(max(utc_ms - self.low_ms, self.high_ms - utc_ms, 0.0)) + 1


def corrected(entry: Written, anchors: Sequence[Anchor]) -> Instant:
    """Return when an entry was written. `anchors` are those of its journal, in any order."""
    own = [_carried(a, entry.boot_ms) for a in anchors if a.boot_no == entry.boot_no]
    if not own:
        return _bounded(entry, anchors)
    span = _Span(max(s.low_ms for s in own), min(s.high_ms for s in own))
    if span.low_ms > span.high_ms:  # they contradict one another: one of them is wrong
        around = _Span(min(s.low_ms for s in own), max(s.high_ms for s in own))
        return around.instant(Quality.BOUNDED)
    instant = span.instant(Quality.CORRECTED)
    is_trusted = entry.clock == ClockState.TRUSTED
    if is_trusted and abs(entry.utc_ms - instant.utc_ms) <= AGREE_MS + span.error_at(
        instant.utc_ms
    ):
        return Instant(entry.utc_ms, span.error_at(entry.utc_ms), Quality.EXACT)
    return instant


def _carried(anchor: Anchor, boot_ms: int) -> _Span:
    """Return what an anchor says of another moment of its boot."""
    passed_ms = boot_ms - anchor.boot_ms
    error_ms = anchor.error_ms + abs(passed_ms) * DRIFT
    utc_ms = anchor.utc_ms + passed_ms
    return _Span(utc_ms - error_ms, utc_ms + error_ms)


def _bounded(entry: Written, anchors: Iterable[Anchor]) -> Instant:
    """Boots follow one another: this one began after all that is known of those before."""
    before = [a.utc_ms - a.error_ms for a in anchors if a.boot_no < entry.boot_no]
    starts = [_carried(a, 0).high_ms for a in anchors if a.boot_no > entry.boot_no]
    latest_ms = min([*starts, float(entry.stored_ms)])
    earliest_ms = max(before, default=0) + entry.boot_ms * (1 - DRIFT)
    if not before or earliest_ms > latest_ms:
        return Instant(entry.utc_ms, None, Quality.UNKNOWN)
    return _Span(earliest_ms, latest_ms).instant(Quality.BOUNDED)
