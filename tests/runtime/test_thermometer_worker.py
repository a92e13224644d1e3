"""What the thermometer's worker tells of its line: one fault at a time, once, and who waits."""

import json
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from uuid import UUID

import pytest

from kiosk.config import ThermometerConfig
from kiosk.core.faults import FAULTS, Fault
from kiosk.core.measure import Calibration, Measurer
from kiosk.core.messages import ReadingTaken, StopReading, TakeReading
from kiosk.core.words import Missing, NoReading, Reading, Sample
from kiosk.devices import catalogue
from kiosk.errors import (
    DeviceBusy,
    DeviceDenied,
    DeviceError,
    DeviceFault,
    DeviceLost,
    DeviceMissing,
    DeviceSilent,
)
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.troubles import Troubles
from kiosk.runtime.wires import Wires
from kiosk.runtime.worker_thermometer import LINE_FAULTS, ThermometerWorker
from kiosk.timing import ManualClock

ASK = TakeReading(UUID(int=1), 1)
HERE = ThermometerConfig(placement="heated_lobby", room_c=22.0, outdoor_c=20.0, warm_up_s=0)
ALWAYS = Calibration("c1", 2.0, date(2026, 11, 1), date(2099, 1, 1))


@dataclass
class Module:
    """A thermometer that plays a script: each read is one turn, 0.2 s long."""

    clock: ManualClock
    turns: deque[Callable[[], float | None]] = field(default_factory=deque)
    bad_share: float = 0.0
    ambient_c: float | None = None  # None: it moves
    restarts: int = 0
    openings: deque[DeviceError] = field(default_factory=deque)
    faults_at_restart: deque[DeviceError] = field(default_factory=deque)
    stop: threading.Event = field(default_factory=threading.Event)

    def says(self, object_c: float, turns: int) -> None:
        """Let samples of about `object_c` come."""
        self.turns.extend(partial(float, object_c + turn % 3 / 50) for turn in range(turns))

    def is_quiet(self, turns: int) -> None:
        """Let nothing come."""
        self.turns.extend([lambda: None] * turns)

    def then(self, act: Callable[[], object]) -> None:
        """Let something happen in a turn without a sample."""

        def turn() -> None:
            act()

        self.turns.append(turn)

    def read(self, timeout_s: float) -> list[Sample]:
        """Play the next turn; the end of the script stops the worker."""
        now_s = self.clock.advance(timeout_s).mono_s
        if not self.turns:
            self.stop.set()
            raise DeviceSilent("thermometer", "the script is over")
        if (object_c := self.turns.popleft()()) is None:
            raise DeviceSilent("thermometer", "nothing")
        ambient_c = 22.0 + now_s % 1 / 50 if self.ambient_c is None else self.ambient_c
        return [Sample(now_s, object_c, ambient_c)]

    def restart(self) -> None:
        """Count it, or fail as told."""
        self.restarts += 1
        if self.faults_at_restart:
            raise self.faults_at_restart.popleft()

    def open(self) -> "Module":
        """Fail as often as told, then open."""
        if self.openings:
            raise self.openings.popleft()
        return self

    def close(self) -> None:
        """Stay: it is opened again."""


@dataclass
class Bench:
    """A worker and all it is wired to."""

    clock: ManualClock
    module: Module
    inbox: Inbox
    troubles: Troubles
    requests: Latest[TakeReading | StopReading]
    worker: ThermometerWorker

    def run(self) -> DeviceError | None:
        """Run the worker until the script is over or it gives up; return why."""
        self.module.stop.clear()
        try:
            self.worker.run(self.module.stop, lambda: None)
        except DeviceError as exc:
            return exc
        return None

    def held(self) -> set[Fault]:
        """Return the faults that hold."""
        return {active.fault for active in self.troubles.active()}

    def answer(self) -> Reading | NoReading | None:
        """Return the next answer that came."""
        event = self.inbox.take(0.0)
        return event.reading if isinstance(event, ReadingTaken) else None


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    module, inbox, troubles = Module(clock), Inbox(), Troubles(clock)
    requests: Latest[TakeReading | StopReading] = Latest()
    worker = ThermometerWorker(
        module.open,
        Measurer(catalogue.conditions(HERE, ALWAYS, clock)),
        requests,
        Wires(inbox, clock, troubles),
        others_on_line=lambda: "cat (pid 7)",
    )
    return Bench(clock, module, inbox, troubles, requests, worker)


