"""A supervised thermometer worker on a line of a test, and what it tells."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from kiosk.config import ThermometerConfig
from kiosk.core.faults import Fault
from kiosk.core.measure import Calibration, Measurer
from kiosk.core.messages import ReadingTaken, StopReading, TakeReading
from kiosk.core.words import NoReading, Reading
from kiosk.devices import catalogue
from kiosk.devices.line_holders import other_holders_of
from kiosk.ports import Thermometer
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.supervisor import Supervisor, Worker
from kiosk.runtime.troubles import Troubles
from kiosk.runtime.wires import Wires
from kiosk.runtime.worker_thermometer import ThermometerWorker
from kiosk.timing import Clock, Stamp, SystemClock

ALWAYS = Calibration("c1", 2.0, date(2026, 11, 1), date(2099, 1, 1))


class Stepping:
    """A clock whose date is set while it runs, as a time server does it."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self.step = timedelta()

    def mono_s(self) -> float:
        """Return seconds since boot: no time server touches them."""
        return self._clock.mono_s()

    def now(self) -> Stamp:
        """Return this instant by the date that was set."""
        now = self._clock.now()
        return replace(now, utc=now.utc + self.step)


@dataclass
class Post:
    """A worker on its line, and what it tells."""

    port: Path
    clock: Stepping
    inbox: Inbox
    troubles: Troubles
    requests: Latest[TakeReading | StopReading]
    stall_s: list[float]  # how long the worker is kept from its line, once
    openings: int = 0

    def held(self) -> set[Fault]:
        """Return the faults that hold."""
        return {active.fault for active in self.troubles.active()}

    def detail(self) -> str:
        """Return the detail of the oldest fault."""
        return next((active.detail for active in self.troubles.active()), "")

    def comes_to(self, *faults: Fault, within_s: float = 4.0) -> bool:
        """Wait until exactly these faults hold."""
        return until(lambda: self.held() == set(faults), within_s)

    def ask(self, number: int = 1) -> None:
        """Ask for a reading of a new case."""
        self.requests.put(TakeReading(UUID(int=number), 1))

    def answer(self, within_s: float = 8.0) -> Reading | NoReading | None:
        """Wait for an answer."""
        event = self.inbox.take(within_s)
        return event.reading if isinstance(event, ReadingTaken) else None

    def beat(self, own: Callable[[], None]) -> None:
        """Beat, and sleep where the machine is to be slow."""
        own()
        if self.stall_s:
            time.sleep(self.stall_s.pop())


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user without rights; whoever is not root is one already."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def until(is_so: Callable[[], bool], within_s: float) -> bool:
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        if is_so():
            return True
        time.sleep(0.01)
    return False


@contextmanager
def worker_on(
    port: Path, opener: Callable[[ThermometerConfig, Clock], Thermometer]
) -> Iterator[Post]:
    """Run a supervised worker on `port` until the block ends."""
    clock = Stepping()
    config = ThermometerConfig(
        port=str(port), placement="heated_lobby", room_c=22.0, outdoor_c=20.0, warm_up_s=0
    )

    requests: Latest[TakeReading | StopReading] = Latest()
    working = Post(port, clock, Inbox(), Troubles(clock), requests, [])

    def counted() -> Thermometer:
        opened = opener(config, clock)
        working.openings += 1
        return opened

    worker = ThermometerWorker(
        counted,
        Measurer(catalogue.conditions(config, ALWAYS, clock)),
        requests,
        Wires(working.inbox, clock, working.troubles),
        others_on_line=lambda: ", ".join(other_holders_of(str(port))),
    )

    def body(stop: threading.Event, beat: Callable[[], None]) -> None:
        worker.run(stop, partial(working.beat, beat))

    workers = (Worker("thermometer", body, 8.0, is_critical=False),)
    supervisor = Supervisor(workers, SystemClock(), main_within_s=1000.0)
    supervisor.start()
    try:
        yield working
    finally:
        assert supervisor.stop()
