"""What the thermometer may say of a person, and that it never says it of another."""

import math
import pickle
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from statistics import median

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.core.measure import Calibration, Conditions, Measurer, estimate
from kiosk.core.measure_gates import is_sound
from kiosk.core.words import Missing, NoReading, Placement, Reading, Sample, Surroundings

CALIBRATION = Calibration("c1", 2.0, date(2026, 12, 1), date(2027, 11, 30))


def today() -> date:
    return date(2027, 1, 5)


def place(room_c: float | None = 22.0) -> Callable[[], Surroundings]:
    return partial(Surroundings, Placement.HEATED_LOBBY, room_c, outdoor_c=20.0)


LOBBY = Conditions(
    surroundings=place(),
    warm_up_s=0.0,
    calibration=CALIBRATION,
    today=today,
)
NORMAL_SKIN_C = 34.2  # 36.5 C with the offset and the room's 0.3 C
Answer = Reading | NoReading


class Person:
    """Draws what the sensor sees: a wall, somebody who comes, stays, and goes."""

    def __init__(self, *, seed: int = 1, rate_hz: float = 10.0, noise_c: float = 0.1) -> None:
        self._rng = random.Random(seed)
        self._step_s = 1 / rate_hz
        self._noise_c = noise_c
        self.at_s = 100.0
        self._seen_c = 22.0

    def look(
        self, skin_c: float | None, seconds: float, *, walk_s: float = 0.0
    ) -> list[Sample]:
        """Return the samples of the next `seconds` with `skin_c` (None: the wall) in view."""
        samples = []
        began_s, began_c = self.at_s, self._seen_c
        while self.at_s - began_s < seconds - 1e-9:
            self.at_s += self._step_s
            share = min(1.0, (self.at_s - began_s) / walk_s) if walk_s else 1.0
            goal_c = began_c + ((22.0 if skin_c is None else skin_c) - began_c) * share
            self._seen_c += (goal_c - self._seen_c) * min(1.0, self._step_s / 0.12)
            noisy_c = self._seen_c + self._rng.gauss(0, self._noise_c)
            ambient_c = 22.3 + self._rng.gauss(0, 0.02)
            samples.append(Sample(self.at_s, round(noisy_c, 2), round(ambient_c, 2)))
        return samples


def answers(measurer: Measurer, samples: Iterable[Sample]) -> Iterator[Answer]:
    """Feed as the worker does: the sample, then the time."""
    for sample in samples:
        for answer in (measurer.feed(sample), measurer.elapse(sample.at_s)):
            if answer is not None:
                yield answer


def measure(skin_c: float | None, conditions: Conditions = LOBBY, *, seed: int = 1) -> Answer:
    """Return the answer about one person who comes after being asked to."""
    person, measurer = Person(seed=seed), Measurer(conditions)
    list(answers(measurer, person.look(None, 3)))
    measurer.begin(person.at_s, round_no=1)
    coming = person.look(None, 0.5) + person.look(skin_c, 8, walk_s=0.6)
    return next(answers(measurer, coming))


def test_somebody_normal_is_read_to_a_tenth() -> None:
    reading = measure(NORMAL_SKIN_C)
    assert isinstance(reading, Reading)
    assert reading.estimate_c == pytest.approx(36.5, abs=0.15)
    assert reading.calibration_id == "c1"
    assert reading.samples >= 5


def test_a_fever_is_read_as_one() -> None:
    readings = [measure(36.2, seed=seed) for seed in range(20)]
    assert all(isinstance(r, Reading) and 38.3 <= r.estimate_c <= 38.7 for r in readings)


@pytest.mark.parametrize(
    ("skin_c", "reason"),
    [
        (30.5, Missing.TOO_COLD_OR_FAR),
        (32.6, Missing.COLD_SKIN),
        (44.0, Missing.IMPLAUSIBLE_HOT),
        (26.0, Missing.NO_FACE),
        (None, Missing.NO_FACE),
    ],
)
def test_what_can_be_no_forehead_is_no_reading(skin_c: float | None, reason: Missing) -> None:
    answer = measure(skin_c)
    assert isinstance(answer, NoReading)
    assert (answer.reason, answer.is_fault) == (reason, False)


