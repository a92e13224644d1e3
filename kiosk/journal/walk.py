"""All entries of a journal in their order, read without holding up the gate."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from kiosk.errors import MessageError
from kiosk.journal.schema import connect_reader
from kiosk.wire import WireEntry
from kiosk.wire.entry import decode_own

ROWS = 2_000  # chosen: read at a time, so that no long read holds the journal's log back


def walk(path: Path) -> Iterator[WireEntry]:
    """Yield the entries, the oldest first, without those that this version cannot read.

    Raises sqlite3.Error.
    """
    seq = 0
    with closing(connect_reader(path)) as db:
        while rows := _rows_above(db, seq):
            for seq, body in rows:  # noqa: B007 - the last one is where the next run begins
                try:
                    yield decode_own(body)
                except MessageError:
                    continue


def newest_ms(path: Path) -> int:
    """Return the UTC ms of the newest entry that can be read, 0 without one."""
    with closing(connect_reader(path)) as db:
        for (body,) in db.execute("SELECT body FROM entry ORDER BY seq DESC LIMIT 100"):
            try:
                return decode_own(body).utc_ms
            except MessageError:
                continue
    return 0


def _rows_above(db: sqlite3.Connection, seq: int) -> list[tuple[int, bytes]]:
    sql = "SELECT seq, body FROM entry WHERE seq > ? ORDER BY seq LIMIT ?"
    return db.execute(sql, (seq, ROWS)).fetchall()
