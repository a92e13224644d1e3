"""One lane with its journal and register on disk, driven event by event, as the loop does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from kiosk.core.machine import AwaitingReading, Idle, State, step
from kiosk.core.messages import (
    Attend,
    Event,
    PassageSeen,
    PassPresented,
    ReadingTaken,
    TemperatureTyped,
    Tick,
)
from kiosk.core.rules import Rules
from kiosk.core.words import Credential, Direction, Refused, Source
from kiosk.journal.outbox import open_outbox
from kiosk.journal.recall import recall_urgent
from kiosk.ports import SyncStatus
from kiosk.register.register import FromCentral, open_register
from kiosk.runtime.awaiting import PassageWatch
from kiosk.runtime.execute import Executor, Ports
from kiosk.runtime.holds import read_holds
from kiosk.runtime.informing import Informer
from kiosk.runtime.late import LateJournal
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.matters import MatterBook
from kiosk.runtime.troubles import Troubles
from kiosk.timing import ManualClock
from kiosk.wire import WireEntry, decode_entry
from tests.core.making import LOBBY, reading
from tests.journal.making import open_here
from tests.runtime.test_late import PulseCounter

_NOTHING_KNOWN = FromCentral()


class RealGate:
    """One gate in a folder; a second one on the same folder is a restart."""

    def __init__(
        self,
        folder: Path,
        direction: Direction = Direction.IN,
        *,
        rules: Rules = Rules(),  # noqa: B008 - a value
        central: FromCentral = _NOTHING_KNOWN,
        clock: ManualClock | None = None,
    ) -> None:
        self.folder, self.rules = folder, rules
        self.clock = clock or ManualClock(mono_s=1000.0)
        self.troubles, self.state = Troubles(self.clock), Idle()
        self.journal = LateJournal(
            lambda: open_here(folder, self.clock), self.clock, self.troubles
        )
        path = folder / "journal.db"
        self.register = open_register(
            register_path=folder / "register.db",
            passages_path=folder / "passages.db",
            journal_path=path,
            gate="南门",
            direction=direction,
            clock=self.clock,
            central=central,
        )
        self.barrier, self.sync = PulseCounter(), SyncStatus()
        self.matters = MatterBook(lambda: recall_urgent(path, 200))
        self.ports = Ports(
            self.journal, self.register, self.barrier, Latest(), Inbox(), matters=self.matters
        )
        self.executor = Executor(
            self.ports, self.clock, self.troubles, holds=read_holds(self.journal)
        )
        self.informer = Informer(self.ports, self.executor, lambda: LOBBY, lambda at: None)
        self.passages = PassageWatch(
            self.executor,
            self.clock,
            self.register.note_passage,
            self.troubles,
            has_contact=True,
        )
        self.executor.run((Attend("w01"),))
        self._scans = 0

    state: State

    def serve(self, event: Event) -> None:
        """Take an event through the core, as the main loop does."""
        self.state, commands = self.informer.step(self.state, event, self.rules)
        if (failed := self.executor.run(commands)) is not None:
            self.state, commands = step(self.state, failed, self.rules)
            self.executor.run(commands)
        self.executor.run(self.matters.take_endings(self.rules))
        self.matters.look(self.clock.now(), self.sync, self.troubles)
        self.passages.after(event, self.rules)

    def show(self, who: Credential | Refused) -> UUID:
        """Somebody shows a pass."""
        self._scans += 1
        scan = UUID(int=self._scans)
        facts = self.register.lane(self.clock.now())
        self.serve(PassPresented(self.clock.now(), scan, who, facts))
        return scan

    def measure(self, value_c: float) -> None:
        """The thermometer answers whoever is being served."""
        state = self.state
        assert isinstance(state, AwaitingReading)
        now = self.clock.advance(1.0)
        taken = replace(reading(value_c), presence_s=state.since_s, at_s=now.mono_s)
        round_no = len(state.readings) + 1
        self.serve(ReadingTaken(now, state.shown.scan_id, round_no, taken))

    def type(
        self, scan: UUID, value_c: float = 36.5, source: Source = Source.TYPED_CONTACT
    ) -> None:
        """Staff type what an instrument says, one under the arm if no other is named."""
        self.serve(TemperatureTyped(self.clock.now(), scan, value_c, source))

    def wait(self, seconds: float) -> None:
        """Time goes on, a second at a time."""
        while seconds > 0.0:
            self.serve(Tick(self.clock.advance(min(1.0, seconds))))
            seconds -= 1.0

    def let_through(self, who: Credential) -> UUID:
        """Somebody is measured, is well, and has gone."""
        scan = self.show(who)
        self.measure(36.5)
        self.serve(PassageSeen(self.clock.now()))
        self.wait(20.0)
        return scan

    def fever(self, who: Credential) -> UUID:
        """Somebody is measured three times, and referred; the page has ended."""
        scan = self.show(who)
        while isinstance(self.state, AwaitingReading):
            self.measure(38.2)
        self.wait(60.0)
        return scan

    @contextmanager
    def without_journal(self) -> Iterator[sqlite3.Connection]:
        """Another program holds the journal: nothing can be written down meanwhile."""
        path = self.folder / "journal.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield other
            other.execute("COMMIT")

    @property
    def pulses(self) -> int:
        """How often the barrier has opened."""
        return self.barrier.pulses

    @property
    def entries(self) -> list[WireEntry]:
        """What stands in the journal."""
        with closing(open_outbox(self.folder / "journal.db")) as outbox:
            return [decode_entry(row.body) for row in outbox.pending(0, 10_000, 10_000_000)]

    def close(self) -> None:
        """The power goes."""
        self.journal.close()
        self.register.close()
