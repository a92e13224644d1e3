"""Entries about duty, found in the journal by an index of their own."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from kiosk.core.duty import OFF, ON
from kiosk.core.words import EntryKind
from kiosk.errors import MessageError
from kiosk.journal.schema import connect_reader
from kiosk.wire import WireEntry
from kiosk.wire.entry import decode_own

# The bytes are CBOR's text "duty", as in the index; what merely looks like it is left.
BACKWARDS = """SELECT body FROM entry
    WHERE instr(body, X'6464757479') > 0 AND seq <= ? ORDER BY seq DESC"""
NEWEST = 2**62


def duty_backwards(path: Path, from_seq: int = NEWEST) -> Iterator[WireEntry]:
    """Give the entries about duty from one on down, newest first. Raises sqlite3.Error."""
    with closing(connect_reader(path)) as db:
        for (body,) in db.execute(BACKWARDS, (from_seq,)):
            entry = _readable(body)
            if entry is not None and entry.kind == EntryKind.DUTY.value:
                yield entry


def newest_since(path: Path, first: int, limit: int) -> list[WireEntry]:
    """Return the newest entries from `first` on, oldest first. Raises sqlite3.Error."""
    sql = "SELECT body FROM entry WHERE seq >= ? ORDER BY seq DESC LIMIT ?"
    with closing(connect_reader(path)) as db:
        found = [_readable(body) for (body,) in db.execute(sql, (first, limit))]
    return [entry for entry in reversed(found) if entry is not None]


def last_change(path: Path, from_seq: int = NEWEST) -> WireEntry | None:
    """Return the newest sign-on or sign-off at or before an entry. Raises sqlite3.Error."""
    changes = (f"duty:{ON}", f"duty:{OFF}")
    found = duty_backwards(path, from_seq)
    return next((e for e in found if e.trace and e.trace[0] in changes), None)


def on_duty_at(path: Path, seq: int) -> str | None:
    """Return who was on duty when entry `seq` was written. Raises sqlite3.Error."""
    change = last_change(path, seq)
    return None if change is None or change.trace[0] != f"duty:{ON}" else change.staff


def _readable(body: bytes) -> WireEntry | None:
    try:
        return decode_own(body)
    except MessageError:
        return None
