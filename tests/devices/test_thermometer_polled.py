"""A thermometer that is asked: answers that come late, twice, for somebody else, or never."""

import itertools
import os
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from kiosk.core.words import Sample
from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_line import Temperatures
from kiosk.devices.thermometer_polled import PolledThermometer, open_polled
from kiosk.errors import DeviceFault, DeviceLost, DeviceSilent
from kiosk.timing import SystemClock

CLOCK = SystemClock()
REQUEST = b"\x01"


def answer(celsius: float) -> bytes:
    """Return two bytes without a checksum, as small pyrometers send them."""
    return round(celsius * 10 + 1000).to_bytes(2, "big")


class Pyrometer:
    """A far end that answers each request with what `reply` makes of its number."""

    def __init__(self, reply: Callable[[int], bytes], late_s: float = 0.0) -> None:
        self.far, near = os.openpty()
        tty.setraw(near)
        self.path = os.ttyname(near)
        os.close(near)
        self.reply, self.late_s, self.asked = reply, late_s, 0
        self._stop = threading.Event()
        self._timers: list[threading.Timer] = []
        os.set_blocking(self.far, False)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.002):
            try:
                requests = os.read(self.far, 64).count(REQUEST)
            except BlockingIOError:
                continue
            except OSError:  # nobody has the near end open
                continue
            for _ in range(requests):
                self.asked += 1
                self._send(self.reply(self.asked))

    def _send(self, chunk: bytes) -> None:
        if not chunk:
            return
        if not self.late_s:
            os.write(self.far, chunk)
            return
        timer = threading.Timer(self.late_s, os.write, (self.far, chunk))
        self._timers.append(timer)
        timer.start()

    def stop(self) -> None:
        """End, and pull the plug. May be called again."""
        if self._stop.is_set():
            return
        self._stop.set()
        for timer in self._timers:
            timer.join()
        self._thread.join()
        os.close(self.far)


class TwoBytes:
    """A poller of the kind that has no checksum."""

    period_s = 0.02

    def __init__(self, *, needs_agreement: bool = True) -> None:
        self.needs_agreement = needs_agreement
        self.prepared = 0
        self.fault: DeviceFault | None = None

    def prepare(self, line: SerialLine) -> None:
        """Count it, or fail as told."""
        self.prepared += 1
        if self.fault is not None:
            raise self.fault

    def poll(self, line: SerialLine) -> Temperatures | None:
        """Ask for the one value there is."""
        line.write(REQUEST)
        said = line.read_exactly(2, 0.05)
        if said is None:
            return None
        celsius = (int.from_bytes(said, "big") - 1000) / 10
        return Temperatures(celsius, None) if -40 <= celsius <= 120 else None


@contextmanager
def asked(far_end: Pyrometer, poller: TwoBytes) -> Iterator[PolledThermometer]:
    try:
        opened = open_polled(far_end.path, baud=9600, poller=poller, clock=CLOCK)
        with closing(opened) as thermometer:
            yield thermometer
    finally:
        far_end.stop()


def read(thermometer: PolledThermometer, seconds: float) -> list[Sample]:
    """Return what comes within `seconds`, silence and all."""
    samples: list[Sample] = []
    deadline_s = time.monotonic() + seconds
    while time.monotonic() < deadline_s:
        try:
            samples += thermometer.read(0.2)
        except DeviceSilent:
            continue
    return samples


def test_it_is_asked_as_often_as_its_protocol_wants() -> None:
    with asked(Pyrometer(lambda n: answer(34.0)), TwoBytes()) as thermometer:
        samples = read(thermometer, 0.5)
    assert 15 <= len(samples) <= 26
    assert all(a.at_s < b.at_s for a, b in itertools.pairwise(samples))
    assert {s.object_c for s in samples} == {34.0}


def test_the_wait_for_the_next_request_ends_with_the_time_that_was_given() -> None:
    poller = TwoBytes()
    poller.period_s = 1.0
    with asked(Pyrometer(lambda n: answer(34.0)), poller) as thermometer:
        with pytest.raises(DeviceSilent):
            thermometer.read(0.2)
        began_s = time.monotonic()
        with pytest.raises(DeviceSilent):
            thermometer.read(0.2)
        assert time.monotonic() - began_s < 0.3


def test_without_a_checksum_nothing_counts_before_two_answers_agree() -> None:
    values = [34.0, 61.0, 12.0, 33.9, 34.1, 34.2]
    far_end = Pyrometer(lambda n: answer(values[min(n, len(values)) - 1]))
    with asked(far_end, TwoBytes()) as thermometer:
        assert thermometer.read(1.0)[0].object_c == 34.1


def test_with_a_checksum_the_first_answer_counts() -> None:
    far_end = Pyrometer(lambda n: answer(30.0 + n))
    with asked(far_end, TwoBytes(needs_agreement=False)) as thermometer:
        assert thermometer.read(1.0)[0].object_c == 31.0


