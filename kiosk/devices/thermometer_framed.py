"""Ready-made modules, one row of a table each: header, length, value, sum.

Sources: module sheets and the vendors' demo code, one source each; what those did not show
is not guessed. The demo code's "corrections" of low values are left out on purpose.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.devices.packets import PacketStream, Shape, is_dead, low_sum, plausible
from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_line import Temperatures

ANSWER_S = 0.4
FIXED_AFTER = 10  # packets whose sum settles which bytes a CJMCU-90614 sums
CJMCU_STREAM = bytes.fromhex("66660156")


@dataclass(frozen=True, slots=True)
class Row:
    """One module. `request` empty: it streams; else it answers when asked."""

    header: bytes
    total: int  # bytes of a packet
    make_decode: Callable[[], Callable[[bytes], Temperatures | None]]
    baud: int
    period_s: float
    has_sum: bool = True
    start: bytes = b""  # sent once, to let it stream
    request: bytes = b""


class FramedDecoder(PacketStream):
    """Implements `thermometer_line.Decoder` for modules that stream."""

    def __init__(self, row: Row) -> None:
        self.period_s = row.period_s
        self._start = row.start
        total = row.total
        shape = Shape(row.header, lambda _: total, row.make_decode(), has_sum=row.has_sum)
        super().__init__(shape)

    def prepare(self, line: SerialLine) -> None:
        """Ask the module to stream, where it must be asked; it has no settings."""
        if self._start:
            line.write(self._start)


class FramedPoller:
    """Implements `thermometer_polled.Poller` for modules that answer when asked."""

    def __init__(self, row: Row) -> None:
        self.period_s, self.needs_agreement = row.period_s, not row.has_sum
        self._row, self._decode = row, row.make_decode()

    def prepare(self, line: SerialLine) -> None:
        """There is nothing to set."""

    def poll(self, line: SerialLine) -> Temperatures | None:
        """Ask once and return the answer; None when no sound one came in time."""
        line.write(self._row.request)
        packet = line.read_exactly(self._row.total, ANSWER_S)
        if packet is None or not packet.startswith(self._row.header):
            return None
        return self._decode(packet)


def _idc50(packet: bytes) -> Temperatures | None:
    """AA 55 06, whole degrees, tenths, sum of the first five bytes."""
    if low_sum(packet[:5]) != packet[5] or packet[4] > 9:
        return None
    return plausible(packet[3] + packet[4] / 10, None)


def _ys_haiman(packet: bytes) -> Temperatures | None:
    """Seven bytes, of which 2 and 3 are hundredths, low byte first; 0 is "no reading"."""
    (hundredths,) = struct.unpack_from("<H", packet, 2)
    return plausible(hundredths / 100, None) if hundredths else None


def _rqvk002(packet: bytes) -> Temperatures | None:
    """5A, ?, ambient and object as tenths from 25 and 36 C, ?, A5. No sum."""
    ambient, object_ = struct.unpack_from("2b", packet, 2)
    return plausible(36 + object_ / 10, 25 + ambient / 10) if packet[5] == 0xA5 else None


def _m23(packet: bytes) -> Temperatures | None:
    """E1, 32 by 32 pixels and the sensor, uint16 in tenths of a kelvin, four bytes more."""
    values = struct.unpack_from(">1025H", packet, 1)
    middle = sorted(values[r * 32 + c] for r in range(12, 20) for c in range(12, 20))
    if is_dead(packet[1:-4]):
        return None
    object_c, ambient_c = ((raw - 2731) / 10 for raw in (middle[57], values[1024]))
    return plausible(object_c, ambient_c)


class _Cjmcu90614:
    """66 66, mode, 4, object and ambient in hundredths, a sum "of all data".

    Whether "all" takes in the header the sheet leaves open: the first ten packets settle it.
    """

    def __init__(self) -> None:
        self._fits = {0: 0, 4: 0}  # the first summed byte -> packets that it fitted

    def __call__(self, packet: bytes) -> Temperatures | None:
        fitting = [first for first in self._allowed() if self._is_sum(packet, first)]
        if packet[3] != 4 or is_dead(packet[4:8]) or not fitting:
            return None
        for first in fitting:
            self._fits[first] += 1
        object_c, ambient_c = (raw / 100 for raw in struct.unpack_from(">2h", packet, 4))
        return plausible(object_c, ambient_c)

    def _allowed(self) -> list[int]:
        best = max(self._fits.values())
        return [f for f, count in self._fits.items() if best < FIXED_AFTER or count == best]

    @staticmethod
    def _is_sum(packet: bytes, first: int) -> bool:
        return low_sum(packet[first:8]) == packet[8]


ROWS: dict[str, Row] = {
    "idc50": Row(b"\xaa\x55\x06", 6, lambda: _idc50, baud=115200, period_s=0.5),
    "ys-haiman": Row(
        b"", 7, lambda: _ys_haiman, baud=115200, period_s=0.2, has_sum=False,
        request=bytes.fromhex("a55501fb"),
    ),
    "cjmcu90614": Row(
        b"\x66\x66", 9, _Cjmcu90614, baud=115200, period_s=0.1, start=CJMCU_STREAM
    ),
    "rqvk002": Row(b"\x5a", 6, lambda: _rqvk002, baud=19200, period_s=0.1, has_sum=False),
    "m23": Row(
        b"\xe1", 2055, lambda: _m23, baud=115200, period_s=0.25, has_sum=False,
        request=bytes.fromhex("eee10155fffcfdff"),
    ),
}  # fmt: skip
