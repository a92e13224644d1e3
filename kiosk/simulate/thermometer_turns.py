"""A GY-MCU90614 on a pseudo-terminal that goes on only when told to, for accelerated time.

Each turn is one packet's time: 30 in a simulated second. Written from the module's data sheet
alone, like the one that runs by the wall clock: 5A 5A 45 04, object and ambient temperature
(int16, high byte first, hundredths of a degree), the low byte of the sum. A restarted module
says nothing until it hears A5 45 EA, as one does that was set to be silent after power-up.
"""

import contextlib
import os
import random
import tty
from enum import Enum
from pathlib import Path

from kiosk.core.words import Sample

STREAM = bytes.fromhex("a545ea")
SPIKE_C = 20.0
READ_BYTES = 256


class Trouble(Enum):
    """What is wrong with the module or its line."""

    NONE = "none"
    SILENT = "silent"
    NOISE = "noise"
    UNPLUGGED = "unplugged"
    FROZEN = "frozen"
    RESTARTED = "restarted"
    SPIKE = "spike"
    TRUNCATED = "truncated"


class TurnedThermometer:
    """The module and its line. One thread tells it everything."""

    def __init__(self, link: Path, rng: random.Random) -> None:
        self.link = link
        self._rng = rng
        self._ends: tuple[int, int] | None = None
        self._trouble = Trouble.NONE
        self._is_streaming = True
        self._frozen = b""
        self.packets = 0  # sent whole
        self.plug()

    @property
    def trouble(self) -> Trouble:
        """What is wrong now."""
        return self._trouble

    def suffer(self, trouble: Trouble) -> None:
        """Let something be wrong from now on, or nothing."""
        before, self._trouble = self._trouble, trouble
        if before is Trouble.UNPLUGGED:
            self.plug()
        if trouble is Trouble.UNPLUGGED:
            self.unplug()
        elif trouble is Trouble.RESTARTED:
            self._is_streaming = False
        self._frozen = b""

    def plug(self) -> None:
        """Plug in: a new line behind the same link, the module as after power-up."""
        if self._ends is not None:
            return
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._ends, self._is_streaming = (master, slave), True
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(slave))

    def unplug(self) -> None:
        """Pull the plug. May be called again."""
        self.link.unlink(missing_ok=True)
        ends, self._ends = self._ends, None
        for end in ends or ():
            os.close(end)

    def turn(self, sample: Sample) -> None:
        """Let one packet's time pass: obey, then say what the sensor sees."""
        if self._ends is None:
            return
        master = self._ends[0]
        self._obey(master)
        if chunk := self._chunk(sample):
            with contextlib.suppress(BlockingIOError):  # nobody reads: it is lost
                os.write(master, chunk)

    def _obey(self, master: int) -> None:
        with contextlib.suppress(BlockingIOError):
            if STREAM in os.read(master, READ_BYTES):
                self._is_streaming = True

    def _chunk(self, sample: Sample) -> bytes:
        packet = _packet(sample.object_c, sample.ambient_c or 0.0)
        match self._trouble:
            case Trouble.SILENT:
                return b""
            case Trouble.NOISE:
                return self._rng.randbytes(len(packet))
            case Trouble.TRUNCATED:
                return packet[: self._rng.randrange(1, len(packet))]
            case Trouble.SPIKE:
                packet = _packet(sample.object_c + SPIKE_C, sample.ambient_c or 0.0)
            case Trouble.FROZEN:
                self._frozen = self._frozen or packet
                packet = self._frozen
        if not self._is_streaming:
            return b""
        self.packets += 1
        return packet


def _packet(object_c: float, ambient_c: float) -> bytes:
    body = bytearray(b"\x5a\x5a\x45\x04")
    for celsius in (object_c, ambient_c):
        body += (round(celsius * 100) & 0xFFFF).to_bytes(2, "big")
    body.append(sum(body) % 256)
    return bytes(body)
