"""A thermometer that drifts is noticed in the people it lets in; people alone never look so."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.drift import DriftWatch, Hour
from kiosk.core.words import (
    Decision,
    Direction,
    Entry,
    EntryKind,
    Granted,
    Missing,
    NoReading,
    Reading,
    Reason,
    Recorded,
    Referred,
    Source,
)
from kiosk.timing import ClockState, Stamp

GRANTED = Granted()
BEGAN = datetime(2027, 1, 5, 0, 0, tzinfo=UTC)


def reading(estimate_c: float, source: Source = Source.INFRARED) -> Reading:
    return Reading(34.4, estimate_c, 0.1, 9, 0.0, 1.0, 22.0, "lobby-1", source)


def let_in(
    at_s: float,
    *readings: Reading | NoReading,
    decision: Decision | None = GRANTED,
    kind: EntryKind = EntryKind.PASSAGE,
) -> Recorded:
    at = Stamp(at_s, BEGAN + timedelta(seconds=at_s), "boot-1", ClockState.TRUSTED)
    entry = Entry(
        kind,
        at,
        UUID(int=1),
        "南门",
        Direction.IN,
        decision,
        b"12345678",
        "h-1",
        "",
        1,
        readings,
    )
    return Recorded(entry, 1, b"")


def play(
    watch: DriftWatch, hours: list[float], *, people: int = 40, from_s: float = 0.0
) -> None:
    """One hour after the other, everybody reading the same."""
    for number, estimate_c in enumerate(hours):
        for person in range(people + 1):
            at_s = from_s + (number + person / people * 0.9999) * 3601.0
            watch.note(let_in(at_s, reading(estimate_c)))


def test_a_window_that_fogs_over_is_noticed_after_two_hours() -> None:
    watch = DriftWatch()
    play(watch, [36.4, 36.3, 36.2, 36.1])
    assert not watch.is_drifted
    play(watch, [36.0], from_s=5 * 3600)
    assert not watch.is_drifted
    play(watch, [35.9], from_s=7 * 3600)
    assert watch.is_drifted


@pytest.mark.parametrize(
    ("hours", "is_drifted"),
    [
        ([36.7, 36.7, 36.7], False),
        ([36.1, 36.1, 36.1], False),
        ([36.8, 36.8], True),
        ([36.0, 36.0], True),
        ([36.0, 36.4, 36.0, 36.4], False),
        ([36.4, 36.8, 36.0], True),
    ],
)
def test_two_hours_in_a_row_outside_three_tenths(hours: list[float], is_drifted: bool) -> None:
    watch = DriftWatch()
    play(watch, hours)
    assert watch.is_drifted is is_drifted


def test_normal_hours_do_not_end_it_a_person_does() -> None:
    watch = DriftWatch()
    play(watch, [36.0, 36.0])
    play(watch, [36.4] * 5, from_s=8000)
    assert watch.is_drifted
    watch.forget()
    assert not watch.is_drifted and watch.hours == ()
    play(watch, [36.0], from_s=40_000)
    assert not watch.is_drifted


def test_few_people_make_a_long_hour_not_a_verdict() -> None:
    watch = DriftWatch()
    for person in range(29):
        watch.note(let_in(person * 1800.0, reading(35.6)))
    assert watch.hours == ()
    watch.note(let_in(29 * 1800.0, reading(35.6)))
    assert watch.hours[0].count == 30


def test_the_hours_before_a_restart_count() -> None:
    watch = DriftWatch((Hour(BEGAN, 36.0, 30),))
    play(watch, [36.0])
    assert watch.is_drifted


def test_an_hour_does_not_reach_over_a_boot() -> None:
    watch = DriftWatch()
    for person in range(40):
        watch.note(let_in(10_000.0 + person, reading(36.0)))
    later = let_in(20_000.0, reading(36.0))
    other = replace(later.entry, at=replace(later.entry.at, boot_id="boot-2"))
    watch.note(Recorded(other, 2, b""))
    assert watch.hours == ()


FEVER = Referred(Reason.ELEVATED)
MISSED = NoReading(Missing.COLD_SKIN, is_fault=False, at_s=1.0, raw_c=33.0)


@pytest.mark.parametrize(
    "recorded",
    [
        let_in(0, reading(38.5), decision=FEVER),
        let_in(0, reading(38.5), decision=None, kind=EntryKind.FEVER),
        let_in(0, reading(38.5), kind=EntryKind.OVERRIDE),
        let_in(0, reading(38.5, Source.TYPED_CONTACT)),
        let_in(0, MISSED),
        let_in(0),
    ],
)
def test_only_residents_let_in_by_this_sensor_count(recorded: Recorded) -> None:
    watch = DriftWatch()
    at = recorded.entry.at
    for person in range(200):
        stamp = replace(at, mono_s=person * 60.0)
        watch.note(Recorded(replace(recorded.entry, at=stamp), person, b""))
    assert watch.hours == () and not watch.is_drifted


def test_of_several_readings_of_one_person_the_middle_counts_once() -> None:
    watch = DriftWatch()
    for person in range(31):
        watch.note(let_in(person * 121.0, MISSED, *map(reading, (37.1, 36.6, 36.5))))
    assert watch.hours == (Hour(BEGAN + timedelta(seconds=3630), 36.6, 31),)


def week(mean_c: float, *, people_an_hour: int, days: int = 7) -> DriftWatch:
    """People of a spread as indoors, sixteen hours a day."""
    rng, watch = random.Random(people_an_hour), DriftWatch()
    for person in range(16 * days * people_an_hour):
        estimate_c = round(min(rng.gauss(mean_c, 0.4), 37.2), 1)
        watch.note(let_in(person * 3600.0 / people_an_hour, reading(estimate_c)))
    return watch


@pytest.mark.parametrize("people_an_hour", [3, 29, 30, 120])
@pytest.mark.parametrize("mean_c", [36.35, 36.4, 36.45])
def test_people_of_a_week_do_not_look_like_a_drift(mean_c: float, people_an_hour: int) -> None:
    assert not week(mean_c, people_an_hour=people_an_hour).is_drifted


@pytest.mark.parametrize("people_an_hour", [3, 29, 30, 120])
@pytest.mark.parametrize("mean_c", [35.9, 36.9])
def test_half_a_degree_is_noticed_within_the_week(mean_c: float, people_an_hour: int) -> None:
    assert week(mean_c, people_an_hour=people_an_hour).is_drifted


@given(
    st.lists(
        st.tuples(st.floats(0, 4000), st.sampled_from([35.5, 36.0, 36.1, 36.4, 36.8, 37.2])),
        max_size=200,
    )
)
def test_drifted_means_two_hours_of_thirty_outside(steps: list[tuple[float, float]]) -> None:
    watch, at_s = DriftWatch(), 0.0
    for wait_s, estimate_c in steps:
        at_s += wait_s
        watch.note(let_in(at_s, reading(estimate_c)))
        assert all(h.count >= 30 for h in watch.hours)
        if len(watch.hours) == 2 and all(h.is_out for h in watch.hours):
            assert watch.is_drifted
    if watch.is_drifted:
        assert len(steps) >= 60 and at_s >= 7200
