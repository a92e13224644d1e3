"""A thermometer at the far end of a pseudo-terminal, with somebody before it and its faults.

Written from the modules' data sheets alone; it shares no packet code with the drivers. The
one meant when none is named is a GY-MCU90614. Ten
packets a second of 5A 5A 45 04, object and ambient temperature (int16, high byte first,
hundredths of a degree) and the low byte of the sum. Commands are A5, a code and the sum of
both: 45 stream, 15 one answer, 51 stream after power-up, 52 silent after power-up.
"""

import contextlib
import fcntl
import os
import random
import struct
import termios
import threading
import time
import tty
from collections import deque
from pathlib import Path
from typing import Protocol

RATE_HZ = 10.0
NOISE_C, AMBIENT_NOISE_C = 0.1, 0.02
LAG_S = 0.12  # of the sensor
APPROACH_S, LEAVE_S = 0.6, 0.2  # of a head that comes into view, and out of it
CAN_ABOVE_ROOM_C = 0.3
LINE_BYTES_S = 960  # 9600 baud, 8N1
SENT_KEPT = 130  # chunks: thirteen seconds at ten a second
UNREAD_BYTES_MAX = 1000  # chosen: a port that nobody reads loses what is old
STREAM, QUERY, STREAM_AT_POWER, SILENT_AT_POWER = 0x45, 0x15, 0x51, 0x52


class _Line:
    """The pseudo-terminal: what the module writes to, and the path the kiosk opens."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)

    def write(self, chunk: bytes) -> None:
        """Send, as a module does: without asking whether somebody listens."""
        unread = fcntl.ioctl(self._slave, termios.FIONREAD, b"\0\0\0\0")
        if struct.unpack("i", unread)[0] > UNREAD_BYTES_MAX:
            termios.tcflush(self._slave, termios.TCIFLUSH)
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, chunk)

    def read(self) -> bytes:
        """Return what the kiosk sent since the last call."""
        try:
            return os.read(self._master, 256)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """Pull the plug."""
        os.close(self._master)
        os.close(self._slave)


class FarModule(Protocol):
    """The electronics behind the line. One thread calls, `rate_hz` times a second."""

    rate_hz: float

    def power_on(self) -> None:
        """Begin as after power-up."""

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Take what came, with what is sensed now, Celsius. Returns what to send."""


