"""A case that staff may still end is judged by what is known when they end it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.core.machine import AwaitingReading, AwaitingTyped
from kiosk.core.messages import Measuring, MeasuringChosen, RepeatAsked
from kiosk.core.messages_staff import IsolationOrdered, OverrideGiven, VisitorWritten, Why
from kiosk.core.rules import Rules
from kiosk.core.rules_community import Per, Quota, Visitors
from kiosk.core.words import Direction, PassKind, Refusal, Refused
from tests.core.making import ANA, BO
from tests.runtime.real_gate import RealGate

CARD = replace(ANA, cti=b"visitor1", kind=PassKind.VISITOR, sub="00000007", card_no=7)
ONE_A_DAY = Rules(quotas=(Quota(Per.HOUSEHOLD, 1, 1),))


@pytest.fixture
def way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealGate]:
    monkeypatch.setattr("kiosk.journal.schema.BUSY_S", 0.05)
    gate = RealGate(tmp_path, Direction.OUT, rules=ONE_A_DAY)
    yield gate
    gate.close()


def last_decision(gate: RealGate) -> tuple[str | None, str | None]:
    entry = next(e for e in reversed(gate.entries) if e.decision is not None)
    return entry.decision, entry.reason


def ordered_to_stay(gate: RealGate) -> None:
    """Staff order Ana, whose fever was found, to stay at home."""
    scan = gate.executor.recent[0].entry.scan_id
    gate.serve(IsolationOrdered(gate.clock.now(), scan))


def neighbour_went(gate: RealGate) -> None:
    """Bo, of the same household, goes out."""
    gate.let_through(BO)


@pytest.mark.parametrize(
    ("meanwhile", "reason"), [(ordered_to_stay, "isolation"), (neighbour_went, "quota")]
)
def test_what_happened_meanwhile_counts_when_a_fever_is_measured_again(
    way_out: RealGate, meanwhile: Callable[[RealGate], None], reason: str
) -> None:
    scan = way_out.fever(ANA)
    meanwhile(way_out)
    opened = way_out.pulses
    way_out.type(scan)
    assert last_decision(way_out) == ("denied", reason)
    assert way_out.pulses == opened


def test_two_of_a_household_who_come_together_have_one_trip_between_them(
    way_out: RealGate,
) -> None:
    way_out.show(ANA)
    way_out.wait(0.5)
    way_out.show(BO)  # behind Ana, before she was measured
    way_out.measure(36.5)
    way_out.wait(3.0)
    assert last_decision(way_out) == ("denied", "quota")
    assert way_out.pulses == 1


def test_what_happened_meanwhile_counts_for_whoever_is_before_the_thermometer(
    way_out: RealGate,
) -> None:
    scan = way_out.fever(ANA)
    way_out.show(BO)
    way_out.serve(OverrideGiven(way_out.clock.now(), scan, Why.KNOWN))
    way_out.measure(36.5)
    assert last_decision(way_out) == ("denied", "quota")
    assert way_out.pulses == 1


def test_a_visitors_card_that_was_lent_is_good_while_the_next_form_waits(
    tmp_path: Path,
) -> None:
    with closing(
        RealGate(tmp_path, rules=Rules(visitors=Visitors(needs_host=False)))
    ) as way_in:
        way_in.serve(VisitorWritten(way_in.clock.now(), UUID(int=90), ()))
        scan = way_in.fever(CARD)
        way_in.serve(VisitorWritten(way_in.clock.now(), UUID(int=91), ()))
        way_in.type(scan)
        assert last_decision(way_in) == ("granted", None)


def test_whoever_was_let_through_by_another_scan_has_no_case_any_more(
    way_out: RealGate,
) -> None:
    way_out.rules = Rules()
    scan = way_out.fever(ANA)
    way_out.type(way_out.show(ANA))
    assert way_out.executor.open_cases.entries(way_out.clock.now()) == ()
    way_out.type(scan)
    assert way_out.pulses == 1
    assert [e.decision for e in way_out.entries].count("granted") == 1


def test_a_case_on_the_page_can_be_overridden_however_many_came_since(
    way_out: RealGate,
) -> None:
    scan = way_out.fever(ANA)
    for number in range(40):
        way_out.show(Refused(Refusal.EXPIRED, number.to_bytes(8)))
        way_out.wait(10.0)
    listed = way_out.executor.open_cases.entries(way_out.clock.now())
    assert [entry.scan_id for entry in listed] == [scan]
    way_out.serve(OverrideGiven(way_out.clock.now(), scan, Why.KNOWN))
    assert way_out.pulses == 1
    assert (way_out.entries[-1].cti, way_out.entries[-1].refers_to_seq) == (ANA.cti, 1)


def test_once_staff_measure_the_forehead_that_is_being_read_counts_no_more(
    way_out: RealGate,
) -> None:
    scan = way_out.show(ANA)
    way_out.serve(MeasuringChosen(way_out.clock.now(), Measuring.TYPED))
    assert isinstance(way_out.state, AwaitingTyped)
    way_out.type(scan)
    assert last_decision(way_out) == ("granted", None)


def test_once_staff_measure_whoever_waits_behind_is_not_read_either(way_out: RealGate) -> None:
    way_out.rules = Rules()
    way_out.show(ANA)
    way_out.measure(36.5)
    way_out.show(BO)
    way_out.serve(MeasuringChosen(way_out.clock.now(), Measuring.TYPED))
    way_out.wait(2.0)
    assert isinstance(way_out.state, AwaitingTyped) and way_out.state.shown.outcome == BO


def test_once_staff_measure_no_open_case_is_read_again(way_out: RealGate) -> None:
    way_out.rules = Rules()
    scan = way_out.show(ANA)
    way_out.wait(3.0)
    way_out.let_through(BO)  # who came before Ana could be measured
    way_out.serve(MeasuringChosen(way_out.clock.now(), Measuring.TYPED))
    way_out.serve(RepeatAsked(way_out.clock.now(), scan))
    assert not isinstance(way_out.state, AwaitingReading)


def test_two_taps_on_an_override_open_once_although_nothing_can_be_written(
    way_out: RealGate,
) -> None:
    way_out.let_through(BO)
    scan = way_out.show(ANA)
    with way_out.without_journal():
        for _ in range(2):
            way_out.serve(OverrideGiven(way_out.clock.now(), scan, Why.KNOWN))
    way_out.wait(10.0)
    way_out.executor.write_owed()
    assert way_out.pulses == 2  # Bo's, and Ana's
    assert [
        (e.cti, e.details.get("trip")) for e in way_out.entries if e.kind == "override"
    ] == [(ANA.cti, 1)]
