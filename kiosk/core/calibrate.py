"""References -> a calibration, or the sentence that says why not and what to do. Pure.

Two ways, after the design of screening at gates. A black body at two temperatures gives the
sensor's own gain and offset, and a third point proves them. People whose armpit was measured
with a contact thermometer give the offset from skin to body (proposed by China's National
Institute of Metrology in February 2020 where there is no black body). Nothing here is ever
fitted with a slope to people: least squares would pull fevers to the middle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, stdev

from kiosk.core.measure import ROOM_REFERENCE_C, ROOM_TERM, ROOM_TERM_MAX_C
from kiosk.core.measure_gates import ROOM_MAX_C, ROOM_MIN_C

READINGS = 10  # of each point of the black body
POINTS_APART_MIN_C = 3.0  # chosen: closer ones let the sensor's noise make up a gain
GAIN_MIN, GAIN_MAX = 0.95, 1.05
CORRECTION_MAX_C = 2.0  # chosen, at 37 C: four times what a sound sensor is off by
STEADY_MAX_C = 0.3  # chosen, highest minus lowest of ten: noise alone makes 0.15
VERIFY_MAX_C = 0.3
BODY_C = 37.0  # in whose neighbourhood the sensor must be right
REFERENCES_MIN = 20
PEOPLE_SD_MAX_C = 0.4
ARMPIT_MIN_C, ARMPIT_MAX_C = 35.0, 38.5
SKIN_MIN_C, SKIN_MAX_C = 30.0, 38.0
OFFSET_MIN_C, OFFSET_MAX_C = -2.0, 4.0  # chosen: foreheads read 1.6 to 2.5 C below the mouth
ROWS_NAMED_MAX = 5  # more bad rows are only counted
_TINY_C = 1e-9  # of floating point: 0.3 is within 0.3


@dataclass(frozen=True, slots=True)
class Rejected:
    """No calibration came of it. `why` is a sentence that says what to do."""

    why: str


@dataclass(frozen=True, slots=True)
class SensorLine:
    """What makes the skin's temperature of what the sensor says: gain * raw + offset."""

    gain: float = 1.0
    offset_c: float = 0.0

    def skin_c(self, raw_c: float) -> float:
        """Return the temperature of what the sensor looks at."""
        return self.gain * raw_c + self.offset_c

    @property
    def is_plausible(self) -> bool:
        """Whether a working sensor can be wrong like this."""
        is_slope_small = GAIN_MIN - _TINY_C <= self.gain <= GAIN_MAX + _TINY_C
        return is_slope_small and abs(self.skin_c(BODY_C) - BODY_C) <= CORRECTION_MAX_C


@dataclass(frozen=True, slots=True)
class Point:
    """A source of known temperature, and what the sensor said of it, reading by reading."""

    source_c: float
    readings: tuple[float, ...]

    @property
    def median_c(self) -> float:
        """Return the middle of the readings."""
        return median(self.readings)

    @property
    def spread_c(self) -> float:
        """Return the highest reading minus the lowest."""
        return max(self.readings) - min(self.readings)


@dataclass(frozen=True, slots=True)
class Reference:
    """One person: what the sensor said, the armpit, the room. `row` names it to people."""

    row: str
    raw_c: float
    body_c: float
    room_c: float


@dataclass(frozen=True, slots=True)
class PeopleOffset:
    """What people gave: the offset from skin to body in a room of 24 C, and how sure."""

    offset_c: float
    sd_c: float
    count: int


def two_point(low: Point, high: Point) -> SensorLine | Rejected:
    """Return the line through two points of a black body."""
    for point in (low, high):
        if (rejected := check_point(point)) is not None:
            return rejected
    if high.source_c - low.source_c < POINTS_APART_MIN_C - _TINY_C:
        return Rejected(
            f"the points are less than {POINTS_APART_MIN_C:.0f} C apart: use 35.0 and 39.0"
        )
    step_c = high.median_c - low.median_c
    if step_c <= 0.0:
        return Rejected(
            "the sensor saw no warmer source at the high point: point it at the source and "
            "wait until the source is steady"
        )
    gain = round((high.source_c - low.source_c) / step_c, 5)
    line = SensorLine(gain, round(low.source_c - gain * low.median_c, 4))
    return line if line.is_plausible else Rejected(_implausible(line))


