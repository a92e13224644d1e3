"""Optris CS, CSmicro, CT, LT and the binary protocol of Micro-Epsilon CT: a poller.

Source: the makers' interface descriptions. A request is one byte; the answer two, high byte
first, without header or checksum: 01 the temperature, 02 that of the head, 04 the emissivity
in thousandths; `84 hi lo` sets it. A temperature is (value - 1000) / 10 Celsius, of
high-resolution heads (value - 10000) / 100. As nothing else proves an answer, the emissivity
is asked with each temperature: bytes that shifted or belong to another request show there.
"""

from dataclasses import dataclass

from kiosk.devices.packets import plausible
from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_line import Temperatures
from kiosk.errors import DeviceFault

PROCESS, HEAD, EMISSIVITY = b"\x01", b"\x02", b"\x04"
SET_EMISSIVITY = b"\x84"
ANSWER_S = 0.1  # thermometers 1.8
TRIES = 3


@dataclass(frozen=True, slots=True)
class Scale:
    """What the two bytes of a temperature mean."""

    zero: int
    steps_per_c: int

    def celsius(self, answer: bytes) -> float:
        """Return the Celsius of an answer."""
        return (int.from_bytes(answer, "big") - self.zero) / self.steps_per_c


NORMAL = Scale(1000, 10)
HIGH_RESOLUTION = Scale(10_000, 100)


class OptrisPoller:
    """Implements `thermometer_polled.Poller`."""

    period_s = 0.1
    needs_agreement = True

    def __init__(self, *, emissivity: float, is_high_resolution: bool = False) -> None:
        self._scale = HIGH_RESOLUTION if is_high_resolution else NORMAL
        self._emissivity = round(emissivity * 1000).to_bytes(2, "big")
        self._is_set = False

    def prepare(self, line: SerialLine) -> None:
        """Set the emissivity and read it back. A device that is silent is asked later.

        Raises DeviceFault when it does not stick.
        """
        self._is_set = self._set_up(line)

    def poll(self, line: SerialLine) -> Temperatures | None:
        """Ask for both temperatures and the emissivity; None unless all three are sound."""
        if not self._is_set:
            self._is_set = self._set_up(line)
            return None
        answers = []
        for request in (PROCESS, HEAD, EMISSIVITY):
            if (answer := _ask(line, request)) is None:
                return None
            answers.append(answer)
        if answers[2] != self._emissivity:
            self._is_set = False
            return None
        return plausible(*map(self._scale.celsius, answers[:2]))

    def _set_up(self, line: SerialLine) -> bool:
        """Return whether the emissivity stands; False when answers are missing."""
        found = _ask(line, EMISSIVITY)
        for _ in range(TRIES):
            if found is None or found == self._emissivity:
                return found is not None
            if _ask(line, SET_EMISSIVITY + self._emissivity) is None:
                return False
            found = _ask(line, EMISSIVITY)
        stays = int.from_bytes(found or b"", "big") / 1000
        raise DeviceFault("thermometer", f"emissivity stays at {stays:.3f}")


def _ask(line: SerialLine, request: bytes) -> bytes | None:
    """Return the two bytes of an answer; None when it is late, or more than that came."""
    line.write(request)
    answer = line.read_exactly(2, ANSWER_S)
    return None if line.drain() else answer
