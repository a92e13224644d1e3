"""The parts of a gate that duty is about: machine, executor, journal and register on disk."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from kiosk.core.duty import DutyBoard
from kiosk.core.machine import Idle, State, step
from kiosk.core.messages import Event, PassPresented, SignedOff, SignedOn
from kiosk.core.rules import Rules
from kiosk.core.words import Decision, Direction, Granted, Recorded
from kiosk.journal.journal import SqliteJournal
from kiosk.journal.outbox import open_outbox
from kiosk.register.directory import Directory
from kiosk.register.register import open_register
from kiosk.register.roster import RosterHere
from kiosk.runtime.beside import BesideTheCase
from kiosk.runtime.duty import DutyKeeper
from kiosk.runtime.execute import Executor, Ports
from kiosk.runtime.informing import Informer
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.troubles import Troubles
from kiosk.sync.neighbours import Neighbours
from kiosk.timing import ManualClock, Stamp
from kiosk.wire import WireEntry, decode_entry
from tests.core.making import FACTS, LOBBY
from tests.journal.making import make_entry, open_here

OFFSET_S = 8 * 3600


class Barrier:
    """Nobody goes through."""

    def pulse(self) -> None:
        """Open."""

    def take_passage(self) -> bool:
        return False

    def lamp(self, *, is_on: bool) -> None:
        """There is none."""

    def close(self) -> None:
        """Shut."""


class DutyGate:
    """One gate in a folder; `open` is a start, as after a power cut where it ran before."""

    def __init__(
        self, folder: Path, gate: str = "南门", clock: ManualClock | None = None
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.clock = clock or ManualClock(mono_s=1000.0)
        self.folder, self.gate = folder, gate
        self.neighbours = Neighbours()
        self.open()

    def open(self) -> None:
        folder, clock = self.folder, self.clock
        self.troubles, self.state = Troubles(clock), Idle()
        self.directory = Directory(folder / "directory.db")
        self.journal: SqliteJournal = open_here(folder, clock)
        path = folder / "journal.db"
        self.register = open_register(
            register_path=folder / "register.db",
            passages_path=folder / "passages.db",
            journal_path=path,
            gate=self.gate,
            direction=Direction.IN,
            clock=clock,
        )
        beside = BesideTheCase(self.register, path, OFFSET_S)
        roster = RosterHere(self.directory, self.gate, OFFSET_S)
        self.keeper = DutyKeeper(path, roster, self.neighbours, beside, self.troubles.active)
        ports = Ports(
            self.journal, self.register, Barrier(), Latest(), Inbox(), written=self.keeper.note
        )
        staff = self.keeper.interrupted
        self.executor = Executor(ports, clock, self.troubles, staff=staff)
        self._informer = Informer(
            ports, self.executor, lambda: LOBBY, lambda at: None, self.keeper.facts
        )
        if staff is not None:
            self.tell(SignedOff(clock.now(), is_restart=True))

    state: State

    def tell(self, event: Event) -> None:
        """Take an event through the core, as the main loop does."""
        self.state, commands = step(self.state, self._informer.informed(event), Rules())
        assert self.executor.run(commands) is None

    def on(self, staff: str, at: Stamp | None = None) -> None:
        self.tell(SignedOn(at or self.clock.now(), staff))

    def off(self) -> None:
        self.tell(SignedOff(self.clock.now()))

    def show_card(self, shown: PassPresented) -> None:
        self.tell(replace(shown, at=self.clock.now(), facts=FACTS))

    def let_in(self, count: int = 1, decision: Decision | None = None) -> Recorded:
        """Write entries as passages do."""
        for _ in range(count):
            entry = make_entry(self.clock.advance(5), 7, decision or Granted())
            recorded = self.journal.record(replace(entry, gate=self.gate))
            self.register.note(recorded)
            self.keeper.note(recorded)
        return recorded

    def board(self, waiting: int = 0) -> DutyBoard:
        return self.keeper.board(self.clock.now(), self.executor.staff, waiting)

    @property
    def entries(self) -> list[WireEntry]:
        with closing(open_outbox(self.folder / "journal.db")) as outbox:
            return [decode_entry(row.body) for row in outbox.pending(0, 1000, 1_000_000)]

    @property
    def duties(self) -> list[tuple[str, str | None]]:
        """What was written of duty: (what, who)."""
        told = [entry for entry in self.entries if entry.kind == "duty"]
        return [(entry.trace[0].removeprefix("duty:"), entry.staff) for entry in told]

    def close(self) -> None:
        self.journal.close()
        self.register.close()
        self.directory.close()
