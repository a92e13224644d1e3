"""A gate and a journal that could not be opened at the start, and are tried again.

The kiosk comes up without them, so that staff see on the page what is wrong; until they are
there every command to them fails with its name, and the barrier stays shut.
"""

from collections.abc import Callable, Collection
from typing import Generic, Protocol, TypeVar

from kiosk.core.faults import Fault
from kiosk.core.words import Entry, EntryKind, Recorded
from kiosk.errors import DeviceError, DeviceMissing, JournalCorrupt, JournalError, JournalFull
from kiosk.ports import FaultReport, Gate
from kiosk.timing import Clock

TRY_EVERY_S = 5.0


class Closable(Protocol):
    """What can be given back."""

    def close(self) -> None:
        """Give it back."""


T = TypeVar("T", bound=Closable)


class Late(Generic[T]):
    """Opens a thing at the first chance, at most every 5 s. One thread owns it."""

    def __init__(self, open_it: Callable[[], T], clock: Clock) -> None:
        self._open_it = open_it
        self._clock = clock
        self._tried_s = -TRY_EVERY_S
        self.thing: T | None = None

    def get(self) -> T | None:
        """Return the thing; None between two tries. Raises what opening it raises."""
        now_s = self._clock.mono_s()
        if self.thing is None and now_s - self._tried_s >= TRY_EVERY_S:
            self._tried_s = now_s
            self.thing = self._open_it()
        return self.thing

    def close(self) -> None:
        """Give it back."""
        if self.thing is not None:
            self.thing.close()


class LateGate:
    """Implements `ports.Gate`."""

    def __init__(
        self, open_gate: Callable[[], Gate], clock: Clock, troubles: FaultReport
    ) -> None:
        self._late = Late(open_gate, clock)
        self._troubles = troubles
        self._try()

    def pulse(self) -> None:
        """Open for one person. Raises DeviceError while there is no gate."""
        if (gate := self._try()) is None:
            raise DeviceMissing("gate", "not opened yet")
        gate.pulse()

    def take_passage(self) -> bool:
        """Return whether somebody went through; the main loop's question is the next try."""
        gate = self._try()
        return gate is not None and gate.take_passage()

    def lamp(self, *, is_on: bool) -> None:
        """Light or darken the lamp."""
        if (gate := self._try()) is not None:
            gate.lamp(is_on=is_on)

    def close(self) -> None:
        """Shut the gate and give the pins back."""
        self._late.close()

    def _try(self) -> Gate | None:
        was_missing = self._late.thing is None
        try:
            gate = self._late.get()
        except DeviceError as exc:
            self._troubles(Fault.GATE_FAULT, is_on=True, detail=exc.detail)
            return None
        if was_missing and gate is not None:
            self._troubles(Fault.GATE_FAULT, is_on=False)
        return gate


class OpenedJournal(Protocol):
    """A journal as the main thread keeps it.

    `was_set_aside`: a damaged one lies beside it, since it was opened or while it served.
    """

    was_set_aside: bool

    def record(self, entry: Entry) -> Recorded:
        """Write one entry."""

    def recent(self, limit: int) -> tuple[Recorded, ...]:
        """Return the newest entries, newest first."""

    def newest_of(self, kinds: Collection[EntryKind], back: int) -> tuple[Recorded, ...]:
        """Return the entries of these kinds among the newest `back`, newest first."""

    def keep_house(self) -> None:
        """Forget what may be forgotten, a little at a time."""

    def close(self) -> None:
        """Checkpoint and close."""


class LateJournal:
    """Implements `ports.Journal`."""

    def __init__(
        self, open_journal: Callable[[], OpenedJournal], clock: Clock, troubles: FaultReport
    ) -> None:
        self._late = Late(open_journal, clock)
        self._troubles = troubles
        self._why: JournalError = JournalError("not opened yet")
        self._has_told_damage = False
        self._try()

    def record(self, entry: Entry) -> Recorded:
        """Write one entry. Raises JournalError while there is no journal."""
        if (journal := self._try()) is None:
            raise self._why
        recorded = journal.record(entry)
        self._tell_damage(journal)
        return recorded

    def recent(self, limit: int) -> tuple[Recorded, ...]:
        """Return the newest entries, newest first; none while there is no journal."""
        journal = self._try()
        return journal.recent(limit) if journal is not None else ()

    def newest_of(self, kinds: Collection[EntryKind], back: int) -> tuple[Recorded, ...]:
        """Return the entries of these kinds among the newest `back`, newest first.

        Raises JournalError while there is no journal.
        """
        if (journal := self._try()) is None:
            raise self._why
        return journal.newest_of(kinds, back)

    def keep_house(self) -> None:
        """Forget what may be forgotten; try again to open what is not open."""
        if (journal := self._try()) is not None:
            journal.keep_house()

    def close(self) -> None:
        """Checkpoint and close."""
        self._late.close()

    def _try(self) -> OpenedJournal | None:
        was_missing = self._late.thing is None
        try:
            journal = self._late.get()
        except JournalError as exc:
            self._why = exc
            self._troubles(journal_fault(exc), is_on=True, detail=str(exc))
            return None
        if was_missing and journal is not None:
            for fault in (Fault.JOURNAL_FULL, Fault.JOURNAL_FAILED):
                self._troubles(fault, is_on=False)
        if journal is not None:
            self._tell_damage(journal)
        return journal

    def _tell_damage(self, journal: OpenedJournal) -> None:
        """A journal that was set aside waits for a person, also if the next one writes well."""
        if journal.was_set_aside and not self._has_told_damage:
            self._has_told_damage = True
            self._troubles(Fault.JOURNAL_CORRUPT, is_on=True)


def journal_fault(exc: JournalError) -> Fault:
    """Return the row of the table that a failure of the journal belongs to."""
    if isinstance(exc, JournalFull):
        return Fault.JOURNAL_FULL
    return Fault.JOURNAL_CORRUPT if isinstance(exc, JournalCorrupt) else Fault.JOURNAL_FAILED
