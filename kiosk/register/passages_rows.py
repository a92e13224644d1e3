"""What an entry changes in the index of passages: written now, or replayed from the journal."""

import contextlib
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kiosk.core.words import Direction, Entry, EntryKind, Reading, Recorded, Source
from kiosk.wire import WireEntry, decision_words

GRANTED = "granted"
Details = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Noted:
    """What the index needs of an entry."""

    seq: int
    kind: str
    at_s: float
    boot_id: str
    utc_ms: int
    gate: str
    direction: str
    decision: str | None
    reason: str | None
    cti: bytes | None
    sub: str | None
    estimate_c: float | None  # of the newest infrared reading
    is_measured: bool
    staff: str
    refers_to_seq: int | None
    details: Details


def of_recorded(recorded: Recorded) -> Noted:
    """Return what is needed of an entry that was just written."""
    entry = recorded.entry
    decision, reason = decision_words(entry.decision)
    return Noted(
        seq=recorded.seq,
        kind=entry.kind.value,
        at_s=entry.at.mono_s,
        boot_id=entry.at.boot_id,
        utc_ms=int(entry.at.utc.timestamp() * 1000),
        gate=entry.gate,
        direction=entry.direction.value,
        decision=decision,
        reason=reason,
        cti=entry.cti,
        sub=entry.sub,
        estimate_c=_newest_infrared(entry),
        is_measured=any(isinstance(r, Reading) for r in entry.readings),
        staff=entry.staff or "",
        refers_to_seq=entry.refers_to_seq,
        details=dict(entry.details),
    )


def of_wire(wire: WireEntry, boots: Mapping[int, str]) -> Noted:
    """Return what is needed of an entry of the journal."""
    infrared = [r[1] for r in wire.readings if r[7] == Source.INFRARED.value]
    return Noted(
        seq=wire.seq,
        kind=wire.kind,
        at_s=wire.boot_ms / 1000,
        boot_id=boots.get(wire.boot_no, "unknown"),
        utc_ms=wire.utc_ms,
        gate=wire.gate,
        direction=wire.direction,
        decision=wire.decision,
        reason=wire.reason,
        cti=wire.cti,
        sub=wire.sub,
        estimate_c=infrared[-1] / 100 if infrared else None,
        is_measured=any(r[1] is not None for r in wire.readings),
        staff=wire.staff or "",
        refers_to_seq=wire.refers_to_seq,
        details=wire.details,
    )


def put(db: sqlite3.Connection, noted: Noted) -> None:
    """Take an entry. A strange kind, or details that mean nothing, change nothing."""
    if (change := _CHANGES.get(noted.kind)) is not None:
        with contextlib.suppress(KeyError, ValueError, TypeError, OverflowError):
            change(db, noted)


def _passage(db: sqlite3.Connection, noted: Noted) -> None:
    if not noted.cti or noted.decision is None:
        return
    where = (noted.cti, noted.seq, noted.at_s, noted.boot_id, noted.utc_ms, noted.direction)
    sql = "INSERT OR REPLACE INTO last VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)"
    db.execute(sql, (*where, noted.decision, noted.reason, noted.estimate_c, noted.gate))
    if noted.decision != GRANTED:
        return
    sql = "INSERT OR REPLACE INTO granted VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    db.execute(sql, (*where, noted.gate, noted.sub))
    if noted.details.get("trip") == 1 and noted.sub:
        sql = "INSERT OR REPLACE INTO trip VALUES (?, ?, ?, ?)"
        db.execute(sql, (noted.sub, noted.utc_ms, noted.seq, noted.cti))
    if "visit" in noted.details:
        _visited(db, noted)


def _visited(db: sqlite3.Connection, noted: Noted) -> None:
    is_in = noted.direction == Direction.IN.value
    sql = "UPDATE visit SET has_entered = ? WHERE cti = ?"
    db.execute(sql, (int(is_in), noted.cti))
    if noted.is_measured:
        sql = "UPDATE visit SET measured_ms = ? WHERE cti = ?"
        db.execute(sql, (noted.utc_ms, noted.cti))


def _withdrawn(db: sqlite3.Connection, noted: Noted) -> None:
    for sql in (
        "DELETE FROM last WHERE seq = ?",
        "DELETE FROM granted WHERE seq = ?",
        "DELETE FROM trip WHERE seq = ?",
    ):
        db.execute(sql, (noted.refers_to_seq,))


