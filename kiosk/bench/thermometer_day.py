"""The far side of a soaked thermometer: time, the module, a person, faults, who asks.

All of it goes on in `turn`, on the worker's thread, so nothing here needs a lock. Somebody
stands before the sensor whenever a reading is asked for, and one is asked for all the time.
"""

import random
import resource
import threading
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from kiosk.bench.thermometer_case import START
from kiosk.core.messages import ReadingTaken, StopReading, TakeReading
from kiosk.core.words import Reading
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.simulate.foreheads import Booth, Forehead
from kiosk.simulate.thermometer_turns import Trouble, TurnedThermometer
from kiosk.timing import ManualClock

RATE_HZ = 30.0
ROOM_C, SKIN_C = 22.0, 34.1
FAULT_EVERY_S = 30.0
NOT_ANSWERED_S = 1.0  # until it is asked for again, after a "no reading"
GONE_S = 0.8  # of nobody there between two people
SIZE_EVERY_S, SIZE_AFTER_S = 60.0, 25.0  # when the last fault is well over
# What goes wrong in turn, and for how many simulated seconds.
FAULTS = (
    ("silent 2 s", Trouble.SILENT, 2.0),
    ("silent 8 s", Trouble.SILENT, 8.0),
    ("noise", Trouble.NOISE, 2.5),
    ("unplugged", Trouble.UNPLUGGED, 3.0),
    ("frozen", Trouble.FROZEN, 14.0),
    ("restarted", Trouble.RESTARTED, 0.5),
    ("spike", Trouble.SPIKE, 1.5 / RATE_HZ),
    ("truncated", Trouble.TRUNCATED, 0.5 / RATE_HZ),
)


@dataclass(slots=True)
class Watched:
    """What the day showed. Sizes are kilobytes, threads, open files: one row a minute."""

    faults: dict[str, int] = field(default_factory=dict)
    back_s: dict[str, list[float]] = field(default_factory=dict)
    readings: int = 0
    failures: int = 0  # the worker gave the line up
    sizes: list[tuple[int, int, int]] = field(default_factory=list)


class Day:
    """One day, from the first turn to the last."""

    def __init__(self, link: Path, hours: float, seed: int) -> None:
        rng = random.Random(seed)
        self.clock = ManualClock(utc=START.utc, mono_s=1000.0)
        self.requests: Latest[TakeReading | StopReading] = Latest()
        self.inbox = Inbox()
        self.stop = threading.Event()
        self.module = TurnedThermometer(link, rng)
        self.watched = Watched()
        self._booth = Booth(rng, rate_hz=RATE_HZ, room_c=ROOM_C, at_s=self.clock.mono_s())
        self._ends_s = self.clock.mono_s() + hours * 3600
        self._next_fault_s = self.clock.mono_s() + FAULT_EVERY_S
        self._fault_ends_s = float("inf")
        self._waits_for: tuple[str, float] | None = None  # a fault that is over, since when
        self._ask_s = self.clock.mono_s() + NOT_ANSWERED_S
        self._is_asked = False
        self._size_s = self.clock.mono_s() + SIZE_AFTER_S
        self._fault_no = 0

    def turn(self) -> None:
        """Let 1/30 s pass."""
        sample = self._booth.sample()
        self.clock.advance(sample.at_s - self.clock.mono_s())
        now_s = sample.at_s
        self._go_wrong(now_s)
        self._ask(now_s)
        self.module.turn(sample)
        if now_s >= self._size_s:
            self._size_s += SIZE_EVERY_S
            self.watched.sizes.append(_sizes())
        if now_s >= self._ends_s:
            self.stop.set()

    def idle(self, seconds: float) -> None:
        """Let time pass while nobody reads."""
        until_s = self.clock.mono_s() + seconds
        while self.clock.mono_s() < until_s and not self.stop.is_set():
            self.turn()

    def _go_wrong(self, now_s: float) -> None:
        name, trouble, lasts_s = FAULTS[self._fault_no % len(FAULTS)]
        if now_s >= self._next_fault_s:
            self._next_fault_s += FAULT_EVERY_S
            self._fault_ends_s = now_s + lasts_s
            self.watched.faults[name] = self.watched.faults.get(name, 0) + 1
            self.module.suffer(trouble)
        elif now_s >= self._fault_ends_s:
            self._fault_ends_s = float("inf")
            self._fault_no += 1
            self._waits_for = (name, now_s)
            self.module.suffer(Trouble.NONE)

    def _ask(self, now_s: float) -> None:
        """Ask for a reading, step in, take the answer, step out; then anew."""
        if not self._is_asked:
            if now_s >= self._ask_s:
                self._is_asked = True
                self.requests.put(TakeReading(UUID(int=1), 1))
                self._booth.come(Forehead(SKIN_C))
            return
        event = self.inbox.take(0.0)
        if not isinstance(event, ReadingTaken):
            return
        self._is_asked = False
        self._booth.leave()
        is_reading = isinstance(event.reading, Reading)
        self._ask_s = now_s + (GONE_S if is_reading else NOT_ANSWERED_S)
        if is_reading:
            self._note_reading(now_s)

    def _note_reading(self, now_s: float) -> None:
        self.watched.readings += 1
        if self._waits_for is not None:
            name, since_s = self._waits_for
            self._waits_for = None
            self.watched.back_s.setdefault(name, []).append(now_s - since_s)


def _sizes() -> tuple[int, int, int]:
    """Return resident kilobytes, threads and open files of this process."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    kilobytes = pages * resource.getpagesize() // 1024
    return kilobytes, threading.active_count(), sum(1 for _ in Path("/proc/self/fd").iterdir())
