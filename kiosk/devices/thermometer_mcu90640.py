"""GY-MCU90640, an array of 32 by 24 pixels: for presence and trials, not for fever (+/-2 C).

Source: the module's manual. A packet of 1544 bytes is 5A 5A, 0602 (low byte first, the
number of data bytes), 768 pixels and the sensor's own temperature as int16, low byte first,
hundredths of a degree, and the sum of the first 771 little-endian words. Emissivity is
written by A5 45 value sum and read back by A5 55 01 FB, which is answered 5A 5A value sum.
"""

import struct
import time

from kiosk.devices.packets import PacketStream, Shape, is_dead, low_sum, plausible
from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_line import Temperatures
from kiosk.errors import DeviceFault

PACKET_BYTES, COLUMNS = 1544, 32
QUERY, STREAM = bytes.fromhex("a53501db"), bytes.fromhex("a53502dc")
RATE_4_HZ = bytes.fromhex("a52503cd")
READ_EMISSIVITY = bytes.fromhex("a55501fb")
QUIET_S, ANSWER_S, TRIES = 0.3, 0.5, 3
# The middle of the picture, where the chin frame puts a forehead; and of it not the hottest
# pixel, which follows the noise, but the one that a tenth are above.
MIDDLE_ROWS, MIDDLE_COLUMNS = range(8, 16), range(12, 20)
SHARE_BELOW = 0.9


class Mcu90640Decoder(PacketStream):
    """Implements `thermometer_line.Decoder`."""

    period_s = 0.25

    def __init__(self, *, emissivity: float) -> None:
        self._percent = round(emissivity * 100)
        super().__init__(Shape(b"\x5a\x5a\x02\x06", lambda _: PACKET_BYTES, _decode))

    def prepare(self, line: SerialLine) -> None:
        """Stop the stream, write and read back the emissivity, stream at 4 Hz."""
        line.write(QUERY)
        time.sleep(QUIET_S)  # the packet under way comes to its end
        write = bytes([0xA5, 0x45, self._percent])
        for _ in range(TRIES):
            line.discard()
            line.write(write + bytes([low_sum(write)]))
            time.sleep(QUIET_S / 3)
            line.discard()
            line.write(READ_EMISSIVITY)
            said = line.read_exactly(4, ANSWER_S)
            if said == _answer(self._percent):
                line.write(RATE_4_HZ)
                line.write(STREAM)
                return
        raise DeviceFault("thermometer", f"emissivity {self._percent} does not read back")


def _answer(percent: int) -> bytes:
    said = bytes([0x5A, 0x5A, percent])
    return said + bytes([low_sum(said)])


def _decode(packet: bytes) -> Temperatures | None:
    *words, total = struct.unpack("<772H", packet)
    if sum(words) & 0xFFFF != total or is_dead(packet[4:-2]):
        return None
    pixels = struct.unpack_from("<768h", packet, 4)
    (ambient,) = struct.unpack_from("<h", packet, 1540)
    middle = sorted(pixels[r * COLUMNS + c] for r in MIDDLE_ROWS for c in MIDDLE_COLUMNS)
    return plausible(middle[int(SHARE_BELOW * len(middle))] / 100, ambient / 100)