@pytest.mark.parametrize(
    ("change", "reason", "is_fault"),
    [
        ({"calibration": None}, Missing.NOT_CALIBRATED, True),
        ({"today": lambda: date(2027, 12, 1)}, Missing.NOT_CALIBRATED, True),
        ({"warm_up_s": 1200.0}, Missing.NOT_READY, True),
        ({"surroundings": place(None)}, Missing.AMBIENT_OUT_OF_RANGE, False),
        ({"surroundings": place(15.9)}, Missing.AMBIENT_OUT_OF_RANGE, False),
        ({"surroundings": place(35.1)}, Missing.AMBIENT_OUT_OF_RANGE, False),
    ],
)
def test_under_bad_conditions_no_reading_counts_and_nobody_waits(
    change: dict[str, object], reason: Missing, is_fault: bool
) -> None:
    measurer = Measurer(replace(LOBBY, **change))
    measurer.begin(100.0, round_no=1)
    answer = measurer.elapse(100.2)
    assert isinstance(answer, NoReading)
    assert (answer.reason, answer.is_fault) == (reason, is_fault)


def test_the_last_day_of_a_calibration_still_counts() -> None:
    on_last_day = replace(LOBBY, today=lambda: CALIBRATION.expires_on)
    assert isinstance(measure(NORMAL_SKIN_C, on_last_day), Reading)


def test_warm_up_counts_from_power_and_again_after_a_long_absence() -> None:
    measurer = Measurer(replace(LOBBY, warm_up_s=60.0, powered_s=0.0))
    person = Person()
    list(answers(measurer, person.look(None, 1)))
    person.at_s += 900.0  # unplugged for a quarter of an hour
    list(answers(measurer, person.look(None, 1)))
    measurer.begin(person.at_s, round_no=1)
    early = measurer.elapse(person.at_s)
    assert isinstance(early, NoReading) and early.reason is Missing.NOT_READY
    person.at_s += 60.0
    measurer.begin(person.at_s, round_no=1)
    assert measurer.elapse(person.at_s) is None


def test_a_sensor_that_repeats_itself_is_out_of_order() -> None:
    measurer = Measurer(LOBBY)
    stuck = [Sample(100 + i / 10, 34.21, 22.3) for i in range(120)]
    list(answers(measurer, stuck))
    measurer.begin(112.0, round_no=1)
    answer = measurer.elapse(112.0)
    assert isinstance(answer, NoReading)
    assert (answer.reason, answer.is_fault) == (Missing.FAULT, True)


@pytest.mark.parametrize(("first_c", "per_min_c"), [(8.0, 0.0), (41.0, 0.0), (20.0, 0.5)])
def test_a_sensor_out_of_its_own_balance_is_not_ready(first_c: float, per_min_c: float) -> None:
    measurer, rng = Measurer(LOBBY), random.Random(3)
    for i in range(1200):
        ambient_c = first_c + per_min_c * i / 600
        measurer.feed(Sample(100 + i / 10, 22 + rng.gauss(0, 0.1), ambient_c))
    measurer.begin(220.0, round_no=1)
    answer = measurer.elapse(220.0)
    assert isinstance(answer, NoReading)
    assert answer.reason is Missing.NOT_READY


def test_whoever_stays_does_not_answer_for_the_next_scan() -> None:
    person, measurer = Person(), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 2)))
    measurer.begin(person.at_s, round_no=1)
    (first,) = answers(measurer, person.look(NORMAL_SKIN_C, 3, walk_s=0.6))
    measurer.begin(person.at_s, round_no=1)
    (second,) = answers(measurer, person.look(NORMAL_SKIN_C, 8))
    assert isinstance(first, Reading)
    assert isinstance(second, NoReading) and second.reason is Missing.NO_FACE


def test_whoever_stood_there_for_a_cancelled_scan_does_not_answer_the_next() -> None:
    person, measurer = Person(), Measurer(LOBBY)
    measurer.begin(person.at_s, round_no=1)
    assert not list(answers(measurer, person.look(None, 1) + person.look(34.2, 0.7)))
    measurer.cancel()
    measurer.begin(person.at_s, round_no=1)
    (answer,) = answers(measurer, person.look(34.2, 8))
    assert isinstance(answer, NoReading) and answer.reason is Missing.NO_FACE


@pytest.mark.parametrize(("away_s", "kind"), [(0.6, Reading), (0.0, NoReading)])
def test_a_further_round_needs_that_nobody_was_seen_in_between(
    away_s: float, kind: type[Answer]
) -> None:
    person, measurer = Person(), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 2)))
    measurer.begin(person.at_s, round_no=1)
    (first,) = answers(measurer, person.look(35.0, 2, walk_s=0.6))
    measurer.begin(person.at_s, round_no=2)
    back = person.look(None, away_s) + person.look(35.0, 6, walk_s=0.6)
    (second,) = answers(measurer, back)
    assert isinstance(first, Reading) and isinstance(second, kind)


