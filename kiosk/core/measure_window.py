"""When samples have come to rest, and what they then say. Pure.

The 75th percentile is taken because hair, sweat and the edge of the spot only lower what
the sensor sees, while a plain maximum would follow its noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from kiosk.core.words import Sample

WINDOW_S = 0.8
SAMPLES_MIN = 5
SPREAD_MAX_C = 0.35  # from the 10th to the 90th percentile
SLOPE_MAX_C_PER_S = 0.3
GAP_MAX_S = 0.3
OUTLIER_MIN_C = 0.15  # a sample this close to the median is never dropped
MAD_TO_SD = 1.4826  # of a normal distribution
_TOLERANCE_S = 1e-6  # stamps are floats: eight steps of 0.1 s are 0.8 s


@dataclass(frozen=True, slots=True)
class Settled:
    """A window that came to rest: `raw_c` is its 75th percentile without outliers."""

    raw_c: float
    spread_c: float
    samples: int
    at_s: float


def settle(samples: Sequence[Sample]) -> Settled | None:
    """Return what the last 0.8 s of `samples` (oldest first) say; None: not at rest."""
    newest_s = samples[-1].at_s if samples else 0.0
    window = [s for s in samples if newest_s - s.at_s <= WINDOW_S + _TOLERANCE_S]
    if len(window) < SAMPLES_MIN or not _is_covered(samples, newest_s):
        return None
    values = [s.object_c for s in window]
    spread_c = percentile(values, 0.9) - percentile(values, 0.1)
    slope = linear_regression([s.at_s - newest_s for s in window], values).slope
    if spread_c > SPREAD_MAX_C or abs(slope) > SLOPE_MAX_C_PER_S:
        return None
    return Settled(_upper_quarter(values), spread_c, len(window), newest_s)


def _is_covered(samples: Sequence[Sample], newest_s: float) -> bool:
    """Whether the samples reach back over the window, without a hole in it."""
    later_s = newest_s
    for sample in reversed(samples):
        if later_s - sample.at_s > GAP_MAX_S:
            return False
        later_s = sample.at_s
        if newest_s - later_s >= WINDOW_S - _TOLERANCE_S:
            return True
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
