"""A thermometer that streams: its line, its decoder, silence and noise. One thread owns it.

Reopening is the worker's business.
"""

from dataclasses import dataclass
from typing import Protocol

from kiosk.core.words import Sample
from kiosk.devices.line_traffic import Traffic
from kiosk.devices.serial_line import SerialLine, open_line
from kiosk.errors import DeviceError, DeviceSilent
from kiosk.timing import Clock

SAMPLES_MAX = 6  # of one chunk: what is older than half a second is not about now
QUIET_S = 0.5  # a packet takes 10 ms; half of one from before this pause is rubbish


@dataclass(frozen=True, slots=True)
class Temperatures:
    """What one packet says, Celsius. `body_c` is the module's own guess: never used.

    `ambient_c` is that of the sensor itself; None: the device does not tell.
    """

    object_c: float
    ambient_c: float | None
    body_c: float | None = None
    distance_cm: float | None = None


class Decoder(Protocol):
    """Bytes -> temperatures, one class per protocol. Any bytes may be fed."""

    sound_bytes: int  # of sound packets, counted up for ever
    period_s: float  # from packet to packet, as far as the protocol tells

    def prepare(self, line: SerialLine) -> None:
        """Write the device's settings, read them back, ask it to stream.

        Called after opening and whenever the module may have restarted. Raises DeviceFault
        when a setting does not stick, DeviceLost when the line is gone.
        """

    def feed(self, chunk: bytes) -> list[Temperatures]:
        """Return what `chunk` completes, oldest first."""

    def reset(self) -> None:
        """Forget what waits."""


class SerialThermometer:
    """Implements `ports.Thermometer`."""

    def __init__(self, line: SerialLine, decoder: Decoder, clock: Clock) -> None:
        self._line, self._decoder, self._clock = line, decoder, clock
        self._heard_s = self._stamped_s = clock.mono_s()
        self._traffic = Traffic(clock.mono_s())

    def read(self, timeout_s: float) -> list[Sample]:
        """Wait for new samples and return them, oldest first, in Celsius.

        Raises DeviceSilent after `timeout_s`, DeviceLost when the line is gone.
        """
        deadline_s = self._clock.mono_s() + timeout_s
        while self._clock.mono_s() < deadline_s:
            if samples := self._take(self._line.read_chunk()):
                return samples
        raise DeviceSilent("thermometer", f"no sound packet in {timeout_s:.1f} s")

    def restart(self) -> None:
        """Set the module up and let it stream again; discards what waits.

        Raises DeviceLost or DeviceFault.
        """
        self._decoder.reset()
        self._line.discard()
        self._decoder.prepare(self._line)

    @property
    def bad_share(self) -> float:
        """Return the share of bytes of the last minute that made no sound packet.

        While nothing has been sound for a second it is that of the bytes since: 1 for noise,
        0 for silence, whatever the line said before.
        """
        return self._traffic.bad_share(self._clock.mono_s())

    def close(self) -> None:
        """Give the line back. May be called again."""
        self._line.close()

    def _take(self, chunk: bytes) -> list[Sample]:
        now_s = self._clock.mono_s()
        if now_s - self._heard_s > QUIET_S:
            self._decoder.reset()
        if not chunk:
            return []
        self._heard_s = now_s
        sound_before = self._decoder.sound_bytes
        found = self._decoder.feed(chunk)
        sound = self._decoder.sound_bytes - sound_before
        self._traffic.count(now_s, came=len(chunk), sound=sound)
        return self._stamp(found[-SAMPLES_MAX:], now_s)

    def _stamp(self, found: list[Temperatures], now_s: float) -> list[Sample]:
        """Date them back from the newest, which came now; stamps always go up."""
        samples = []
        for age, said in zip(reversed(range(len(found))), found, strict=True):
            at_s = now_s - age * self._decoder.period_s
            if at_s > self._stamped_s:
                self._stamped_s = at_s
                samples.append(
                    Sample(at_s, said.object_c, said.ambient_c, said.body_c, said.distance_cm)
                )
        return samples


def open_streaming(
    port: str, *, baud: int, decoder: Decoder, clock: Clock
) -> SerialThermometer:
    """Open and lock the line, set the module up. Raises DeviceMissing, DeviceFault."""
    line = open_line(port, baud=baud)
    thermometer = SerialThermometer(line, decoder, clock)
    try:
        thermometer.restart()
    except DeviceError:
        thermometer.close()
        raise
    return thermometer
