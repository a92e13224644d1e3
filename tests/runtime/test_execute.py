"""Write, then act: what cannot be written down does not open the gate."""

from dataclasses import dataclass, field
from uuid import uuid4

from kiosk.core.faults import Fault
from kiosk.core.messages import (
    CommandFailed,
    PassPresented,
    PulseGate,
    RecordEntry,
    Show,
    StopReading,
    TakeReading,
)
from kiosk.core.wording import Page
from kiosk.core.words import (
    Direction,
    Entry,
    EntryKind,
    Facts,
    Granted,
    Missing,
    NoReading,
    Recorded,
)
from kiosk.errors import DeviceFault, JournalFull
from kiosk.runtime.execute import Executor, Ports
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.troubles import Troubles
from kiosk.timing import ManualClock


@dataclass
class World:
    """The outside, in memory: what was written, and how often the gate moved."""

    clock: ManualClock = field(default_factory=ManualClock)
    entries: list[Entry] = field(default_factory=list)
    noted: list[Recorded] = field(default_factory=list)
    pulses: int = 0
    is_full: bool = False
    is_stuck: bool = False

    def record(self, entry: Entry) -> Recorded:
        """Write it down, unless there is no room."""
        if self.is_full:
            raise JournalFull("no room")
        self.entries.append(entry)
        return Recorded(entry, len(self.entries), b"h" * 32)

    def pulse(self) -> None:
        """Open, unless the relay is stuck."""
        if self.is_stuck:
            raise DeviceFault("gate", "relay")
        self.pulses += 1

    def take_passage(self) -> bool:
        """Nobody goes through."""
        return False

    def lamp(self, *, is_on: bool) -> None:
        """There is none."""

    def facts(self, event: PassPresented) -> Facts:
        """Nothing is known of anybody."""
        return Facts("南门", Direction.IN)

    def note(self, recorded: Recorded) -> None:
        """Remember an entry."""
        self.noted.append(recorded)

    def note_passage(self, seq: int | None) -> None:
        """Nobody goes through."""

    def close(self) -> None:
        """Nothing to give back."""


def _executor(
    world: World,
) -> tuple[Executor, Troubles, Inbox, Latest[TakeReading | StopReading]]:
    troubles, inbox = Troubles(world.clock), Inbox()
    requests: Latest[TakeReading | StopReading] = Latest()
    ports = Ports(world, world, world, requests, inbox)
    return Executor(ports, world.clock, troubles), troubles, inbox, requests


def _grant(world: World) -> tuple[RecordEntry, PulseGate, Show]:
    now, scan_id = world.clock.now(), uuid4()
    entry = Entry(
        kind=EntryKind.PASSAGE,
        at=now,
        scan_id=scan_id,
        gate="南门",
        direction=Direction.IN,
        decision=Granted(),
        cti=b"12345678",
        sub="AB12CD34",
        label="张*明",
        rules_version=1,
    )
    return RecordEntry(entry), PulseGate(scan_id), Show(Page.PASS_IN, now.mono_s, None, entry)


def test_a_granted_person_is_written_down_and_the_gate_opens_once() -> None:
    world = World()
    executor, _, _, _ = _executor(world)
    assert executor.run(_grant(world)) is None
    assert (len(world.entries), world.pulses) == (1, 1)
    assert [r.seq for r in executor.recent] == [1]
    assert executor.show is not None
    assert executor.show.page is Page.PASS_IN


def test_the_gate_stays_shut_while_the_journal_is_full() -> None:
    world = World(is_full=True)
    executor, troubles, _, _ = _executor(world)
    failed = executor.run(_grant(world))
    assert isinstance(failed, CommandFailed)
    assert failed.fault is Fault.JOURNAL_FULL
    assert world.pulses == 0
    assert executor.show is None  # nobody is told "go through"
    assert troubles.holds(Fault.JOURNAL_FULL)


def test_room_again_ends_the_fault_and_opens_the_gate() -> None:
    world = World(is_full=True)
    executor, troubles, _, _ = _executor(world)
    executor.run(_grant(world))
    world.is_full = False
    assert executor.run(_grant(world)) is None
    assert world.pulses == 1
    assert not troubles.holds(Fault.JOURNAL_FULL)


def test_a_gate_that_fails_is_a_named_fault_and_the_entry_stays() -> None:
    world = World(is_stuck=True)
    executor, troubles, _, _ = _executor(world)
    failed = executor.run(_grant(world))
    assert failed is not None
    assert failed.fault is Fault.GATE_FAULT
    assert len(world.entries) == 1
    assert troubles.holds(Fault.GATE_FAULT)


def test_a_thermometer_that_is_known_to_be_dead_is_not_waited_for() -> None:
    world = World()
    executor, troubles, inbox, requests = _executor(world)
    troubles(Fault.THERMOMETER_LOST, is_on=True)
    scan_id = uuid4()
    executor.run((TakeReading(scan_id, 1),))
    answer = inbox.take(0.0)
    assert requests.take() is None
    assert answer is not None
    assert getattr(answer, "scan_id", None) == scan_id
    reading = getattr(answer, "reading", None)
    assert isinstance(reading, NoReading)
    assert (reading.reason, reading.is_fault) == (Missing.LOST, True)