def check_point(point: Point) -> Rejected | None:
    """Return what is wrong with the readings of one point, None when they are steady."""
    if len(point.readings) < READINGS:
        return Rejected(f"{len(point.readings)} readings are too few: take {READINGS}")
    if point.spread_c > STEADY_MAX_C + _TINY_C:
        return Rejected(
            f"the readings at {point.source_c:.1f} C spread over {point.spread_c:.2f} C, more "
            f"than {STEADY_MAX_C} C: fix the sensor, keep draughts away, wait until the source "
            "is steady, and begin again"
        )
    return None


def verify_point(line: SensorLine, verify: Point) -> Rejected | None:
    """Return why the line does not hold at a third point, None when it does."""
    if (rejected := check_point(verify)) is not None:
        return rejected
    error_c = line.skin_c(verify.median_c) - verify.source_c
    if abs(error_c) > VERIFY_MAX_C + _TINY_C:
        return Rejected(
            f"at {verify.source_c:.1f} C the result is off by {error_c:+.2f} C, more than "
            f"{VERIFY_MAX_C} C: let source and sensor warm up for 30 min and begin again"
        )
    return None


def _implausible(line: SensorLine) -> str:
    error_c = line.skin_c(BODY_C) - BODY_C
    return (
        f"gain {line.gain:.3f} (allowed {GAIN_MIN} to {GAIN_MAX}) and {error_c:+.2f} C at "
        f"{BODY_C:.0f} C (allowed {CORRECTION_MAX_C} C): let the source fill the sensor's view "
        "at the working distance, check the two temperatures and the sensor's emissivity and "
        "skin mode, and begin again"
    )


def people_offset(references: Sequence[Reference], line: SensorLine) -> PeopleOffset | Rejected:
    """Return the offset that people give to a sensor with this line."""
    if named := [why for r in references if (why := _unlike_a_person(r, line))]:
        more = f" and {len(named) - ROWS_NAMED_MAX} more" if named[ROWS_NAMED_MAX:] else ""
        rows = "; ".join(named[:ROWS_NAMED_MAX])
        return Rejected(f"{rows}{more}: measure these people again or leave them out")
    if len(references) < REFERENCES_MIN:
        return Rejected(
            f"{len(references)} references are too few: measure {REFERENCES_MIN} or more "
            "healthy adults"
        )
    offsets = [offset_of(r, line) for r in references]
    return _accepted(PeopleOffset(round(median(offsets), 3), stdev(offsets), len(offsets)))


def _accepted(found: PeopleOffset) -> PeopleOffset | Rejected:
    if found.sd_c > PEOPLE_SD_MAX_C + _TINY_C:
        return Rejected(
            f"the offsets spread too far (SD {found.sd_c:.2f} C, over {PEOPLE_SD_MAX_C} C): "
            "let people rest 15 min indoors, foreheads bare and dry, at the marked distance, "
            "and measure again"
        )
    if not OFFSET_MIN_C <= found.offset_c <= OFFSET_MAX_C:
        return Rejected(
            f"an offset of {found.offset_c:+.2f} C is outside {OFFSET_MIN_C} to "
            f"{OFFSET_MAX_C} C: check the sensor's skin mode, its window and the distance"
        )
    return found


def offset_of(reference: Reference, line: SensorLine) -> float:
    """Return the offset that would make one person's estimate right."""
    term_c = ROOM_TERM * (reference.room_c - ROOM_REFERENCE_C)
    term_c = min(max(term_c, -ROOM_TERM_MAX_C), ROOM_TERM_MAX_C)
    return reference.body_c - line.skin_c(reference.raw_c) - term_c


def _unlike_a_person(reference: Reference, line: SensorLine) -> str | None:
    """Return what of a pair cannot be, naming its row. A value that is no number cannot be."""
    limits = (
        ("armpit", reference.body_c, ARMPIT_MIN_C, ARMPIT_MAX_C),
        ("skin", line.skin_c(reference.raw_c), SKIN_MIN_C, SKIN_MAX_C),
        ("room", reference.room_c, ROOM_MIN_C, ROOM_MAX_C),
    )
    for name, value_c, low_c, high_c in limits:
        if not low_c <= value_c <= high_c:
            return f"{reference.row}: {name} {value_c:.1f} C is outside {low_c} to {high_c} C"
    return None
