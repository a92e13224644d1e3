"""GY-MCU90614 and GY-MCU90615 thermometers: bytes in, temperatures out.

Source: the vendor's packet table. A packet is 5A 5A 45, the number of bytes that follow (4,
or 6 in firmware that adds a body value), object and ambient temperature as signed int16,
high byte first, in hundredths of a degree, and the low byte of the sum of all before it.
Newer firmware adds a stray byte after each packet; it is passed over.
"""

import struct

from kiosk.devices.packets import PacketStream, Shape, is_dead, low_sum, plausible
from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_line import Temperatures

STREAM = bytes.fromhex("a545ea")  # the last byte is the sum of the others
LENGTHS = (4, 6)


class Gy5aDecoder(PacketStream):
    """Implements `thermometer_line.Decoder`. The module has no settings but its mode."""

    period_s = 0.1

    def __init__(self) -> None:
        super().__init__(Shape(b"\x5a\x5a\x45", _total, _decode, strays_max=1))

    def prepare(self, line: SerialLine) -> None:
        """Ask the module to stream."""
        line.write(STREAM)


def _total(begun: bytes) -> int | None:
    if len(begun) < 4:
        return None
    return 5 + begun[3] if begun[3] in LENGTHS else 0


def _decode(packet: bytes) -> Temperatures | None:
    content = packet[4:-1]
    if low_sum(packet[:-1]) != packet[-1] or is_dead(content):
        return None
    values = [raw / 100 for raw in struct.unpack(f">{len(content) // 2}h", content)]
    return plausible(values[0], values[1], values[2] if len(values) > 2 else None)
