"""Raytek MI and MI3, Fluke Endurance: short lines of ASCII, asked and answered. A poller.

Source: the makers' manuals. `?T` is answered by `!T36.5`, with carriage return and line feed,
`U=C` by `!UC`, what is not understood by `*Syntax Error`. T is the object, I the head, U the
unit, E the emissivity; XI is 1 after a reset until it is written 0. `E#0.98` sets the
emissivity without wearing the EEPROM, so a reset loses it. A device in burst mode talks
without being asked: after any character it stops for 3 s and takes `V=P`.
"""

import re
import time

from kiosk.devices.packets import plausible
from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_line import Temperatures
from kiosk.errors import DeviceFault

ANSWER_S = 0.15  # chosen: 12 characters take 13 ms at 9600 baud
SETTLE_S = 0.05  # chosen: until the rest of a burst line has come
LINE_BYTES_MAX = 40
TRIES = 3
EMISSIVITY_TOLERANCE = 0.0051  # a device that keeps hundredths shows 0.975 as 0.97 or 0.98
NUMBER = re.compile(r"[+-]?\d{1,4}(\.\d{1,4})?")
UNIT, EMISSIVITY, RESET_MARK = "U", "E", "XI"


class RaytekPoller:
    """Implements `thermometer_polled.Poller`. One setting is looked at with each poll."""

    period_s = 0.1
    needs_agreement = True

    def __init__(self, *, emissivity: float) -> None:
        self._emissivity = round(emissivity, 3)
        self._is_set = False
        self._checks: tuple[str, ...] = (UNIT, EMISSIVITY)
        self._polls = 0

    def prepare(self, line: SerialLine) -> None:
        """Set poll mode, unit and emissivity; read them back. A silent device is asked later.

        Raises DeviceFault when one does not stick.
        """
        self._is_set = self._set_up(line)

    def poll(self, line: SerialLine) -> Temperatures | None:
        """Ask for both temperatures and one of the settings; None unless all are sound."""
        if not self._is_set:
            self._is_set = self._set_up(line)
            return None
        self._polls += 1
        key = self._checks[self._polls % len(self._checks)]
        answers = []
        for asked in ("T", "I", key):
            if (answer := _ask(line, asked)) is None:
                return None
            answers.append(answer)
        if not self._stands(key, answers[2]):
            self._is_set = False
            return None
        object_c, head_c = _number(answers[0]), _number(answers[1])
        if object_c is None or head_c is None:
            return None
        return plausible(object_c, head_c)

    def _set_up(self, line: SerialLine) -> bool:
        """Return whether all settings stand; False when answers are missing."""
        return (
            _stop_burst(line)
            and self._settle(line, UNIT, "U=C")
            and self._settle(line, EMISSIVITY, f"E#{_figures(self._emissivity)}")
            and self._clear_reset_mark(line)
        )

    def _settle(self, line: SerialLine, key: str, command: str) -> bool:
        found = None
        for _ in range(TRIES):
            if (found := _ask(line, key)) is None:
                return False
            if self._stands(key, found):
                return True
            _exchange(line, command)
        raise DeviceFault("thermometer", f"setting {key} stays at {found} after {command}")

    def _clear_reset_mark(self, line: SerialLine) -> bool:
        """Clear XI so that the next reset shows. Older devices do not know it."""
        self._checks = (UNIT, EMISSIVITY)
        if (said := _exchange(line, f"?{RESET_MARK}")) is None:
            return False
        if said.startswith("*"):
            return True
        _exchange(line, f"{RESET_MARK}=0")
        cleared = _ask(line, RESET_MARK)
        if cleared is not None and self._stands(RESET_MARK, cleared):
            self._checks = (UNIT, EMISSIVITY, RESET_MARK)
        return cleared is not None

    def _stands(self, key: str, answer: str) -> bool:
        if key == UNIT:
            return answer == "C"
        number = _number(answer)
        if number is None:
            return False
        if key == RESET_MARK:
            return number == 0
        return abs(number - self._emissivity) <= EMISSIVITY_TOLERANCE


def _stop_burst(line: SerialLine) -> bool:
    line.write(b"\r")
    time.sleep(SETTLE_S)
    line.drain()
    return _exchange(line, "V=P") is not None


def _ask(line: SerialLine, key: str) -> str | None:
    """Return what stands behind `!key` in the answer; None when that is not the answer."""
    said = _exchange(line, f"?{key}")
    if said is None or not said.startswith(f"!{key}"):
        return None
    return said.removeprefix(f"!{key}")


def _exchange(line: SerialLine, text: str) -> str | None:
    """Send a line and return the one that answers; None when it is late or more came."""
    line.write(f"{text}\r".encode("ascii"))
    got = b""
    deadline_s = time.monotonic() + ANSWER_S
    while not got.endswith(b"\n"):
        byte = line.read_exactly(1, deadline_s - time.monotonic())
        if byte is None or len(got) >= LINE_BYTES_MAX:
            return None
        got += byte
    if line.drain() or not got.isascii():
        return None
    return got.decode("ascii").strip()


def _number(text: str) -> float | None:
    """Return a plain number; None for what a device shows instead of one, as `>>>>`."""
    return float(text) if NUMBER.fullmatch(text) else None


def _figures(emissivity: float) -> str:
    """Return `0.98`, or `0.975` where hundredths do not do."""
    return f"{emissivity:.2f}" if round(emissivity, 2) == emissivity else f"{emissivity:.3f}"
