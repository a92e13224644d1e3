"""One case as the kiosk plays it, on a simulated sensor: the real rules, machine and measuring.

Only the threads and the wire are missing: `step` is asked as the main loop asks it, and the
samples go to the `Measurer` as the thermometer's worker hands them on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from kiosk.core.machine import AwaitingTyped, Idle, State, step
from kiosk.core.measure import Calibration, Conditions, Measurer
from kiosk.core.messages import (
    Command,
    PassPresented,
    ReadingTaken,
    RecordEntry,
    Show,
    TakeReading,
    Tick,
)
from kiosk.core.rules import Rules
from kiosk.core.words import (
    Credential,
    Direction,
    Entry,
    Facts,
    LastPassage,
    NoReading,
    PassKind,
    Reading,
    Reason,
    Sample,
    Surroundings,
)
from kiosk.simulate.foreheads import SKIN_BELOW_BODY_C, Booth, Forehead
from kiosk.timing import ManualClock, Stamp

START = ManualClock(mono_s=0.0).now()
HOLDER = Credential(b"holder-1", "H3M25PQ7", "bench", PassKind.RESIDENT, 7, "张*明", 2**31)
HOLD_UP_S = 0.5  # from the pass to the first step towards the sensor
COME_ANEW_S = 1.0  # between two rounds: out of the spot, and in again
BETWEEN_S = 4.0  # of bare wall between two people: about eight come in a minute
CALIBRATION = Calibration("bench", SKIN_BELOW_BODY_C, date(2026, 11, 1), date(2099, 1, 1))


@dataclass(slots=True)
class Told:
    """What came of one pass that was shown."""

    entry: Entry | None = None  # None: told to wait, nothing was written down
    asked: int = 0  # readings that the machine asked for
    in_place_s: float = 0.0  # when the head was in place for the first of them
    skin_c: float = 0.0  # of that head
    samples: list[Sample] = field(default_factory=list)  # of that round, from the question on

    @property
    def first(self) -> Reading | None:
        """Return the answer of the first round, if it was a reading."""
        answer = self.entry.readings[0] if self.entry and self.entry.readings else None
        return answer if isinstance(answer, Reading) else None

    @property
    def outcome(self) -> str:
        """Return normal, elevated, or in one word why it is neither."""
        if self.entry is None or self.entry.decision is None:
            return "told_to_wait"
        last = self.entry.readings[-1] if self.entry.readings else None
        match getattr(self.entry.decision, "reason", None):
            case None:
                return "normal"
            case Reason.NO_VALID_READING if isinstance(last, NoReading):
                return last.reason.value
            case reason:
                return str(reason.value)


class Gate:
    """One gate and its sensor; people come one after another."""

    def __init__(self, booth: Booth, place: Surroundings, rules: Rules) -> None:
        self._booth, self._place, self._rules = booth, place, rules
        conditions = Conditions(
            surroundings=lambda: place,
            warm_up_s=0.0,
            calibration=CALIBRATION,
            today=START.utc.date,
        )
        self._measurer = Measurer(conditions)
        self._scans = 0
        self._told = Told()

    @property
    def at_s(self) -> float:
        """Return the monotonic second at which this gate is."""
        return self._booth.at_s

    def pause(self, seconds: float) -> None:
        """Let nobody come for a while."""
        self._booth.pause(seconds)

    def present(
        self, step_in: Callable[[], Forehead], *, last: LastPassage | None = None
    ) -> Told:
        """Let somebody show a good pass and stand before the sensor whenever asked to."""
        self._clear()
        self._scans, self._told = self._scans + 1, Told()
        facts = Facts("bench", Direction.IN, last=last, surroundings=self._place)
        shown = PassPresented(stamp(self.at_s), UUID(int=self._scans), HOLDER, facts)
        state, commands = step(Idle(), shown, self._rules)
        while not self._is_over(commands):
            state, commands = self._go_on(state, commands, step_in)
        return self._told

    def watch(self, forehead: Forehead, seconds: float) -> list[Sample]:
        """Return what the sensor says of somebody whom nobody asked for."""
        self._clear()
        self._booth.come(forehead)
        until_s = self.at_s + seconds
        samples = []
        while self.at_s < until_s:
            samples.append(self._booth.sample())
            self._measurer.feed(samples[-1])
        return samples

    def _clear(self) -> None:
        """Let whoever was there go; the sensor sees the wall."""
        self._booth.leave()
        until_s = self.at_s + BETWEEN_S
        while self.at_s < until_s:
            self._measurer.feed(self._booth.sample())

    def _is_over(self, commands: tuple[Command, ...]) -> bool:
        for command in commands:
            if isinstance(command, RecordEntry):
                self._told.entry = command.entry
        is_asked = any(isinstance(c, TakeReading) for c in commands)
        is_told = any(isinstance(c, Show) and c.until_s is not None for c in commands)
        return self._told.entry is not None or (is_told and not is_asked)

    def _go_on(
        self, state: State, commands: tuple[Command, ...], step_in: Callable[[], Forehead]
    ) -> tuple[State, tuple[Command, ...]]:
        """Answer what was asked; where staff are asked to measure, let them not come."""
        for command in commands:
            if isinstance(command, TakeReading):
                answer = self._measure(command, step_in())
                now = stamp(self.at_s)
                taken = ReadingTaken(now, command.scan_id, command.round_no, answer)
                return step(state, taken, self._rules)
        assert isinstance(state, AwaitingTyped)  # nothing else waits
        self._booth.pause(state.deadline_s - self.at_s)
        return step(state, Tick(stamp(state.deadline_s)), self._rules)

    def _measure(self, ask: TakeReading, forehead: Forehead) -> Reading | NoReading:
        """Step in (again) and stay until the answer is there."""
        self._told.asked += 1
        self._measurer.begin(self.at_s, round_no=ask.round_no)
        self._booth.leave()
        come_s = self.at_s + (HOLD_UP_S if ask.round_no == 1 else COME_ANEW_S)
        has_come = False
        while True:
            if not has_come and self.at_s >= come_s:
                has_come = True
                self._booth.come(forehead)
                self._note_first(ask, forehead)
            sample = self._booth.sample()
            if ask.round_no == 1:
                self._told.samples.append(sample)
            answer = self._measurer.feed(sample) or self._measurer.elapse(self.at_s)
            if answer is not None:
                return answer

    def _note_first(self, ask: TakeReading, forehead: Forehead) -> None:
        if ask.round_no == 1:
            self._told.in_place_s = self._booth.in_place_s
            self._told.skin_c = forehead.skin_c


def stamp(at_s: float) -> Stamp:
    """Return the instant at this monotonic second."""
    return replace(START, mono_s=at_s, utc=START.utc + timedelta(seconds=at_s))


def passage_of(entry: Entry) -> LastPassage:
    """Return what the register would remember of an entry."""
    infrared = [
        r.estimate_c for r in entry.readings if isinstance(r, Reading) and not r.source.is_typed
    ]
    assert entry.decision is not None  # it was written down
    return LastPassage(
        seq=1,
        at_s=entry.at.mono_s,
        boot_id=entry.at.boot_id,
        utc_ms=int(entry.at.utc.timestamp() * 1000),
        direction=entry.direction,
        decision=entry.decision,
        has_passed=False,
        estimate_c=infrared[-1] if infrared else None,
    )
