"""What the community decides about persons, households and cards, sent to every gate.

Each change is a deed of a named person and a row of the directory, in one transaction. An
order ends by itself at a local midnight; one that was lifted is sent on with the time of its
end, so that the gate that made it knows too.
"""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from kiosk.central.deeds import note_deed
from kiosk.central.directory import put_row, row_of
from kiosk.central.revocations import revoke
from kiosk.central.schema_orders import appointment, binding, ended_visit, exemption, isolation
from kiosk.core.words_home import (
    ORDER_BYTES,
    Binding,
    CardState,
    Exemption,
    ExemptionKind,
    Isolation,
    Visit,
    midnight_after,
)
from kiosk.wire import standing as rows

UTC_OFFSET_S = 8 * 3600  # China's one time
DAYS_MAX = 60  # of an order, as in a rule file
PROVISIONAL, CONFIRMED, LIFTED = "provisional", "confirmed", "lifted"
DESK = "desk"


class NoSuch(Exception):
    """There is no such order or card, or it was decided before; the message says which."""


@dataclass(frozen=True, slots=True)
class Open:
    """An order or a card that a gate made and nobody has decided about."""

    what: str  # isolation | card
    ref: str  # the order's id in hexadecimal, or the card's number
    subject: bytes
    made_ms: int
    made_by: str
    made_at: str
    until_ms: int | None = None


def order_isolation(
    db: Connection, subject: bytes, *, days: int, by: str, now_ms: int
) -> bytes:
    """Order somebody to stay at home for `days` after today. Returns the order's id."""
    order = secrets.token_bytes(ORDER_BYTES)
    until_ms = midnight_after(now_ms, days, UTC_OFFSET_S)
    made = {"made_ms": now_ms, "made_by": by, "made_at": DESK, "decided_by": by}
    row = {"id": order, "subject": subject, "until_ms": until_ms, "state": CONFIRMED}
    db.execute(insert(isolation).values(**row, **made, decided_ms=now_ms))
    _send_isolations(db, subject)
    note_deed(db, operator=by, deed="isolate", subject=named(subject), now_ms=now_ms)
    return order


def keep_provisional(db: Connection, order: Isolation, subject: bytes, **made: object) -> None:
    """Keep an order that a gate made; one that is here already is not changed."""
    if db.scalar(select(isolation.c.state).where(isolation.c.id == order.order)) is not None:
        return
    row = {"id": order.order, "subject": subject, "until_ms": order.until_ms}
    db.execute(insert(isolation).values(**row, state=PROVISIONAL, made_by=order.by, **made))
    _send_isolations(db, subject)


def confirm_isolation(db: Connection, order: bytes, *, by: str, now_ms: int) -> None:
    """Confirm an order that a gate made. Raises NoSuch."""
    _decide(db, order, {"state": CONFIRMED}, (PROVISIONAL,), by=by, now_ms=now_ms)
    note_deed(db, operator=by, deed="confirm", subject=order.hex(), now_ms=now_ms)


def lift_isolation(db: Connection, order: bytes, *, by: str, now_ms: int) -> None:
    """End an order now. Raises NoSuch."""
    values = {"state": LIFTED, "until_ms": now_ms}
    _decide(db, order, values, (PROVISIONAL, CONFIRMED), by=by, now_ms=now_ms)
    note_deed(db, operator=by, deed="lift", subject=order.hex(), now_ms=now_ms)


def exempt(db: Connection, subject: bytes, permit: Exemption, *, now_ms: int) -> None:
    """Give a dated permission, in the name of `permit.by`."""
    row = {"subject": subject, "kind": permit.kind.value, "made_by": permit.by}
    times = {"from_ms": permit.from_ms, "until_ms": permit.until_ms}
    db.execute(insert(exemption).values(**row, **times))
    in_time = (exemption.c.subject == subject) & (exemption.c.until_ms > now_ms)
    known = db.execute(select(exemption).where(in_time).order_by(exemption.c.id)).all()
    permits = [
        Exemption(ExemptionKind(r.kind), r.from_ms, r.until_ms, r.made_by) for r in known
    ]
    put_row(db, rows.EXEMPTION_ROW, subject, rows.encode_exemptions(permits[-rows.ROWS_MAX :]))
    told = f"{permit.kind.value} {named(subject)}"
    note_deed(db, operator=permit.by, deed="exempt", subject=told, now_ms=now_ms)


def announce(
    db: Connection,
    sub: str,
    *,
    from_ms: int,
    until_ms: int,
    visitors: int,
    by: str,
    now_ms: int,
) -> None:
    """Write down that a household expects visitors."""
    subject = rows.subject(sub=sub)
    times = {"from_ms": from_ms, "until_ms": until_ms}
    row = {"subject": subject, "visitors": visitors, "made_by": by}
    db.execute(insert(appointment).values(**row, **times))
    in_time = (appointment.c.subject == subject) & (appointment.c.until_ms > now_ms)
    known = db.execute(select(appointment).where(in_time).order_by(appointment.c.id)).all()
    sent = [(r.from_ms, r.until_ms, r.visitors) for r in known][-rows.ROWS_MAX :]
    put_row(db, rows.APPOINTMENT_ROW, subject, rows.encode_appointments(sent))
    note_deed(db, operator=by, deed="announce", subject=sub, now_ms=now_ms)


def keep_binding(db: Connection, cti: bytes, **made: object) -> None:
    """Keep that a gate gave a card of the stock to somebody; a decided one stays decided."""
    if db.scalar(select(binding.c.state).where(binding.c.cti == cti)) is not None:
        return
    db.execute(insert(binding).values(cti=cti, state=PROVISIONAL, **made))
    _send_binding(db, cti)


