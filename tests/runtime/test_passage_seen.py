"""Whose passage it was, where a contact sees that somebody went through."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core.faults import Fault
from kiosk.core.messages import PassageSeen
from tests.core.making import ANA, BO
from tests.runtime.real_gate import RealGate


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[RealGate]:
    """Ana and Bo were let through one after the other; one of them has gone."""
    gate = RealGate(tmp_path)
    gate.show(ANA)
    gate.measure(36.5)
    gate.wait(2.0)
    gate.show(BO)
    gate.measure(36.5)
    gate.serve(PassageSeen(gate.clock.now()))
    gate.wait(2.0)
    yield gate
    gate.close()


def test_whoever_was_let_through_first_has_gone_and_opens_nothing_again(gate: RealGate) -> None:
    gate.show(ANA)
    assert gate.pulses == 2


def test_whoever_came_second_is_let_through_until_the_contact_sees_it(gate: RealGate) -> None:
    gate.show(BO)
    assert gate.pulses == 3
    gate.serve(PassageSeen(gate.clock.now()))
    gate.wait(3.0)
    gate.show(BO)
    assert gate.pulses == 3


def test_only_who_has_not_gone_is_taken_back(gate: RealGate) -> None:
    gate.wait(30.0)
    assert [e.refers_to_seq for e in gate.entries if e.kind == "withdrawn"] == [2]


def test_a_contact_that_sees_nobody_for_long_is_a_fault_and_takes_nothing_back(
    tmp_path: Path,
) -> None:
    """A wire is broken: people do pass, and a pass that is taken back would open once more."""
    gate = RealGate(tmp_path)
    for number in range(7):
        gate.show(replace(ANA, cti=bytes([number] * 8)))
        gate.measure(36.5)
        gate.wait(30.0)
    assert [e.kind for e in gate.entries].count("withdrawn") == 4
    assert gate.troubles.holds(Fault.CONTACT_SILENT)
    gate.serve(PassageSeen(gate.clock.now()))
    assert not gate.troubles.holds(Fault.CONTACT_SILENT)
    gate.show(BO)
    gate.measure(36.5)
    gate.wait(30.0)
    assert [e.kind for e in gate.entries].count("withdrawn") == 5
    gate.close()
