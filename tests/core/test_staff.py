"""What staff do at the gate is decided, written down with their name, and only then acts."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.machine import AwaitingReading, Idle, Showing, State, step, waiting_entry
from kiosk.core.messages import (
    Attend,
    ChooseMeasuring,
    Command,
    Event,
    Measuring,
    MeasuringChosen,
    OpenCase,
    PassPresented,
    PulseGate,
    RecordEntry,
    RepeatAsked,
    Show,
    SignedOff,
    SignedOn,
    StopReading,
    TakeReading,
    TemperatureTyped,
    Tick,
)
from kiosk.core.rules import Acclimatisation, Rules
from kiosk.core.wording import Page
from kiosk.core.words import (
    Decision,
    Direction,
    Facts,
    Granted,
    LastPassage,
    Missing,
    NoReading,
    PassKind,
    Placement,
    Reading,
    Reason,
    Referred,
    Source,
    Surroundings,
)
from kiosk.timing import ManualClock, Stamp

from .making import ANA, BO, OTHER, SCAN, at, decisions, pages, play, pulses, shown, taken

OUTDOORS = Surroundings(Placement.OUTDOORS, room_c=None, outdoor_c=-15.0)
COLD_LOBBY = Surroundings(Placement.HEATED_LOBBY, room_c=22.0, outdoor_c=-15.0)
CARD = replace(ANA, kind=PassKind.STAFF, cti=b"dutycard", sub="STAFF007")
WRIST, CONTACT = Source.TYPED_WRIST, Source.TYPED_CONTACT
LANE = Facts("南门", Direction.IN)


def outside(after_s: float = 0.0, place: Surroundings = OUTDOORS) -> PassPresented:
    """Return Ana's pass, shown on a winter day."""
    event = shown(after_s)
    return replace(event, facts=replace(event.facts, surroundings=place))


def typed(
    after_s: float,
    value_c: float,
    source: Source = WRIST,
    *,
    staff: str | None = "w01",
    case: OpenCase | None = None,
) -> TemperatureTyped:
    return TemperatureTyped(at(after_s), SCAN, value_c, source, staff, case)


def entries(asked: list[Command]) -> list[RecordEntry]:
    return [c for c in asked if isinstance(c, RecordEntry)]


def test_in_the_cold_staff_type_a_normal_wrist_and_the_gate_opens() -> None:
    asked = play(outside(), typed(5, 36.4))
    assert [type(c) for c in asked] == [Show, RecordEntry, PulseGate, Show]
    assert pages(asked) == [Page.STAFF_MEASURES, Page.PASS_IN]
    (kept,) = entries(asked)
    assert (kept.entry.staff, kept.entry.decision) == ("w01", Granted())
    (reading,) = kept.entry.readings
    assert isinstance(reading, Reading)
    assert (reading.source, reading.estimate_c) == (WRIST, 36.4)


@pytest.mark.parametrize(
    ("value_c", "source", "decision"),
    [
        (37.3, WRIST, Referred(Reason.ELEVATED)),
        (37.3, CONTACT, Referred(Reason.ELEVATED)),
        (37.2, CONTACT, Granted()),
        (35.0, CONTACT, Granted()),
        (36.7, WRIST, Granted()),
        (36.9, WRIST, None),  # 904 people: at the wrist, fever begins at 36.75
        (35.4, WRIST, None),
        (34.9, CONTACT, None),
        (42.1, CONTACT, None),
        (36.5, Source.TYPED_FOREHEAD, None),  # a cold forehead is no better in the hand
        (36.5, Source.TYPED_EAR, Granted()),
    ],
)
def test_what_a_typed_value_means_depends_on_the_instrument(
    value_c: float, source: Source, decision: Decision | None
) -> None:
    asked = play(outside(), typed(5, value_c, source))
    assert decisions(asked) == ([] if decision is None else [decision])
    if decision is None:
        assert pages(asked)[-1] is Page.STAFF_MEASURES
    assert pulses(asked) == (decision == Granted())


