"""Three gates of one community, in and out, each the real machine, journal and register.

What one gate granted reaches the others through central before it matters there. Time is the
script's; people come when the gate is free.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from kiosk.core import passing
from kiosk.core.machine import AwaitingReading, Idle, State, step
from kiosk.core.messages import Event, PassageSeen, PassPresented, ReadingTaken, SignedOn, Tick
from kiosk.core.messages_staff import IsolationOrdered, OverrideGiven, Why
from kiosk.core.rules import Rules
from kiosk.core.words import (
    Credential,
    Decision,
    Direction,
    Entry,
    EntryKind,
    Facts,
    Granted,
    Household,
    PassKind,
    PassWarning,
    Placement,
    Reading,
    Recorded,
    Surroundings,
)
from kiosk.core.words_home import Exemption, ExemptionKind, Isolation
from kiosk.journal.journal import SqliteJournal
from kiosk.register.directory import Directory
from kiosk.register.elsewhere import Elsewhere
from kiosk.register.households import write_households
from kiosk.register.register import FromCentral, HouseRegister, open_register
from kiosk.register.standing import Standing
from kiosk.runtime.execute import Executor, Ports
from kiosk.runtime.informing import Informer
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.troubles import Troubles
from kiosk.simulate.month import GATES, Happening, Inhabitant, Order, Permit
from kiosk.timing import ClockState, ManualClock, Stamp
from kiosk.wire import DirectoryPart, ElsewherePart, ElsewhereRow
from kiosk.wire.standing import (
    EXEMPTION_ROW,
    ISOLATION_ROW,
    encode_exemptions,
    encode_isolations,
    subject,
)
from tests.journal.making import open_here

BOOT = "00000000-0000-4000-8000-000000000001"
LOBBY = Surroundings(Placement.HEATED_LOBBY, room_c=22.0, outdoor_c=20.0)
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
Lanes = dict[tuple[str, Direction], "Lane"]


class Barrier:
    """A gate that opens; whether somebody goes through is the script's."""

    def pulse(self) -> None:
        """Open."""

    def take_passage(self) -> bool:
        """Nobody, until the script says so."""
        return False

    def lamp(self, *, is_on: bool) -> None:
        """There is none."""

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Kept:
    """The journal, and what was written since somebody asked."""

    journal: SqliteJournal
    fresh: list[Recorded] = field(default_factory=list)

    def record(self, entry: Entry) -> Recorded:
        """Write it down."""
        recorded = self.journal.record(entry)
        self.fresh.append(recorded)
        return recorded

    def close(self) -> None:
        """Close it."""
        self.journal.close()