class PtyThermometer:
    """The module and what it looks at. Any thread may call; a thread of its own sends."""

    def __init__(
        self,
        *,
        room_c: float = 22.0,
        seed: int = 0,
        link: Path | None = None,
        module: FarModule | None = None,
    ) -> None:
        self._module: FarModule = module if module is not None else Gy5aModule()
        self._rng = random.Random(seed)
        self._link = link
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._room_c = room_c
        self._seen_c = room_c
        self._from_c, self._goal_c, self._walk_s = room_c, room_c, 0.0
        self._moved_s = time.monotonic()
        self._is_silent = self._is_noisy = False
        self._frozen: tuple[float, float] | None = None
        self._sent: deque[tuple[float, bytes]] = deque(maxlen=SENT_KEPT)
        self._line: _Line | None = None
        self.plug()
        self._thread = threading.Thread(target=self._run, name="thermometer-far-end")
        self._thread.daemon = True
        self._thread.start()

    @property
    def port(self) -> str:
        """The path to open: the link if one was given, which outlives unplugging."""
        if self._link is not None:
            return str(self._link)
        return self._line.path if self._line is not None else ""

    def sent(self) -> list[tuple[float, bytes]]:
        """Return what went over the line lately: monotonic second, bytes; oldest first."""
        with self._lock:
            return list(self._sent)

    def approach(self, skin_c: float | None) -> None:
        """Let somebody step in; None: nobody."""
        self._move(self._room_c if skin_c is None else skin_c, APPROACH_S)

    def leave(self) -> None:
        """Let whoever is there step back."""
        self._move(self._room_c, LEAVE_S)

    def silence(self, is_on: bool) -> None:
        """Let the module say nothing, or speak again."""
        self._is_silent = is_on

    def noise(self, is_on: bool) -> None:
        """Let random bytes come instead of packets, as many as the line carries."""
        self._is_noisy = is_on

    def freeze(self, is_on: bool) -> None:
        """Let the module repeat one value, or follow what it sees again."""
        self._frozen = self._sensed() if is_on else None

    def restart(self) -> None:
        """Let the module lose its power for a moment: its settings are those of the factory."""
        with self._lock:
            self._module.power_on()

    def unplug(self) -> None:
        """Pull the plug: the kiosk's line is gone."""
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None
                self._forget_link()

    def plug(self) -> None:
        """Plug in (again): a new line, and the module as after power-up."""
        with self._lock:
            if self._line is not None:
                return
            self._line = _Line()
            self._module.power_on()
            if self._link is not None:
                fresh = self._link.with_name(f"{self._link.name}.new")
                fresh.unlink(missing_ok=True)
                fresh.symlink_to(self._line.path)
                fresh.replace(self._link)

    def close(self) -> None:
        """Stop, and take the line away. May be called again."""
        self._stop.set()
        self._thread.join()
        self.unplug()

    def _forget_link(self) -> None:
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def _move(self, goal_c: float, walk_s: float) -> None:
        with self._lock:
            self._from_c, self._goal_c, self._walk_s = self._seen_c, goal_c, walk_s
            self._moved_s = time.monotonic()

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._stop.is_set():
            with self._lock:
                self._look()
                if self._line is not None:
                    self._turn(self._line)
            due_s = max(due_s + 1 / self._module.rate_hz, time.monotonic())
            self._stop.wait(due_s - time.monotonic())

    def _look(self) -> None:
        share = min(1.0, (time.monotonic() - self._moved_s) / max(self._walk_s, 0.01))
        before_c = self._from_c + (self._goal_c - self._from_c) * share
        self._seen_c += (before_c - self._seen_c) * min(1.0, 1 / self._module.rate_hz / LAG_S)

    def _turn(self, line: _Line) -> None:
        heard = line.read()
        if self._is_silent:
            return
        if self._is_noisy:
            self._send(line, self._rng.randbytes(int(LINE_BYTES_S / self._module.rate_hz)))
            return
        for chunk in self._module.turn(heard, *(self._frozen or self._sensed())):
            self._send(line, chunk)

    def _send(self, line: _Line, chunk: bytes) -> None:
        line.write(chunk)
        self._sent.append((time.monotonic(), chunk))

    def _sensed(self) -> tuple[float, float]:
        """Return object and ambient temperature as the sensor has them now, with its noise."""
        object_c = self._seen_c + self._rng.gauss(0.0, NOISE_C)
        ambient_c = self._room_c + CAN_ABOVE_ROOM_C + self._rng.gauss(0.0, AMBIENT_NOISE_C)
        return object_c, ambient_c


class Gy5aModule:
    """A GY-MCU90614: streams ten packets a second, or one when asked."""

    rate_hz = RATE_HZ

    def __init__(self) -> None:
        self._streams_at_power = True
        self._is_streaming = True
        self._heard = b""

    def power_on(self) -> None:
        """Begin as after power-up."""
        self._heard, self._is_streaming = b"", self._streams_at_power

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Take commands and return the packets of this turn."""
        answers = self._obey(heard)
        return [_packet(object_c, ambient_c) for _ in range(answers + self._is_streaming)]

    def _obey(self, chunk: bytes) -> int:
        """Take commands. Returns how many single answers were asked for."""
        self._heard = (self._heard + chunk)[-64:]
        answers = 0
        while len(self._heard) >= 3:
            lead, code, total = self._heard[:3]
            is_command = lead == 0xA5 and total == (lead + code) % 256
            self._heard = self._heard[3 if is_command else 1 :]
            if not is_command:
                continue
            if code in (STREAM, QUERY):
                self._is_streaming = code == STREAM
                answers += code == QUERY
            elif code in (STREAM_AT_POWER, SILENT_AT_POWER):
                self._streams_at_power = code == STREAM_AT_POWER
        return answers


def _packet(object_c: float, ambient_c: float) -> bytes:
    body = bytearray(b"\x5a\x5a\x45\x04")
    for celsius in (object_c, ambient_c):
        body += (round(celsius * 100) & 0xFFFF).to_bytes(2, "big")
    body.append(sum(body) % 256)
    return bytes(body)