def test_a_doubtful_wrist_and_then_a_contact_thermometer_are_one_entry() -> None:
    asked = play(outside(), typed(5, 36.9), typed(60, 36.7, CONTACT))
    (kept,) = entries(asked)
    assert kept.entry.decision == Granted()
    assert [r.source for r in kept.entry.readings if isinstance(r, Reading)] == [WRIST, CONTACT]


def test_a_wrist_never_excuses_a_forehead_that_was_elevated() -> None:
    case = OpenCase(shown(0), tuple(taken(1, 37.6).reading for _ in range(3)))
    asked = play(typed(90, 36.4, case=case))
    assert pulses(asked) == 0
    asked = play(typed(90, 36.8, CONTACT, case=case))
    assert decisions(asked) == [Granted()]


def test_nothing_typed_counts_while_nobody_is_signed_on() -> None:
    asked = play(outside(), typed(5, 36.4, staff=None))
    assert (decisions(asked), pulses(asked)) == ([], 0)


def test_a_case_that_nobody_measures_is_written_down_and_stays_open_for_staff() -> None:
    asked = play(outside(), Tick(at(119.9)), Tick(at(120.0)))
    (kept,) = entries(asked)
    assert (kept.entry.decision, kept.entry.readings) == (Referred(Reason.TOO_COLD), ())
    assert kept.case is not None
    later = play(typed(300, 36.4, case=kept.case))
    assert [type(c) for c in later] == [RecordEntry, PulseGate, Show]


def test_a_case_that_left_the_page_is_ended_without_touching_whoever_is_there() -> None:
    state, commands = step(Idle(), outside(), Rules())
    state, commands = step(state, PassPresented(at(3), OTHER, BO, outside().facts), Rules())
    (left,) = entries(list(commands))
    assert left.entry.decision == Referred(Reason.INTERRUPTED)
    then, commands = step(state, typed(9, 36.4, case=left.case), Rules())
    assert then == state
    assert [type(c) for c in commands] == [RecordEntry, PulseGate]


def test_the_waiting_case_can_be_seen_before_it_is_written_down() -> None:
    state, _ = step(Idle(), outside(), Rules())
    waiting = waiting_entry(state, Rules())
    assert waiting is not None
    assert (waiting.scan_id, waiting.decision) == (SCAN, None)
    assert waiting_entry(Idle(), Rules()) is None


def test_staff_may_type_while_the_gate_still_measures() -> None:
    asked = play(shown(0), typed(1, 36.4, CONTACT))
    assert [type(c) for c in asked] == [
        TakeReading, Show, StopReading, RecordEntry, PulseGate, Show,
    ]  # fmt: skip


def test_one_tap_makes_every_case_a_typed_one() -> None:
    event = shown(0)
    chosen = replace(event, facts=replace(event.facts, is_typed_chosen=True))
    asked = play(chosen)
    assert pages(asked) == [Page.STAFF_MEASURES]
    unattended = play(chosen, Tick(at(120)))
    assert decisions(unattended) == [Referred(Reason.NOT_TYPED)]


def test_the_person_may_ask_for_a_repeat_while_rounds_are_left() -> None:
    cold = NoReading(Missing.COLD_SKIN, is_fault=False, at_s=at(1).mono_s)
    case = OpenCase(shown(0), (cold, cold))
    asked = play(RepeatAsked(at(9), SCAN, case), taken(11, 36.4, round_no=3))
    assert decisions(asked) == [Granted()]
    used_up = OpenCase(shown(0), (*case.readings, taken(1, 36.9).reading))
    assert pages(play(RepeatAsked(at(9), SCAN, used_up))) == [Page.STAFF_MEASURES]


def test_a_repeat_in_the_cold_is_for_staff_to_take() -> None:
    asked = play(RepeatAsked(at(9), SCAN, OpenCase(outside())))
    assert pages(asked) == [Page.STAFF_MEASURES]


def test_a_duty_card_signs_on_and_lets_nobody_through() -> None:
    asked = play(replace(shown(0), outcome=CARD))
    assert [type(c) for c in asked] == [RecordEntry, Attend, Show]
    assert pages(asked) == [Page.ON_DUTY]
    (kept,) = entries(asked)
    assert (kept.entry.staff, kept.entry.decision) == ("STAFF007", None)