class Lane:
    """One kiosk."""

    def __init__(
        self,
        folder: Path,
        gate: str,
        direction: Direction,
        rules: Rules,
        homes: dict[str, Household],
    ) -> None:
        folder.mkdir()
        write_households(folder / "register.db", homes.values())
        clock = ManualClock()
        self.gate, self.direction, self._rules = gate, direction, rules
        self.kept = Kept(open_here(folder, clock))
        self.directory = Directory(folder / "directory.db")
        self.elsewhere = Elsewhere(folder / "elsewhere.db")
        self.register: HouseRegister = open_register(
            register_path=folder / "register.db",
            passages_path=folder / "passages.db",
            journal_path=folder / "journal.db",
            gate=gate,
            direction=direction,
            clock=clock,
            central=FromCentral(Standing(self.directory), self.elsewhere),
        )
        ports = Ports(self.kept, self.register, Barrier(), Latest(), Inbox())
        self.executor = Executor(ports, clock, Troubles(clock))
        self._informer = Informer(ports, self.executor, lambda: LOBBY, lambda at: None)
        self._state: State = Idle()
        self._awaiting: passing.Awaiting = ()
        self._waiting: list[ElsewhereRow] = []
        self._scans = 0
        self._granted: list[Recorded] = []

    def close(self) -> None:
        """Close the files."""
        self.register.close()
        self.elsewhere.close()
        self.directory.close()
        self.kept.close()

    def tell(self, rows: list[ElsewhereRow]) -> None:
        """Central has these for this gate; they are taken before they matter."""
        self._waiting += rows

    def serve(self, happening: Happening, clock: ClockState) -> Decision:
        """Let somebody show a pass, be measured, and go or not. Returns the decision."""
        who = happening.inhabitant
        assert who is not None
        self._sync(who)
        at, scan_id = stamp(happening.at, clock), self._scan_id()
        self._step(SignedOn(at, "zhang"))
        self._step(PassPresented(at, scan_id, pass_of(who, clock), _NOWHERE))
        while isinstance(self._state, AwaitingReading):
            at = later(at, 1.5)
            taken = Reading(
                happening.body_c - 2, happening.body_c, 0.1, 9, at.mono_s - 1, at.mono_s,
                22.0, "c1",
            )  # fmt: skip
            self._step(ReadingTaken(at, scan_id, len(self._state.readings) + 1, taken))
        decision = self.executor.recent[0].entry.decision
        assert decision is not None
        self._leave(happening, decision, later(at, 3.0), scan_id)
        return decision

    def order(self, order: Order, at: datetime) -> Isolation:
        """Order somebody to stay at home, as staff do at the gate."""
        now, who = stamp(at, ClockState.TRUSTED), order.inhabitant
        about = replace(_ABOUT, at=now, cti=cti_of(who), sub=who.sub)
        event = IsolationOrdered(now, self._scan_id(), order.days, staff="zhang", about=about)
        _, commands = step(Idle(), replace(event, facts=self.register.lane(now)), self._rules)
        self.executor.run(commands)
        details = dict(self.kept.fresh[-1].entry.details)
        until_ms = int(details["until"])
        return Isolation(bytes.fromhex(str(details["order"])), until_ms, "li")

    def take_standing(self, what: int, key: bytes, blob: bytes) -> None:
        """Take a row that central sends to every gate."""
        assert not self.directory.take(
            DirectoryPart(self.directory.seq + 1, ((what, key, blob),))
        )

    def fresh_rows(self) -> list[ElsewhereRow]:
        """Return what central makes of the entries written since the last call."""
        fresh, self.kept.fresh = self.kept.fresh, []
        return [row for one in fresh for row in self._rows_of(one)]

    def _leave(self, h: Happening, decision: Decision, at: Stamp, scan_id: UUID) -> None:
        is_clock = getattr(getattr(decision, "reason", None), "value", "") == "clock"
        if not isinstance(decision, Granted) and h.is_let_through and not is_clock:
            self._step(OverrideGiven(at, scan_id, Why.MEDICAL))
            self._step(PassageSeen(at))
        elif isinstance(decision, Granted) and not h.turns_back:
            self._step(PassageSeen(at))
        self._step(Tick(later(at, 120.0)))
        self._state = Idle()

    def _step(self, event: Event) -> None:
        """As the main loop does it."""
        event = self._informer.informed(event)
        self._state, commands = step(self._state, event, self._rules)
        assert self.executor.run(commands) is None
        for recorded in self.executor.take_granted():
            self._awaiting = passing.granted(self._awaiting, recorded, event.at, self._rules)
        if isinstance(event, PassageSeen):
            self._awaiting = passing.passed(self._awaiting)
        elif isinstance(event, Tick):
            self._awaiting, back = passing.overdue(self._awaiting, event.at, self._rules)
            self.executor.run(back)

    def _sync(self, who: Inhabitant) -> None:
        """Take what waits, if any of it is about this household."""
        if any(row.sub == who.sub for row in self._waiting):
            seq = self.elsewhere.seq + len(self._waiting)
            assert not self.elsewhere.take(ElsewherePart(seq, tuple(self._waiting)))
            self._waiting = []

    def _rows_of(self, recorded: Recorded) -> Iterator[ElsewhereRow]:
        entry = recorded.entry
        if entry.cti is None or entry.kind not in (*passing.KINDS, EntryKind.WITHDRAWN):
            return
        is_withdrawn, about = entry.kind is EntryKind.WITHDRAWN, recorded
        if is_withdrawn:
            (about,) = [r for r in self._granted if r.seq == entry.refers_to_seq]
        elif not isinstance(entry.decision, Granted):
            return
        else:
            self._granted = [*self._granted[-8:], recorded]
        utc_ms = int(about.entry.at.utc.timestamp() * 1000)
        is_counted = dict(about.entry.details).get("trip") == 1
        yield ElsewhereRow(
            entry.cti, entry.sub, utc_ms, self.direction.value, self.gate, is_counted,
            is_withdrawn,
        )  # fmt: skip

    def _scan_id(self) -> UUID:
        self._scans += 1
        side = int(self.direction is Direction.IN)
        return UUID(int=(GATES.index(self.gate) * 2 + side + 1 << 48) + self._scans)


