"""Whether somebody stands before the thermometer. Pure.

There is no range sensor and no face detector behind this: somebody is there when the sensor
sees something warm (above 28 C) that is clearly warmer (by 4 C) than the wall behind.
"""

from collections import deque
from collections.abc import Callable
from statistics import median, quantiles

from kiosk.core.words import Sample, Surroundings

WARM_C = 28.0
ABOVE_BACKGROUND_C = 4.0
LEAVE_S = 0.35  # chosen: a moving head dips for 0.25 s; two people do not change places so fast
BACKGROUND_EVERY_S = 0.5
BACKGROUND_SAMPLES = 60  # of half a second: the last 30 s without anybody
HOT_BACKGROUND_C = 30.0
JUMPING_C = 5.0  # between its quarters: sun through branches, a heater that swings
JUMPING_SAMPLES_MIN = 20
COMING_S = 1.0  # a head that comes into view is warmer than the wall before it is a face
BACKGROUND_SAMPLES_MIN = 4  # until then the room's temperature stands for the wall's


class Presence:
    """Follows who is there. A presence is named by the second of its first sample."""

    def __init__(self, surroundings: Callable[[], Surroundings]) -> None:
        self._surroundings = surroundings
        self._background: deque[float] = deque(maxlen=BACKGROUND_SAMPLES)
        self._held: deque[Sample] = deque()  # may be somebody who comes: not yet background
        self._noted_s = float("-inf")
        self._last_s = float("-inf")
        self._warm_since_s: float | None = None
        self._cold_since_s: float | None = None
        self.began_s: float | None = None  # of the presence that goes on, None: nobody

    @property
    def is_coming(self) -> bool:
        """Whether somebody is there or the first warm sample was seen just now."""
        return self._warm_since_s is not None

    @property
    def is_background_hot(self) -> bool:
        """Whether what lies behind people is too hot, or too restless, to see one before it."""
        seen = self._background
        if len(seen) < BACKGROUND_SAMPLES_MIN:
            return False
        if median(seen) > HOT_BACKGROUND_C:
            return True
        low_c, _, high_c = quantiles(seen, n=4)
        return len(seen) >= JUMPING_SAMPLES_MIN and high_c - low_c > JUMPING_C

    def note(self, sample: Sample, gap_ends_s: float) -> None:
        """Take the next sample; stamps go up.

        What was not watched for `gap_ends_s` is not known to be the same person.
        """
        if sample.at_s - self._last_s > gap_ends_s:
            self._end()
        self._last_s = sample.at_s
        if not self._is_warm(sample):
            self._note_cold(sample)
        elif self._warm_since_s is None:
            self._warm_since_s = sample.at_s
        else:
            self.began_s = self._warm_since_s
            self._held.clear()
            self._cold_since_s = None

    def _note_cold(self, sample: Sample) -> None:
        if self.began_s is None:
            self._warm_since_s = None
            self._note_background(sample)
        elif self._cold_since_s is None:
            self._cold_since_s = sample.at_s
        elif sample.at_s - self._cold_since_s >= LEAVE_S:
            self._end()

    def _end(self) -> None:
        self.began_s = self._warm_since_s = self._cold_since_s = None

    def _is_warm(self, sample: Sample) -> bool:
        above_c = sample.object_c - self._background_c(sample)
        return sample.object_c > WARM_C and above_c > ABOVE_BACKGROUND_C

    def _background_c(self, sample: Sample) -> float:
        if len(self._background) >= BACKGROUND_SAMPLES_MIN:
            return median(self._background)
        if (room_c := self._surroundings().room_c) is not None:
            return room_c
        return sample.ambient_c if sample.ambient_c is not None else sample.object_c

    def _note_background(self, sample: Sample) -> None:
        if sample.at_s - self._noted_s >= BACKGROUND_EVERY_S:
            self._noted_s = sample.at_s
            self._held.append(sample)
        while self._held and sample.at_s - self._held[0].at_s >= COMING_S:
            self._background.append(self._held.popleft().object_c)
