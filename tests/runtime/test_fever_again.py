"""Whoever was elevated is let in by a contact thermometer, not by showing the pass again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.core.machine import AwaitingReading, AwaitingTyped
from kiosk.core.matters import CaseState, CaseWord
from kiosk.core.messages_staff import CardReturned, VisitorWritten
from kiosk.core.rules import Rules
from kiosk.core.rules_community import Visitors
from kiosk.core.words import PassKind, Source
from tests.core.making import ANA, BO
from tests.runtime.real_gate import RealGate

CARD = replace(ANA, cti=b"visitor1", kind=PassKind.VISITOR, sub="00000007", card_no=7)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[RealGate]:
    gate = RealGate(tmp_path)
    yield gate
    gate.close()


def test_a_pass_shown_again_after_a_fever_is_measured_by_staff(gate: RealGate) -> None:
    gate.fever(ANA)
    for _ in range(3):
        gate.show(ANA)
        assert isinstance(gate.state, AwaitingTyped), "no infrared reading is asked for"
        gate.wait(200.0)  # nobody came to measure
    assert gate.pulses == 0
    gate.show(BO)
    assert isinstance(gate.state, AwaitingReading), "others are measured as always"


@pytest.mark.parametrize("source", [Source.TYPED_WRIST, Source.TYPED_FOREHEAD])
def test_after_a_fever_only_what_touches_or_looks_inside_lets_in(
    gate: RealGate, source: Source
) -> None:
    gate.fever(ANA)
    scan = gate.show(ANA)
    gate.type(scan, 36.4, source)
    assert isinstance(gate.state, AwaitingTyped) and gate.pulses == 0
    gate.type(scan, 36.5)
    assert gate.pulses == 1
    gate.wait(700.0)
    gate.show(ANA)
    assert isinstance(gate.state, AwaitingReading), "normal by contact: the fever is over"


def test_the_next_visitor_with_the_same_card_has_no_fever_of_the_one_before(
    gate: RealGate,
) -> None:
    gate.rules = Rules(visitors=Visitors(needs_host=False))
    gate.serve(VisitorWritten(gate.clock.now(), UUID(int=90), ()))
    gate.fever(CARD)
    gate.show(CARD)
    assert isinstance(gate.state, AwaitingTyped)
    gate.wait(200.0)
    gate.serve(CardReturned(gate.clock.now(), 7))
    gate.serve(VisitorWritten(gate.clock.now(), UUID(int=91), ()))
    gate.show(CARD)
    assert isinstance(gate.state, AwaitingReading)
    gate.measure(36.5)
    assert gate.pulses == 1


def closed_by_central(gate: RealGate) -> None:
    (one,) = gate.matters.asking().seqs
    word = CaseWord(one, CaseState.CLOSED, "wang", 1)
    gate.sync = replace(gate.sync, words=(word,))


def next_day(gate: RealGate) -> None:
    gate.clock.advance(25 * 3600.0)


@pytest.mark.parametrize("end", [closed_by_central, next_day])
def test_a_fever_that_is_closed_or_a_day_old_is_over(
    gate: RealGate, end: Callable[[RealGate], None]
) -> None:
    gate.fever(ANA)
    end(gate)
    gate.wait(1.0)
    gate.show(ANA)
    assert isinstance(gate.state, AwaitingReading)


def test_a_fever_outlives_a_power_cut(gate: RealGate, tmp_path: Path) -> None:
    gate.fever(ANA)
    gate.close()
    again = RealGate(tmp_path, clock=gate.clock)
    again.wait(1.0)
    again.show(ANA)
    assert isinstance(again.state, AwaitingTyped)
    again.close()
