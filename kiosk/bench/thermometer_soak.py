"""A day of a thermometer at 30 Hz in accelerated time, with a fault every 30 s.

Real are the pseudo-terminal, pyserial, `SerialLine`, `SerialThermometer`, the decoder, the
`Measurer` and the whole `ThermometerWorker.run`, in a thread of its own. Simulated are time
and the module: each time the driver looks at its line, the module takes one turn of 1/30 s
first. The back-off of the supervisor is played in simulated time too. pyserial waits 1 ms
instead of 100 for a first byte, since seconds are short here.

Somebody stands before the sensor whenever a reading is asked for, and one is asked for all the
time. `back` is from the end of a fault to the next reading.
"""

import contextlib
import logging
import random
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from kiosk.bench.thermometer_case import CALIBRATION, START
from kiosk.core.measure import Conditions, Measurer
from kiosk.core.messages import ReadingTaken, StopReading, TakeReading
from kiosk.core.words import Placement, Reading, Surroundings
from kiosk.devices.serial_line import SerialLine, open_line
from kiosk.devices.thermometer_gy5a import Gy5aDecoder
from kiosk.devices.thermometer_line import SerialThermometer
from kiosk.errors import DeviceError
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.supervisor import BACK_OFF_S, GOOD_AFTER_S
from kiosk.runtime.troubles import Troubles
from kiosk.runtime.wires import Wires
from kiosk.runtime.worker_thermometer import ThermometerWorker
from kiosk.simulate.foreheads import Booth, Forehead
from kiosk.simulate.thermometer_turns import Trouble, TurnedThermometer
from kiosk.timing import ManualClock

RATE_HZ, BAUD = 30.0, 115200
ROOM_C, SKIN_C = 22.0, 34.1
PLACE = Surroundings(Placement.HEATED_LOBBY, ROOM_C, outdoor_c=20.0)
FAULT_EVERY_S = 30.0
WAIT_S = 0.001
NOT_ANSWERED_S = 1.0  # until it is asked for again, after a "no reading"
GONE_S = 0.8  # of nobody there between two people
SIZE_EVERY_S, SIZE_AFTER_S = 60.0, 25.0  # when the last fault is well over
WARM_UP_SHARE = 0.1  # of the time, before memory is compared
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
    """The far side of the line: time, the module, the person, faults, who asks for readings.

    All of it goes on in `turn`, on the worker's thread; so nothing here needs a lock.
    """

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


class TurningLine(SerialLine):
    """The real line; before each look at it, the far side takes one turn."""

    def __init__(self, line: SerialLine, day: Day) -> None:
        super().__init__(line.port)
        self._day = day

    def read_chunk(self) -> bytes:
        """Let 1/30 s pass, then read what has come."""
        self._day.turn()
        return super().read_chunk()


def soak(hours: float, seed: int) -> dict[str, Any]:
    """Run the day and return what it showed."""
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kiosk-soak-") as folder, _quiet():
        day = Day(Path(folder) / "thermometer", hours, seed)
        thread = threading.Thread(target=_work, args=(day,), name="thermometer")
        thread.start()
        thread.join()
        day.module.unplug()
    return _figures(day, hours, time.monotonic() - began_s)


def _work(day: Day) -> None:
    """Run the worker; open again after the back-off, as the supervisor does."""
    conditions = Conditions(
        surroundings=lambda: PLACE,
        warm_up_s=0.0,
        calibration=CALIBRATION,
        today=START.utc.date,
    )
    wires = Wires(day.inbox, day.clock, Troubles(day.clock))
    worker = ThermometerWorker(lambda: _open(day), Measurer(conditions), day.requests, wires)
    failures = 0
    while not day.stop.is_set():
        began_s = day.clock.mono_s()
        try:
            worker.run(day.stop, lambda: None)
        except DeviceError:
            was_good = day.clock.mono_s() - began_s >= GOOD_AFTER_S
            failures = 1 if was_good else failures + 1
            day.watched.failures += 1
            day.idle(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1])


def _open(day: Day) -> SerialThermometer:
    line = open_line(str(day.module.link), baud=BAUD)
    line.port.timeout = WAIT_S
    thermometer = SerialThermometer(TurningLine(line, day), Gy5aDecoder(), day.clock)
    try:
        thermometer.restart()
    except DeviceError:
        thermometer.close()
        raise
    return thermometer


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log of thousands of faults off the terminal; it is made all the same."""
    logger, sink = logging.getLogger("kiosk"), logging.NullHandler()
    before, logger.propagate = logger.propagate, False
    logger.addHandler(sink)
    try:
        yield
    finally:
        logger.removeHandler(sink)
        logger.propagate = before


def _sizes() -> tuple[int, int, int]:
    """Return resident kilobytes, threads and open files of this process."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    kilobytes = pages * resource.getpagesize() // 1024
    return kilobytes, threading.active_count(), sum(1 for _ in Path("/proc/self/fd").iterdir())


def _figures(day: Day, hours: float, wall_s: float) -> dict[str, Any]:
    watched = day.watched
    warm = watched.sizes[int(len(watched.sizes) * WARM_UP_SHARE) :] or watched.sizes
    memory_kb = [row[0] for row in warm]
    return {
        "hours": hours,
        "packets": day.module.packets,
        "wall_s": round(wall_s, 1),
        "readings": watched.readings,
        "line_given_up": watched.failures,
        "faults": {
            name: {
                "count": count,
                "back": len(watched.back_s.get(name, ())),
                "back_max_s": round(max(watched.back_s.get(name, [0.0])), 2),
            }
            for name, count in watched.faults.items()
        },
        "memory_kb": {"first": memory_kb[0], "last": memory_kb[-1], "most": max(memory_kb)},
        "threads": [min(r[1] for r in warm), max(r[1] for r in warm)],
        "open_files": [min(r[2] for r in warm), max(r[2] for r in warm)],
    }


def table(figures: dict[str, Any]) -> str:
    """Return the report as lines of text."""
    rows = [f"{k:12}{v}" for k, v in figures.items() if k != "faults"]
    rows += [
        f"{name:12}{row['count']} times, back {row['back']}, at worst {row['back_max_s']} s"
        for name, row in figures["faults"].items()
    ]
    return "\n".join(rows)
