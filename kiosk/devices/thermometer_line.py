"""The serial line of a thermometer: opened, read, lost. One thread owns it.

Facts about pyserial 3.5 that shape this: an unplugged line raises SerialException, plain
OSError or termios.error, depending on the call; `is_open` stays true; a second reader shows
as damaged packets, so the line is locked. Reopening is the worker's business.
"""

import contextlib
import errno
import termios
from collections import deque
from dataclasses import dataclass
from typing import Protocol

import serial

from kiosk.core.words import Sample
from kiosk.errors import DeviceLost, DeviceMissing, DeviceSilent
from kiosk.timing import Clock

READ_S, WRITE_S = 0.1, 0.5
CHUNK_BYTES_MAX = 4096
PERIOD_S = 0.1  # from packet to packet; what came in one chunk was sent so far apart
SAMPLES_MAX = 6  # of one chunk: what is older than half a second is not about now
QUIET_S = 0.5  # a packet takes 10 ms; half of one from before this pause is rubbish
SHARE_OVER_S = 60
NOISE_AFTER_S, NOISE_BYTES_MIN = 0.9, 20  # chosen: fewer are the glitch of a plug
LINE_TROUBLE = (serial.SerialException, OSError, termios.error, TypeError, ValueError)
_WHY = {
    errno.ENOENT: "is not there",
    errno.EACCES: "may not be opened; the user must be in group dialout",
    errno.EPERM: "may not be opened; the user must be in group dialout",
    errno.EAGAIN: "is held by another program",
    errno.EBUSY: "is held by another program",
}


@dataclass(frozen=True, slots=True)
class Temperatures:
    """What one packet says, Celsius. `body_c` is the module's own guess: never used."""

    object_c: float
    ambient_c: float
    body_c: float | None = None


class Decoder(Protocol):
    """Bytes -> temperatures, one class per protocol. Any bytes may be fed."""

    start_command: bytes
    sound_bytes: int  # of sound packets, counted up for ever

    def feed(self, chunk: bytes) -> list[Temperatures]:
        """Return what `chunk` completes, oldest first."""

    def reset(self) -> None:
        """Forget what waits."""


class SerialThermometer:
    """Implements `ports.Thermometer`."""

    def __init__(self, line: serial.Serial, decoder: Decoder, clock: Clock) -> None:
        self._line, self._decoder, self._clock = line, decoder, clock
        self._heard_s = self._stamped_s = clock.mono_s()
        self._traffic: deque[list[int]] = deque()  # second, bytes, bytes of sound packets
        self._sound_s = clock.mono_s()  # of the last sound packet
        self._bytes_since = 0  # that came after it

    def read(self, timeout_s: float) -> list[Sample]:
        """Wait for new samples and return them, oldest first, in Celsius.

        Raises DeviceSilent after `timeout_s`, DeviceLost when the line is gone.
        """
        deadline_s = self._clock.mono_s() + timeout_s
        while self._clock.mono_s() < deadline_s:
            if samples := self._take(self._read_chunk()):
                return samples
        raise DeviceSilent("thermometer", f"no sound packet in {timeout_s:.1f} s")

    def restart(self) -> None:
        """Ask the module to stream again; discards what waits. Raises DeviceLost."""
        self._decoder.reset()
        try:
            self._line.reset_input_buffer()
            self._line.write(self._decoder.start_command)
        except LINE_TROUBLE as exc:
            raise DeviceLost("thermometer", _said(exc)) from exc

    @property
    def bad_share(self) -> float:
        """Return the share of bytes of the last minute that made no sound packet.

        While nothing has been sound for a second it is that of the bytes since: 1 for noise,
        0 for silence, whatever the line said before.
        """
        now_s = self._clock.mono_s()
        if now_s - self._sound_s > NOISE_AFTER_S:
            return 1.0 if self._bytes_since >= NOISE_BYTES_MIN else 0.0
        self._forget_traffic(int(now_s))
        total = sum(row[1] for row in self._traffic)
        sound = sum(row[2] for row in self._traffic)
        return max(0.0, 1 - sound / total) if total else 0.0

    def close(self) -> None:
        """Give the line back. May be called again."""
        with contextlib.suppress(*LINE_TROUBLE):  # it may be gone already
            self._line.close()

    def _read_chunk(self) -> bytes:
        try:
            waiting = min(self._line.in_waiting, CHUNK_BYTES_MAX)
            return bytes(self._line.read(waiting or 1))
        except LINE_TROUBLE as exc:
            raise DeviceLost("thermometer", _said(exc)) from exc

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
        self._count(int(now_s), len(chunk), sound)
        self._bytes_since = 0 if sound else self._bytes_since + len(chunk)
        self._sound_s = now_s if sound else self._sound_s
        return self._stamp(found[-SAMPLES_MAX:], now_s)

    def _stamp(self, found: list[Temperatures], now_s: float) -> list[Sample]:
        """Date them back from the newest, which came now; stamps always go up."""
        samples = []
        for age, said in zip(reversed(range(len(found))), found, strict=True):
            at_s = now_s - age * PERIOD_S
            if at_s > self._stamped_s:
                self._stamped_s = at_s
                samples.append(Sample(at_s, said.object_c, said.ambient_c, said.body_c))
        return samples

    def _count(self, second: int, total: int, sound: int) -> None:
        self._forget_traffic(second)
        if not self._traffic or self._traffic[-1][0] != second:
            self._traffic.append([second, 0, 0])
        self._traffic[-1][1] += total
        self._traffic[-1][2] += sound

    def _forget_traffic(self, second: int) -> None:
        while self._traffic and second - self._traffic[0][0] > SHARE_OVER_S:
            self._traffic.popleft()


def open_serial(port: str, *, baud: int, decoder: Decoder, clock: Clock) -> SerialThermometer:
    """Open and lock the line, and ask the module to stream. Raises DeviceMissing."""
    try:
        line = serial.serial_for_url(
            port, baudrate=baud, timeout=READ_S, write_timeout=WRITE_S, exclusive=True
        )
    except LINE_TROUBLE as exc:
        why = _WHY.get(getattr(exc, "errno", None) or 0, f"does not open: {_said(exc)}")
        raise DeviceMissing("thermometer", f"{port} {why}") from exc
    thermometer = SerialThermometer(line, decoder, clock)
    try:
        thermometer.restart()
    except DeviceLost as exc:
        thermometer.close()
        raise DeviceMissing("thermometer", f"{port} does not open: {exc.detail}") from exc
    return thermometer


def _said(exc: BaseException) -> str:
    return " ".join(str(exc).split()) or type(exc).__name__
