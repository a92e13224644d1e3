"""An Optris CT, binary protocol, at the far end of a line. Use with `PtyThermometer`.

Written from the maker's interface description; it shares no packet code with the driver.
"""

from kiosk.simulate.answering import Answers, Trouble

FACTORY_EMISSIVITY = 950  # thousandths


class OptrisModule:
    """Implements `simulate.thermometer.FarModule`. Public fields may be set while it runs."""

    rate_hz = 200.0

    def __init__(self, *, is_high_resolution: bool = False) -> None:
        self.trouble = Trouble()
        self.takes_emissivity = True
        self._is_high_resolution = is_high_resolution
        self._answers = Answers(self.trouble)
        self.power_on()

    def power_on(self) -> None:
        """Begin with the factory's emissivity."""
        self.emissivity = FACTORY_EMISSIVITY
        self._heard = b""
        self._answers.forget()

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Answer each request with two bytes."""
        self._heard += heard
        while self._heard:
            code, self._heard = self._heard[0], self._heard[1:]
            if code == 0x84 and len(self._heard) < 2:
                self._heard = bytes([code]) + self._heard
                break
            if code == 0x84:
                wanted, self._heard = self._heard[:2], self._heard[2:]
                if self.takes_emissivity:
                    self.emissivity = wanted[0] << 8 | wanted[1]
            value = self._value(code, object_c, ambient_c)
            if value is not None:
                self._answers.put(bytes([value >> 8 & 0xFF, value & 0xFF]))
        return self._answers.due()

    def _value(self, code: int, object_c: float, ambient_c: float) -> int | None:
        if code in (0x04, 0x84):
            return self.emissivity
        if code in (0x01, 0x02, 0x03):
            celsius = ambient_c if code == 0x02 else object_c
            if self._is_high_resolution:
                return round(celsius * 100) + 10_000
            return round(celsius * 10) + 1000
        return None
