"""Packets in a stream of bytes: found, checked, and believed only when in step.

An 8-bit sum lets one accident in 256 through, so after noise the first packet is given out
only together with a second one that follows it at once. A protocol without any sum gives
nothing out until two packets in a row agree.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.devices.thermometer_line import Temperatures

AMBIENT_MIN_C, AMBIENT_MAX_C = -40.0, 85.0
OBJECT_MIN_C, OBJECT_MAX_C = -40.0, 120.0
AGREE_C = 0.5  # chosen: two packets a moment apart; a shifted byte is far more


@dataclass(frozen=True, slots=True)
class Shape:
    """What packets of a protocol look like.

    `total` returns the length of the packet that begins with the bytes given: None when more
    must come to tell, 0 when no packet begins so. `decode` returns None for a bad one.
    """

    header: bytes
    total: Callable[[bytes], int | None]
    decode: Callable[[bytes], Temperatures | None]
    strays_max: int = 0  # bytes between two packets that are no noise
    has_sum: bool = True


class PacketStream:
    """Cuts a byte stream into temperatures. Less than one packet waits in it."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self.sound_bytes = 0
        self._buffer = b""
        self._strays = shape.strays_max + 1
        self._held: Temperatures | None = None

    @property
    def waiting_bytes(self) -> int:
        """Return how many bytes wait for the rest of their packet."""
        return len(self._buffer)

    def feed(self, chunk: bytes) -> list[Temperatures]:
        """Return what `chunk` completes, oldest first. Damaged packets are skipped."""
        found: list[Temperatures] = []
        self._buffer += chunk
        place, shape = 0, self._shape
        while (start := self._buffer.find(shape.header, place)) >= 0:
            self._strays += start - place
            place = start
            total = shape.total(self._buffer[start : start + 8])
            if total is None or len(self._buffer) - start < total:
                break
            packet = self._buffer[start : start + total]
            if (temperatures := shape.decode(packet) if total else None) is None:
                place, self._strays = start + 1, self._strays + 1
                continue
            found += self._follow(temperatures)
            place = start + total
            self.sound_bytes += total
        if start < 0:  # the last bytes may begin a header
            end = max(place, len(self._buffer) - len(shape.header) + 1)
            self._strays += end - place
            place = end
        self._buffer = self._buffer[place:]
        return found

    def reset(self) -> None:
        """Forget what waits: the line was quiet or was asked to start anew."""
        self._buffer = b""
        self._held = None
        self._strays = self._shape.strays_max + 1

    def _follow(self, temperatures: Temperatures) -> list[Temperatures]:
        is_in_step = self._strays <= self._shape.strays_max
        if is_in_step:  # known strays of a protocol are no noise
            self.sound_bytes += self._strays
        self._strays = 0
        held, self._held = self._held, None
        if not self._shape.has_sum:
            return self._agree(held if is_in_step else None, temperatures)
        if is_in_step:
            return [temperatures] if held is None else [held, temperatures]
        self._held = temperatures
        return []

    def _agree(
        self, before: Temperatures | None, temperatures: Temperatures
    ) -> list[Temperatures]:
        """Without a sum each packet is believed by the one before it."""
        self._held = temperatures
        if before is None or abs(before.object_c - temperatures.object_c) > AGREE_C:
            return []
        return [temperatures]


def plausible(
    object_c: float, ambient_c: float | None, body_c: float | None = None
) -> Temperatures | None:
    """Return temperatures that a thermometer at a gate can mean, else None."""
    if not math.isfinite(object_c) or not OBJECT_MIN_C <= object_c <= OBJECT_MAX_C:
        return None
    if ambient_c is not None and not AMBIENT_MIN_C <= ambient_c <= AMBIENT_MAX_C:
        return None
    return Temperatures(object_c, ambient_c, body_c)


def is_dead(content: bytes) -> bool:
    """Whether a module says what one says that has lost its sensor: all zeros or all ones."""
    return content in (b"\x00" * len(content), b"\xff" * len(content))


def low_sum(content: bytes) -> int:
    """Return the low byte of the sum of all bytes."""
    return sum(content) & 0xFF
