"""A Modbus pyrometer or room sensor at the far end of a line. Use with `PtyThermometer`.

Written from "Modbus over serial line 1.02" and the makers' register tables; it shares no
packet code with the driver.
"""

from dataclasses import dataclass

from kiosk.simulate.answering import Answers, Trouble

FACTORY_EMISSIVITY = 9500  # ten-thousandths
READ, READ_INPUT, WRITE = 3, 4, 6
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS = 1, 2


@dataclass(frozen=True)
class Registers:
    """Where a device keeps what. -1: it has no such register."""

    unfiltered: int
    filtered: int = -1
    sensor: int = -1
    status: int = -1
    emissivity: int = -1
    reads_by: int = READ


PYROUSB = Registers(0x13, 0x12, 0x14, 0x15, 0x18)
OS_MINI = Registers(0x0F, 0x0E, 0x10, 0x11, 0x17)
XY_MD02 = Registers(0x01, reads_by=READ_INPUT)


class ModbusModule:
    """Implements `simulate.thermometer.FarModule`. Public fields may be set while it runs."""

    rate_hz = 200.0

    def __init__(self, registers: Registers = PYROUSB, *, address: int = 1) -> None:
        self.trouble = Trouble()
        self.speaks_as = address
        self.status = 0
        self.takes_emissivity = True
        self.flip_bit: int | None = None  # of each answer
        self.written: list[int] = []  # registers, in the order in which they were written
        self._registers, self._address = registers, address
        self._answers = Answers(self.trouble)
        self.power_on()

    def power_on(self) -> None:
        """Begin as after power-up: what is not saved is lost."""
        self.emissivity = FACTORY_EMISSIVITY
        self._heard = b""
        self._answers.forget()

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Answer the requests that came."""
        self._heard = (self._heard + heard)[-256:]
        while len(self._heard) >= 8:
            request, rest = self._heard[:8], self._heard[8:]
            if request[0] != self._address or with_sum(request[:6]) != request:
                self._heard = self._heard[1:]
                continue
            self._heard = rest
            self._answers.put(self._damaged(self._answer(request, object_c, ambient_c)))
        return self._answers.due()

    def _answer(self, request: bytes, object_c: float, ambient_c: float) -> bytes:
        function = request[1]
        first, number = request[2] << 8 | request[3], request[4] << 8 | request[5]
        if function == WRITE and first == self._registers.emissivity:
            self.written.append(first)
            self.emissivity = number if self.takes_emissivity else self.emissivity
            return with_sum(bytes([self.speaks_as]) + request[1:6])
        if function != self._registers.reads_by:
            return with_sum(bytes([self.speaks_as, function | 0x80, ILLEGAL_FUNCTION]))
        kept = self._kept(object_c, ambient_c)
        asked = range(first, first + number)
        if not all(register in kept for register in asked):
            return with_sum(bytes([self.speaks_as, function | 0x80, ILLEGAL_ADDRESS]))
        answer = bytes([self.speaks_as, function, 2 * number])
        for register in asked:
            answer += bytes([kept[register] >> 8 & 0xFF, kept[register] & 0xFF])
        return with_sum(answer)

    def _kept(self, object_c: float, ambient_c: float) -> dict[int, int]:
        where = self._registers
        kept = {
            where.filtered: round(object_c * 10),
            where.unfiltered: round(object_c * 10),
            where.sensor: round(ambient_c * 10),
            where.status: self.status,
            where.emissivity: self.emissivity,
        }
        kept.pop(-1, None)
        return kept

    def _damaged(self, answer: bytes) -> bytes:
        if self.flip_bit is None:
            return answer
        place = self.flip_bit % (8 * len(answer))
        wrong = int.from_bytes(answer, "big") ^ 1 << place
        return wrong.to_bytes(len(answer), "big")


def with_sum(message: bytes) -> bytes:
    """Return a message with its CRC-16 behind it, low byte first."""
    remainder = 0xFFFF
    for byte in message:
        remainder ^= byte
        for _ in range(8):
            carry = remainder & 1
            remainder = remainder >> 1 ^ (0xA001 if carry else 0)
    return message + bytes([remainder & 0xFF, remainder >> 8])
