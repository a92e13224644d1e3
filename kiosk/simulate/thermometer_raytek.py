"""A Raytek MI3 at the far end of a line. Use with `PtyThermometer`.

Written from the maker's manual; it shares no packet code with the driver. Lines end with a
carriage return; answers begin with an exclamation mark, bursts with none.
"""

from kiosk.simulate.answering import Answers, Trouble

FACTORY_EMISSIVITY = 0.95
SYNTAX_ERROR = "*Syntax Error"
BURST_EVERY_TURNS = 20


class RaytekModule:
    """Implements `simulate.thermometer.FarModule`. Public fields may be set while it runs."""

    rate_hz = 200.0

    def __init__(self, *, unit: str = "C", is_bursting: bool = False) -> None:
        self.trouble = Trouble()
        self.takes_emissivity = self.takes_unit = self.has_reset_mark = True
        self.shows_instead: str | None = None  # of the object's temperature
        self.eeprom_writes = 0
        self._factory_unit, self._bursts_at_power = unit, is_bursting
        self._answers = Answers(self.trouble)
        self.power_on()

    def power_on(self) -> None:
        """Begin as after a reset: what is not in the EEPROM is lost."""
        self.emissivity, self.unit = FACTORY_EMISSIVITY, self._factory_unit
        self.is_reset, self.is_bursting = True, self._bursts_at_power
        self._heard = b""
        self._turns = self._quiet_turns = 0
        self._answers.forget()

    def turn(self, heard: bytes, object_c: float, ambient_c: float) -> list[bytes]:
        """Answer the lines that came; in burst mode talk without being asked."""
        self._turns += 1
        self._quiet_turns = 3 * int(self.rate_hz) if heard else max(0, self._quiet_turns - 1)
        if self.is_bursting and not self._quiet_turns and self._turns % BURST_EVERY_TURNS == 0:
            self._say(f"U{self.unit} T{object_c:05.1f} I{ambient_c:05.1f}")
        self._heard = (self._heard + heard)[-256:]
        while b"\r" in self._heard:
            command, _, self._heard = self._heard.partition(b"\r")
            text = command.decode("ascii", "replace")
            self._say(self._reply(text, object_c, ambient_c))
        return self._answers.due()

    def _say(self, text: str) -> None:
        self._answers.put(f"{text}\r\n".encode("ascii", "replace"))

    def _reply(self, text: str, object_c: float, ambient_c: float) -> str:
        if text.startswith("?"):
            shown = self._shown(object_c, ambient_c).get(text[1:])
            return SYNTAX_ERROR if shown is None else f"!{text[1:]}{shown}"
        mark = "#" if "#" in text else "="
        key, _, value = text.partition(mark)
        return self._set(key, value, is_lasting=mark == "=")

    def _shown(self, object_c: float, ambient_c: float) -> dict[str, str]:
        shown = {
            "T": self.shows_instead or f"{self._in_unit(object_c):05.1f}",
            "I": f"{self._in_unit(ambient_c):05.1f}",
            "U": self.unit,
            "E": f"{self.emissivity:.3f}",
        }
        return shown | ({"XI": str(int(self.is_reset))} if self.has_reset_mark else {})

    def _in_unit(self, celsius: float) -> float:
        return celsius if self.unit == "C" else celsius * 1.8 + 32

    def _set(self, key: str, value: str, *, is_lasting: bool) -> str:
        if key == "V" and value in ("P", "B"):
            self.is_bursting = value == "B"
            return f"!V{value}"
        if key == "U" and value in ("C", "F"):
            self.unit = value if self.takes_unit else self.unit
            return f"!U{self.unit}"
        if key == "E":
            self.eeprom_writes += is_lasting
            self.emissivity = float(value) if self.takes_emissivity else self.emissivity
            return f"!E{self.emissivity:.3f}"
        if key == "XI" and self.has_reset_mark:
            self.is_reset = value == "1"
            return f"!XI{value}"
        return SYNTAX_ERROR
