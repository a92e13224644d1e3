"""A serial line: opened by one, locked, read, written, lost. Every trap of pyserial is here.

Facts about pyserial 3.5 that shape this: an unplugged line raises SerialException, plain
OSError or termios.error, depending on the call; `is_open` stays true; a second reader shows
as damaged packets, so the line is locked. One thread owns a line from open to close.
"""

import contextlib
import errno
import termios
import time
from typing import Literal

import serial

from kiosk.errors import DeviceBusy, DeviceDenied, DeviceLost, DeviceMissing

READ_S, WRITE_S = 0.1, 0.5
CHUNK_BYTES_MAX = 4096
Parity = Literal["N", "E", "O"]
StopBits = Literal[1, 2]
LINE_TROUBLE = (serial.SerialException, OSError, termios.error, TypeError, ValueError)
_GROUP = "may not be opened; the user must be in group dialout"
_OPENING: dict[int, tuple[type[DeviceMissing], str]] = {
    errno.ENOENT: (DeviceMissing, "is not there"),
    errno.EACCES: (DeviceDenied, _GROUP),
    errno.EPERM: (DeviceDenied, _GROUP),
    errno.EAGAIN: (DeviceBusy, "is held by another program"),
    errno.EBUSY: (DeviceBusy, "is held by another program"),
}


class SerialLine:
    """An open line of a thermometer. All methods raise DeviceLost when it is gone."""

    def __init__(self, port: serial.Serial) -> None:
        self.port = port  # for libraries that want pyserial's own object
        self.received_bytes = 0  # counted up for ever; whoever reads `port` himself adds to it

    def read_chunk(self) -> bytes:
        """Return what has come, at most 4096 bytes; waits up to 0.1 s for a first byte."""
        try:
            waiting = min(self.port.in_waiting, CHUNK_BYTES_MAX)
            chunk = bytes(self.port.read(waiting or 1))
        except LINE_TROUBLE as exc:
            raise DeviceLost("thermometer", said(exc)) from exc
        self.received_bytes += len(chunk)
        return chunk

    def read_exactly(self, count: int, timeout_s: float) -> bytes | None:
        """Return the next `count` bytes; None, with what came thrown away, when late."""
        got = b""
        deadline_s = time.monotonic() + timeout_s
        while len(got) < count and time.monotonic() < deadline_s:
            try:
                got += bytes(self.port.read(count - len(got)))
            except LINE_TROUBLE as exc:
                raise DeviceLost("thermometer", said(exc)) from exc
        self.received_bytes += len(got)
        return got if len(got) == count else None

    def write(self, request: bytes) -> None:
        """Send bytes."""
        try:
            self.port.write(request)
        except LINE_TROUBLE as exc:
            raise DeviceLost("thermometer", said(exc)) from exc

    def discard(self) -> None:
        """Throw away what has come and was not read."""
        try:
            self.port.reset_input_buffer()
        except LINE_TROUBLE as exc:
            raise DeviceLost("thermometer", said(exc)) from exc

    def drain(self) -> int:
        """Throw away what has come and was not read; return how many bytes it was."""
        count = 0
        try:
            while (waiting := self.port.in_waiting) and count < CHUNK_BYTES_MAX:
                count += len(self.port.read(min(waiting, CHUNK_BYTES_MAX)))
        except LINE_TROUBLE as exc:
            raise DeviceLost("thermometer", said(exc)) from exc
        self.received_bytes += count
        return count

    def close(self) -> None:
        """Give the line back. May be called again."""
        with contextlib.suppress(*LINE_TROUBLE):  # it may be gone already
            self.port.close()


def open_line(
    path: str, *, baud: int, parity: Parity = "N", stop_bits: StopBits = 1
) -> SerialLine:
    """Open and lock a line of 8 bits. Raises DeviceMissing, DeviceBusy or DeviceDenied."""
    try:
        port = serial.serial_for_url(
            path,
            baudrate=baud,
            parity=parity,
            stopbits=stop_bits,
            timeout=READ_S,
            write_timeout=WRITE_S,
            exclusive=True,
        )
    except LINE_TROUBLE as exc:
        number = getattr(exc, "errno", None) or 0
        kind, why = _OPENING.get(number, (DeviceMissing, f"does not open: {said(exc)}"))
        raise kind("thermometer", f"{path} {why}") from exc
    return SerialLine(port)


def said(exc: BaseException) -> str:
    """Return the text of an error on one line."""
    return " ".join(str(exc).split()) or type(exc).__name__