@pytest.mark.parametrize(
    ("why", "fault"),
    [
        (DeviceMissing("thermometer", "is not there"), Fault.THERMOMETER_MISSING),
        (DeviceBusy("thermometer", "is held by cat"), Fault.THERMOMETER_BUSY),
        (DeviceDenied("thermometer", "may not be opened"), Fault.THERMOMETER_DENIED),
        (DeviceFault("thermometer", "emissivity is 0.95"), Fault.THERMOMETER_SETTINGS),
        (DeviceLost("thermometer", "input/output error"), Fault.THERMOMETER_LOST),
    ],
)
def test_each_way_of_not_opening_has_a_fault_of_its_own(
    bench: Bench, why: DeviceError, fault: Fault
) -> None:
    bench.module.openings.append(why)
    assert bench.run() is why
    assert [(a.fault, a.detail) for a in bench.troubles.active()] == [(fault, why.detail)]


def test_the_faults_of_the_line_take_turns_and_end_with_the_first_sample(bench: Bench) -> None:
    for why in (
        DeviceMissing("thermometer", "is not there"),
        DeviceDenied("thermometer", "may not be opened"),
        DeviceBusy("thermometer", "is held"),
        DeviceFault("thermometer", "no read-back"),
    ):
        bench.module.openings.append(why)
        bench.run()
        assert len(bench.held()) == 1
    bench.module.is_quiet(2)
    bench.run()
    assert bench.held() == {Fault.THERMOMETER_SETTINGS}
    bench.module.says(22.0, 1)
    bench.run()
    assert bench.held() == set()


def test_a_lasting_fault_is_logged_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "kiosk")
    for _ in range(20):
        bench.module.openings.append(DeviceBusy("thermometer", "is held"))
        bench.run()
    told = [r.message for r in caplog.records if r.message == "thermometer.busy"]
    assert len(told) == 1


def test_a_request_on_a_line_that_is_not_there_is_answered_at_once(bench: Bench) -> None:
    bench.requests.put(ASK)
    bench.module.openings.append(DeviceMissing("thermometer", "is not there"))
    bench.run()
    answer = bench.answer()
    assert isinstance(answer, NoReading)
    assert (answer.reason, answer.is_fault) == (Missing.LOST, True)


def test_silence_is_told_after_a_second_woken_at_three_and_reopened_at_six(
    bench: Bench,
) -> None:
    silent_s: list[float] = []
    woken_s: list[float] = []
    began_s = bench.clock.mono_s()

    def look() -> None:
        since_s = bench.clock.mono_s() - began_s
        if bench.held() and not silent_s:
            silent_s.append(since_s)
        if bench.module.restarts and not woken_s:
            woken_s.append(since_s)

    for _ in range(60):
        bench.module.then(look)
    why = bench.run()
    assert isinstance(why, DeviceSilent)
    assert silent_s[0] == pytest.approx(1.2, abs=0.25)
    assert woken_s[0] == pytest.approx(3.2, abs=0.25)
    assert bench.clock.mono_s() - began_s == pytest.approx(6.1, abs=0.25)
    assert bench.module.restarts == 1


