"""A calibration is right within its noise, or it is refused with what to do."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.calibrate import (
    CORRECTION_MAX_C,
    GAIN_MAX,
    GAIN_MIN,
    OFFSET_MAX_C,
    OFFSET_MIN_C,
    PEOPLE_SD_MAX_C,
    PeopleOffset,
    Point,
    Reference,
    Rejected,
    SensorLine,
    check_point,
    offset_of,
    people_offset,
    two_point,
    verify_point,
)

NOISE_C = 0.05  # of a reading; the step of 4 C is then wrong by 2.5 % at most
STRAIGHT = SensorLine()

gains = st.floats(0.96, 1.04)
errors = st.floats(-1.0, 1.0)
noises = st.lists(st.floats(-NOISE_C, NOISE_C), min_size=10, max_size=10)
wild = st.floats(allow_nan=True, allow_infinity=True)
seeds = st.integers(0, 2**32)


def seen(gain: float, error_c: float, source_c: float) -> float:
    """What a sensor says whose readings need `gain` and are off by `error_c` at 37 C."""
    return (source_c - 37.0) / gain + 37.0 - error_c


def point(source_c: float, raw_c: float, noise: list[float] | None = None) -> Point:
    return Point(source_c, tuple(raw_c + n for n in noise or [0.0] * 10))


def line_of(found: SensorLine | Rejected) -> SensorLine:
    assert isinstance(found, SensorLine), found
    return found


def people(
    seed: int, *, offset_c: float = 2.0, sd_c: float = 0.2, count: int = 24
) -> list[Reference]:
    rng = random.Random(seed)
    references = []
    for number in range(count):
        body_c, room_c = rng.uniform(36.0, 37.2), rng.uniform(20.0, 28.0)
        term_c = -0.15 * (room_c - 24.0)
        raw_c = body_c - offset_c - term_c + rng.gauss(0.0, sd_c)
        references.append(Reference(f"row {number + 1}", raw_c, body_c, room_c))
    return references


@given(gains, errors)
def test_a_planted_error_is_found_exactly_without_noise(gain: float, error_c: float) -> None:
    low, high = (point(c, seen(gain, error_c, c)) for c in (35.0, 39.0))
    line = line_of(two_point(low, high))
    assert line.gain == pytest.approx(gain, abs=1e-5)
    for source_c in (34.0, 37.0, 42.0):
        assert line.skin_c(seen(gain, error_c, source_c)) == pytest.approx(source_c, abs=1e-3)


@given(gains, errors, noises, noises)
def test_a_planted_error_is_found_within_the_noise(
    gain: float, error_c: float, at_low: list[float], at_high: list[float]
) -> None:
    low = point(35.0, seen(gain, error_c, 35.0), at_low)
    high = point(39.0, seen(gain, error_c, 39.0), at_high)
    found = two_point(low, high)
    if isinstance(found, Rejected):
        assert not GAIN_MIN + 0.027 <= gain <= GAIN_MAX - 0.027
        return
    for source_c in (35.0, 37.0, 39.0):
        error = found.skin_c(seen(gain, error_c, source_c)) - source_c
        assert abs(error) <= NOISE_C * GAIN_MAX + 1e-3


@given(st.tuples(*[st.lists(wild, min_size=0, max_size=12)] * 2), st.tuples(wild, wild))
def test_nothing_is_accepted_outside_the_limits(
    readings: tuple[list[float], list[float]], sources: tuple[float, float]
) -> None:
    low, high = (Point(c, tuple(r)) for c, r in zip(sources, readings, strict=True))
    found = two_point(low, high)
    if isinstance(found, SensorLine):
        assert GAIN_MIN - 1e-6 <= found.gain <= GAIN_MAX + 1e-3
        assert abs(found.skin_c(37.0) - 37.0) <= CORRECTION_MAX_C
    else:
        assert found.why


@given(st.floats(34.0, 40.0), st.floats(34.0, 40.0), noises, noises)
def test_what_stood_at_the_high_point_reads_as_the_high_point(
    raw_low: float, raw_high: float, at_low: list[float], at_high: list[float]
) -> None:
    low, high = point(35.0, raw_low, at_low), point(39.0, raw_high, at_high)
    found = two_point(low, high)
    if isinstance(found, SensorLine):
        assert found.skin_c(high.median_c) == pytest.approx(39.0, abs=1e-3)
        assert found.skin_c(low.median_c) == pytest.approx(35.0, abs=1e-3)


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (point(35.0, 35.0), point(39.0, 38.7), "gain 1.081"),
        (point(35.0, 35.0), point(39.0, 39.3), "gain 0.930"),
        (point(35.0, 32.9), point(39.0, 36.9), r"\+2.10 C at 37"),
        (point(35.0, 35.0), point(39.0, 35.0), "no warmer source"),
        (point(35.0, 39.0), point(39.0, 35.0), "no warmer source"),
        (point(36.0, 36.0), point(38.0, 38.0), "less than 3 C apart"),
        (point(39.0, 39.0), point(35.0, 35.0), "less than 3 C apart"),
        (point(35.0, 35.0, [0.0] * 9 + [0.31]), point(39.0, 39.0), "spread over 0.31"),
        (point(35.0, 35.0), point(39.0, 39.0, [0.1] * 9), "9 readings are too few"),
    ],
)
def test_a_black_body_that_cannot_be_believed_is_refused(
    low: Point, high: Point, says: str
) -> None:
    found = two_point(low, high)
    assert isinstance(found, Rejected)
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(found.why)


@pytest.mark.parametrize(
    ("raw_c", "is_refused"), [(37.3, False), (36.7, False), (37.31, True), (36.69, True)]
)
def test_the_third_point_must_hold_within_three_tenths(raw_c: float, is_refused: bool) -> None:
    assert (verify_point(STRAIGHT, point(37.0, raw_c)) is not None) is is_refused


def test_the_third_point_is_proved_with_the_line_not_without() -> None:
    line = SensorLine(1.0, 0.5)
    assert verify_point(line, point(37.0, 36.5)) is None
    assert verify_point(line, point(37.0, 37.0)) is not None


def test_an_unsteady_third_point_proves_nothing() -> None:
    noise = [0.0] * 9 + [1.0]
    assert verify_point(STRAIGHT, point(37.0, 37.0, noise)) is not None
    assert check_point(point(37.0, 37.0, [0.0] * 9 + [0.3])) is None


@given(seeds, st.floats(0.5, 3.0))
def test_people_give_back_the_planted_offset(seed: int, offset_c: float) -> None:
    found = people_offset(people(seed, offset_c=offset_c), STRAIGHT)
    if isinstance(found, PeopleOffset):
        assert found.offset_c == pytest.approx(offset_c, abs=0.25)
        assert found.count == 24
    else:
        assert "skin" in found.why  # 36.0 - 3.0 and noise may be too cold to be believed


@given(gains, errors, seeds)
def test_a_corrected_sensor_gets_the_same_offset_as_a_true_one(
    gain: float, error_c: float, seed: int
) -> None:
    line = SensorLine(gain, 37.0 - gain * (37.0 - error_c))
    told = [
        Reference(r.row, seen(gain, error_c, r.raw_c), r.body_c, r.room_c) for r in people(seed)
    ]
    wrong, right = people_offset(told, line), people_offset(people(seed), STRAIGHT)
    assert isinstance(wrong, PeopleOffset) and isinstance(right, PeopleOffset)
    assert wrong.offset_c == pytest.approx(right.offset_c, abs=2e-3)


@given(st.lists(st.tuples(wild, wild, wild), min_size=18, max_size=24))
def test_no_offset_is_accepted_outside_its_limits(
    rows: list[tuple[float, float, float]],
) -> None:
    references = [Reference(f"row {n}", *row) for n, row in enumerate(rows)]
    found = people_offset(references, STRAIGHT)
    if isinstance(found, PeopleOffset):
        assert OFFSET_MIN_C <= found.offset_c <= OFFSET_MAX_C
        assert found.sd_c <= PEOPLE_SD_MAX_C + 1e-6 and found.count >= 20
    else:
        assert found.why


@given(seeds, st.floats(0.0, 1.2))
def test_a_spread_over_four_tenths_is_refused(seed: int, sd_c: float) -> None:
    found = people_offset(people(seed, sd_c=sd_c), STRAIGHT)
    offsets = [offset_of(r, STRAIGHT) for r in people(seed, sd_c=sd_c)]
    mean = sum(offsets) / len(offsets)
    sd = (sum((o - mean) ** 2 for o in offsets) / (len(offsets) - 1)) ** 0.5
    if isinstance(found, PeopleOffset):
        assert sd <= PEOPLE_SD_MAX_C + 1e-6
    elif "skin" not in found.why:
        assert sd > PEOPLE_SD_MAX_C and "SD" in found.why


def test_nineteen_people_are_too_few() -> None:
    found = people_offset(people(1, count=19), STRAIGHT)
    assert isinstance(found, Rejected) and "19 references are too few" in found.why
    assert isinstance(people_offset(people(1, count=20), STRAIGHT), PeopleOffset)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (Reference("row 7", 34.5, 38.6, 24.0), "row 7: armpit 38.6 C is outside 35.0 to 38.5"),
        (Reference("row 7", 34.5, 34.9, 24.0), "row 7: armpit 34.9"),
        (Reference("row 7", 29.9, 36.5, 24.0), "row 7: skin 29.9"),
        (Reference("row 7", 38.1, 36.5, 24.0), "row 7: skin 38.1"),
        (Reference("row 7", 34.5, 36.5, 12.0), "row 7: room 12.0"),
        (Reference("row 7", float("nan"), 36.5, 24.0), "row 7: skin nan"),
    ],
)
def test_a_pair_that_cannot_be_is_named_by_its_row(bad: Reference, says: str) -> None:
    found = people_offset([*people(2), bad], STRAIGHT)
    assert isinstance(found, Rejected) and says in found.why


def test_many_bad_rows_are_counted_not_listed() -> None:
    bad = [Reference(f"row {n}", 20.0, 36.5, 24.0) for n in range(1, 13)]
    found = people_offset(bad, STRAIGHT)
    assert isinstance(found, Rejected)
    assert "row 5" in found.why and "row 6" not in found.why and "and 7 more" in found.why


@given(gains, errors, seeds, st.floats(37.35, 41.0))
def test_a_fever_of_the_reference_stays_a_fever(
    gain: float, error_c: float, seed: int, body_c: float
) -> None:
    low, high = (point(c, seen(gain, error_c, c)) for c in (35.0, 39.0))
    line = line_of(two_point(low, high))
    told = [
        Reference(r.row, seen(gain, error_c, r.raw_c), r.body_c, r.room_c)
        for r in people(seed, sd_c=0.0)
    ]
    offset = people_offset(told, line)
    assert isinstance(offset, PeopleOffset)
    raw_c = seen(gain, error_c, body_c - 2.0)
    assert round(line.skin_c(raw_c) + offset.offset_c, 1) >= 37.3


@given(st.floats(34.0, 40.0), st.floats(34.0, 40.0), st.lists(st.floats(30, 42), min_size=2))
def test_warmer_is_never_told_as_colder(
    raw_low: float, raw_high: float, raws: list[float]
) -> None:
    found = two_point(point(35.0, raw_low), point(39.0, raw_high))
    if isinstance(found, SensorLine):
        for cold, warm in pairwise(sorted(raws)):
            assert found.skin_c(cold) <= found.skin_c(warm)
