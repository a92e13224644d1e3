"""What the rules need to know of whoever shows a pass: household and last passage.

The households are what the import gave and are swapped whole; the passages are an index of
the journal. Either may be missing: the gate then decides with less, and goes on.
"""

from pathlib import Path

from kiosk.core.messages import PassPresented
from kiosk.core.words import Credential, Direction, Facts, Recorded
from kiosk.register.households import Households
from kiosk.register.passages import Passages
from kiosk.timing import Clock


def open_register(
    *,
    register_path: Path,
    passages_path: Path,
    journal_path: Path,
    gate: str,
    direction: Direction,
    clock: Clock,
) -> "HouseRegister":
    """Open the register of a lane and catch its passages up with the journal. Never raises."""
    households = Households(register_path, clock)
    passages = Passages(passages_path, journal_path)
    return HouseRegister(households, passages, Facts(gate, direction))


class HouseRegister:
    """Implements `ports.Register`. One thread owns it; no method raises."""

    def __init__(self, households: Households, passages: Passages, lane: Facts) -> None:
        self._households, self._passages = households, passages
        self._lane = lane

    @property
    def trouble(self) -> str:
        """Return what is wrong with the file of households; empty when it serves."""
        return self._households.trouble

    def facts(self, event: PassPresented) -> Facts:
        """Return what the rules need to know of the holder."""
        outcome = event.outcome
        gate, direction = self._lane.gate, self._lane.direction
        if isinstance(outcome, Credential):
            ref: bytes | None = outcome.cti
        else:
            ref = None if outcome.is_foreign else outcome.ref
        last = self._passages.find(ref) if ref is not None else None
        granted = self._passages.find_granted(ref) if ref is not None else None
        household = self._households.find(outcome.sub) if outcome.sub is not None else None
        return Facts(gate, direction, household, last, granted)

    def note(self, recorded: Recorded) -> None:
        """Remember an entry that was written."""
        self._passages.note(recorded)

    def note_passage(self) -> None:
        """Remember that the contact saw somebody go through after the newest grant."""
        self._passages.note_passage()

    def close(self) -> None:
        """Give the files back. May be called again."""
        self._passages.close()
        self._households.close()