DOUBTFUL = typed(1.0, 37.0)
CARD_SHOWN = shown(1.0, CARD, UUID(int=9))
ASKED_AGAIN = RepeatAsked(at(1.0), SCAN, OpenCase(outside()))


@pytest.mark.parametrize(
    ("first", "meanwhile"),
    [
        pytest.param((outside(),), DOUBTFUL, id="a doubtful value is typed"),
        pytest.param((outside(),), ASKED_AGAIN, id="the reading is asked for again"),
        pytest.param((shown(0.0), taken(0.4, 36.5)), CARD_SHOWN, id="a duty card is shown"),
    ],
)
def test_whoever_waits_behind_is_served_whatever_staff_do_meanwhile(
    first: tuple[Event, ...], meanwhile: Event
) -> None:
    behind = (shown(0.5, BO, OTHER), meanwhile, Tick(at(4.0)))
    asked = play(*first, *behind, taken(5.0, 36.5, scan=OTHER))
    taken_up = [c for c in asked if isinstance(c, TakeReading) and c.scan_id == OTHER]
    assert len(taken_up) == 1


def test_a_duty_card_does_not_disturb_whoever_waits_for_it() -> None:
    state, _ = step(Idle(), outside(), Rules())
    then, commands = step(state, replace(shown(3), outcome=CARD, scan_id=OTHER), Rules())
    assert then == state
    assert [type(c) for c in commands] == [RecordEntry, Attend]


@pytest.mark.parametrize(
    ("event", "act"),
    [
        (SignedOn(at(0), "w01", LANE), Attend("w01")),
        (SignedOff(at(0), "w01", LANE), Attend(None)),
        (
            MeasuringChosen(at(0), Measuring.TYPED, "w01", LANE),
            ChooseMeasuring(Measuring.TYPED),
        ),
    ],
)
def test_who_came_went_or_chose_is_written_down_first(event: Event, act: Command) -> None:
    kept, done = play(event)
    assert isinstance(kept, RecordEntry)
    assert (kept.entry.staff, done) == ("w01", act)


def test_nobody_chooses_without_being_signed_on() -> None:
    assert play(MeasuringChosen(at(0), Measuring.BY_WEATHER, None, LANE)) == []


# The heated lobby, where the community lets foreheads count after a while.


def lobby(after_s: float, waited_s: float | None, estimate_c: float | None = None) -> Event:
    event = outside(after_s, COLD_LOBBY)
    if waited_s is None:
        return event
    stamp = event.at
    last = LastPassage(
        seq=1,
        at_s=stamp.mono_s - waited_s,
        boot_id=stamp.boot_id,
        utc_ms=0,
        direction=Direction.IN,
        decision=Referred(Reason.WARMING_UP),
        has_passed=False,
        estimate_c=estimate_c,
    )
    return replace(event, facts=replace(event.facts, last=last))


IN_LOBBY = Rules(acclimatisation=Acclimatisation.LOBBY)
TWICE = Rules(acclimatisation=Acclimatisation.TWICE)


def test_by_default_a_heated_lobby_changes_nothing_in_the_cold() -> None:
    assert pages(play(lobby(0, 700.0))) == [Page.STAFF_MEASURES]


def test_in_the_lobby_a_forehead_counts_after_ten_minutes_inside() -> None:
    first = play(lobby(0, None), rules=IN_LOBBY)
    assert decisions(first) == [Referred(Reason.WARMING_UP)]
    (page,) = [c for c in first if isinstance(c, Show)]
    assert page.when_s == int(at(0).utc.timestamp()) + 600
    asked = play(lobby(0, 600.0), taken(1, 36.4), rules=IN_LOBBY)
    assert decisions(asked) == [Granted()]


def test_showing_the_pass_early_tells_the_same_time_and_starts_nothing_anew() -> None:
    asked = play(lobby(0, 599.0), rules=IN_LOBBY)
    assert (pages(asked), decisions(asked)) == ([Page.WARM_UP], [])
    (page,) = [c for c in asked if isinstance(c, Show)]
    assert page.when_s == int(at(0).utc.timestamp()) + 1


