"""A journal that is damaged while the gate serves: set aside, told, and begun anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.faults import Fault
from kiosk.core.messages_staff import IncidentCalled
from tests.core.making import ANA, BO
from tests.runtime.real_gate import RealGate


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealGate]:
    """A gate that has served for a while, and whose journal is then damaged."""
    monkeypatch.setattr("kiosk.journal.schema.BUSY_S", 0.05)
    gate = RealGate(tmp_path)
    for _ in range(3):
        gate.let_through(BO)
        gate.wait(3600.0)
    assert matters(gate) == []  # the journal has been read: nothing waits
    gate.fever(ANA)
    assert matters(gate) == [("fever", 4)]
    damage(gate)
    yield gate
    gate.close()


def damage(gate: RealGate) -> None:
    """Another program holds the journal for a moment and writes nonsense into it."""
    with gate.without_journal() as other:
        other.execute("UPDATE entry SET head = zeroblob(32)")
        gate.show(BO)
        gate.measure(36.5)
    assert gate.troubles.holds(Fault.JOURNAL_FAILED)
    gate.wait(60.0)


def matters(gate: RealGate) -> list[tuple[str, int]]:
    """What waits for a person, as the staff page has it."""
    open_now = gate.matters.look(gate.clock.now(), None, gate.troubles)
    return [(one.matter.kind.value, one.matter.seq) for one in open_now]


def test_it_is_told_although_the_new_one_writes_well(gate: RealGate) -> None:
    gate.let_through(BO)
    assert len(gate.entries) == 1
    assert [active.fault for active in gate.troubles.active()] == [Fault.JOURNAL_CORRUPT]


def test_fevers_and_incidents_of_the_new_one_are_on_the_page(gate: RealGate) -> None:
    gate.fever(BO)
    assert matters(gate) == [("fever", 1)]
    gate.serve(IncidentCalled(gate.clock.now()))
    assert matters(gate) == [("fever", 1), ("incident", 2)]


def test_nothing_in_the_new_one_refers_to_an_entry_of_the_old_one(gate: RealGate) -> None:
    (waiting,) = gate.executor.open_cases.entries(gate.clock.now())
    gate.type(waiting.scan_id, 38.4)
    gate.type(waiting.scan_id, 36.5)
    assert [entry.refers_to_seq for entry in gate.entries[:2]] == [None, 1]
