"""Module, line, driver and measurer together, over a real pseudo-terminal."""

import contextlib
import fcntl
import itertools
import os
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from kiosk.config import ThermometerConfig
from kiosk.core.measure import Calibration, Measurer
from kiosk.core.words import Missing, NoReading, Reading, Sample
from kiosk.devices import catalogue
from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_line import SerialThermometer, Temperatures, open_streaming
from kiosk.errors import DeviceFault, DeviceLost, DeviceMissing, DeviceSilent
from kiosk.ports import Thermometer
from kiosk.simulate.thermometer import PtyThermometer
from kiosk.timing import Stamp, SystemClock

CLOCK = SystemClock()
ALWAYS = Calibration("c1", 2.0, date(2026, 11, 1), date(2099, 1, 1))


def config(port: str) -> ThermometerConfig:
    return ThermometerConfig(
        port=port, placement="heated_lobby", room_c=22.0, outdoor_c=20.0, warm_up_s=0
    )


@pytest.fixture
def module(tmp_path: Path) -> Iterator[PtyThermometer]:
    with closing(PtyThermometer(link=tmp_path / "thermometer")) as far_end:
        yield far_end


@pytest.fixture
def line(module: PtyThermometer) -> Iterator[Thermometer]:
    with closing(catalogue.open_thermometer(config(module.port), CLOCK)) as opened:
        yield opened


def read(line: Thermometer, seconds: float) -> list[Sample]:
    """Return what comes within `seconds`, silence and all."""
    samples: list[Sample] = []
    deadline_s = time.monotonic() + seconds
    while time.monotonic() < deadline_s:
        try:
            samples += line.read(0.2)
        except DeviceSilent:
            continue
    return samples


def measure(line: Thermometer, come: Callable[[], None]) -> Reading | NoReading:
    """Ask for a reading and let somebody come, as the worker and a person do."""
    measurer = Measurer(catalogue.conditions(config("far-end"), ALWAYS, CLOCK))
    for sample in read(line, 0.5):
        measurer.feed(sample)
    measurer.begin(CLOCK.mono_s(), round_no=1)
    come()
    while True:
        for sample in line.read(1.0):
            if (answer := measurer.feed(sample) or measurer.elapse(sample.at_s)) is not None:
                return answer


def until(is_so: Callable[[], bool], limit_s: float = 3.0) -> bool:
    deadline_s = time.monotonic() + limit_s
    while time.monotonic() < deadline_s:
        if is_so():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(("skin_c", "body_c"), [(34.2, 36.5), (36.3, 38.6)])
def test_a_person_is_measured_in_a_moment(
    module: PtyThermometer, line: Thermometer, skin_c: float, body_c: float
) -> None:
    reading = measure(line, lambda: module.approach(skin_c))
    assert isinstance(reading, Reading)
    assert reading.estimate_c == pytest.approx(body_c, abs=0.2)
    assert reading.at_s - reading.presence_s <= 2.0
    assert abs(reading.at_s - CLOCK.mono_s()) < 0.5


def test_cold_skin_is_no_reading(module: PtyThermometer, line: Thermometer) -> None:
    answer = measure(line, lambda: module.approach(30.4))
    assert isinstance(answer, NoReading) and answer.reason is Missing.TOO_COLD_OR_FAR


def test_somebody_who_walks_off_is_no_reading(
    module: PtyThermometer, line: Thermometer
) -> None:
    def come_and_go() -> None:
        module.approach(34.2)
        threading.Timer(0.7, module.leave).start()

    answer = measure(line, come_and_go)
    assert isinstance(answer, NoReading) and answer.reason is Missing.LEFT


def test_samples_come_ten_times_a_second_with_rising_stamps(line: Thermometer) -> None:
    samples = read(line, 1.2)
    assert 8 <= len(samples) <= 14
    assert all(a.at_s < b.at_s for a, b in itertools.pairwise(samples))
    assert all(20 < s.object_c < 24 for s in samples)
    assert all(s.ambient_c is not None and 21 < s.ambient_c < 24 for s in samples)


def test_a_silent_module_is_silent_and_comes_back(
    module: PtyThermometer, line: Thermometer
) -> None:
    line.read(1.0)
    module.silence(True)
    with pytest.raises(DeviceSilent):
        while True:
            line.read(0.3)
    assert line.bad_share < 0.2
    module.silence(False)
    assert read(line, 0.5)


