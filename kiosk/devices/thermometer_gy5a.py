"""GY-MCU90614 and GY-MCU90615 thermometers: bytes in, temperatures out.

Source: the vendor's packet table. A packet is 5A 5A 45, the number of bytes that follow (4,
or 6 in firmware that adds a body value), object and ambient temperature as signed int16,
high byte first, in hundredths of a degree, and the low byte of the sum of all before it.
Newer firmware adds a stray byte after each packet; it is passed over.
"""

import struct

from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_line import Temperatures

HEADER = b"\x5a\x5a\x45"
STREAM = bytes.fromhex("a545ea")  # the last byte is the sum of the others
LENGTHS = (4, 6)
STRAY_BYTES_MAX = 1  # more than this between two packets is noise
AMBIENT_MIN_C, AMBIENT_MAX_C = -40.0, 85.0
OBJECT_MIN_C, OBJECT_MAX_C = -40.0, 120.0


class Gy5aDecoder:
    """Cuts a byte stream into temperatures. Holds no port; less than one packet waits in it.

    An 8-bit sum lets one accident in 256 through, so after noise the first packet is given
    out only together with a second one that follows it.
    """

    period_s = 0.1

    def __init__(self) -> None:
        self.sound_bytes = 0
        self._buffer = b""
        self._strays = STRAY_BYTES_MAX + 1
        self._held: Temperatures | None = None

    @property
    def waiting_bytes(self) -> int:
        """Return how many bytes wait for the rest of their packet; at most 10."""
        return len(self._buffer)

    def prepare(self, line: SerialLine) -> None:
        """Ask the module to stream; it has no other settings."""
        line.write(STREAM)

    def feed(self, chunk: bytes) -> list[Temperatures]:
        """Return what `chunk` completes, oldest first. Damaged packets are skipped."""
        found: list[Temperatures] = []
        self._buffer += chunk
        place = 0
        while (start := self._buffer.find(HEADER, place)) >= 0:
            self._strays += start - place
            place = start
            packet = _packet_at(self._buffer, start)
            if packet is None:
                break
            if (temperatures := _decode(packet)) is None:
                place, self._strays = start + 1, self._strays + 1
                continue
            found += self._follow(temperatures)
            place = start + len(packet)
            self.sound_bytes += len(packet)
        if start < 0:  # the last two bytes may begin a header
            end = max(place, len(self._buffer) - len(HEADER) + 1)
            self._strays += end - place
            place = end
        self._buffer = self._buffer[place:]
        return found

    def reset(self) -> None:
        """Forget what waits: the line was quiet or was asked to start anew."""
        self._buffer = b""
        self._held = None
        self._strays = STRAY_BYTES_MAX + 1

    def _follow(self, temperatures: Temperatures) -> list[Temperatures]:
        is_in_step = self._strays <= STRAY_BYTES_MAX
        self._strays = 0
        held, self._held = self._held, None
        if is_in_step:
            return [temperatures] if held is None else [held, temperatures]
        self._held = temperatures
        return []


def _packet_at(buffer: bytes, start: int) -> bytes | None:
    """Return the packet that begins at `start`, None when more bytes must come.

    A length that no packet has gives the four bytes alone, which no sum can make sound.
    """
    if len(buffer) - start < 4:
        return None
    length = buffer[start + 3]
    total = 5 + length if length in LENGTHS else 4
    return buffer[start : start + total] if len(buffer) - start >= total else None


def _decode(packet: bytes) -> Temperatures | None:
    """Return what a sound packet says; None for a bad sum or impossible values."""
    content = packet[4:-1]
    if len(content) not in LENGTHS or sum(packet[:-1]) & 0xFF != packet[-1]:
        return None
    if content in (b"\x00" * len(content), b"\xff" * len(content)):
        return None  # what a module says that has lost its sensor
    values = [raw / 100 for raw in struct.unpack(f">{len(content) // 2}h", content)]
    object_c, ambient_c = values[:2]
    if not OBJECT_MIN_C <= object_c <= OBJECT_MAX_C:
        return None
    if not AMBIENT_MIN_C <= ambient_c <= AMBIENT_MAX_C:
        return None
    return Temperatures(object_c, ambient_c, values[2] if len(values) > 2 else None)
