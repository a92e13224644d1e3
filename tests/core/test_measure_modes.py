"""Slow sensors, restless backgrounds, distance: what a reading needs, at any rate."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.measure import Measurer
from kiosk.core.words import Missing, NoReading, Reading, Sample

from .test_measure import LOBBY, Person, answers, measure

RATES_HZ = [2.0, 5.0, 8.0, 10.0, 14.0, 30.0]


def at_rate(rate_hz: float, skin_c: float | None, *, seed: int = 1) -> Reading | NoReading:
    person, measurer = Person(seed=seed, rate_hz=rate_hz), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 8)))
    measurer.begin(person.at_s, round_no=1)
    coming = person.look(None, 0.5) + person.look(skin_c, 8, walk_s=0.6)
    return next(answers(measurer, coming))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_healthy_and_a_feverish_forehead_are_told_apart_at_any_rate(rate_hz: float) -> None:
    healthy = [at_rate(rate_hz, 34.2, seed=seed) for seed in range(8)]
    feverish = [at_rate(rate_hz, 36.2, seed=seed) for seed in range(8)]
    assert all(isinstance(r, Reading) and 36.2 <= r.estimate_c <= 36.8 for r in healthy)
    assert all(isinstance(r, Reading) and 38.2 <= r.estimate_c <= 38.8 for r in feverish)


@pytest.mark.parametrize(
    ("rate_hz", "samples_min", "seconds"), [(2.0, 3, 3.0), (5.0, 5, 2.2), (10.0, 5, 1.5)]
)
def test_a_slow_sensor_is_given_the_time_it_needs_and_no_more(
    rate_hz: float, samples_min: int, seconds: float
) -> None:
    for seed in range(8):
        reading = at_rate(rate_hz, 34.2, seed=seed)
        assert isinstance(reading, Reading)
        assert reading.samples >= samples_min
        assert reading.at_s - reading.presence_s <= seconds
        assert reading.quality is not None
        assert reading.quality.rate_hz == pytest.approx(rate_hz, rel=0.1)


def test_the_first_moments_of_somebody_are_never_part_of_a_reading() -> None:
    """0.3 s for the sensor's lag and the last step, then a whole window of 0.8 s."""
    person, measurer = Person(noise_c=0.01), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 3)))
    measurer.begin(person.at_s, round_no=1)
    at_once = [
        replace(s, object_c=34.2 + i % 2 / 100) for i, s in enumerate(person.look(34.2, 3))
    ]
    reading = next(answers(measurer, at_once))
    assert isinstance(reading, Reading)
    assert reading.at_s - reading.presence_s >= 1.07


def test_three_samples_of_a_slow_sensor_that_do_not_agree_are_no_reading() -> None:
    measurer = Measurer(LOBBY)
    wall = [Sample(100 + i / 2, 22.0, 22.3) for i in range(12)]
    list(answers(measurer, wall))
    measurer.begin(105.6, round_no=1)
    restless = [Sample(106 + i / 2, (34.0, 34.25, 34.5)[i % 3], 22.3) for i in range(20)]
    answer = next(answers(measurer, restless))
    assert isinstance(answer, NoReading)
    assert answer.reason is Missing.MOVING


def test_a_window_that_lost_more_than_a_fifth_of_its_samples_is_no_window() -> None:
    """Damaged packets are holes in the stream; the rate is that of before."""
    person, measurer = Person(rate_hz=14.0), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 3)))
    measurer.begin(person.at_s, round_no=1)
    list(answers(measurer, person.look(34.2, 0.5)))
    holed = [s for i, s in enumerate(person.look(34.2, 0.9)) if i % 3]
    assert not any(isinstance(a, Reading) for a in answers(measurer, holed))


@pytest.mark.parametrize(("wall_c", "is_hot"), [(30.6, True), (33.0, True), (29.4, False)])
def test_something_hot_behind_people_is_said_and_nobody_is_measured(
    wall_c: float, is_hot: bool
) -> None:
    """A heater that warms by five degrees a minute is no person, and hides whoever comes."""
    measurer, rng = Measurer(LOBBY), random.Random(1)
    heater = [min(wall_c, 22.0 + i / 120) + rng.gauss(0, 0.05) for i in range(1800)]
    list(answers(measurer, [Sample(100 + i / 10, c, 22.3) for i, c in enumerate(heater)]))
    measurer.begin(280.0, round_no=1)
    answer = measurer.elapse(280.0)
    assert (getattr(answer, "reason", None) is Missing.BACKGROUND_HOT) is is_hot