@contextmanager
def open_gates(folder: Path, rules: Rules, people: tuple[Inhabitant, ...]) -> Iterator[Lanes]:
    """Open six kiosks: three gates, each with a way in and a way out."""
    homes = {one.sub: Household(one.sub, one.grid, f"1-1-{one.sub}") for one in people}
    places = [(gate, way) for gate in GATES for way in Direction]
    lanes = {
        place: Lane(folder / str(number), *place, rules, homes)
        for number, place in enumerate(places)
    }
    try:
        yield lanes
    finally:
        for lane in lanes.values():
            with closing(lane):
                pass


def hand_out_permits(lanes: Lanes, permits: tuple[Permit, ...]) -> None:
    """Send the dated permissions to every gate, as central does."""
    by_person: dict[int, list[Permit]] = {}
    for permit in permits:
        by_person.setdefault(permit.inhabitant.number, []).append(permit)
    for theirs in by_person.values():
        rows = [
            Exemption(ExemptionKind(p.kind), ms(p.begins), ms(p.ends), "li") for p in theirs
        ]
        key = subject(cti=cti_of(theirs[0].inhabitant))
        for lane in lanes.values():
            lane.take_standing(EXEMPTION_ROW, key, encode_exemptions(rows))


def hand_out_order(lanes: Lanes, made_at: Lane, who: Inhabitant, order: Isolation) -> None:
    """Send an order that was made at one gate to the others, as central does."""
    key, blob = subject(cti=cti_of(who)), encode_isolations([order])
    for lane in lanes.values():
        if lane is not made_at:
            lane.take_standing(ISOLATION_ROW, key, blob)


def stamp(at: datetime, clock: ClockState) -> Stamp:
    """Return an instant of the script; a clock that lost the time stands at a floor."""
    mono_s = (at - BEGAN).total_seconds()
    utc = at.astimezone(UTC) if clock is not ClockState.UNSURE else BEGAN
    return Stamp(mono_s, utc, BOOT, clock)


def later(at: Stamp, seconds: float) -> Stamp:
    """Return an instant some seconds on."""
    utc = at.utc.timestamp() + seconds
    return replace(at, mono_s=at.mono_s + seconds, utc=datetime.fromtimestamp(utc, UTC))


def pass_of(who: Inhabitant, clock: ClockState) -> Credential:
    """Return a resident's pass as it verifies now."""
    unsure = (PassWarning.TIME_UNSURE,) if clock is ClockState.UNSURE else ()
    exp_s = 2_000_000_000
    kind = PassKind.RESIDENT
    return Credential(cti_of(who), who.sub, "demo", kind, who.grid, "", exp_s, unsure)


def cti_of(who: Inhabitant) -> bytes:
    """Return the id of somebody's pass."""
    return (who.number + 1).to_bytes(8)


def ms(at: datetime) -> int:
    """Return an instant in UTC milliseconds."""
    return int(at.timestamp() * 1000)


_NOWHERE = Facts("", Direction.IN)
_ABOUT = Entry(
    EntryKind.PASSAGE, stamp(BEGAN, ClockState.TRUSTED), UUID(int=0), "", Direction.IN, None,
    None, None, "", 1,
)  # fmt: skip
