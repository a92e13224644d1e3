"""A serial line: opened by one, locked, read, written, lost. Every trap of pyserial is here.

Facts about pyserial 3.5 that shape this, each of them tried: an unplugged line raises
SerialException, plain OSError or termios.error, depending on the call; `is_open` stays true;
a file or a folder raises termios.error without saying what it is; `exclusive` keeps out only
those who ask for the lock too, and a second reader shows as a read that returns nothing.
One thread owns a line from open to close.
"""

import contextlib
import errno
import os
import stat
import termios
import time
from typing import Literal

import serial

from kiosk.devices.line_holders import holders_of, other_holders_of
from kiosk.errors import DeviceBusy, DeviceDenied, DeviceLost, DeviceMissing

READ_S, WRITE_S = 0.1, 0.5
LOOK_EVERY_S = 0.003  # chosen: pyserial's own wait cannot be shorter than READ_S
CHUNK_BYTES_MAX = 4096
Parity = Literal["N", "E", "O"]
StopBits = Literal[1, 2]
LINE_TROUBLE = (serial.SerialException, OSError, termios.error, TypeError, ValueError)
_GROUP = "may not be opened; the user must be in group dialout"
_HELD = "is held by another program"
_OPENING: dict[int, tuple[type[DeviceMissing], str]] = {
    errno.ENOENT: (DeviceMissing, "is not there"),
    errno.ENXIO: (DeviceMissing, "is not there"),
    errno.ENODEV: (DeviceMissing, "is not there"),
    errno.EACCES: (DeviceDenied, _GROUP),
    errno.EPERM: (DeviceDenied, _GROUP),
    errno.EAGAIN: (DeviceBusy, _HELD),
    errno.EBUSY: (DeviceBusy, _HELD),
    errno.ENOTTY: (DeviceMissing, "is no serial line"),
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
            raise self._lost(exc) from exc
        self.received_bytes += len(chunk)
        return chunk

    def read_exactly(self, count: int, timeout_s: float) -> bytes | None:
        """Return the next `count` bytes; None, with what came thrown away, when late."""
        got = b""
        deadline_s = time.monotonic() + timeout_s
        try:
            while len(got) < count and time.monotonic() < deadline_s:
                if waiting := self.port.in_waiting:
                    got += bytes(self.port.read(min(waiting, count - len(got))))
                else:
                    time.sleep(LOOK_EVERY_S)
        except LINE_TROUBLE as exc:
            raise self._lost(exc) from exc
        self.received_bytes += len(got)
        return got if len(got) == count else None

    def write(self, request: bytes) -> None:
        """Send bytes. A line that takes none of them for 0.5 s is lost too."""
        try:
            self.port.write(request)
        except LINE_TROUBLE as exc:
            raise self._lost(exc) from exc

    def discard(self) -> None:
        """Throw away what has come and was not read."""
        try:
            self.port.reset_input_buffer()
        except LINE_TROUBLE as exc:
            raise self._lost(exc) from exc

    def drain(self) -> int:
        """Throw away what has come and was not read; return how many bytes it was."""
        count = 0
        try:
            while (waiting := self.port.in_waiting) and count < CHUNK_BYTES_MAX:
                count += len(self.port.read(min(waiting, CHUNK_BYTES_MAX)))
        except LINE_TROUBLE as exc:
            raise self._lost(exc) from exc
        self.received_bytes += count
        return count

    def close(self) -> None:
        """Give the line back. May be called again."""
        with contextlib.suppress(*LINE_TROUBLE):  # it may be gone already
            self.port.close()

    def _lost(self, exc: BaseException) -> DeviceLost:
        """Name those who read along, if any: they look like an unplugged line."""
        others = ", ".join(other_holders_of(str(self.port.port)))
        why = f"; also open in {others}" if others else ""
        return DeviceLost("thermometer", f"{self.port.port}: {said(exc)}{why}")


def open_line(
    path: str, *, baud: int, parity: Parity = "N", stop_bits: StopBits = 1
) -> SerialLine:
    """Open and lock a line of 8 bits. Raises DeviceMissing, DeviceBusy or DeviceDenied.

    What came before it was opened is thrown away.
    """
    if (kind_of_file := not_a_line(path)) is not None:
        raise DeviceMissing("thermometer", f"{path} is {kind_of_file}, not a serial line")
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
        raise _not_opened(path, exc) from exc
    return SerialLine(port)


def not_a_line(path: str) -> str | None:
    """Return what stands at `path` where that can be no line; None: it may be one."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a port may be an address too
    except (OSError, ValueError):
        return None  # not there, or pyserial's business
    if stat.S_ISCHR(mode):
        return None
    return "a folder" if stat.S_ISDIR(mode) else "a file"


def _not_opened(path: str, exc: BaseException) -> DeviceMissing:
    number = _number(exc)
    kind, why = _OPENING.get(number, (DeviceMissing, f"does not open: {said(exc)}"))
    if kind is DeviceBusy and (holders := ", ".join(holders_of(path))):
        why = f"is held by {holders}"
    return kind("thermometer", f"{path} {why}")


def _number(exc: BaseException | None) -> int:
    """Return the errno of an error or of the one behind it; termios.error has it in args."""
    while exc is not None:
        number = getattr(exc, "errno", None)
        if number is None and isinstance(exc, termios.error):
            number = exc.args[0]
        if isinstance(number, int):
            return number
        exc = exc.__context__
    return 0


def said(exc: BaseException) -> str:
    """Return the text of an error on one line."""
    return " ".join(str(exc).split()) or type(exc).__name__
