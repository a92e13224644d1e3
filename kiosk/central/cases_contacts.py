"""The list of whom to call about a fever or an incident, and what gates are told of both."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from kiosk.central.deeds import note_deed
from kiosk.central.schema_cases import case_act, contact, gate_case
from kiosk.central.store import put_setting, setting_value
from kiosk.core.matters import CaseState, CaseWord, Contact
from kiosk.errors import ConfigError
from kiosk.wire import CONTACTS_MAX, CasesAsked, CasesPart

NAME_CHARS_MAX = 20
AFTER_S_MAX = 86_400
PHONE = re.compile(r"\+?[0-9][0-9 -]{1,18}[0-9]", re.ASCII)
_VERSION = "contacts_version"


def contacts(db: Connection) -> list[Contact]:
    """Return who is called, in the order of their times."""
    order = (contact.c.after_s, contact.c.place, contact.c.id)
    columns = (contact.c.name, contact.c.phone, contact.c.role, contact.c.after_s)
    return [Contact(*row) for row in db.execute(select(*columns).order_by(*order))]


def add_contact(db: Connection, new: Contact, *, place: int, by: str, now_ms: int) -> None:
    """Put somebody on the list, in place of whoever has the name. Raises ConfigError."""
    _check(new)
    db.execute(delete(contact).where(contact.c.name == new.name))
    if (db.scalar(select(func.count()).select_from(contact)) or 0) >= CONTACTS_MAX:
        raise ConfigError([f"the list has {CONTACTS_MAX} people already"])
    row = {"name": new.name, "phone": new.phone, "role": new.role, "after_s": new.after_s}
    db.execute(insert(contact).values(**row, place=place))
    _changed(db, f"{new.name} {new.phone} {new.after_s}s", "add contact", by, now_ms)


def remove_contact(db: Connection, name: str, *, by: str, now_ms: int) -> None:
    """Take somebody off the list. Raises ConfigError for nobody's name."""
    if not db.execute(delete(contact).where(contact.c.name == name)).rowcount:
        raise ConfigError([f"{name}: nobody of this name; see `kiosk central contacts list`"])
    _changed(db, name, "remove contact", by, now_ms)


def contacts_version(db: Connection) -> int:
    """Return the number of the list; it rises with every change."""
    return int(setting_value(db, _VERSION) or b"0")


def told(db: Connection, log_id: int, asked: CasesAsked | None) -> CasesPart | None:
    """Return what a gate is told of its own cases, and the list where it has another."""
    if asked is None:
        return None
    version = contacts_version(db)
    known = tuple(contacts(db)) if version != asked.contacts_version else None
    rows: Sequence[Any] = ()
    if asked.seqs:
        mine = (case_act.c.log == log_id, case_act.c.seq.in_(asked.seqs))
        joined = select(case_act.c.seq.label("asked_seq"), gate_case).join(gate_case)
        rows = db.execute(joined.where(*mine)).all()
    return CasesPart(version, tuple(_word(row) for row in rows), known)


def _word(row: Any) -> CaseWord:
    if row.closed_ms is not None:
        return CaseWord(row.asked_seq, CaseState.CLOSED, row.closed_by, row.closed_ms)
    if row.answered_ms is not None:
        return CaseWord(row.asked_seq, CaseState.ANSWERED, row.answered_by, row.answered_ms)
    return CaseWord(row.asked_seq, CaseState.OPEN)


def _changed(db: Connection, subject: str, deed: str, by: str, now_ms: int) -> None:
    version = max(contacts_version(db) + 1, now_ms // 1000)  # also after a copy was put back
    put_setting(db, _VERSION, str(version).encode())
    note_deed(db, operator=by, deed=deed, subject=subject, now_ms=now_ms)


def _check(new: Contact) -> None:
    texts = {"name": new.name, "role": new.role}
    wrong = [
        f"{key}: up to {NAME_CHARS_MAX} plain characters"
        for key, text in texts.items()
        if len(text) > NAME_CHARS_MAX or not text.isprintable()
    ]
    if not new.name.strip():
        wrong.append("name: somebody has to be called")
    if PHONE.fullmatch(new.phone) is None:
        wrong.append(f"{new.phone!r} is no telephone number: digits, spaces, - and a + before")
    if not 0 <= new.after_s <= AFTER_S_MAX:
        wrong.append(f"after: 0 to {AFTER_S_MAX} seconds")
    if wrong:
        raise ConfigError(wrong)
