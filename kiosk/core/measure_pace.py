"""How fast a sensor speaks, measured, and what that asks of a window. Pure.

A module at 2 Hz cannot fill a window before people lose patience: three samples in a row
that agree stand in its place. One at 5 Hz gets a longer window.
"""

from collections import deque
from dataclasses import dataclass
from statistics import median

INTERVALS = 16  # chosen: two seconds of a usual module
INTERVALS_MIN = 3
GAP_COUNTS_S = 3.0  # a longer pause is a fault of the line, not a rate
FAST_S, MIDDLE_S = 1 / 7.0, 1 / 3.5  # from sample to sample
LOST_SHARE_MAX = 0.2  # of the samples of a window


@dataclass(frozen=True, slots=True)
class Pace:
    """What a window must be like at some rate. `period_s` is from sample to sample."""

    period_s: float
    window_s: float
    samples_min: int
    spread_max_c: float  # from the 10th to the 90th percentile; of slow modules, of all
    gap_max_s: float
    presence_gap_s: float  # what was not watched for so long may be somebody else


FAST = Pace(0.1, 0.8, 5, 0.35, 0.3, 0.5)


class Rate:
    """Follows the intervals between samples."""

    def __init__(self) -> None:
        self._intervals: deque[float] = deque(maxlen=INTERVALS)
        self._last_s: float | None = None

    def note(self, at_s: float) -> None:
        """Take the stamp of the next sample; stamps go up."""
        if self._last_s is not None and at_s - self._last_s < GAP_COUNTS_S:
            self._intervals.append(at_s - self._last_s)
        self._last_s = at_s

    @property
    def pace(self) -> Pace:
        """Return what windows must be like; while the rate is unknown, those of a fast one."""
        if len(self._intervals) < INTERVALS_MIN:
            return FAST
        period_s = median(self._intervals)
        gap_s = max(FAST.gap_max_s, 2.2 * period_s)
        presence_s = max(FAST.presence_gap_s, 2.5 * period_s)
        if period_s <= FAST_S:
            return Pace(period_s, 0.8, 5, FAST.spread_max_c, gap_s, presence_s)
        if period_s <= MIDDLE_S:
            return Pace(period_s, 1.2, 5, FAST.spread_max_c, gap_s, presence_s)
        return Pace(period_s, 2 * period_s, 3, 0.2, gap_s, presence_s)