def test_whoever_stands_there_when_the_pass_is_read_need_not_come_again() -> None:
    person, measurer = Person(), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 2) + person.look(NORMAL_SKIN_C, 4)))
    measurer.begin(person.at_s, round_no=1)
    answer = next(answers(measurer, person.look(NORMAL_SKIN_C, 3)))
    assert isinstance(answer, Reading)


def test_somebody_who_leaves_is_told_so_and_the_next_one_is_not_taken_for_them() -> None:
    person, measurer = Person(), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 2)))
    measurer.begin(person.at_s, round_no=1)
    passing = person.look(36.5, 0.6) + person.look(None, 0.8) + person.look(34.2, 4)
    got = list(answers(measurer, passing))
    assert len(got) == 1
    assert isinstance(got[0], NoReading) and got[0].reason is Missing.LEFT


def test_a_hole_in_the_line_ends_a_presence() -> None:
    person, measurer = Person(), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 2)))
    measurer.begin(person.at_s, round_no=1)
    assert not list(answers(measurer, person.look(34.2, 0.8)))
    person.at_s += 0.6
    answer = next(answers(measurer, person.look(34.2, 1)))
    assert isinstance(answer, NoReading) and answer.reason is Missing.LEFT


def test_a_head_that_dips_away_for_a_moment_is_still_the_same_person() -> None:
    person, measurer = Person(), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 2)))
    measurer.begin(person.at_s, round_no=1)
    moving = person.look(34.2, 0.8, walk_s=0.6) + person.look(24.0, 0.2) + person.look(34.2, 3)
    answer = next(answers(measurer, moving))
    assert isinstance(answer, Reading)
    assert answer.at_s - answer.presence_s <= 2.5


def test_who_never_holds_still_is_told_so() -> None:
    person, measurer = Person(), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 2)))
    measurer.begin(person.at_s, round_no=1)
    moving = [s for i in range(20) for s in person.look(32.0 + 3 * (i % 2), 0.4)]
    answer = next(answers(measurer, moving))
    assert isinstance(answer, NoReading) and answer.reason is Missing.MOVING
    assert answer.at_s <= 102 + 7.2


def test_who_comes_just_before_the_time_out_is_still_served() -> None:
    person, measurer = Person(), Measurer(LOBBY)
    measurer.begin(person.at_s, round_no=1)
    coming = person.look(None, 4.7) + person.look(34.2, 3, walk_s=0.6)
    assert isinstance(next(answers(measurer, coming)), Reading)


def test_single_spikes_do_not_move_a_reading() -> None:
    person, measurer = Person(), Measurer(LOBBY)
    list(answers(measurer, person.look(None, 2)))
    measurer.begin(person.at_s, round_no=1)
    seen = person.look(34.2, 8, walk_s=0.6)
    spiked = [replace(s, object_c=41.0) if i == 14 else s for i, s in enumerate(seen)]
    answer = next(answers(measurer, spiked))
    assert isinstance(answer, Reading)
    assert answer.estimate_c == pytest.approx(36.5, abs=0.15)


@pytest.mark.parametrize("rate_hz", [8.0, 10.0, 14.0, 30.0])
def test_a_reading_takes_less_than_one_and_a_half_seconds(rate_hz: float) -> None:
    seconds = []
    for seed in range(60):
        person, measurer = Person(seed=seed, rate_hz=rate_hz), Measurer(LOBBY)
        list(answers(measurer, person.look(None, 2)))
        measurer.begin(person.at_s, round_no=1)
        answer = next(answers(measurer, person.look(34.2, 6, walk_s=0.6)))
        assert isinstance(answer, Reading)
        seconds.append(answer.at_s - answer.presence_s)
    assert median(seconds) <= 1.4
    assert sorted(seconds)[int(0.95 * len(seconds))] <= 1.7


@pytest.mark.parametrize(
    ("room_c", "expected_c"), [(22.0, 36.3), (16.0, 36.6), (35.0, 35.4), (24.0, 36.0)]
)
def test_skin_follows_the_room_within_a_limit(room_c: float, expected_c: float) -> None:
    assert estimate(34.0, 2.0, room_c) == expected_c


