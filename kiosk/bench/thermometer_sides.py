"""What `bench thermometer` is held beside: two ways in which such scripts measure.

Both get the samples the kiosk gets. `first` is the tutorial's: the first sample that looks
like a forehead, compared as it came. `maximum` is the vendors': the highest sample of a
second, with the same offset that the kiosk has, compared with the same line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.core.words import Sample
from kiosk.simulate.foreheads import SKIN_BELOW_BODY_C, SKIN_PER_ROOM_C

FEVER_C = 37.3
FOREHEAD_C = 30.0  # from here such scripts take somebody to be there
WINDOW_S = 1.0
ROOM_REFERENCE_C = 24.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What such a script took and when; `shown_c` is what it compares with 37.3 C."""

    raw_c: float
    shown_c: float
    at_s: float

    @property
    def outcome(self) -> str:
        """Return what the script makes of it: there are only two things."""
        return "elevated" if self.shown_c >= FEVER_C else "normal"


def first(samples: Sequence[Sample], room_c: float) -> Answer | None:
    """Return the first sample that looks like a forehead; None: there is none."""
    for sample in samples:
        if sample.object_c >= FOREHEAD_C:
            return Answer(sample.object_c, sample.object_c, sample.at_s)
    return None


def maximum(samples: Sequence[Sample], room_c: float) -> Answer | None:
    """Return the highest sample of the first second with somebody; None: nobody came."""
    if (began := first(samples, room_c)) is None:
        return None
    window = [s for s in samples if 0 <= s.at_s - began.at_s <= WINDOW_S]
    raw_c = max(s.object_c for s in window)
    shown_c = raw_c + SKIN_BELOW_BODY_C + SKIN_PER_ROOM_C * (ROOM_REFERENCE_C - room_c)
    return Answer(raw_c, shown_c, window[-1].at_s)


SIDES = {"first": first, "maximum": maximum}