def test_noise_is_told_from_silence_and_passes(
    module: PtyThermometer, line: Thermometer
) -> None:
    assert read(line, 2.0)
    assert line.bad_share < 0.1
    module.noise(True)
    read(line, 1.3)
    assert line.bad_share > 0.5
    module.noise(False)
    assert until(lambda: bool(read(line, 0.2)))


def test_a_module_that_was_told_to_wait_is_asked_to_stream_again(
    module: PtyThermometer, line: Thermometer
) -> None:
    with open(module.port, "r+b", buffering=0) as other:  # noqa: PTH123 - no buffer, no lock
        other.write(bytes.fromhex("a515ba"))
    with pytest.raises(DeviceSilent):
        while True:
            line.read(0.3)
    line.restart()
    assert read(line, 0.5)


def test_an_unplugged_line_is_lost_and_found_under_the_same_path(
    module: PtyThermometer, line: Thermometer
) -> None:
    line.read(1.0)
    module.unplug()
    with pytest.raises(DeviceLost):
        while True:
            line.read(0.2)
    with pytest.raises(DeviceLost):
        line.restart()
    line.close()
    line.close()
    with pytest.raises(DeviceMissing, match="is not there"):
        catalogue.open_thermometer(config(module.port), CLOCK)
    module.plug()
    with closing(catalogue.open_thermometer(config(module.port), CLOCK)) as again:
        assert again.read(1.0)


def test_a_line_belongs_to_one_program(module: PtyThermometer, line: Thermometer) -> None:
    with pytest.raises(DeviceMissing, match=r"held by .*pid \d+"):
        catalogue.open_thermometer(config(module.port), CLOCK)
    assert line.read(1.0)


def test_what_is_no_line_is_missing_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no line")
    for path in (tmp_path / "file", tmp_path, tmp_path / "none"):
        with pytest.raises(DeviceMissing, match=str(path)):
            catalogue.open_thermometer(config(str(path)), CLOCK)


def test_without_a_thermometer_the_device_is_missing() -> None:
    with pytest.raises(DeviceMissing, match="none"):
        catalogue.open_thermometer(ThermometerConfig(model="none"), CLOCK)


def test_samples_that_piled_up_are_not_taken_for_new_ones() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    try:
        with closing(catalogue.open_thermometer(config(path), CLOCK)) as line:
            packets = [
                bytes.fromhex("5a5a45040e440852a9"),
                bytes.fromhex("5a5a45040c780d19a7"),
            ]
            for i in range(100):
                os.write(master, packets[i % 2])
            at_s = CLOCK.mono_s()
            samples = line.read(1.0)
            assert 1 <= len(samples) <= 6
            assert samples[-1].at_s == pytest.approx(at_s, abs=0.2)
            assert samples[0].at_s >= at_s - 0.7
    finally:
        os.close(master)
        os.close(slave)


