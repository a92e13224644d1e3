"""What the staff page counts of the day, with a register and a journal on disk."""

from pathlib import Path

from kiosk.runtime.beside import BesideTheCase
from tests.runtime.duty_gate import OFFSET_S, DutyGate

DAY_S = 86_400.0


def test_a_new_day_begins_at_midnight_and_not_with_its_first_entry(tmp_path: Path) -> None:
    gate = DutyGate(tmp_path / "gate")
    beside = BesideTheCase(gate.register, gate.folder / "journal.db", OFFSET_S)
    beside.look(gate.clock.now())
    beside.note(gate.let_in(), gate.clock.now())
    today = dict(beside.look(gate.clock.now()).counts)
    assert (today["entered"], today["inside"]) == (1, 1)
    gate.clock.advance(DAY_S)
    tomorrow = dict(beside.look(gate.clock.now()).counts)
    assert (tomorrow["entered"], tomorrow["inside"]) == (0, 1)
    gate.close()