@pytest.mark.parametrize(
    ("bad_share", "fault", "reason"),
    [
        (0.0, Fault.THERMOMETER_SILENT, Missing.SILENT),
        (1.0, Fault.THERMOMETER_NOISE, Missing.FAULT),
    ],
)
def test_a_line_that_is_opened_in_vain_is_as_bad_as_before_and_says_so_once(
    bench: Bench,
    caplog: pytest.LogCaptureFixture,
    bad_share: float,
    fault: Fault,
    reason: Missing,
) -> None:
    caplog.set_level(logging.INFO, "kiosk")
    bench.module.bad_share = bad_share
    bench.requests.put(ASK)
    for _ in range(3):
        bench.module.is_quiet(60)
        bench.run()
    assert bench.held() == {fault}
    answer = bench.answer()
    assert isinstance(answer, NoReading) and answer.reason is reason
    told = [r.message for r in caplog.records if "fault" in r.message or r.message in TOLD]
    assert told == [FAULTS[fault].event]


TOLD = {FAULTS[fault].event for fault in LINE_FAULTS}


def test_noise_names_who_else_reads_the_line(bench: Bench) -> None:
    bench.module.bad_share = 1.0
    bench.module.is_quiet(8)
    bench.run()
    assert [a.detail for a in bench.troubles.active()] == ["cat (pid 7)"]


def test_a_line_with_some_bad_bytes_is_noisy_after_a_minute_although_samples_come(
    bench: Bench,
) -> None:
    bench.module.bad_share = 0.06
    bench.module.says(22.0, 295)
    bench.run()
    assert bench.held() == set()
    bench.module.says(22.0, 310)
    bench.run()
    assert bench.held() == {Fault.THERMOMETER_NOISE}
    bench.module.bad_share = 0.02
    bench.module.says(22.0, 1)
    bench.run()
    assert bench.held() == set()


def test_a_question_that_is_open_when_noise_is_told_is_answered(bench: Bench) -> None:
    bench.module.bad_share = 0.2
    bench.module.says(22.0, 298)
    bench.module.then(lambda: bench.requests.put(ASK))
    bench.module.says(22.0, 5)
    bench.run()
    answer = bench.answer()
    assert isinstance(answer, NoReading)
    assert (answer.reason, answer.is_fault) == (Missing.FAULT, True)


def test_one_bad_minute_of_a_plug_is_not_noise(bench: Bench) -> None:
    def better() -> None:
        bench.module.bad_share = 0.0

    bench.module.bad_share = 0.5
    bench.module.says(22.0, 200)
    bench.module.then(better)
    bench.module.says(22.0, 400)
    bench.run()
    assert bench.held() == set()


def test_settings_that_do_not_stick_when_it_is_woken_are_a_fault_of_their_own(
    bench: Bench,
) -> None:
    bench.module.faults_at_restart.append(DeviceFault("thermometer", "emissivity is 0.95"))
    bench.module.is_quiet(40)
    assert isinstance(bench.run(), DeviceFault)
    assert bench.held() == {Fault.THERMOMETER_SETTINGS}


def test_a_frozen_sensor_is_a_fault_until_its_values_move(bench: Bench) -> None:
    def frozen(turns: int) -> None:
        bench.module.turns.extend([lambda: 22.01] * turns)

    bench.module.ambient_c = 22.0
    frozen(49)
    bench.run()
    assert bench.held() == set()
    frozen(10)
    bench.module.then(lambda: bench.requests.put(ASK))
    frozen(1)
    bench.run()
    assert bench.held() == {Fault.THERMOMETER_FROZEN}
    answer = bench.answer()
    assert isinstance(answer, NoReading)
    assert (answer.reason, answer.is_fault) == (Missing.FAULT, True)
    bench.module.says(22.5, 2)
    bench.run()
    assert bench.held() == set()


def test_a_person_is_measured_and_no_temperature_is_logged(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kiosk")
    bench.module.says(22.0, 20)
    bench.module.then(lambda: bench.requests.put(ASK))
    bench.module.says(34.4, 20)
    bench.run()
    answer = bench.answer()
    assert isinstance(answer, Reading)
    taken = [r for r in caplog.records if r.message == "reading.taken"]
    assert len(taken) == 1
    times = {"created", "msecs", "relativeCreated", "mono_s"}
    said = {name: value for name, value in vars(taken[0]).items() if name not in times}
    assert "36.7" not in json.dumps(said, default=str)
