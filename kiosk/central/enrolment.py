"""New kiosks: a slot with a one-time code, its proof, a person's approval; and the end of one.

A code is good for half an hour, five tries and one kiosk. The kiosk that proved it may ask
again until it has its bundle; any other that comes with the same code is told that it is used.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from kiosk.central.authority import Authority, add_device_in
from kiosk.central.deeds import note_deed
from kiosk.central.gates_now import forget_gate
from kiosk.central.schema import device
from kiosk.central.schema_office import slot as slots_table
from kiosk.errors import ConfigError
from kiosk.wire.enrol import (
    APPROVED,
    CODE_BYTES,
    PENDING,
    REFUSED,
    EnrolCode,
    EnrolReply,
    EnrolRequest,
    digits_of,
    encode_code,
    proof_of,
)

VALID_MS, TRIES_MAX = 30 * 60_000, 5
OPEN = "open"
EXPIRED, USED, PROOF = "E_ENROL_EXPIRED", "E_ENROL_USED", "E_ENROL_PROOF"
TURNED_AWAY = "E_ENROL_REFUSED"
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a kiosk may enrol. `code` is known only when it is opened, `digits` when proved."""

    id: str
    name: str
    state: str
    until_ms: int
    digits: str = ""
    told: str = ""
    code: str = ""


def open_slot(db: Connection, authority: Authority, *, name: str, by: str, now_ms: int) -> Slot:
    """Make a slot and its code. Raises ConfigError for a name that is none."""
    if not 1 <= len(name) <= 24 or not name.isprintable():
        raise ConfigError([f"{name!r}: a kiosk's name has 1 to 24 signs"])
    slot_id = "".join(secrets.choice(_LETTERS) for _ in range(8))
    code = secrets.token_bytes(CODE_BYTES)
    row = {"id": slot_id, "name": name, "code": code, "until_ms": now_ms + VALID_MS}
    db.execute(insert(slots_table).values(**row, tries=0, state=OPEN, made_by=by))
    note_deed(db, operator=by, deed="open slot", subject=f"{slot_id} {name}", now_ms=now_ms)
    status = authority.status.public_key().public_bytes_raw()
    text = encode_code(EnrolCode(slot_id, code, hashlib.sha256(status).digest()))
    return Slot(slot_id, name, OPEN, now_ms + VALID_MS, code=text)


def slots(db: Connection, *, state: str = PENDING) -> list[Slot]:
    """Return the slots in a state, the newest first."""
    wanted = select(slots_table).where(slots_table.c.state == state)
    return [_slot(row) for row in db.execute(wanted.order_by(slots_table.c.until_ms.desc()))]


def take_proof(
    db: Connection, authority: Authority, request: EnrolRequest, now_ms: int
) -> EnrolReply:
    """Answer a kiosk that asks to be enrolled. An approved one gets `bundle` added."""
    public = authority.status.public_key().public_bytes_raw()
    state, error = _judge(db, request, now_ms)
    return EnrolReply(public, request.nonce, state, error)


def approve(db: Connection, slot_id: str, *, by: str, now_ms: int) -> str:
    """Let the kiosk that proved a slot's code report here. Returns its id.

    Raises ConfigError when nobody waits there.
    """
    row = _waiting(db, slot_id)
    device_id = add_device_in(db, row.public, name=row.name, now_ms=now_ms)
    _set(db, slot_id, state=APPROVED)
    subject = f"{slot_id} {device_id} {row.name}"
    note_deed(db, operator=by, deed="approve", subject=subject, now_ms=now_ms)
    return device_id


def refuse(db: Connection, slot_id: str, *, by: str, now_ms: int) -> None:
    """Turn the kiosk away that proved a slot's code. Raises ConfigError."""
    row = _waiting(db, slot_id)
    _set(db, slot_id, state=REFUSED)
    subject = f"{slot_id} {row.name}"
    note_deed(db, operator=by, deed="refuse kiosk", subject=subject, now_ms=now_ms)


def block_device(
    db: Connection, device_id: str, *, by: str, now_ms: int, is_blocked: bool = True
) -> None:
    """Take no more reports of a kiosk, or take them again. Raises ConfigError."""
    named = update(device).where(device.c.id == device_id)
    if not db.execute(named.values(is_blocked=is_blocked)).rowcount:
        raise ConfigError([f"{device_id}: no such kiosk; see the page"])
    if is_blocked:
        forget_gate(db, device_id)
    deed = "block device" if is_blocked else "unblock device"
    note_deed(db, operator=by, deed=deed, subject=device_id, now_ms=now_ms)


def _judge(db: Connection, request: EnrolRequest, now_ms: int) -> tuple[str, str]:
    """Return (state, error); what a proof changes is changed."""
    mine = slots_table.c.id == request.slot
    row = db.execute(select(slots_table).where(mine).with_for_update()).one_or_none()
    if row is None:
        return REFUSED, EXPIRED
    if row.state != OPEN:
        return _again(row, request)
    if now_ms > row.until_ms or row.tries >= TRIES_MAX:
        return REFUSED, EXPIRED
    proof = proof_of(row.code, request.public, request.nonce, request.slot)
    if not hmac.compare_digest(proof, request.proof):
        _set(db, row.id, tries=row.tries + 1)
        return REFUSED, PROOF
    told = f"{request.serial} {request.version}".strip()
    known = {"public": request.public, "nonce": request.nonce, "told": told}
    _set(db, row.id, state=PENDING, code=b"", **known)
    return PENDING, ""


def _again(row: Row[Any], request: EnrolRequest) -> tuple[str, str]:
    """Answer who comes to a slot that was proved: the same kiosk waits, another is late."""
    is_same = (row.public, row.nonce) == (request.public, request.nonce)
    if not is_same:
        return REFUSED, USED
    return (REFUSED, TURNED_AWAY) if row.state == REFUSED else (row.state, "")


def _waiting(db: Connection, slot_id: str) -> Row[Any]:
    mine = slots_table.c.id == slot_id
    row = db.execute(select(slots_table).where(mine).with_for_update()).one_or_none()
    if row is None or row.state != PENDING:
        raise ConfigError([f"{slot_id}: no kiosk waits there"])
    return row


def _set(db: Connection, slot_id: str, **values: object) -> None:
    db.execute(update(slots_table).where(slots_table.c.id == slot_id).values(**values))


def _slot(row: Row[Any]) -> Slot:
    digits = digits_of(row.public, row.nonce) if row.public else ""
    return Slot(row.id, row.name, row.state, row.until_ms, digits, row.told or "")
