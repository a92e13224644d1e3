"""A clock that steps in the middle of a scan changes nothing that has begun."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.machine import Idle, State, step
from kiosk.core.messages import Command, Event, Tick
from kiosk.core.words import Direction, Granted, LastPassage
from kiosk.timing import ClockState, ManualClock, Stamp
from tests.core.making import (
    FACTS,
    RULES,
    START,
    at,
    decisions,
    pages,
    pulses,
    shown,
    taken,
)

HOUR = timedelta(hours=1)
YEARS = st.sampled_from(
    [datetime(1970, 1, 1, tzinfo=UTC), datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC)]
)
STEPS = st.one_of(
    YEARS, st.integers(-4_000_000, 4_000_000).map(lambda s: START.utc + timedelta(seconds=s))
)
STAMPS = st.tuples(STEPS, st.sampled_from(ClockState))
SCRIPT = (shown(0), Tick(at(0.5)), taken(1.0, 37.6), taken(3.0, 37.0, 2), taken(5.0, 36.9, 3))
AFTER = (Tick(at(6.0)), Tick(at(30.0)), Tick(at(60.0)))


def play(events: list[Event]) -> tuple[State, list[Command]]:
    state: State = Idle()
    asked: list[Command] = []
    for event in events:
        state, commands = step(state, event, RULES)
        asked += commands
    return state, asked


def stamped(event: Event, utc: datetime, clock: ClockState) -> Event:
    stamp: Stamp = event.at  # type: ignore[union-attr]  # each event of the script has one
    return replace(event, at=replace(stamp, utc=utc, clock=clock))  # type: ignore[call-arg]


def outcome(events: list[Event]) -> tuple[object, ...]:
    state, asked = play(events)
    return decisions(asked), pages(asked), pulses(asked), type(state)


def went_in(ago: timedelta) -> LastPassage:
    """A passage in before the restart: only UTC tells how long ago that was."""
    utc_ms = int((START.utc - ago).timestamp() * 1000)
    return LastPassage(7, 900.0, "the boot before", utc_ms, Direction.IN, Granted(), True)


@given(
    steps=st.lists(STAMPS, min_size=7, max_size=7),
    before=st.none() | st.integers(1, 3600).map(lambda s: went_in(timedelta(seconds=s))),
)
def test_no_step_of_the_clock_changes_a_scan_that_has_begun(
    steps: list[tuple[datetime, ClockState]], before: LastPassage | None
) -> None:
    _, *rest = [*SCRIPT, *AFTER]
    first = replace(shown(0), facts=replace(FACTS, granted=before))
    jumping = [stamped(event, *step) for event, step in zip(rest, steps, strict=True)]
    assert outcome([first, *jumping]) == outcome([first, *rest])


def test_clock_that_runs_backward_in_mid_scan_neither_ends_nor_prolongs_it() -> None:
    clock = ManualClock(mono_s=1000.0)
    events: list[Event] = [replace(shown(0), at=clock.now())]
    for seconds in (0.4, 0.4, 0.2):
        clock.advance(seconds)
        events.append(Tick(clock.set_utc(clock.now().utc - HOUR)))
    events.append(replace(taken(1.0, 36.4), at=clock.now()))
    _, asked = play(events)
    assert decisions(asked) == [Granted()] and pulses(asked) == 1


def test_wait_for_a_reading_ends_by_seconds_since_boot() -> None:
    clock = ManualClock(mono_s=1000.0)
    events: list[Event] = [replace(shown(0), at=clock.now())]
    events.append(Tick(clock.set_utc(clock.now().utc + 24 * HOUR)))
    assert decisions(play(events)[1]) == []
    clock.advance(RULES.reading_wait_s + 1)
    events.append(Tick(clock.set_utc(clock.now().utc - 48 * HOUR)))
    assert decisions(play(events)[1]) != []
