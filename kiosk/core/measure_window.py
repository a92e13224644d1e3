"""When samples have come to rest, and what they then say. Pure.

The 75th percentile is taken because hair, sweat and the edge of the spot only lower what
the sensor sees, while a plain maximum would follow its noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from kiosk.core.measure_pace import FAST, LOST_SHARE_MAX, Pace
from kiosk.core.words import Sample

SLOPE_MAX_C_PER_S = 0.3
OUTLIER_MIN_C = 0.15  # a sample this close to the median is never dropped
MAD_TO_SD = 1.4826  # of a normal distribution
_TOLERANCE_S = 0.02  # stamps jitter: eight steps of 0.1 s are 0.8 s


@dataclass(frozen=True, slots=True)
class Settled:
    """A window that came to rest: `raw_c` is its 75th percentile without outliers."""

    raw_c: float
    spread_c: float
    slope_c_per_s: float
    samples: int
    at_s: float


def settle(samples: Sequence[Sample], pace: Pace = FAST) -> Settled | None:
    """Return what the last window of `samples` (oldest first) says; None: not at rest."""
    newest_s = samples[-1].at_s if samples else 0.0
    window = [s for s in samples if newest_s - s.at_s <= pace.window_s + _TOLERANCE_S]
    if len(window) < pace.samples_min or not _is_covered(samples, newest_s, pace):
        return None
    values = [s.object_c for s in window]
    spread_c = _spread(values, pace)
    slope = linear_regression([s.at_s - newest_s for s in window], values).slope
    if spread_c > pace.spread_max_c or abs(slope) > SLOPE_MAX_C_PER_S:
        return None
    return Settled(_upper_quarter(values), spread_c, slope, len(window), newest_s)


def _spread(values: Sequence[float], pace: Pace) -> float:
    """Return how far values lie apart; of three, percentiles would hide the third."""
    if pace.samples_min < FAST.samples_min:
        return max(values) - min(values)
    return percentile(values, 0.9) - percentile(values, 0.1)


def _is_covered(samples: Sequence[Sample], newest_s: float, pace: Pace) -> bool:
    """Whether the samples reach back over the window, without a hole and few lost."""
    later_s, count = newest_s, 0
    for sample in reversed(samples):
        if later_s - sample.at_s > pace.gap_max_s:
            return False
        later_s, count = sample.at_s, count + 1
        if newest_s - later_s >= pace.window_s - _TOLERANCE_S:
            wanted = (newest_s - later_s) / pace.period_s + 1
            return count >= wanted * (1 - LOST_SHARE_MAX)
    return False


def _upper_quarter(values: Sequence[float]) -> float:
    middle = median(values)
    deviation = median(abs(v - middle) for v in values)
    limit = max(OUTLIER_MIN_C, 3 * MAD_TO_SD * deviation)
    return percentile([v for v in values if abs(v - middle) <= limit], 0.75)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of them lie, interpolated."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