def keep_visit(db: Connection, cti: bytes, visit: Visit) -> None:
    """Tell the gates what a visitor's card is lent for.

    Gates report in any order: a visit that is over, or older than the one known, is not told.
    """
    known = _visit_of(db, cti)
    is_over = select(ended_visit.c.form).where(ended_visit.c.form == visit.form)
    if db.execute(is_over).first() is not None:
        return
    if known is None or known.since_ms <= visit.since_ms:
        put_row(db, rows.VISIT_ROW, rows.subject(cti=cti), rows.encode_visit(visit))


def return_card(db: Connection, cti: bytes, form: bytes) -> None:
    """Tell the gates that a card was handed back, unless it is out for another visit."""
    is_known = select(ended_visit.c.form).where(ended_visit.c.form == form)
    if db.execute(is_known).first() is None:
        db.execute(insert(ended_visit).values(form=form))
    known = _visit_of(db, cti)
    if known is not None and known.form == form:
        put_row(db, rows.VISIT_ROW, rows.subject(cti=cti), None)


def confirm_card(
    db: Connection, card_no: int, *, sub: str | None, by: str, now_ms: int
) -> None:
    """Confirm whose a card is, and where its holder lives if that is known. Raises NoSuch."""
    values: dict[str, object] = {
        "state": CONFIRMED,
        **({"sub": sub} if sub is not None else {}),
    }
    _decide_card(db, card_no, values, by=by, now_ms=now_ms)
    note_deed(db, operator=by, deed="confirm card", subject=str(card_no), now_ms=now_ms)


def cancel_card(db: Connection, card_no: int, *, by: str, now_ms: int) -> None:
    """Cancel a card that a gate gave out; its pass is revoked. Raises NoSuch."""
    ended: dict[str, object] = {"state": "cancelled"}
    cti = _decide_card(db, card_no, ended, by=by, now_ms=now_ms)
    revoke(db, [cti], by=by, reason="card cancelled", now_ms=now_ms)
    note_deed(db, operator=by, deed="cancel card", subject=str(card_no), now_ms=now_ms)


def open_matters(db: Connection) -> list[Open]:
    """Return what gates made and nobody has decided about, the oldest first."""
    orders = db.execute(select(isolation).where(isolation.c.state == PROVISIONAL)).all()
    cards = db.execute(select(binding).where(binding.c.state == PROVISIONAL)).all()
    found = [
        Open("isolation", r.id.hex(), r.subject, r.made_ms, r.made_by, r.made_at, r.until_ms)
        for r in orders
    ]
    found += [
        Open("card", str(r.card_no), b"c" + r.cti, r.made_ms, r.made_by, r.made_at)
        for r in cards
    ]
    return sorted(found, key=lambda one: one.made_ms)


def orders_in_force(db: Connection, now_ms: int) -> list[tuple[bytes, Isolation]]:
    """Return (subject, order) of every order that has not ended."""
    known = db.execute(select(isolation).where(isolation.c.until_ms > now_ms))
    return [(row.subject, _isolation(row)) for row in known]


def _decide(
    db: Connection,
    order: bytes,
    values: dict[str, object],
    from_states: tuple[str, ...],
    *,
    by: str,
    now_ms: int,
) -> None:
    found = db.execute(select(isolation).where(isolation.c.id == order)).first()
    if found is None or found.state not in from_states:
        raise NoSuch(f"order {order.hex()} is not there, or was decided before")
    decided = {**values, "decided_by": by, "decided_ms": now_ms}
    db.execute(update(isolation).where(isolation.c.id == order).values(decided))
    _send_isolations(db, found.subject)


def _decide_card(
    db: Connection, card_no: int, values: dict[str, object], *, by: str, now_ms: int
) -> bytes:
    is_it = (binding.c.card_no == card_no) & (binding.c.state != "cancelled")
    found = db.execute(select(binding).where(is_it)).first()
    if found is None:
        raise NoSuch(f"card {card_no} was not given out by a gate, or was cancelled")
    decided = {**values, "decided_by": by, "decided_ms": now_ms}
    db.execute(update(binding).where(binding.c.cti == found.cti).values(decided))
    _send_binding(db, found.cti)
    return bytes(found.cti)


def _visit_of(db: Connection, cti: bytes) -> Visit | None:
    blob = row_of(db, rows.VISIT_ROW, rows.subject(cti=cti))
    return None if blob is None else rows.decode_visit(blob)


def _send_isolations(db: Connection, subject: bytes) -> None:
    of_subject = select(isolation).where(isolation.c.subject == subject)
    known = [_isolation(r) for r in db.execute(of_subject.order_by(isolation.c.made_ms))]
    put_row(db, rows.ISOLATION_ROW, subject, rows.encode_isolations(known[-rows.ROWS_MAX :]))


def _send_binding(db: Connection, cti: bytes) -> None:
    row = db.execute(select(binding).where(binding.c.cti == cti)).one()
    sent = rows.encode_binding(Binding(CardState(row.state), row.sub))
    put_row(db, rows.CARD_ROW, rows.subject(cti=cti), sent)


def _isolation(row: object) -> Isolation:
    known = row._mapping  # type: ignore[attr-defined]  # a row of the table
    by = known["decided_by"] or known["made_by"]
    is_provisional = known["state"] == PROVISIONAL
    return Isolation(known["id"], known["until_ms"], by, is_provisional)


def named(subject: bytes) -> str:
    """Return a subject as people write it: a household reference, or the id of a pass."""
    if subject.startswith(b"s"):
        return subject[1:].decode("utf-8", "replace")
    return subject[1:].hex()
