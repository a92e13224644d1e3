"""A lent, copied or cancelled pass admits nobody unseen; nobody is kept from leaving."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.messages import PassPresented, PulseGate, RecordEntry, Warn
from kiosk.core.rules import Case, Rules, UnsureClock, decide
from kiosk.core.wording import Page
from kiosk.core.words import (
    Credential,
    Denied,
    Direction,
    Facts,
    Granted,
    LastPassage,
    PassKind,
    PassWarning,
    Reason,
    Referred,
    Refusal,
    Refused,
)
from kiosk.timing import ClockState, Stamp
from tests.core.making import ANA, FACTS, RULES, SCAN, START, pages, play, shown, taken

PHONE = replace(ANA, kind=PassKind.PHONE, proof_s=9)


def came_in(ago_s: float, *, boot_id: str = START.boot_id, gate: str = "东门") -> LastPassage:
    utc_ms = int((START.utc.timestamp() - ago_s) * 1000)
    at_s = START.mono_s - ago_s
    return LastPassage(7, at_s, boot_id, utc_ms, Direction.IN, Granted(), True, gate)


def verdict(
    outcome: Credential | Refused = ANA,
    facts: Facts = FACTS,
    at: Stamp = START,
    rules: Rules = RULES,
) -> object:
    return decide(Case(outcome, facts, at), rules).verdict


@pytest.mark.parametrize("ago_s", [10.1, 60, 1799])
def test_in_and_in_again_within_half_an_hour_is_for_a_person(ago_s: float) -> None:
    facts = replace(FACTS, granted=came_in(ago_s))
    assert verdict(facts=facts) == Referred(Reason.PASSBACK)
    event = PassPresented(START, SCAN, ANA, facts)
    commands = play(event)
    assert pages(commands) == [Page.HOLD]
    (entry,) = [c.entry for c in commands if isinstance(c, RecordEntry)]
    assert entry.decision == Referred(Reason.PASSBACK)
    assert entry.earlier is not None and entry.earlier.gate == "东门"
    assert not [c for c in commands if isinstance(c, PulseGate)]


def test_in_again_after_half_an_hour_is_a_missed_exit() -> None:
    assert verdict(facts=replace(FACTS, granted=came_in(1800))) is None


@pytest.mark.parametrize(
    ("before", "way", "marked"),
    [
        (Direction.IN, Direction.IN, "exit"),
        (Direction.OUT, Direction.OUT, "entry"),
        (Direction.OUT, Direction.IN, None),
        (Direction.IN, Direction.OUT, None),
        (None, Direction.IN, None),
        (None, Direction.OUT, None),
    ],
)
def test_a_passage_whose_counterpart_nobody_saw_is_marked_and_let_through(
    before: Direction | None, way: Direction, marked: str | None
) -> None:
    last = None if before is None else replace(came_in(7200), direction=before)
    event = PassPresented(START, SCAN, ANA, replace(FACTS, direction=way, granted=last))
    commands = play(event, taken(1.0, 36.4))
    (entry,) = [c.entry for c in commands if isinstance(c, RecordEntry)]
    assert entry.decision == Granted()
    assert dict(entry.details).get("missed") == marked


@given(st.floats(0, 10_000), st.booleans())
def test_nobody_is_kept_from_leaving(ago_s: float, was_in: bool) -> None:
    way = Direction.IN if was_in else Direction.OUT
    facts = replace(
        FACTS,
        direction=Direction.OUT,
        granted=replace(came_in(ago_s), direction=way),
        list_age_s=1e9,
    )
    assert verdict(facts=facts) is None


def test_an_exit_seen_meanwhile_makes_the_next_entry_a_new_one() -> None:
    left = replace(came_in(60), direction=Direction.OUT)
    assert verdict(facts=replace(FACTS, granted=left)) is None


@pytest.mark.parametrize(
    ("state", "says"),
    [(ClockState.TRUSTED, Referred(Reason.PASSBACK)), (ClockState.UNSURE, None)],
)
def test_across_a_restart_only_a_clock_can_tell(state: ClockState, says: object) -> None:
    facts = replace(FACTS, granted=came_in(300, boot_id="another boot"))
    assert verdict(facts=facts, at=replace(START, clock=state)) == says


def test_a_passage_in_the_future_is_a_clock_that_moved_and_no_passback() -> None:
    assert verdict(facts=replace(FACTS, granted=came_in(-5))) is None


def test_validity_stands_before_repetition() -> None:
    facts = replace(FACTS, granted=came_in(60))
    revoked = Refused(Refusal.REVOKED, ANA.cti)
    assert verdict(revoked, facts) == Denied(Refusal.REVOKED)


def test_a_picture_of_a_phone_s_code_is_told_with_the_time_of_the_first_and_opens_nothing() -> (
    None
):
    replayed = Refused(Refusal.PROOF_REPLAY, ANA.cti)
    facts = replace(FACTS, granted=came_in(60), last=came_in(60))
    commands = play(PassPresented(START, SCAN, replayed, facts))
    (entry,) = [c.entry for c in commands if isinstance(c, RecordEntry)]
    assert entry.decision == Denied(Refusal.PROOF_REPLAY)
    assert entry.earlier == facts.granted
    assert not [c for c in commands if isinstance(c, PulseGate)]


def test_a_phone_shown_twice_before_it_redraws_is_a_repeat_without_an_entry() -> None:
    replayed = Refused(Refusal.PROOF_REPLAY, ANA.cti)
    moments_ago = replace(came_in(5), has_passed=False)
    facts = replace(FACTS, granted=moments_ago, last=moments_ago)
    commands = play(PassPresented(START, SCAN, replayed, facts))
    assert pages(commands) == [Page.SECOND_SCAN]
    assert [type(c) for c in commands if isinstance(c, Warn | PulseGate)] == [Warn]


def test_without_a_clock_a_phone_is_paper_and_a_person_looks() -> None:
    unsure = (PassWarning.TIME_UNSURE,)
    assert verdict(replace(PHONE, warnings=unsure)) == Referred(Reason.CLOCK)
    assert verdict(replace(ANA, warnings=unsure)) is None
    asking = replace(RULES, unsure_clock=UnsureClock.ASK_GUARD)
    assert verdict(replace(ANA, warnings=unsure), rules=asking) == Referred(Reason.CLOCK)


@pytest.mark.parametrize(
    ("days", "outcome", "says"),
    [
        (6.9, ANA, None),
        (7.1, ANA, Referred(Reason.LIST_STALE)),
        (7.1, PHONE, None),
        (None, ANA, None),
    ],
)
def test_paper_against_a_list_of_a_week_ago_is_looked_at(
    days: float | None, outcome: Credential, says: object
) -> None:
    age_s = None if days is None else days * 86_400
    assert verdict(outcome, replace(FACTS, list_age_s=age_s)) == says


def test_a_blank_card_of_the_stock_admits_nobody() -> None:
    blank = replace(ANA, card_no=123)
    assert verdict(blank) == Referred(Reason.BLANK_CARD)
    commands = play(replace(shown(0, blank), scan_id=UUID(int=5)))
    assert pages(commands) == [Page.HOLD]
