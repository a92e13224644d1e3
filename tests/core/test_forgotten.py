"""Whoever forgot the pass and is vouched for is served as if it had been shown: every rule."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.machine import AwaitingReading, Idle, step
from kiosk.core.messages import PassPresented, RecordEntry, TakeReading, TemperatureTyped
from kiosk.core.messages_staff import PassForgotten
from kiosk.core.rules_community import Per, Quota
from kiosk.core.wording import Page
from kiosk.core.words import (
    Credential,
    Denied,
    Direction,
    Entry,
    Facts,
    Granted,
    Reason,
    Referred,
    Refusal,
    Refused,
    Source,
)
from kiosk.core.words_home import Home, Isolation, Trip
from tests.core.making import (
    ANA,
    FACTS,
    OTHER,
    RULES,
    SCAN,
    START,
    at,
    pages,
    play,
    pulses,
    taken,
)

NOW_MS = int(START.utc.timestamp() * 1000)
HOUR_MS = 3_600_000
OUT = replace(FACTS, direction=Direction.OUT)
ISOLATED = Home(isolation=Isolation(b"order--1", NOW_MS + HOUR_MS, "li"))
REVOKED = Refused(Refusal.REVOKED, ANA.cti, ANA.sub, ANA.label)


def forgotten(facts: Facts = FACTS, holder: Credential | Refused = ANA) -> PassForgotten:
    return PassForgotten(at(0), SCAN, holder, "zhang", facts)


def kept(asked: list[object]) -> list[Entry]:
    return [c.entry for c in asked if isinstance(c, RecordEntry)]


def test_a_resident_known_in_person_is_measured_and_let_in_in_the_voucher_s_name() -> None:
    asked = play(forgotten(), taken(1.5, 36.4))
    (entry,) = kept(list(asked))
    assert entry.decision == Granted() and pulses(asked) == 1
    assert (entry.cti, entry.sub, entry.label) == (ANA.cti, ANA.sub, ANA.label)
    assert entry.staff == "zhang" and dict(entry.details)["voucher"] == "zhang"


@pytest.mark.parametrize(
    ("facts", "holder", "decision"),
    [
        (replace(OUT, home=ISOLATED), ANA, Denied(Reason.ISOLATION)),
        (FACTS, REVOKED, Denied(Refusal.REVOKED)),
    ],
)
def test_an_order_stands_above_whoever_vouches(
    facts: Facts, holder: Credential | Refused, decision: object
) -> None:
    asked = play(forgotten(facts, holder))
    (entry,) = kept(list(asked))
    assert entry.decision == decision and pulses(asked) == 0
    assert entry.staff == "zhang"


def test_whose_household_nobody_found_is_left_to_a_person_where_there_is_a_register() -> None:
    """An order for the household would not be seen: it is kept under the household alone."""
    nobody_s = replace(ANA, sub="")
    facts = replace(OUT, home=Home(register_age_s=60.0))
    (entry,) = kept(list(play(forgotten(facts, nobody_s))))
    assert entry.decision == Referred(Reason.NOT_ON_REGISTER)
    without = play(forgotten(replace(OUT, home=Home()), nobody_s), taken(1.5, 36.4))
    assert kept(list(without))[0].decision == Granted()


def test_a_way_out_uses_up_the_household_s_quota() -> None:
    rules = replace(RULES, quotas=(Quota(Per.HOUSEHOLD, 1, 2),))
    used = replace(OUT, home=Home(trips=(Trip(b"other---", NOW_MS - HOUR_MS),)))
    (entry,) = kept(list(play(forgotten(used), rules=rules)))
    assert entry.decision == Denied(Reason.QUOTA)
    granted = play(forgotten(OUT), taken(1.5, 36.4), rules=rules)
    (entry,) = kept(list(granted))
    assert entry.decision == Granted() and dict(entry.details)["trip"] == 1


@given(
    out=st.booleans(),
    isolated=st.booleans(),
    is_out=st.sampled_from([None, True, False]),
    value=st.sampled_from([34.0, 36.4, 37.1, 38.5]),
    holder=st.sampled_from([ANA, REVOKED]),
)
def test_it_is_decided_as_if_the_pass_had_been_shown(
    out: bool, isolated: bool, is_out: bool | None, value: float, holder: Credential | Refused
) -> None:
    home = replace(ISOLATED if isolated else Home(), is_out=is_out)
    facts = replace(OUT if out else FACTS, home=home)
    rest = (taken(1.5, value), taken(3.0, value, round_no=2))
    vouched = play(forgotten(facts, holder), *rest)
    shown = play(PassPresented(at(0), SCAN, holder, facts), *rest)
    assert pages(vouched) == pages(shown) and pulses(vouched) == pulses(shown)
    assert [e.decision for e in kept(list(vouched))] == [e.decision for e in kept(list(shown))]


def test_nobody_vouches_without_being_signed_on() -> None:
    for event in (replace(forgotten(), staff=None), replace(forgotten(), facts=None)):
        assert step(Idle(), event, RULES) == (Idle(), ())


def test_whoever_is_being_measured_is_not_taken_for_the_one_vouched_for() -> None:
    state, _ = step(
        Idle(), PassPresented(at(0), OTHER, replace(ANA, cti=b"bo--pass"), FACTS), RULES
    )
    late = replace(forgotten(), at=at(5))
    then, asked = step(state, late, RULES)
    (entry,) = kept(list(asked))
    assert entry.decision == Referred(Reason.INTERRUPTED) and entry.staff is None
    assert isinstance(then, AwaitingReading) and then.shown.voucher == "zhang"
    assert any(isinstance(c, TakeReading) and c.scan_id == SCAN for c in asked)


def test_who_typed_the_temperature_and_who_vouched_are_both_kept() -> None:
    cold = replace(FACTS, is_typed_chosen=True)
    state, asked = step(Idle(), forgotten(cold), RULES)
    assert pages(list(asked)) == [Page.STAFF_MEASURES]
    typed = TemperatureTyped(at(3), SCAN, 36.5, Source.TYPED_EAR, staff="li")
    _, asked = step(state, typed, RULES)
    (entry,) = kept(list(asked))
    assert (entry.staff, dict(entry.details)["voucher"]) == ("li", "zhang")
