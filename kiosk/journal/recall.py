"""Entries read back from their bytes, for the staff page at start and for the command line.

What never stood in the journal (the scan id, the masked name) comes back empty.
"""

import sqlite3
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from kiosk.core.words import (
    Direction,
    Entry,
    EntryKind,
    Missing,
    NoReading,
    Quality,
    Reading,
    Recorded,
    Source,
    TraceLine,
)
from kiosk.errors import MessageError
from kiosk.journal.schema import connect_reader
from kiosk.timing import ClockState, Stamp
from kiosk.wire import WireEntry, decision_of, decode_entry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTRUMENT = frozenset(
    {Missing.NOT_READY, Missing.NOT_CALIBRATED, Missing.SILENT, Missing.LOST, Missing.FAULT}
)
_NEWEST = "SELECT seq, body, head FROM entry ORDER BY seq DESC LIMIT ?"
_SINCE = "SELECT seq, body, head FROM entry WHERE seq > ?"
_URGENT = "SELECT seq, body, head FROM entry WHERE is_urgent = 1 ORDER BY seq DESC LIMIT ?"


def recall_newest(db: sqlite3.Connection, limit: int) -> tuple[Recorded, ...]:
    """Return the newest entries, newest first, without those that this version cannot read.

    Raises sqlite3.Error.
    """
    return _recall(db, _NEWEST, limit)


def recall_kinds(
    db: sqlite3.Connection, kinds: Collection[EntryKind], back: int
) -> tuple[Recorded, ...]:
    """Return the entries of these kinds among the newest `back`, newest first.

    The journal has no index by kind: the others are passed over unread, at 1 us each here.
    Raises sqlite3.Error.
    """
    (newest,) = db.execute("SELECT coalesce(max(seq), 0) FROM entry").fetchone()
    likely = " OR ".join("instr(body, ?)" for _ in kinds)
    sql = f"{_SINCE} AND ({likely}) ORDER BY seq DESC"
    found = _recall(db, sql, newest - back, *(mark_of(kind) for kind in kinds))
    return tuple(recorded for recorded in found if recorded.entry.kind in kinds)


def mark_of(kind: EntryKind) -> bytes:
    """Return bytes that stand in every entry of a kind, and seldom in another."""
    name = kind.value.encode()
    return bytes((0x60 + len(name),)) + name  # CBOR: a text of fewer than 24 signs


def recall_urgent(path: Path, limit: int) -> tuple[Recorded, ...]:
    """Return the newest urgent entries of a journal, oldest first. Raises sqlite3.Error."""
    db = connect_reader(path)
    try:
        return _recall(db, _URGENT, limit)[::-1]
    finally:
        db.close()


def _recall(db: sqlite3.Connection, sql: str, *values: int | bytes) -> tuple[Recorded, ...]:
    boots = dict(db.execute("SELECT boot_no, boot_id FROM boot"))
    recorded = []
    for seq, body, head in db.execute(sql, values):
        try:
            wire = decode_entry(body)
            entry = to_entry(wire, boots.get(wire.boot_no, "unknown"))
        except (MessageError, ValueError, TypeError, OverflowError):
            continue
        recorded.append(Recorded(entry, seq, head))
    return tuple(recorded)


def to_entry(wire: WireEntry, boot_id: str) -> Entry:
    """Return an entry as it was recorded. Raises ValueError for words of a later version."""
    at_s = wire.boot_ms / 1000
    utc = _EPOCH + timedelta(milliseconds=wire.utc_ms)
    return Entry(
        kind=EntryKind(wire.kind),
        at=Stamp(at_s, utc, boot_id, ClockState(wire.clock)),
        scan_id=UUID(int=0),
        gate=wire.gate,
        direction=Direction(wire.direction),
        decision=decision_of(wire.decision, wire.reason),
        cti=wire.cti,
        sub=wire.sub,
        label="",
        rules_version=wire.rules_version,
        readings=tuple(to_reading(fields, at_s) for fields in wire.readings),
        trace=tuple(_to_line(text) for text in wire.trace),
        staff=wire.staff,
        refers_to_seq=wire.refers_to_seq,
        sealed_sha256=wire.sealed_sha256,
        details=tuple(wire.details.items()),
    )


def _to_line(text: str) -> TraceLine:
    rule, _, verdict = text.rpartition(":")
    return TraceLine(rule, verdict)


def to_reading(fields: tuple[Any, ...], at_s: float) -> Reading | NoReading:
    """Return a reading; it ended, as far as the journal knows, when the entry was made."""
    raw, estimate, spread, samples, ms, room, calibration_id, source, *quality = fields
    began_s = at_s - ms / 1000
    if estimate is None:
        why = Missing(source)
        is_fault = why in _INSTRUMENT
        return NoReading(why, is_fault, at_s, _celsius(raw), samples, began_s)
    return Reading(
        raw_c=raw / 100,
        estimate_c=estimate / 100,
        spread_c=spread / 100,
        samples=samples,
        presence_s=began_s,
        at_s=at_s,
        room_c=_celsius(room),
        calibration_id=calibration_id,
        source=Source(source),
        quality=_to_quality(quality[0]) if quality else None,
    )


def _to_quality(fields: list[int | None]) -> Quality:
    slope, rate, ambient, drift, distance, body = fields
    return Quality(
        slope_c_per_s=_celsius(slope) or 0.0,
        rate_hz=(rate or 0) / 10,
        ambient_c=_celsius(ambient),
        drift_c_per_min=_celsius(drift),
        distance_cm=None if distance is None else distance / 10,
        body_c=_celsius(body),
    )


def _celsius(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


def read_newest_rows(path: Path, limit: int) -> list[tuple[int, bytes, bytes]]:
    """Return (seq, body, head) of the newest entries, newest first. Raises sqlite3.Error."""
    return _read(path, _NEWEST, limit)


def read_row(path: Path, seq: int) -> tuple[int, bytes, bytes] | None:
    """Return (seq, body, head) of one entry, None when it is not kept. Raises sqlite3.Error."""
    rows = _read(path, "SELECT seq, body, head FROM entry WHERE seq = ?", seq)
    return rows[0] if rows else None


def _read(path: Path, sql: str, number: int) -> list[tuple[int, bytes, bytes]]:
    db = connect_reader(path)
    try:
        return db.execute(sql, (number,)).fetchall()
    finally:
        db.close()
