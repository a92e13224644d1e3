"""What must hold before any reading counts: instrument, place, weather. Pure.

A forehead that has just come in from the cold says nothing about fever (Dzien 2020: healthy
staff read 33 C on entering), so it is the conditions that are judged, not only the value.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from kiosk.core.words import Missing, Sample, Surroundings

PHYSICAL_C = (-70.0, 380.0)  # of an object before a GY-MCU90614
ROOM_MIN_C, ROOM_MAX_C = 16.0, 35.0
SENSOR_MIN_C, SENSOR_MAX_C = 10.0, 40.0
DRIFT_MAX_C_PER_MIN = 0.2
DRIFT_OVER_S, DRIFT_MIN_S, DRIFT_EVERY_S = 180.0, 60.0, 10.0
FROZEN_S, FROZEN_SAMPLES = 10.0, 50
# A module that tells tenths, or no temperature of its own, repeats itself before a still wall.
FROZEN_COARSE_S = 600.0
COOLED_S = 600.0  # a sensor that was away for longer has lost its warm-up


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found when this sensor was held against a reference."""

    id: str
    offset_c: float  # from skin to body, in a room of 24 C
    made_on: date
    expires_on: date  # the last day on which it holds
    gain: float = 1.0  # of the sensor: skin = gain * raw + sensor_offset_c
    sensor_offset_c: float = 0.0


def _has_not() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Conditions:
    """The place and state of the instrument.

    `surroundings` and `today` are asked anew for each reading: a sensor in the room follows
    it, and the date may be corrected while the kiosk runs. `distance_cm` is the band in which
    a forehead counts, for devices that measure it. `powered_s` is the monotonic second since
    which the sensor has power: 0, the start of the machine, as it hangs on its supply.
    """

    surroundings: Callable[[], Surroundings]
    warm_up_s: float
    calibration: Calibration | None
    today: Callable[[], date]
    powered_s: float = 0.0
    distance_cm: tuple[float, float] | None = None
    has_drifted: Callable[[], bool] = _has_not  # seen in the people it let in: `core.drift`


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why no reading would count now, whoever comes."""

    reason: Missing
    is_fault: bool


class SensorWatch:
    """Follows the instrument itself: its own temperature, its warm-up, whether it lives."""

    def __init__(self, powered_s: float) -> None:
        self._powered_s = powered_s
        self._last: Sample | None = None
        self._same_since_s = 0.0
        self._same_samples = 0
        self._is_fine = False
        self._ambient: deque[tuple[float, float]] = deque()

    def note(self, sample: Sample) -> None:
        """Take the next sample; stamps go up."""
        last, self._last = self._last, sample
        if last is not None and sample.at_s - last.at_s > COOLED_S:
            self._powered_s = sample.at_s
        if last is None or _values(last) != _values(sample):
            self._same_since_s, self._same_samples = sample.at_s, 0
        self._same_samples += 1
        self._is_fine = self._is_fine or _tells_hundredths(sample)
        self._note_ambient(sample)

    def hindrance(self, warm_up_s: float, now_s: float) -> Hindrance | None:
        """Return why the instrument cannot be believed at `now_s`, None when it can."""
        if now_s - self._powered_s < warm_up_s:
            return Hindrance(Missing.NOT_READY, is_fault=True)
        if self._last is None:
            return None
        if self.is_frozen:
            return Hindrance(Missing.FAULT, is_fault=True)
        ambient_c = self._last.ambient_c
        is_outside = ambient_c is not None and not SENSOR_MIN_C <= ambient_c <= SENSOR_MAX_C
        if is_outside or self._is_drifting():
            return Hindrance(Missing.NOT_READY, is_fault=True)
        return None

    @property
    def is_frozen(self) -> bool:
        """Whether the sensor has repeated one value for so long that it cannot live."""
        if self._last is None:
            return False
        same_s = self._last.at_s - self._same_since_s
        limit_s = FROZEN_S if self._is_fine else FROZEN_COARSE_S
        return same_s >= limit_s and self._same_samples >= FROZEN_SAMPLES

    @property
    def drift_c_per_min(self) -> float | None:
        """Return how fast the sensor's own temperature changes; None: it has not told long."""
        if not self._ambient:
            return None
        (first_s, first_c), (last_s, last_c) = self._ambient[0], self._ambient[-1]
        if last_s - first_s < DRIFT_MIN_S:
            return None
        return round((last_c - first_c) / (last_s - first_s) * 60.0, 3)

    def _note_ambient(self, sample: Sample) -> None:
        if sample.ambient_c is None:
            return
        points = self._ambient
        if not points or sample.at_s - points[-1][0] >= DRIFT_EVERY_S:
            points.append((sample.at_s, sample.ambient_c))
        while sample.at_s - points[0][0] > DRIFT_OVER_S:
            points.popleft()

    def _is_drifting(self) -> bool:
        """Whether the can warms or cools so fast that it shifts what the sensor sees."""
        drift = self.drift_c_per_min
        return drift is not None and abs(drift) > DRIFT_MAX_C_PER_MIN


def _values(sample: Sample) -> tuple[float, float | None]:
    return sample.object_c, sample.ambient_c


def _tells_hundredths(sample: Sample) -> bool:
    """Whether this can only be of a sensor that tells hundredths, and its own temperature."""
    if sample.ambient_c is None:
        return False
    return abs(sample.object_c * 10 - round(sample.object_c * 10)) > 1e-6


def place_hindrance(conditions: Conditions) -> Hindrance | None:
    """Return why no reading counts at this place today, None when it does.

    Whether a forehead has been out in the cold is not known here: the rules ask for no
    reading of one that has.
    """
    calibration = conditions.calibration
    if calibration is None or conditions.today() > calibration.expires_on:
        return Hindrance(Missing.NOT_CALIBRATED, is_fault=True)
    if conditions.has_drifted():
        return Hindrance(Missing.NOT_CALIBRATED, is_fault=True)
    room_c = conditions.surroundings().room_c
    if room_c is None or not ROOM_MIN_C <= room_c <= ROOM_MAX_C:
        return Hindrance(Missing.AMBIENT_OUT_OF_RANGE, is_fault=False)
    return None


def is_sound(sample: Sample) -> bool:
    """Whether a sample is made of numbers that the sensor can have meant."""
    low_c, high_c = PHYSICAL_C
    values = (sample.object_c, sample.ambient_c or 0.0)
    return math.isfinite(sample.at_s) and all(low_c <= v <= high_c for v in values)
