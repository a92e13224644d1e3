"""Command -> port call, in order; the first failure drops the rest."""

from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk import log
from kiosk.core.faults import Fault
from kiosk.core.messages import (
    Attend,
    ChooseMeasuring,
    Command,
    CommandFailed,
    HandOut,
    HoldPass,
    Measuring,
    OpenCase,
    PulseGate,
    ReadingTaken,
    RecordEntry,
    ReleasePass,
    Show,
    StopReading,
    TakeReading,
    Warn,
)
from kiosk.core.words import Entry, EntryKind, Granted, Missing, NoReading, Recorded
from kiosk.errors import DeviceError, JournalError
from kiosk.ports import Gate, Journal, Register
from kiosk.runtime import late, open_cases
from kiosk.runtime.holds import Holds
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.matters import MatterBook
from kiosk.runtime.troubles import Troubles
from kiosk.timing import Clock
from kiosk.wire import decision_words

SLOW_COMMIT_S = 2.0  # chosen: a commit that takes longer is shown as "slow storage"
SLOW_COMMIT_WAIT_S = 60.0  # a commit may block this long before the thread counts as hung
OWED_EVERY_S = 5.0
RECENT = 5

_THERMOMETER_FAULTS = (
    Fault.THERMOMETER_MISSING,
    Fault.THERMOMETER_BUSY,
    Fault.THERMOMETER_DENIED,
    Fault.THERMOMETER_SETTINGS,
    Fault.THERMOMETER_LOST,
    Fault.THERMOMETER_SILENT,
    Fault.THERMOMETER_NOISE,
)


def _unwatched(recorded: Recorded) -> None:
    """Nobody follows the thermometer."""


def _unnoted(cti: bytes, iat_s: int) -> None:
    """Nobody remembers proofs."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What commands act on."""

    journal: Journal
    register: Register
    gate: Gate
    requests: Latest[TakeReading | StopReading]
    inbox: Inbox
    note_proof: Callable[[bytes, int], None] = _unnoted
    written: Callable[[Recorded], None] = _unwatched
    matters: MatterBook = field(default_factory=MatterBook)