def test_whoever_was_away_for_an_hour_waits_again() -> None:
    assert decisions(play(lobby(0, 3601.0), rules=IN_LOBBY)) == [Referred(Reason.WARMING_UP)]


def test_a_wait_from_before_a_restart_does_not_count() -> None:
    event = lobby(0, 700.0)
    assert isinstance(event, PassPresented)
    assert event.facts.last is not None
    last = replace(event.facts.last, boot_id="another boot")
    asked = play(replace(event, facts=replace(event.facts, last=last)), rules=IN_LOBBY)
    assert decisions(asked) == [Referred(Reason.WARMING_UP)]


@pytest.mark.parametrize(
    ("before_c", "now_c", "waited_s", "decision"),
    [
        (36.3, 36.4, 60.0, Granted()),
        (36.2, 36.4, 60.0, Referred(Reason.WARMING_UP)),  # still rising
        (36.4, 36.4, 601.0, Referred(Reason.WARMING_UP)),
        (None, 36.4, 90.0, Referred(Reason.WARMING_UP)),
    ],
)
def test_two_readings_a_minute_apart_must_agree(
    before_c: float | None, now_c: float, waited_s: float, decision: Decision
) -> None:
    asked = play(lobby(0, waited_s, before_c), taken(1, now_c), rules=TWICE)
    assert decisions(asked) == [decision]


def test_a_reading_of_an_earlier_passage_is_too_fresh_to_agree_with() -> None:
    event = lobby(0, 20.0, 36.4)
    assert isinstance(event, PassPresented)
    assert event.facts.last is not None
    last = replace(event.facts.last, decision=Granted())
    again = replace(event, facts=replace(event.facts, last=last))
    assert decisions(play(again, taken(1, 36.4), rules=TWICE)) == [Referred(Reason.WARMING_UP)]


def test_a_fever_needs_no_second_visit() -> None:
    answers = [taken(1 + 2 * i, 37.8, i + 1) for i in range(3)]
    asked = play(lobby(0, None), *answers, rules=TWICE)
    assert decisions(asked) == [Referred(Reason.ELEVATED)]


@pytest.mark.parametrize("rules", [Rules(), IN_LOBBY, TWICE])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["pass", "other", "reading", "typed", "tick", "repeat", "card"]),
            st.floats(0, 200),
            st.sampled_from([34.9, 36.4, 36.9, 37.2, 37.5, 38.5]),
            st.sampled_from(list(Source)),
        ),
        max_size=20,
    )
)
def test_in_the_cold_no_story_opens_the_gate_without_a_sound_instrument(
    rules: Rules, steps: list[tuple[str, float, float, Source]]
) -> None:
    """Passes come for the first time here: nobody has waited, no reading came before."""
    clock, state = ManualClock(mono_s=at(0).mono_s), Idle()
    for what, wait_s, value_c, source in steps:
        event = _event(what, clock.advance(wait_s), value_c, source, state)
        state, commands = step(state, event, rules)
        for command in commands:
            if isinstance(command, RecordEntry) and command.entry.decision == Granted():
                last = command.entry.readings[-1]
                assert isinstance(last, Reading)
                assert last.source.is_typed
                assert last.source is not Source.TYPED_FOREHEAD
                assert 35.0 <= last.estimate_c < rules.elevated_c
                assert command.entry.staff == "w01"


def _event(what: str, now: Stamp, value_c: float, source: Source, state: State) -> Event:
    facts = replace(LANE, surroundings=COLD_LOBBY)
    round_no = len(state.readings) + 1 if isinstance(state, AwaitingReading) else 1
    scan = state.scan_id if isinstance(state, Showing) else SCAN
    made: dict[str, Event] = {
        "pass": PassPresented(now, SCAN, ANA, facts),
        "other": PassPresented(now, OTHER, BO, facts),
        "card": PassPresented(now, UUID(int=3), CARD, facts),
        "reading": replace(taken(0, value_c, round_no), at=now),
        "typed": TemperatureTyped(now, scan, value_c, source, "w01", None),
        "repeat": RepeatAsked(now, SCAN, OpenCase(PassPresented(now, SCAN, ANA, facts))),
        "tick": Tick(now),
    }
    return made[what]
