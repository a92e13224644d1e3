"""How gates stand: what a kiosk says of its own, and what central tells it of the others.

In a request a list [gate, staff or None, since_s, [covers ...], waiting, level]; in a reply a
list of those, each with the seconds since central heard it behind. Ages and not times: the
clock of a gate may be wrong, and a few bytes in each answer are fresher than a row.
"""

from typing import Any

from kiosk.core import duty
from kiosk.core.duty import GateNow, OtherGate
from kiosk.wire.cbor import need

OTHERS_MAX = 32  # chosen: more gates than any community has
_SECONDS_MAX = 10 * 366 * 86_400
_WIDE_SPACE = "\u3000"  # a gate may be called so: Chinese keyboards make no other
_LEVELS = (duty.OK, duty.WARN, duty.BAD)


def gate_row(gate: GateNow | None) -> list[Any] | None:
    """Return how a gate stands, as it is sent."""
    if gate is None:
        return None
    covers = list(gate.covers)
    since_s = min(gate.since_s, _SECONDS_MAX)  # a clock that was set may say anything
    return [gate.gate, gate.staff, since_s, covers, gate.waiting, gate.level]


def read_gate(value: list[Any] | None) -> GateNow | None:
    """Return how a gate says it stands. Raises MessageError."""
    return None if value is None else _gate(value)


def others_rows(others: tuple[OtherGate, ...] | None) -> list[Any] | None:
    """Return how the other gates stand, as it is sent; None: nothing is said of them."""
    if others is None:
        return None
    return [
        [*(gate_row(one.now) or ()), min(one.heard_s, _SECONDS_MAX)]
        for one in others[:OTHERS_MAX]
    ]


def read_others(value: list[Any] | None) -> tuple[OtherGate, ...] | None:
    """Return what central says of the other gates. Raises MessageError."""
    if value is None:
        return None
    need(len(value) <= OTHERS_MAX, "gates")
    others = []
    for row in value:
        need(isinstance(row, list) and len(row) == 7 and _is_count(row[6]), "gate")
        others.append(OtherGate(_gate(row[:6]), row[6]))
    return tuple(others)


def _gate(row: list[Any]) -> GateNow:
    need(len(row) == 6, "gate")
    gate, staff, since_s, covers, waiting, level = row
    need(_is_name(gate, duty.GATE_CHARS_MAX), "gate name")
    need(staff is None or _is_name(staff, duty.STAFF_CHARS_MAX), "staff")
    need(_is_count(since_s) and _is_count(waiting), "gate numbers")
    need(isinstance(covers, list) and len(covers) <= duty.COVERS_MAX, "covers")
    need(all(_is_name(one, duty.GATE_CHARS_MAX) for one in covers), "covers")
    need(level in _LEVELS, "level")
    return GateNow(gate, staff, since_s, tuple(covers), waiting, level)


def _is_name(value: object, chars_max: int) -> bool:
    is_text = isinstance(value, str) and 0 < len(value) <= chars_max
    return is_text and str(value).replace(_WIDE_SPACE, " ").isprintable()


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _SECONDS_MAX
