"""Rows about persons, households and cards that central sends to every gate, unlocked.

They travel as rows (what, key, blob) of the directory. The key is a subject: "c" and a pass
id of 8 bytes, or "s" and a household reference; an announcement's is its id. The blob is a
CBOR list:

| what | rows in the list |
|---|---|
| 4 isolation | order (8 bytes), until_ms, is_provisional, by |
| 5 exemption | kind, from_ms, until_ms, by |
| 6 card of the stock | one: state, household or None |
| 7 visitor's card | one: form, since_ms, until_ms, host or None, is_expected, is_regular |
| 8 appointment | from_ms, until_ms, visitors |
| 9 announcement | one: id, zh, en, issuer, from_ms, until_ms |
"""

from typing import Any

import cbor2

from kiosk.core.announcement import Announcement, is_sound
from kiosk.core.words_home import (
    ORDER_BYTES,
    Binding,
    CardState,
    Exemption,
    ExemptionKind,
    Isolation,
    Visit,
)
from kiosk.errors import MessageError
from kiosk.wire.cbor import load, need

ISOLATION_ROW, EXEMPTION_ROW, CARD_ROW, VISIT_ROW, APPOINTMENT_ROW = 4, 5, 6, 7, 8
ANNOUNCEMENT_ROW = 9
STANDING_ROWS = frozenset({4, 5, 6, 7, 8})
ROWS_MAX = 200


def subject(*, cti: bytes | None = None, sub: str | None = None) -> bytes:
    """Return the key of a person's or card's rows, or of a household's."""
    return b"c" + cti if cti is not None else b"s" + (sub or "").encode()


def encode_isolations(orders: list[Isolation]) -> bytes:
    """Return the blob of a subject's orders."""
    return cbor2.dumps([[o.order, o.until_ms, o.is_provisional, o.by] for o in orders])


def decode_isolations(blob: bytes) -> list[Isolation]:
    """Return a subject's orders. Raises MessageError."""
    rows = _rows(blob, bytes, int, bool, str)
    need(all(len(row[0]) == ORDER_BYTES for row in rows), "order")
    return [Isolation(order, until_ms, by, flag) for order, until_ms, flag, by in rows]


def encode_exemptions(permits: list[Exemption]) -> bytes:
    """Return the blob of a subject's permissions."""
    return cbor2.dumps([[p.kind.value, p.from_ms, p.until_ms, p.by] for p in permits])


def decode_exemptions(blob: bytes) -> list[Exemption]:
    """Return a subject's permissions. Raises MessageError."""
    rows = _rows(blob, str, int, int, str)
    kinds = {kind.value: kind for kind in ExemptionKind}
    need(all(row[0] in kinds for row in rows), "kind")
    return [Exemption(kinds[row[0]], row[1], row[2], row[3]) for row in rows]


def encode_binding(binding: Binding) -> bytes:
    """Return the blob of a card of the stock."""
    return cbor2.dumps([[binding.state.value, binding.sub]])


def decode_binding(blob: bytes) -> Binding:
    """Return how a card of the stock stands. Raises MessageError."""
    ((state, sub),) = _one(blob, 2)
    states = {one.value: one for one in CardState}
    need(state in states and isinstance(sub, str | None), "card")
    return Binding(states[state], sub)


def encode_visit(visit: Visit) -> bytes:
    """Return the blob of a visitor's card that is lent."""
    flags = (visit.is_expected, visit.is_regular)
    return cbor2.dumps([[visit.form, visit.since_ms, visit.until_ms, visit.host, *flags]])


def decode_visit(blob: bytes) -> Visit:
    """Return what a visitor's card is lent for. Raises MessageError."""
    ((form, since_ms, until_ms, host, *flags),) = _one(blob, 6)
    need(type(form) is bytes and len(form) == ORDER_BYTES, "form")
    need(type(since_ms) is int and type(until_ms) is int, "times")
    need(isinstance(host, str | None) and all(type(flag) is bool for flag in flags), "visit")
    return Visit(form, since_ms, until_ms, host, *flags)


def encode_appointments(rows: list[tuple[int, int, int]]) -> bytes:
    """Return the blob of a household's appointments: (from_ms, until_ms, visitors) each."""
    return cbor2.dumps([list(row) for row in rows])


def decode_appointments(blob: bytes) -> list[tuple[int, int, int]]:
    """Return a household's appointments. Raises MessageError."""
    return [(row[0], row[1], row[2]) for row in _rows(blob, int, int, int)]


def encode_announcement(one: Announcement) -> bytes:
    """Return the blob of an announcement."""
    return cbor2.dumps([[one.id, one.zh, one.en, one.issuer, one.from_ms, one.until_ms]])


def decode_announcement(blob: bytes) -> Announcement:
    """Return an announcement. Raises MessageError, also for a text that may not be shown."""
    (row,) = _one(blob, 6)
    need([type(value) for value in row] == [bytes, str, str, str, int, int], "row")
    one = Announcement(*row)
    need(is_sound(one), "announcement")
    return one


def _rows(blob: bytes, *kinds: type) -> list[list[Any]]:
    rows = load(blob)
    need(isinstance(rows, list) and len(rows) <= ROWS_MAX, "rows")
    is_sound = all(
        isinstance(row, list) and [type(v) for v in row] == list(kinds) for row in rows
    )
    need(is_sound, "row")
    return list(rows)


def _one(blob: bytes, length: int) -> list[list[Any]]:
    rows = load(blob)
    is_one = isinstance(rows, list) and len(rows) == 1
    if not is_one or not isinstance(rows[0], list) or len(rows[0]) != length:
        raise MessageError("not one row")
    return list(rows)