def test_a_background_that_jumps_is_not_believed() -> None:
    measurer = Measurer(LOBBY)
    sun = [Sample(100 + i / 10, 20.0 if (i // 20) % 2 else 27.0, 22.3) for i in range(300)]
    list(answers(measurer, sun))
    measurer.begin(130.0, round_no=1)
    answer = measurer.elapse(130.0)
    assert isinstance(answer, NoReading)
    assert (answer.reason, answer.is_fault) == (Missing.BACKGROUND_HOT, False)


def test_a_busy_gate_is_no_restless_background() -> None:
    person, measurer = Person(), Measurer(LOBBY)
    for _ in range(20):
        list(answers(measurer, person.look(None, 1.5) + person.look(34.2, 2, walk_s=0.6)))
    assert isinstance(measure_now(measurer, person), Reading)


def measure_now(measurer: Measurer, person: Person) -> Reading | NoReading:
    list(answers(measurer, person.look(None, 2)))
    measurer.begin(person.at_s, round_no=1)
    return next(answers(measurer, person.look(34.2, 8, walk_s=0.6)))


@pytest.mark.parametrize(
    ("distance_cm", "reason"),
    [
        (20.0, None),
        (14.9, Missing.DISTANCE),
        (30.1, Missing.DISTANCE),
        (None, Missing.DISTANCE),
    ],
)
def test_a_forehead_counts_only_in_its_band(
    distance_cm: float | None, reason: Missing | None
) -> None:
    measurer = Measurer(replace(LOBBY, distance_cm=(15.0, 30.0)))
    person = Person()

    def seen(skin_c: float | None, seconds: float) -> Iterator[Sample]:
        for sample in person.look(skin_c, seconds):
            yield replace(sample, distance_cm=distance_cm)

    list(answers(measurer, list(seen(None, 3))))
    measurer.begin(person.at_s, round_no=1)
    answer = next(answers(measurer, list(seen(34.2, 9))))
    assert getattr(answer, "reason", None) is reason


@pytest.mark.parametrize("ambient_c", [22.3, None])
def test_a_module_that_tells_tenths_is_not_frozen_by_a_still_wall(
    ambient_c: float | None,
) -> None:
    measurer = Measurer(LOBBY)
    still = [Sample(100 + i / 10, 21.9, ambient_c) for i in range(1200)]
    list(answers(measurer, still))
    assert not measurer.is_frozen
    list(answers(measurer, [Sample(220 + i / 10, 21.9, ambient_c) for i in range(6000)]))
    assert measurer.is_frozen


def test_what_else_was_seen_is_kept_with_the_reading() -> None:
    reading = measure(34.2)
    assert isinstance(reading, Reading)
    quality = reading.quality
    assert quality is not None
    assert abs(quality.slope_c_per_s) <= 0.3
    assert quality.ambient_c == pytest.approx(22.3, abs=0.2)


@given(
    rate_hz=st.sampled_from(RATES_HZ),
    skin_c=st.floats(28.5, 41.0),
    up_c=st.floats(0.0, 4.0),
    seed=st.integers(0, 50),
)
@settings(max_examples=120, deadline=None)
def test_at_any_rate_warmer_never_reads_cooler_and_cold_is_never_normal(
    rate_hz: float, skin_c: float, up_c: float, seed: int
) -> None:
    low, high = at_rate(rate_hz, skin_c, seed=seed), at_rate(rate_hz, skin_c + up_c, seed=seed)
    if isinstance(low, Reading):
        assert isinstance(high, Reading) or high.reason is Missing.IMPLAUSIBLE_HOT
    if isinstance(low, Reading) and isinstance(high, Reading):
        assert high.estimate_c >= low.estimate_c - 0.1  # to the rounding
    if isinstance(low, Reading):
        assert low.estimate_c - 2.3 <= skin_c + 0.4  # nothing is added that was not calibrated
        assert low.estimate_c >= 35.5
    assert at_rate(rate_hz, skin_c, seed=seed) == low