def _isolation(db: sqlite3.Connection, noted: Noted) -> None:
    """Keep an order of a person where a pass was shown, else of a household."""
    whose = noted.cti or (noted.sub or "").encode("ascii")
    if not whose or "order" not in noted.details:
        return
    order, until_ms = _bytes(noted.details, "order"), _number(noted.details, "until")
    sql = "INSERT OR REPLACE INTO isolation VALUES (?, ?, ?, ?)"
    db.execute(sql, (whose, order, until_ms, noted.staff))


def _visitor(db: sqlite3.Connection, noted: Noted) -> None:
    details = noted.details
    if "visit" not in details:
        return
    flags = (int("expected" in details), int("regular" in details))
    row = (_bytes(details, "visit"), noted.seq, noted.utc_ms, _number(details, "until"))
    sql = "INSERT OR REPLACE INTO form VALUES (?, ?, ?, ?, ?, ?, ?)"
    db.execute(sql, (*row, details.get("host"), *flags))


def _card(db: sqlite3.Connection, noted: Noted) -> None:
    details = noted.details
    if "returned" in details:
        db.execute("DELETE FROM visit WHERE id = ?", (_bytes(details, "visit"),))
    elif "visit" in details:
        _lent(db, noted)
    elif "bound" in details:
        sql = "INSERT OR REPLACE INTO card VALUES (?, ?, ?)"
        db.execute(sql, (noted.cti, _number(details, "card"), noted.sub))
        db.execute("DELETE FROM form WHERE id = ?", (_bytes(details, "form"),))
    else:  # a resident without a pass was written down
        row = (_bytes(details, "form"), noted.seq, noted.utc_ms, noted.sub)
        db.execute("INSERT OR REPLACE INTO form VALUES (?, ?, ?, NULL, ?, 0, 0)", row)


def _lent(db: sqlite3.Connection, noted: Noted) -> None:
    details, visit = noted.details, _bytes(noted.details, "visit")
    flags = (int("expected" in details), int("regular" in details))
    times = (noted.utc_ms, _number(details, "until"), details.get("host"))
    sql = "INSERT OR REPLACE INTO visit VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, 0)"
    db.execute(sql, (noted.cti, visit, _number(details, "card"), *times, *flags))
    db.execute("DELETE FROM form WHERE id = ?", (visit,))


def _supplies(db: sqlite3.Connection, noted: Noted) -> None:
    row = (str(noted.details["item"]), noted.sub, noted.utc_ms)
    if noted.sub:
        db.execute("INSERT OR REPLACE INTO supplies VALUES (?, ?, ?)", row)


def _vehicle(db: sqlite3.Connection, noted: Noted) -> None:
    vehicle, seats = _bytes(noted.details, "vehicle"), _number(noted.details, "seats")
    row = (vehicle, noted.seq, noted.utc_ms, seats, int(noted.decision is None))
    db.execute("INSERT OR REPLACE INTO vehicle VALUES (?, ?, ?, ?, 0, ?)", row)


def _occupant(db: sqlite3.Connection, noted: Noted) -> None:
    if noted.decision == GRANTED:
        sql = "UPDATE vehicle SET well = well + 1 WHERE id = ?"
        db.execute(sql, (_bytes(noted.details, "vehicle"),))


_CHANGES: dict[str, Callable[[sqlite3.Connection, Noted], None]] = {
    EntryKind.PASSAGE.value: _passage,
    EntryKind.OVERRIDE.value: _passage,
    EntryKind.WITHDRAWN.value: _withdrawn,
    EntryKind.ISOLATION.value: _isolation,
    EntryKind.VISITOR.value: _visitor,
    EntryKind.CARD.value: _card,
    EntryKind.SUPPLIES.value: _supplies,
    EntryKind.VEHICLE.value: _vehicle,
    EntryKind.OCCUPANT.value: _occupant,
}


def _bytes(details: Details, name: str) -> bytes:
    return bytes.fromhex(str(details[name]))


def _number(details: Details, name: str) -> int:
    value = details[name]
    if type(value) is not int:
        raise ValueError(name)
    return value


def _newest_infrared(entry: Entry) -> float | None:
    taken = [r for r in entry.readings if isinstance(r, Reading)]
    infrared = [r.estimate_c for r in taken if not r.source.is_typed]
    return infrared[-1] if infrared else None