def test_after_a_bad_answer_two_must_agree_again() -> None:
    replies = {1: answer(22), 2: answer(22), 3: b"\xff\xff", 4: answer(80), 5: answer(22)}
    far_end = Pyrometer(lambda n: replies.get(n, answer(22)))
    with asked(far_end, TwoBytes()) as thermometer:
        samples = read(thermometer, 0.6)
    assert {s.object_c for s in samples} == {22.0}
    assert far_end.asked > 6


def test_a_lost_byte_does_not_shift_what_follows() -> None:
    far_end = Pyrometer(lambda n: answer(34.0)[: 1 if n % 4 == 3 else 2])
    with asked(far_end, TwoBytes()) as thermometer:
        samples = read(thermometer, 1.0)
        share = thermometer.bad_share
    assert samples
    assert {s.object_c for s in samples} == {34.0}
    assert 0.05 < share < 0.4


@pytest.mark.parametrize("late_s", [0.03, 0.06, 0.12, 0.3, 0.7])
def test_an_answer_that_comes_late_is_never_taken_for_a_new_one(late_s: float) -> None:
    far_end = Pyrometer(lambda n: answer(20 + n / 10), late_s=late_s)
    ages = []
    with asked(far_end, TwoBytes()) as thermometer:
        deadline_s = time.monotonic() + 2.0
        while time.monotonic() < deadline_s:
            for sample in read(thermometer, 0.01):
                ages.append(20 + far_end.asked / 10 - sample.object_c)
    if late_s < 0.05:
        assert ages
        assert all(abs(age) < 0.01 for age in ages)
    # While the silence grows, an answer may meet the window of a later request by chance. It
    # is then a few requests old (on a busy machine five), and few such come before the silence
    # outlasts it.
    assert all(abs(age) < 0.55 for age in ages)
    assert late_s < 0.05 or len(ages) <= 3
    assert far_end.asked >= 3


def test_a_module_that_stops_being_late_is_believed_again() -> None:
    far_end = Pyrometer(lambda n: answer(34.0), late_s=0.12)
    with asked(far_end, TwoBytes()) as thermometer:
        assert read(thermometer, 0.5) == []
        far_end.late_s = 0.0
        assert read(thermometer, 2.0)


def test_answers_that_come_twice_are_not_believed_and_are_noise() -> None:
    far_end = Pyrometer(lambda n: answer(34.0) * 2)
    with asked(far_end, TwoBytes()) as thermometer:
        read(thermometer, 1.5)
        assert read(thermometer, 0.3) == []
        assert thermometer.bad_share > 0.4


def test_an_answer_to_somebody_else_spoils_what_stands_beside_it() -> None:
    far_end = Pyrometer(lambda n: answer(34.0))
    with asked(far_end, TwoBytes()) as thermometer:
        assert read(thermometer, 0.2)
        for _ in range(10):
            os.write(far_end.far, answer(61.0))
            assert {s.object_c for s in read(thermometer, 0.05)} <= {34.0}
        assert read(thermometer, 1.5)


def test_noise_is_told_from_silence() -> None:
    with asked(Pyrometer(lambda n: b"\xff\xff\xff\xff"), TwoBytes()) as noisy:
        assert read(noisy, 3.0) == []
        assert noisy.bad_share == 1.0
    with asked(Pyrometer(lambda n: b""), TwoBytes()) as silent:
        assert read(silent, 1.2) == []
        assert silent.bad_share == 0.0


def test_a_module_that_was_away_for_a_second_gets_its_settings_again() -> None:
    poller = TwoBytes()
    far_end = Pyrometer(lambda n: answer(34.0))
    with asked(far_end, poller) as thermometer:
        assert read(thermometer, 0.2)
        assert poller.prepared == 1
        far_end.reply = lambda n: b""
        read(thermometer, 1.2)
        far_end.reply = lambda n: answer(34.0)
        assert read(thermometer, 1.5)
        assert poller.prepared == 2


def test_a_module_that_does_not_take_its_settings_again_is_a_fault() -> None:
    poller = TwoBytes()
    far_end = Pyrometer(lambda n: answer(34.0))
    with asked(far_end, poller) as thermometer:
        far_end.reply = lambda n: b""
        read(thermometer, 1.2)
        poller.fault = DeviceFault("thermometer", "emissivity is 0.95")
        far_end.reply = lambda n: answer(34.0)
        with pytest.raises(DeviceFault, match=r"0\.95"):
            read(thermometer, 2.0)


def test_settings_that_do_not_stick_leave_no_line_open() -> None:
    poller = TwoBytes()
    poller.fault = DeviceFault("thermometer", "emissivity is 0.95")
    far_end = Pyrometer(lambda n: answer(34.0))
    for _ in range(3):  # a line that stayed open would be busy the second time
        with pytest.raises(DeviceFault):
            open_polled(far_end.path, baud=9600, poller=poller, clock=CLOCK)
    far_end.stop()


def test_a_plug_that_is_pulled_during_a_request_is_a_lost_line() -> None:
    far_end = Pyrometer(lambda n: answer(34.0))
    with asked(far_end, TwoBytes()) as thermometer:
        assert thermometer.read(1.0)
        far_end.stop()
        with pytest.raises(DeviceLost):
            read(thermometer, 1.0)
        with pytest.raises(DeviceLost):
            thermometer.restart()