class Leaping:
    """The real clock, which a test can let run ahead: nobody read for so long."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def mono_s(self) -> float:
        """Return seconds since boot, and those it ran ahead."""
        return CLOCK.mono_s() + self.ahead_s

    def now(self) -> Stamp:
        """Return this instant."""
        return replace(CLOCK.now(), mono_s=self.mono_s())


class OneByte:
    """A protocol for these tests: a byte is a temperature, 255 is nothing."""

    period_s = 0.01

    def __init__(self) -> None:
        self.sound_bytes = 0
        self.prepared = 0
        self.fault: DeviceFault | None = None

    def prepare(self, line: SerialLine) -> None:
        """Count it, or fail as told."""
        self.prepared += 1
        if self.fault is not None:
            raise self.fault

    def feed(self, chunk: bytes) -> list[Temperatures]:
        """Return a temperature for each byte."""
        found = [Temperatures(float(byte), None) for byte in chunk if byte != 255]
        self.sound_bytes += len(found)
        return found

    def reset(self) -> None:
        """Nothing waits."""


@dataclass
class Desk:
    """A line of one-byte packets and who reads it."""

    far: int
    near: int  # the same line once more, to see what waits in it
    clock: Leaping
    decoder: OneByte
    line: SerialThermometer

    def pile_up(self, chunk: bytes) -> None:
        """Let bytes come and wait until the line has them all."""
        os.write(self.far, chunk)

        def is_there() -> bool:
            waits = fcntl.ioctl(self.near, termios.FIONREAD, bytes(4))
            return int.from_bytes(waits, sys.byteorder) == len(chunk)

        assert until(is_there)

    def stream(self, *, hz: float, seconds: float) -> list[Sample]:
        """Let packets come at a rate, by the clock, and return what is handed out."""
        samples: list[Sample] = []
        for _ in range(round(hz * seconds)):
            self.clock.ahead_s += 1 / hz
            os.write(self.far, b"\x22")
            with contextlib.suppress(DeviceSilent):
                samples += self.line.read(0.01)
        return samples


@pytest.fixture
def desk() -> Iterator[Desk]:
    far, near = os.openpty()
    tty.setraw(near)
    clock, decoder = Leaping(), OneByte()
    opened = open_streaming(os.ttyname(near), baud=9600, decoder=decoder, clock=clock)
    with closing(opened) as line:
        yield Desk(far, near, clock, decoder, line)
    os.close(near)
    os.close(far)


def test_what_waited_while_nobody_read_is_thrown_away_and_told_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    assert desk.stream(hz=10, seconds=1)
    for _ in range(3):
        desk.pile_up(b"\x10" * 400)
        desk.clock.ahead_s += 40
        with pytest.raises(DeviceSilent):
            desk.line.read(0.15)
    os.write(desk.far, b"\x22")
    assert [s.object_c for s in desk.line.read(0.5)] == [34.0]
    late = [r for r in caplog.records if r.message == "thermometer.read_late"]
    assert [(r.__dict__["seconds"] > 39, r.__dict__["bytes"]) for r in late] == [(True, 400)]
    assert desk.decoder.prepared == 1


def test_of_one_chunk_only_the_last_half_second_is_handed_out(desk: Desk) -> None:
    before = desk.stream(hz=10, seconds=1)
    desk.pile_up(bytes(range(1, 201)))
    desk.clock.ahead_s += 0.45
    samples = desk.line.read(0.5)
    assert 45 <= len(samples) <= 50
    assert samples[-1].object_c == 200
    assert samples[0].at_s > before[-1].at_s
    assert samples[-1].at_s - samples[0].at_s <= 0.5


def test_a_line_that_held_back_a_while_gives_only_the_last_half_second(desk: Desk) -> None:
    desk.stream(hz=10, seconds=1)
    with pytest.raises(DeviceSilent):
        desk.line.read(0.8)
    desk.pile_up(b"\x22" * 100)
    samples = desk.line.read(0.5)
    assert 45 <= len(samples) <= 51
    assert samples[-1].at_s - samples[0].at_s <= 0.5


def test_a_module_that_was_quiet_for_a_second_gets_its_settings_again_first(
    desk: Desk,
) -> None:
    os.write(desk.far, b"\x22")
    assert desk.line.read(0.5)
    with pytest.raises(DeviceSilent):
        desk.line.read(1.3)
    os.write(desk.far, b"\x10")
    with pytest.raises(DeviceSilent):
        desk.line.read(0.15)
    assert desk.decoder.prepared == 2
    os.write(desk.far, b"\x23")
    assert [s.object_c for s in desk.line.read(0.5)] == [35.0]
    assert desk.decoder.prepared == 2


@pytest.mark.parametrize(("hz", "prepared"), [(10, 1), (12, 1), (4, 2), (25, 2)])
def test_a_module_that_changes_its_rate_gets_its_settings_again(
    desk: Desk, hz: float, prepared: int
) -> None:
    assert len(desk.stream(hz=10, seconds=12)) == 120
    desk.stream(hz=hz, seconds=12)
    assert desk.decoder.prepared == prepared
    desk.stream(hz=hz, seconds=12)
    assert desk.decoder.prepared == prepared


def test_noise_is_no_change_of_rate(desk: Desk) -> None:
    desk.stream(hz=10, seconds=12)
    for _ in range(60):
        os.write(desk.far, b"\xff" * 20)
        desk.stream(hz=4, seconds=0.25)
    assert desk.decoder.prepared == 1
    assert desk.line.bad_share > 0.5


def test_settings_that_do_not_stick_after_a_restart_are_a_fault(desk: Desk) -> None:
    desk.stream(hz=10, seconds=12)
    desk.decoder.fault = DeviceFault("thermometer", "rate is 1 Hz")
    with pytest.raises(DeviceFault, match="1 Hz"):
        desk.stream(hz=4, seconds=12)


def test_settings_that_do_not_stick_leave_no_line_open() -> None:
    far, near = os.openpty()
    tty.setraw(near)
    decoder = OneByte()
    decoder.fault = DeviceFault("thermometer", "emissivity is 0.95")
    for _ in range(3):  # a line that stayed open would be busy the second time
        with pytest.raises(DeviceFault):
            open_streaming(os.ttyname(near), baud=9600, decoder=decoder, clock=CLOCK)
    os.close(near)
    os.close(far)
