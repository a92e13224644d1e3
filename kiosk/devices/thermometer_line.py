"""A thermometer that streams: its line, its decoder, silence, noise, stalls and restarts.

One thread owns it. Reopening is the worker's business. A module that was quiet or changed its
rate has perhaps lost its settings: it is set up again before another sample is believed.
"""

from dataclasses import dataclass
from typing import Protocol

from kiosk import log
from kiosk.core.words import Sample
from kiosk.devices.line_traffic import Traffic
from kiosk.devices.serial_line import SerialLine, open_line
from kiosk.errors import DeviceError, DeviceSilent
from kiosk.timing import Clock

STALE_S = 0.5  # what is older is not about whoever stands there now
QUIET_S = 0.5  # a packet takes 10 ms; half of one from before this pause is rubbish
RESTARTED_S = 1.0  # chosen: a module that speaks again after such a pause may be a new one
RATE_OVER_S, RATE_PACKETS_MIN, RATE_CHANGE = 5.0, 5, 1.5  # chosen


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

    sound_bytes: int  # of sound packets and the strays they are known to have, for ever
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
        now_s = clock.mono_s()
        self._traffic = Traffic(now_s)
        self._rate = _Rate(now_s)
        self._stamped_s = now_s
        self._heard_s = now_s  # something came, or the module was set up
        self._read_s = now_s  # we looked
        self._has_told_stall = False

    def read(self, timeout_s: float) -> list[Sample]:
        """Wait for new samples and return them, oldest first, in Celsius.

        Raises DeviceSilent after `timeout_s`, DeviceLost when the line is gone, DeviceFault
        when the module restarted and does not take its settings.
        """
        self._skip_stall()
        deadline_s = self._clock.mono_s() + timeout_s
        while self._clock.mono_s() < deadline_s:
            chunk = self._line.read_chunk()
            self._read_s = self._clock.mono_s()
            if samples := self._take(chunk, self._read_s):
                return samples
        raise DeviceSilent("thermometer", f"no sound packet in {timeout_s:.1f} s")

    def restart(self) -> None:
        """Set the module up and let it stream again; discards what waits.

        Raises DeviceLost or DeviceFault.
        """
        self._decoder.reset()
        self._line.discard()
        self._decoder.prepare(self._line)
        self._heard_s = self._read_s = self._clock.mono_s()
        self._rate = _Rate(self._heard_s)

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

    def _skip_stall(self) -> None:
        """Drop what piled up while nobody read: the line keeps the oldest, not the newest."""
        now_s = self._clock.mono_s()
        late_s = now_s - self._read_s
        if late_s <= STALE_S:
            return
        lost_bytes = self._line.drain()
        self._line.discard()
        self._decoder.reset()
        self._heard_s = now_s
        self._rate = _Rate(now_s)
        if not self._has_told_stall:  # a slow machine is told once, not each time
            self._has_told_stall = True
            log.warning(
                log.Event.THERMOMETER_READ_LATE, seconds=round(late_s, 1), bytes=lost_bytes
            )

    def _take(self, chunk: bytes, now_s: float) -> list[Sample]:
        quiet_s = now_s - self._heard_s
        if quiet_s > QUIET_S:
            self._decoder.reset()
        if not chunk:
            return []
        self._heard_s = now_s
        if quiet_s > max(RESTARTED_S, 3 * self._decoder.period_s):
            self.restart()
            return []
        sound_before = self._decoder.sound_bytes
        found = self._decoder.feed(chunk)
        sound = self._decoder.sound_bytes - sound_before
        self._traffic.count(now_s, came=len(chunk), sound=sound)
        if self._rate.has_changed(now_s, len(found), bad_bytes=len(chunk) - sound):
            self.restart()
            return []
        return self._stamp(found, now_s)

    def _stamp(self, found: list[Temperatures], now_s: float) -> list[Sample]:
        """Date them back from the newest, which came now; stamps always go up."""
        samples = []
        for age, said in zip(reversed(range(len(found))), found, strict=True):
            age_s = age * self._decoder.period_s
            if age_s <= STALE_S and now_s - age_s > self._stamped_s:
                self._stamped_s = now_s - age_s
                samples.append(
                    Sample(
                        self._stamped_s,
                        said.object_c,
                        said.ambient_c,
                        said.body_c,
                        said.distance_cm,
                    )
                )
        return samples


class _Rate:
    """How many packets a second come, over five seconds at a time without a bad byte."""

    def __init__(self, now_s: float) -> None:
        self._began_s = now_s
        self._packets = 0
        self._bad_bytes = 0
        self._known_hz: float | None = None

    def has_changed(self, now_s: float, packets: int, *, bad_bytes: int) -> bool:
        """Count packets. Returns whether they now come at another rate than at first.

        `bad_bytes` may be negative: a packet that a chunk completes began in the one before.
        """
        self._packets += packets
        self._bad_bytes += bad_bytes
        seconds = now_s - self._began_s
        if seconds < RATE_OVER_S:
            return False
        hz = self._packets / seconds
        is_clean = self._packets >= RATE_PACKETS_MIN and self._bad_bytes < self._packets
        self._began_s, self._packets, self._bad_bytes = now_s, 0, 0
        if not is_clean:
            return False
        known_hz, self._known_hz = self._known_hz, self._known_hz or hz
        return known_hz is not None and not 1 / RATE_CHANGE < hz / known_hz < RATE_CHANGE


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
