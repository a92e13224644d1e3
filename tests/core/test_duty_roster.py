"""Gaps, hours, days without rest and double bookings, held against counting by the minute."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.duty import Shift
from kiosk.core.duty_roster import Opening, doubles, gaps, loads, midnight_ms, open_ms

OFFSET_S = 8 * 3600
MINUTE_MS = 60_000
DAY = date(2027, 1, 5)
BEGINS_MS = midnight_ms(DAY, OFFSET_S)


def shift(begins_h: float, ends_h: float, staff: str = "w01", gate: str = "南门") -> Shift:
    """Hours count from the first midnight."""
    hour_ms = 3_600_000
    from_ms, until_ms = BEGINS_MS + int(begins_h * hour_ms), BEGINS_MS + int(ends_h * hour_ms)
    return Shift(gate, from_ms, until_ms, staff)


SHIFTS = st.lists(
    st.builds(
        lambda begins, lasts, staff, gate: shift(begins / 2, (begins + lasts) / 2, staff, gate),
        st.integers(0, 140),
        st.integers(1, 30),
        st.sampled_from(["w01", "w02"]),
        st.sampled_from(["南门", "北门"]),
    ),
    max_size=12,
)
OPENINGS = st.builds(
    lambda a, b: Opening(a * 30, b * 30 or 1440), st.integers(0, 47), st.integers(0, 48)
)


@settings(deadline=None, max_examples=60)
@given(SHIFTS, OPENINGS)
def test_gaps_are_the_open_minutes_that_nobody_has(
    shifts: list[Shift], opening: Opening
) -> None:
    days = [DAY, DAY + timedelta(days=1)]
    found = gaps("南门", shifts, opening, days, OFFSET_S)
    said = {ms for gap in found for ms in range(gap.from_ms, gap.until_ms, 30 * MINUTE_MS)}
    expected = set()
    for day in days:
        begins, ends = open_ms(day, opening, OFFSET_S)
        for ms in range(begins, ends, 30 * MINUTE_MS):
            if not any(s.gate == "南门" and s.from_ms <= ms < s.until_ms for s in shifts):
                expected.add(ms)
    assert said == expected


@settings(deadline=None, max_examples=60)
@given(SHIFTS)
def test_hours_of_a_person_count_once_and_by_the_local_day(shifts: list[Shift]) -> None:
    for load in loads(shifts, OFFSET_S):
        mine = [s for s in shifts if s.staff == load.staff]
        minutes: dict[date, int] = {}
        for half in range(200):
            ms = BEGINS_MS + half * 30 * MINUTE_MS
            if any(s.from_ms <= ms < s.until_ms for s in mine):
                day = DAY + timedelta(days=half // 48)
                minutes[day] = minutes.get(day, 0) + 30
        assert load.minutes == minutes


@settings(deadline=None, max_examples=60)
@given(SHIFTS)
def test_somebody_is_twice_exactly_where_two_shifts_meet(shifts: list[Shift]) -> None:
    found = doubles(shifts)
    for double in found:
        assert double.one.staff == double.other.staff
        assert double.one.from_ms <= double.other.from_ms < double.one.until_ms
    pairs = [
        (a, b)
        for n, a in enumerate(shifts)
        for b in shifts[n + 1 :]
        if a.staff == b.staff and a.from_ms < b.until_ms and b.from_ms < a.until_ms
    ]
    assert bool(found) == bool(pairs)


def test_seven_days_without_rest_and_a_long_day_are_named() -> None:
    week = [shift(24 * n + 7, 24 * n + 14) for n in range(7)]
    (load,) = loads([*week, shift(15, 21)], OFFSET_S)
    assert (load.running, load.is_without_rest) == (7, True)
    assert load.long_days == [DAY]
    (rested,) = loads(week[:6], OFFSET_S)
    assert not rested.is_without_rest and rested.long_days == []


def test_a_night_shift_is_one_of_two_days_and_no_gap_at_midnight() -> None:
    night = [shift(20, 32, "w01"), shift(32, 44, "w02"), shift(44, 56, "w01")]
    day_and_night = Opening(0, 1440)
    days = [DAY + timedelta(days=1)]
    assert gaps("南门", night, day_and_night, days, OFFSET_S) == []
    assert loads(night, OFFSET_S)[0].minutes[DAY] == 240
