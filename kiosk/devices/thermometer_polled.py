"""A thermometer that answers when asked: its line, its poller, late and strange answers.

After an answer that is late or not sound the line must be silent for a while before the next
request, longer each time, so that an answer is never taken for that to a later request. One
thread owns it; reopening is the worker's business.
"""

import time
from collections.abc import Callable
from typing import Protocol

from kiosk.core.words import Sample
from kiosk.devices.line_traffic import Traffic
from kiosk.devices.serial_line import Parity, SerialLine, StopBits, open_line
from kiosk.devices.thermometer_line import RESTARTED_S, Temperatures
from kiosk.errors import DeviceError, DeviceSilent
from kiosk.timing import Clock

SILENCE_S, SILENCE_MAX_S = 0.05, 1.0  # after the first bad answer, and after many
NOISE_BYTES_MIN = 5  # chosen: few bytes come from a device that is asked once a second
AGREE_C = 0.5  # chosen: two answers a moment apart; a shifted byte is 25 C and more


class Poller(Protocol):
    """Requests and answers of one protocol. Holds no line of its own."""

    period_s: float  # from request to request
    needs_agreement: bool  # the protocol has no checksum: one answer proves nothing

    def prepare(self, line: SerialLine) -> None:
        """Write the device's settings and read them back.

        Called after opening and whenever the module may have restarted; a poller that sees
        a restart in an answer may call it itself. Raises DeviceFault when a setting does not
        stick, DeviceLost when the line is gone.
        """

    def poll(self, line: SerialLine) -> Temperatures | None:
        """Ask once and return the answer; None when no sound one came in time.

        Nothing waits in the line when it is called. Raises DeviceLost, and DeviceFault when
        the device itself says that it is unwell.
        """


class PolledThermometer:
    """Implements `ports.Thermometer`."""

    def __init__(
        self,
        line: SerialLine,
        poller: Poller,
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._line, self._poller, self._clock, self._pause = line, poller, clock, pause
        self._traffic = Traffic(clock.mono_s(), NOISE_BYTES_MIN)
        self._due_s = clock.mono_s()  # of the next request
        self._misses = 0  # bad answers since the last sound one
        self._sound_s = clock.mono_s()  # of that one, or of its settings
        self._is_agreed = False
        self._held: Temperatures | None = None  # waits for one that agrees

    def read(self, timeout_s: float) -> list[Sample]:
        """Ask as often as the protocol wants until an answer is sound; return it, Celsius.

        Raises DeviceSilent after `timeout_s` (a request that is under way is waited for),
        DeviceLost when the line is gone, DeviceFault when the device says it is unwell.
        """
        deadline_s = self._clock.mono_s() + timeout_s
        while (now_s := self._clock.mono_s()) < deadline_s:
            if now_s < self._due_s:
                self._pause(min(self._due_s, deadline_s) - now_s)
            elif (said := self._ask()) is not None:
                return [self._stamp(said)]
        raise DeviceSilent("thermometer", f"no sound answer in {timeout_s:.1f} s")

    def restart(self) -> None:
        """Set the module up anew; discards what waits. Raises DeviceLost or DeviceFault."""
        self._line.discard()
        self._doubt()
        self._poller.prepare(self._line)
        self._misses = 0
        self._sound_s = self._clock.mono_s()

    @property
    def bad_share(self) -> float:
        """Return the share of bytes of the last minute that made no sound answer.

        While nothing has been sound for a second: 1 for noise, 0 for silence.
        """
        return self._traffic.bad_share(self._clock.mono_s())

    def close(self) -> None:
        """Give the line back. May be called again."""
        self._line.close()

    def _ask(self) -> Temperatures | None:
        """Return an answer that may be believed, None when there is none."""
        asked_s = self._clock.mono_s()
        self._due_s = asked_s + self._poller.period_s
        if (strange := self._line.drain()) > 0:  # a late answer, or somebody else talks
            self._miss(strange)
            return None
        before = self._line.received_bytes
        said = self._poller.poll(self._line)
        came = self._line.received_bytes - before
        if said is None:
            self._miss(came)
            return None
        now_s = self._clock.mono_s()
        came = max(came, 1)  # a library that reads the port itself does not count
        self._traffic.count(now_s, came=came, sound=came)
        if self._misses and now_s - self._sound_s > RESTARTED_S:
            self.restart()  # it may be a new module, or one that forgot its settings
            return None
        self._misses, self._sound_s = 0, now_s
        return self._agreed(said)

    def _agreed(self, said: Temperatures) -> Temperatures | None:
        held, self._held = self._held, said
        if self._poller.needs_agreement and not self._is_agreed:
            self._is_agreed = held is not None and _agree(held, said)
            return said if self._is_agreed else None
        return said

    def _miss(self, came: int) -> None:
        now_s = self._clock.mono_s()
        self._traffic.count(now_s, came=came, sound=0)
        silence_s = min(SILENCE_S * 2**self._misses, SILENCE_MAX_S)
        self._misses = min(self._misses + 1, 10)
        self._due_s = max(self._due_s, now_s + silence_s)
        self._doubt()

    def _doubt(self) -> None:
        self._is_agreed, self._held = False, None

    def _stamp(self, said: Temperatures) -> Sample:
        at_s = self._clock.mono_s()
        return Sample(at_s, said.object_c, said.ambient_c, said.body_c, said.distance_cm)


def _agree(one: Temperatures, other: Temperatures) -> bool:
    if abs(one.object_c - other.object_c) > AGREE_C:
        return False
    if one.ambient_c is None or other.ambient_c is None:
        return one.ambient_c is other.ambient_c
    return abs(one.ambient_c - other.ambient_c) <= AGREE_C


def open_polled(
    port: str,
    *,
    baud: int,
    poller: Poller,
    clock: Clock,
    parity: Parity = "N",
    stop_bits: StopBits = 1,
) -> PolledThermometer:
    """Open and lock the line, set the module up. Raises DeviceMissing, DeviceFault."""
    line = open_line(port, baud=baud, parity=parity, stop_bits=stop_bits)
    thermometer = PolledThermometer(line, poller, clock)
    try:
        thermometer.restart()
    except DeviceError:
        thermometer.close()
        raise
    return thermometer
