"""What can happen to a thermometer's line, row by row, with the worker that lives with it.

The far end is a real pseudo-terminal and the worker runs in a thread of its own, supervised
as in the kiosk. Each row must be told as what it is, must make no reading, and must heal.
"""

import logging
import os
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.config import ThermometerConfig
from kiosk.core.faults import Fault
from kiosk.core.messages import ReadingTaken
from kiosk.core.words import Missing, NoReading, Reading
from kiosk.devices import catalogue
from kiosk.devices.line_traffic import Traffic
from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_gy5a import Gy5aDecoder
from kiosk.devices.thermometer_line import Temperatures
from kiosk.devices.thermometer_polled import open_polled
from kiosk.ports import Thermometer
from kiosk.runtime.worker_thermometer import BAD_SHARE, LINE_FAULTS
from kiosk.simulate.thermometer import PtyThermometer
from kiosk.timing import Clock
from tests.devices.watching import Post, nobody, until, worker_on

SILENT_AT_POWER = bytes.fromhex("a552f7")
HOLD = """
import fcntl, os, sys
line = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(line, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[PtyThermometer]:
    with closing(PtyThermometer(link=tmp_path / "thermometer")) as far_end:
        yield far_end


@pytest.fixture
def post(module: PtyThermometer) -> Iterator[Post]:
    with worker_on(Path(module.port), catalogue.open_thermometer) as working:
        assert until(lambda: working.openings == 1, 2.0)
        time.sleep(0.25)  # a few samples of the empty room
        yield working


def serves(post: Post, module: PtyThermometer, number: int = 9) -> bool:
    """Measure somebody who comes."""
    post.ask(number)
    module.approach(34.4)
    answer = post.answer()
    return isinstance(answer, Reading) and abs(answer.estimate_c - 36.7) < 0.3


def test_adapter_unplugged_is_told_at_once_and_heals_with_the_plug(
    module: PtyThermometer, post: Post
) -> None:
    post.ask(2)
    time.sleep(0.25)
    module.unplug()
    answer = post.answer(within_s=1.0)
    assert isinstance(answer, NoReading)
    assert (answer.reason, answer.is_fault) == (Missing.LOST, True)
    assert post.held() == {Fault.THERMOMETER_LOST}
    assert post.comes_to(Fault.THERMOMETER_MISSING, within_s=1.5)
    module.plug()
    assert post.comes_to(within_s=3.0)
    assert serves(post, module)


def test_node_missing_is_told_as_missing(tmp_path: Path) -> None:
    with worker_on(tmp_path / "none", catalogue.open_thermometer) as post:
        assert post.comes_to(Fault.THERMOMETER_MISSING)
        assert "is not there" in post.detail()


def test_permission_missing_is_told_as_denied_and_heals_when_it_is_given(
    module: PtyThermometer,
) -> None:
    line = Path(module.port).resolve()
    line.chmod(0)
    with ExitStack() as ours:
        with nobody():
            post = ours.enter_context(worker_on(line, catalogue.open_thermometer))
            assert post.comes_to(Fault.THERMOMETER_DENIED)
            assert "dialout" in post.detail()
        line.chmod(0o600)
        assert post.comes_to(within_s=3.0)


def test_a_busy_line_names_its_holder_and_heals_when_that_ends(module: PtyThermometer) -> None:
    command = [sys.executable, "-c", HOLD, module.port]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with worker_on(Path(module.port), catalogue.open_thermometer) as post:
            assert post.comes_to(Fault.THERMOMETER_BUSY)
            assert f"(pid {other.pid})" in post.detail()
            other.communicate()
            assert post.comes_to(within_s=3.0)


def test_a_second_reader_makes_no_false_reading_and_the_line_recovers(
    module: PtyThermometer, post: Post
) -> None:
    thief = os.open(module.port, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    stop = threading.Event()

    def steal() -> None:
        while not stop.is_set():
            try:
                os.read(thief, 3)
            except BlockingIOError:
                stop.wait(0.001)

    thread = threading.Thread(target=steal)
    thread.start()
    post.ask(2)
    module.approach(34.4)
    answer = post.answer()
    stop.set()
    thread.join()
    os.close(thief)
    assert answer is not None
    if isinstance(answer, Reading):
        assert abs(answer.estimate_c - 36.7) < 0.3
    assert post.comes_to(within_s=8.0)


def test_wrong_baud_is_told_as_noise_and_not_as_silence(
    module: PtyThermometer, post: Post
) -> None:
    module.noise(True)
    post.ask(2)
    assert post.comes_to(Fault.THERMOMETER_NOISE)
    answer = post.answer(within_s=1.0)
    assert isinstance(answer, NoReading)
    assert (answer.reason, answer.is_fault) == (Missing.FAULT, True)
    module.noise(False)
    assert post.comes_to()


@pytest.mark.parametrize(("strays", "is_noise"), [(b"\x00", False), (b"\x00\x31\x07", True)])
def test_the_stray_byte_of_newer_modules_is_no_wrong_baud(
    strays: bytes, is_noise: bool
) -> None:
    decoder, traffic = Gy5aDecoder(), Traffic(0.0)
    for packet in range(600):
        chunk = bytes.fromhex("5a5a45040e440852a9") + strays
        before = decoder.sound_bytes
        decoder.feed(chunk)
        traffic.count(packet / 10, came=len(chunk), sound=decoder.sound_bytes - before)
    assert (traffic.bad_share(60.0) > BAD_SHARE) == is_noise


def test_silence_is_stale_after_one_second_and_reopened_after_six(
    module: PtyThermometer, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "kiosk")
    module.silence(True)
    began_s = time.monotonic()
    assert post.comes_to(Fault.THERMOMETER_SILENT)
    assert 0.8 < time.monotonic() - began_s < 2.0
    post.ask(2)
    answer = post.answer(within_s=1.0)
    assert isinstance(answer, NoReading) and answer.reason is Missing.SILENT
    assert post.openings == 1
    assert until(lambda: post.openings == 2, 8.0)
    assert 5.5 < time.monotonic() - began_s < 8.5
    assert post.held() == {Fault.THERMOMETER_SILENT}
    module.silence(False)
    assert post.comes_to()
    assert sum(r.message == "thermometer.silent" for r in caplog.records) == 1


def test_a_module_that_was_told_to_wait_is_woken_after_three_seconds(
    module: PtyThermometer, post: Post
) -> None:
    with open(module.port, "r+b", buffering=0) as other:  # noqa: PTH123 - no buffer, no lock
        other.write(bytes.fromhex("a515ba"))
    began_s = time.monotonic()
    assert post.comes_to(Fault.THERMOMETER_SILENT)
    assert post.comes_to()
    assert 2.5 < time.monotonic() - began_s < 5.0


def test_a_module_that_restarted_without_its_settings_is_set_up_again(
    module: PtyThermometer, post: Post
) -> None:
    with open(module.port, "r+b", buffering=0) as other:  # noqa: PTH123 - no buffer, no lock
        other.write(SILENT_AT_POWER)
    time.sleep(0.15)
    module.unplug()
    module.plug()
    assert until(lambda: bool(post.held()), 2.0)
    assert post.comes_to(within_s=3.0)


def test_a_program_too_slow_to_read_measures_nobody_who_is_gone(
    module: PtyThermometer, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.ask(2)
    time.sleep(0.25)
    post.stall_s.append(1.3)
    time.sleep(0.25)
    module.approach(34.4)  # comes and goes while nobody reads
    time.sleep(0.8)
    module.leave()
    assert not isinstance(post.answer(within_s=1.2), Reading)
    assert "thermometer.read_late" in [r.message for r in caplog.records]
    assert serves(post, module)


def test_a_full_queue_of_the_main_thread_drops_and_the_worker_goes_on(
    module: PtyThermometer, post: Post
) -> None:
    for number in range(100, 132):
        at = post.clock.now()
        answer = NoReading(Missing.LOST, is_fault=True, at_s=at.mono_s)
        post.inbox.offer(ReadingTaken(at, UUID(int=number), 1, answer))
    post.ask(2)
    module.approach(34.4)
    assert until(lambda: post.inbox.dropped == 1, 5.0)
    assert post.openings == 1 and post.held() == set()


def test_a_clock_step_changes_no_reading(module: PtyThermometer, post: Post) -> None:
    post.ask(2)
    module.approach(34.4)
    for hours in (-20, 20, -20):
        time.sleep(0.3)
        post.clock.step = timedelta(hours=hours)
    answer = post.answer()
    assert isinstance(answer, Reading)
    assert answer.at_s - answer.presence_s < 2.0
    assert post.held() == set()


class TwoBytes:
    """A poller of the kind that has no checksum."""

    period_s = 0.05
    needs_agreement = True

    def prepare(self, line: SerialLine) -> None:
        """It has no settings."""

    def poll(self, line: SerialLine) -> Temperatures | None:
        """Ask for the one value there is."""
        line.write(b"\x01")
        said = line.read_exactly(2, 0.05)
        if said is None:
            return None
        celsius = (int.from_bytes(said, "big") - 1000) / 10
        return Temperatures(celsius, None) if -40 <= celsius <= 120 else None


@pytest.mark.parametrize(
    ("reply", "late_s", "faults"),
    [
        (b"\x04\xc4", 0.0, set()),
        (b"\x04\xc4", 0.15, {Fault.THERMOMETER_SILENT, Fault.THERMOMETER_NOISE}),
        (b"\x04\xc4\x04\xc4", 0.0, {Fault.THERMOMETER_SILENT, Fault.THERMOMETER_NOISE}),
        (b"\xfe\xfe", 0.0, {Fault.THERMOMETER_SILENT, Fault.THERMOMETER_NOISE}),
    ],
    ids=["in_time", "late", "double", "foreign"],
)
def test_late_double_and_foreign_answers_of_a_polled_device_are_never_samples(
    tmp_path: Path, reply: bytes, late_s: float, faults: set[Fault]
) -> None:
    far, near = os.openpty()
    tty.setraw(near)
    path = tmp_path / "thermometer"
    path.symlink_to(os.ttyname(near))
    os.set_blocking(far, False)
    stop = threading.Event()

    def answer() -> None:
        while not stop.wait(0.005):
            try:
                os.read(far, 1)
            except BlockingIOError:
                continue
            stop.wait(late_s)
            os.write(far, reply)

    def opener(config: ThermometerConfig, clock: Clock) -> Thermometer:
        return open_polled(config.port, baud=9600, poller=TwoBytes(), clock=clock)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with worker_on(path, opener) as post:
            if faults:
                assert until(lambda: bool(post.held()), 3.0)
                time.sleep(0.2)
                assert post.held() and post.held() <= faults
            else:
                time.sleep(1.3)
                assert post.held() == set()
    finally:
        stop.set()
        thread.join()
        os.close(near)
        os.close(far)


def test_no_row_leaves_two_faults_of_the_line_beside_each_other(
    module: PtyThermometer, post: Post
) -> None:
    most = 0
    for act in (
        partial(module.noise, True),
        partial(module.silence, True),
        module.unplug,
        module.plug,
        partial(module.noise, False),
        partial(module.silence, False),
    ):
        act()
        deadline_s = time.monotonic() + 0.25
        while time.monotonic() < deadline_s:
            most = max(most, len(post.held() & set(LINE_FAULTS)))
            time.sleep(0.01)
    assert most <= 1
    assert post.comes_to(within_s=6.0)