class Executor:
    """Runs commands for the main thread; remembers what the pages need."""

    def __init__(
        self,
        ports: Ports,
        clock: Clock,
        troubles: Troubles,
        beat: Callable[[float], None] = lambda wait_s: None,
        *,
        recent: tuple[Recorded, ...] = (),
        measuring: Measuring = Measuring.BY_WEATHER,
        keep_measuring: Callable[[Measuring], None] = lambda measuring: None,
        staff: str | None = None,
        holds: Holds | None = None,
    ) -> None:
        self._ports = ports
        self._clock = clock
        self._troubles = troubles
        self._beat = beat
        self.show: Show | None = None
        self.recent = recent
        self.written = 0  # entries since the start, also those that the page does not list
        self.open_cases = open_cases.OpenCases()
        self.call: Command | None = None  # for help, or its end: the newest
        self.staff = staff
        self.matters = ports.matters
        self.attended_s: float | None = None  # when whoever is on duty showed who they are
        self.holds = holds or Holds()
        self.measuring = measuring
        self._keep_measuring = keep_measuring
        self.supplies: str | None = None
        self._owed: list[Entry] = []  # done already, and not written down yet
        self._owed_tried_s = 0.0
        self._newest = 0  # entry of the journal
        self._granted: list[Recorded] = []

    def run(self, commands: tuple[Command, ...]) -> CommandFailed | None:
        """Run `commands` in order. Returns the failure that dropped the rest, if any.

        An override stands even so: a barrier that did not move is lifted by hand.
        """
        for place, command in enumerate(commands):
            if (failed := self._run_one(command)) is not None:
                if isinstance(command, PulseGate):
                    self._keep_override(commands[place:])
                return failed
        return None

    def take_granted(self) -> list[Recorded]:
        """Return the grants that were written down since the last call."""
        taken, self._granted = self._granted, []
        return taken

    @property
    def owed(self) -> tuple[Entry, ...]:
        """Return what was done and could not be written down yet, oldest first."""
        return tuple(self._owed)

    @property
    def is_call_owed(self) -> bool:
        """Whether staff called somebody, and it could not be written down yet."""
        return any(entry.kind is EntryKind.INCIDENT for entry in self._owed)

    def write_owed(self, *, is_last: bool = False) -> None:
        """Write down what was done while the journal could not be written."""
        now_s = self._clock.mono_s()
        is_due = is_last or now_s - self._owed_tried_s >= OWED_EVERY_S
        if not self._owed or not is_due:
            return
        self._owed_tried_s = now_s
        while self._owed and self._record(self._owed[0], None) is None:
            self._owed.pop(0)

    def _keep_override(self, dropped: tuple[Command, ...]) -> None:
        """Write down what a person decided, where it stands among what was dropped."""
        is_override = any(isinstance(one, RecordEntry) and one.may_wait for one in dropped)
        for one in dropped if is_override else ():
            if isinstance(one, RecordEntry | ReleasePass):
                self._run_one(one)

    def _run_one(self, command: Command) -> CommandFailed | None:
        match command:
            case RecordEntry(entry, case, may_wait):
                failed = self._record(entry, case)
                if failed is None or not may_wait:
                    return failed
                self._owed.append(entry)
            case HandOut(item):
                self.supplies = item
            case PulseGate():
                return self._pulse(command)
            case TakeReading():
                self._take_reading(command)
            case StopReading():
                self._ports.requests.put(command)
            case Warn(scan_id, warning):
                log.event(log.Event.SCAN_REPEATED, scan_id=str(scan_id), warning=warning.value)
            case Attend(staff):
                self.staff, self.attended_s = staff, self._clock.mono_s()
                log.event(log.Event.DUTY_CHANGED, is_on=staff is not None)
            case ChooseMeasuring(measuring):
                self.measuring = measuring
                self._keep_measuring(measuring)
            case HoldPass(held):
                self.holds.place(held)
            case ReleasePass(scan_id, cti):
                self.holds.release(scan_id, cti)
            case Show():
                self.show = command
            case _:
                self.call = command
        return None

    def _record(self, entry: Entry, case: OpenCase | None) -> CommandFailed | None:
        entry = self.open_cases.referring(entry)
        began_s = self._clock.mono_s()
        self._beat(SLOW_COMMIT_WAIT_S)
        try:
            recorded = self._ports.journal.record(entry)
        except JournalError as exc:
            fault = late.journal_fault(exc)
            self._troubles(fault, is_on=True, detail=str(exc))
            return CommandFailed(self._clock.now(), entry.scan_id, fault)
        took_s = self._clock.mono_s() - began_s
        self._troubles(Fault.JOURNAL_SLOW, is_on=took_s > SLOW_COMMIT_S)
        for fault in (Fault.JOURNAL_FULL, Fault.JOURNAL_FAILED):
            self._troubles(fault, is_on=False)
        self._ports.register.note(recorded)
        self._ports.written(recorded)
        self.written += 1
        if recorded.seq <= self._newest:  # a journal begun anew: no entry refers to the old one
            self.open_cases = open_cases.OpenCases()
        self._newest = recorded.seq
        self.open_cases.note(recorded, case)
        self.matters.note(recorded)
        if isinstance(entry.decision, Granted):
            self._granted.append(recorded)
        if entry.decision is not None:
            self.recent = (recorded, *self.recent)[:RECENT]
        decision, reason = decision_words(entry.decision)
        log.event(
            log.Event.JOURNAL_RECORDED,
            scan_id=str(entry.scan_id),
            seq=recorded.seq,
            decision=decision,
            reason=reason,
            commit_ms=round(took_s * 1000, 2),
        )
        return None

    def _pulse(self, command: PulseGate) -> CommandFailed | None:
        scan_id = command.scan_id
        try:
            self._ports.gate.pulse()
        except DeviceError as exc:
            self._troubles(Fault.GATE_FAULT, is_on=True, detail=exc.detail)
            return CommandFailed(self._clock.now(), scan_id, Fault.GATE_FAULT)
        self._troubles(Fault.GATE_FAULT, is_on=False)
        log.event(log.Event.GATE_PULSED, scan_id=str(scan_id))
        return None

    def _take_reading(self, command: TakeReading) -> None:
        """Ask the thermometer; one that is known to be out of order is not waited for."""
        if not self._troubles.holds(*_THERMOMETER_FAULTS):
            self._ports.requests.put(command)
            return
        now = self._clock.now()
        answer = NoReading(Missing.LOST, is_fault=True, at_s=now.mono_s)
        self._ports.inbox.offer(ReadingTaken(now, command.scan_id, command.round_no, answer))