TEMPERATURES = st.one_of(
    st.floats(33.0, 35.5), st.floats(28.0, 45.0), st.floats(allow_nan=True), st.just(22.0)
)
PIECES = st.lists(
    st.tuples(
        TEMPERATURES, st.floats(0.05, 2.5), st.sampled_from(["-", "ask", "again", "stop"])
    ),
    min_size=2,
    max_size=12,
)


def _play(pieces: list[tuple[float, float, str]]) -> list[tuple[Answer, list[Sample]]]:
    """Return each answer with all samples fed until then; steps of 0.08 s, little noise."""
    measurer, rng = Measurer(LOBBY), random.Random(5)
    fed: list[Sample] = []
    found: list[tuple[Answer, list[Sample]]] = []
    at_s = 100.0
    for object_c, seconds, wish in pieces:
        if wish == "stop":
            measurer.cancel()
        elif wish != "-":
            measurer.begin(at_s, round_no=1 if wish == "ask" else 2)
        for _ in range(int(seconds / 0.08) + 1):
            at_s += 0.08
            sample = Sample(at_s, object_c + rng.gauss(0, 0.03), 22.0 + rng.gauss(0, 0.02))
            fed.append(sample)
            found += [(a, list(fed)) for a in answers(measurer, [sample])]
    return found


@given(PIECES)
@settings(max_examples=150, deadline=None)
def test_a_reading_always_comes_from_one_presence_of_plausible_samples(
    pieces: list[tuple[float, float, str]],
) -> None:
    presences = []
    for answer, fed in _play(pieces):
        if not isinstance(answer, Reading):
            continue
        assert 35.5 <= answer.estimate_c <= 42.0
        used = [s for s in fed if answer.presence_s <= s.at_s <= answer.at_s]
        near = [s for s in used if answer.at_s - s.at_s <= 0.81]
        assert len(near) >= answer.samples >= 5
        warm = [s for s in near if s.object_c + 2.3 >= 35.0]
        assert len(warm) >= 5
        cold_run = 0
        for sample in used:
            cold_run = 0 if sample.object_c > 28.0 else cold_run + 1
            assert cold_run <= 5  # nobody was away for longer than a moment
        presences.append(answer.presence_s)
    assert len(set(presences)) == len(presences)


@given(PIECES, st.floats(0.1, 5.0))
@example([(33.0, 1.0, "-"), (2e307, 1.0, "-")], 1.0)
@settings(max_examples=60, deadline=None)
def test_what_comes_late_or_twice_or_is_no_number_changes_nothing(
    pieces: list[tuple[float, float, str]], back_s: float
) -> None:
    plain, disturbed = Measurer(LOBBY), Measurer(LOBBY)
    for measurer in (plain, disturbed):
        measurer.begin(100.0, round_no=1)
    at_s = 100.0
    for object_c, seconds, _ in pieces:
        for _ in range(int(seconds / 0.1) + 1):
            at_s += 0.1
            sample = Sample(at_s, object_c, 22.0 + at_s % 1)
            late = replace(sample, at_s=at_s - back_s, object_c=34.5)
            expected = plain.feed(sample), plain.elapse(at_s)
            assert (disturbed.feed(sample), disturbed.elapse(at_s)) == expected
            is_late = is_sound(sample)
            for odd in (*([sample, late] if is_late else []), Sample(math.nan, 34.5, 22.0)):
                assert disturbed.feed(odd) is None


@given(st.floats(28.5, 41.0), st.floats(0.0, 3.0))
@settings(max_examples=60, deadline=None)
def test_warmer_skin_never_reads_cooler(skin_c: float, more_c: float) -> None:
    cool, warm = measure(skin_c), measure(skin_c + more_c)
    if isinstance(cool, Reading) and isinstance(warm, Reading):
        assert warm.estimate_c >= cool.estimate_c
    elif isinstance(cool, Reading):
        assert isinstance(warm, NoReading) and warm.reason is Missing.IMPLAUSIBLE_HOT
    else:
        assert cool.reason is not Missing.NO_FACE


def test_hours_of_samples_take_no_more_room_than_minutes_of_them() -> None:
    person, measurer, bytes_held = Person(rate_hz=30.0), Measurer(LOBBY), []
    for _ in range(20):
        for sample in person.look(None, 40) + person.look(34.2, 20):
            measurer.feed(sample)
        bytes_held.append(len(pickle.dumps(measurer)))
    assert bytes_held[-1] <= bytes_held[4] * 1.1
