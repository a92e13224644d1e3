"""GY-614V3 thermometers (MLX90614): the register protocol, its settings and its packets.

Source: the vendor's register map. Writing is A4 06 register value sum, echoed on success. A
packet is A4, function, first register, the count 7, emissivity in hundredths, object, ambient
and body temperature (int16, high byte first, hundredths of a degree), and the low byte of the
sum. Its first registers are inferred from the map, so any function and start is taken.

Each packet tells the emissivity in force: one that is not ours is not believed, the module
counts as silent and is set up again.
"""

import struct
import time

from kiosk.devices.packets import PacketStream, Shape, is_dead, low_sum, plausible
from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_line import Temperatures
from kiosk.errors import DeviceFault

ID, WRITE, COUNT, PACKET_BYTES = 0xA4, 0x06, 7, 12
EMISSIVITY, RATE, MODE, TEXT = 0x07, 0x02, 0x03, 0x04
RATE_10_HZ, CONTINUOUS, BINARY = 3, 0, 0
ECHO_S, TRIES = 0.5, 3


class Gy614Decoder(PacketStream):
    """Implements `thermometer_line.Decoder`."""

    period_s = 0.1

    def __init__(self, *, emissivity: float) -> None:
        self._percent = round(emissivity * 100)
        super().__init__(Shape(bytes([ID]), _total, self._decode))

    def prepare(self, line: SerialLine) -> None:
        """Write emissivity, 10 Hz, continuous and binary; each must be echoed."""
        settings = (
            ("emissivity", EMISSIVITY, self._percent),
            ("rate", RATE, RATE_10_HZ),
            ("format", TEXT, BINARY),
            ("mode", MODE, CONTINUOUS),
        )
        for name, register, value in settings:
            if not any(_is_written(line, register, value) for _ in range(TRIES)):
                raise DeviceFault("thermometer", f"{name} {value} is not confirmed")
        self.reset()

    def _decode(self, packet: bytes) -> Temperatures | None:
        content = packet[5:-1]
        if low_sum(packet[:-1]) != packet[-1] or is_dead(content):
            return None
        if packet[4] != self._percent:
            return None
        object_c, ambient_c, body_c = (raw / 100 for raw in struct.unpack(">3h", content))
        return plausible(object_c, ambient_c, body_c)


def _is_written(line: SerialLine, register: int, value: int) -> bool:
    """Write one register. Returns whether the module echoed it, amid its packets."""
    request = bytes([ID, WRITE, register, value])
    request += bytes([low_sum(request)])
    line.discard()
    line.write(request)
    heard, deadline_s = b"", time.monotonic() + ECHO_S
    while time.monotonic() < deadline_s:
        heard = (heard + line.read_chunk())[-4096:]
        if request in heard:
            return True
    return False


def _total(begun: bytes) -> int | None:
    if len(begun) < 4:
        return None
    return PACKET_BYTES if begun[3] == COUNT and begun[1] != WRITE else 0
