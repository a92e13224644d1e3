"""Lines for thermometers that answer when asked: one that is all in memory, and a real one."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from kiosk.config import ThermometerConfig
from kiosk.core.words import Sample
from kiosk.devices import catalogue
from kiosk.devices.serial_line import SerialLine
from kiosk.errors import DeviceSilent
from kiosk.ports import Thermometer
from kiosk.simulate.thermometer import FarModule, PtyThermometer
from kiosk.timing import SystemClock

CLOCK = SystemClock()


class Port:
    """Stands in pyserial's place: each request is answered at once, by `reply`."""

    port, baudrate = "memory", 9600

    def __init__(self, reply: Callable[[bytes], bytes]) -> None:
        self.sent: list[bytes] = []
        self._reply, self._come = reply, b""

    @property
    def in_waiting(self) -> int:
        return len(self._come)

    def write(self, request: bytes) -> None:
        self.sent.append(bytes(request))
        self._come += self._reply(bytes(request))

    def read(self, count: int) -> bytes:
        if not self._come:
            time.sleep(0.005)
        got, self._come = self._come[:count], self._come[count:]
        return got

    def reset_input_buffer(self) -> None:
        self._come = b""


def line_that(reply: Callable[[bytes], bytes]) -> tuple[SerialLine, Port]:
    port = Port(reply)
    return SerialLine(port), port


@contextmanager
def far_end(module: FarModule, **pty: float) -> Iterator[PtyThermometer]:
    with closing(PtyThermometer(module=module, **pty)) as end:
        yield end


@contextmanager
def opened(end: PtyThermometer, model: str, **options: float) -> Iterator[Thermometer]:
    config = ThermometerConfig(port=end.port, model=model, **options)
    with closing(catalogue.open_thermometer(config, CLOCK)) as thermometer:
        yield thermometer


def read(thermometer: Thermometer, seconds: float) -> list[Sample]:
    """Return what comes within `seconds`, silence and all."""
    samples: list[Sample] = []
    deadline_s = time.monotonic() + seconds
    while time.monotonic() < deadline_s:
        try:
            samples += thermometer.read(0.1)
        except DeviceSilent:
            continue
    return samples


def reads_until(
    thermometer: Thermometer, is_so: Callable[[list[Sample]], bool], within_s: float = 4.0
) -> bool:
    """Read until what came so far is as asked for."""
    samples: list[Sample] = []
    deadline_s = time.monotonic() + within_s
    while not is_so(samples) and time.monotonic() < deadline_s:
        samples += read(thermometer, 0.05)
    return is_so(samples)
