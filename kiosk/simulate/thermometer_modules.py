"""Other modules for the far end of a line: what they send, what they obey, what they forget.

Written from their data sheets alone; no packet code is shared with the drivers.
"""

FACTORY_EMISSIVITY = 95  # hundredths


class Gy614Module:
    """A GY-614V3: registers by A4, a packet of twelve bytes as often as register 2 says."""

    rate_hz = 10.0

    def __init__(self, *, takes_emissivity: bool = True) -> None:
        self._takes_emissivity = takes_emissivity
        self.power_on()

    def power_on(self) -> None:
        """Begin with the factory's registers."""
        self.registers = {0x00: 0xA4, 0x02: 3, 0x03: 0, 0x04: 0, 0x07: FACTORY_EMISSIVITY}
        self._heard = b""

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Echo what was written, then send a packet unless asked to be quiet."""
        said = self._obey(heard)
        if self.registers[0x03] == 0:
            said.append(self._packet(object_c, ambient_c))
        return said

    def _obey(self, heard: bytes) -> list[bytes]:
        self._heard = (self._heard + heard)[-64:]
        said = []
        while len(self._heard) >= 5:
            command = self._heard[:5]
            if command[:2] != b"\xa4\x06" or command[4] != sum(command[:4]) % 256:
                self._heard = self._heard[1:]
                continue
            self._heard = self._heard[5:]
            register, value = command[2], command[3]
            if register == 0x07 and not self._takes_emissivity:
                continue
            self.registers[register] = value
            said.append(command)
        return said

    def _packet(self, object_c: float, ambient_c: float) -> bytes:
        packet = bytearray([0xA4, 0x03, 0x07, 0x07, self.registers[0x07]])
        for celsius in (object_c, ambient_c, object_c + 2.4):
            hundredths = round(celsius * 100)
            packet += bytes([hundredths >> 8 & 0xFF, hundredths & 0xFF])
        return bytes([*packet, sum(packet) % 256])


class Mcu90640Module:
    """A GY-MCU90640: 768 pixels, warm in the middle where somebody stands."""

    rate_hz = 4.0

    def __init__(self, *, takes_emissivity: bool = True) -> None:
        self._takes_emissivity = takes_emissivity
        self.power_on()

    def power_on(self) -> None:
        """Begin with the factory's settings."""
        self.emissivity, self._is_streaming, self._heard = FACTORY_EMISSIVITY, True, b""

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Answer what was asked, then send a picture while streaming."""
        said = self._obey(heard)
        if self._is_streaming:
            said.append(self._picture(object_c, ambient_c))
        return said

    def _obey(self, heard: bytes) -> list[bytes]:
        self._heard = (self._heard + heard)[-64:]
        said = []
        while len(self._heard) >= 4:
            lead, code, value, total = self._heard[:4]
            if lead != 0xA5 or total != (lead + code + value) % 256:
                self._heard = self._heard[1:]
                continue
            self._heard = self._heard[4:]
            if code == 0x35:
                self._is_streaming = value == 2
            elif code == 0x45 and self._takes_emissivity:
                self.emissivity = value
            elif code == 0x55:
                answer = [0x5A, 0x5A, self.emissivity]
                said.append(bytes([*answer, sum(answer) % 256]))
        return said

    @staticmethod
    def _picture(object_c: float, ambient_c: float) -> bytes:
        words = [0x5A5A, 0x0602]
        for row in range(24):
            for column in range(32):
                is_middle = 6 <= row < 18 and 10 <= column < 22
                celsius = object_c if is_middle else ambient_c - 1
                words.append(round(celsius * 100) & 0xFFFF)
        words.append(round(ambient_c * 100) & 0xFFFF)
        words[1] = 0x0602
        words.append(sum(words) & 0xFFFF)
        return b"".join(word.to_bytes(2, "little") for word in words)


class Idc50Module:
    """An IDC-50: two packets a second, whole degrees and tenths."""

    rate_hz = 2.0

    def power_on(self) -> None:
        """Nothing is kept."""

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Send the temperature; nothing is obeyed, and the sensor's own is not told."""
        tenths = round(object_c * 10)
        packet = [0xAA, 0x55, 0x06, tenths // 10, tenths % 10]
        return [bytes([*packet, sum(packet) % 256])]


class YsHaimanModule:
    """A YS-HAIMAN: seven bytes when asked by A5 55 01 FB."""

    rate_hz = 20.0

    def power_on(self) -> None:
        """Nothing is kept."""

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Answer each request."""
        hundredths = round(object_c * 100)
        answer = bytes([0x5A, 0x5A, hundredths & 0xFF, hundredths >> 8, 0, 0, 0])
        return [answer] * heard.count(b"\xa5\x55\x01\xfb")


class Cjmcu90614Module:
    """A CJMCU-90614: nine bytes ten times a second. `sums_from` says where its sum begins."""

    rate_hz = 10.0

    def __init__(self, *, sums_from: int = 0) -> None:
        self._sums_from = sums_from

    def power_on(self) -> None:
        """It streams from the start."""

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Send one packet."""
        packet = bytearray(b"\x66\x66\x01\x04")
        for celsius in (object_c, ambient_c):
            hundredths = round(celsius * 100)
            packet += bytes([hundredths >> 8 & 0xFF, hundredths & 0xFF])
        return [bytes([*packet, sum(packet[self._sums_from :]) % 256])]


class Rqvk002Module:
    """An RQVK002: six bytes without a sum, tenths of a degree from 25 and 36."""

    rate_hz = 10.0

    def power_on(self) -> None:
        """Nothing is kept."""

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Send one packet; what lies outside its range stays at the end of it."""
        ambient = max(-128, min(127, round((ambient_c - 25) * 10)))
        object_ = max(-128, min(127, round((object_c - 36) * 10)))
        return [bytes([0x5A, 0x00, ambient & 0xFF, object_ & 0xFF, 0x00, 0xA5])]


class M23Module:
    """An M23 (HTPA32x32): 2055 bytes in tenths of a kelvin when asked."""

    rate_hz = 20.0

    def power_on(self) -> None:
        """Nothing is kept."""

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Answer each request with a picture."""
        wanted = heard.count(b"\xee\xe1\x01\x55\xff\xfc\xfd\xff")
        pixels = [round(object_c * 10) + 2731] * 1024 + [round(ambient_c * 10) + 2731]
        body = b"".join(value.to_bytes(2, "big") for value in pixels)
        return [b"\xe1" + body + b"\xff\xfc\xfd\xff"] * wanted
