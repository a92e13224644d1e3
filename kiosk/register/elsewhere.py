"""What was granted at the community's other gates, as central sends it. No names.

A file of its own, written by the sync thread and read by the main thread, each through a
connection of its own: the gate never waits for a flush. It may be deleted or damaged: then it
is begun anew, also in mid-run, and central sends everything again.
"""

import contextlib
import sqlite3
import threading
from pathlib import Path
from typing import Any

from kiosk import log
from kiosk.core.words import Direction
from kiosk.core.words_home import DAY_MS, Trip
from kiosk.wire import ElsewherePart, ElsewhereRow

KEEP_MS = 40 * DAY_MS
_BUSY_S = 2.0
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SCHEMA = """
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS seq (only INTEGER PRIMARY KEY CHECK (only = 1), value INTEGER);
    INSERT OR IGNORE INTO seq VALUES (1, 0);
    CREATE TABLE IF NOT EXISTS trip (sub TEXT, utc_ms INTEGER, cti BLOB,
        PRIMARY KEY (sub, utc_ms, cti)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS passage (cti BLOB, utc_ms INTEGER, direction TEXT NOT NULL,
        gate TEXT NOT NULL, PRIMARY KEY (cti, utc_ms)) WITHOUT ROWID;
    COMMIT;
"""
_NEWEST = """
    SELECT utc_ms, direction, gate FROM passage WHERE cti = ? ORDER BY utc_ms DESC LIMIT 1
"""


class Elsewhere:
    """Implements `register.Elsewhere`, and keeps what the sync takes. Any thread; no raises."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing, self._reading = threading.RLock(), threading.RLock()
        self._open()

    @property
    def seq(self) -> int:
        """Return the number of the newest row, 0 without any."""
        rows = self._ask("SELECT value FROM seq")
        return int(rows[0][0]) if rows else 0

    def take(self, part: ElsewherePart) -> str:
        """Keep rows that central sent. Returns why not, empty when they are kept."""
        try:
            with self._writing:
                self._db.execute("BEGIN IMMEDIATE")
                for row in part.rows:
                    self._take_row(row)
                self._db.execute("UPDATE seq SET value = ?", (part.seq,))
                if part.rows:
                    old = (max(row.utc_ms for row in part.rows) - KEEP_MS,)
                    self._db.execute("DELETE FROM trip WHERE utc_ms < ?", old)
                    self._db.execute("DELETE FROM passage WHERE utc_ms < ?", old)
                self._db.execute("COMMIT")
        except (sqlite3.Error, OverflowError) as exc:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            self._look_at(exc)
            return str(exc)
        return ""

    def trips(self, sub: str, since_ms: int) -> list[Trip]:
        """Return the ways out of a household that count, newest first."""
        sql = """SELECT cti, utc_ms FROM trip WHERE sub = ? AND utc_ms >= ?
            ORDER BY utc_ms DESC LIMIT 200"""
        return [Trip(cti, utc_ms) for cti, utc_ms in self._ask(sql, sub, since_ms)]

    def newest(self, cti: bytes) -> tuple[int, Direction, str] | None:
        """Return (UTC ms, direction, gate) of the newest passage of a pass."""
        rows = self._ask(_NEWEST, cti)
        return (rows[0][0], Direction(rows[0][1]), rows[0][2]) if rows else None

    def close(self) -> None:
        """Give the file back. May be called again."""
        with self._writing, self._reading:
            self._db.close()
            self._reader.close()

    def _take_row(self, row: ElsewhereRow) -> None:
        trip, newest = (row.sub, row.utc_ms, row.cti), (row.cti, row.utc_ms)
        if row.is_withdrawn:
            sql = "DELETE FROM trip WHERE sub = ? AND utc_ms = ? AND cti = ?"
            self._db.execute(sql, trip)
            self._db.execute("DELETE FROM passage WHERE cti = ? AND utc_ms = ?", newest)
            return
        sql = "INSERT OR REPLACE INTO passage VALUES (?, ?, ?, ?)"
        self._db.execute(sql, (*newest, row.direction, row.gate))
        if row.is_counted and row.sub:
            self._db.execute("INSERT OR IGNORE INTO trip VALUES (?, ?, ?)", trip)

    def _ask(self, sql: str, *values: int | bytes | str) -> list[tuple[Any, ...]]:
        try:
            with self._reading:
                return self._reader.execute(sql, values).fetchall()
        except sqlite3.Error as exc:
            self._look_at(exc)
            return []

    def _look_at(self, exc: Exception) -> None:
        """Begin a damaged file anew; one that is busy or has no room stays as it is."""
        if getattr(exc, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            return
        with self._writing, self._reading:
            self._db.close()
            self._reader.close()
            self._remove()
            self._open()
        log.warning(log.Event.PASSAGES_REBUILT, why=str(exc))

    def _open(self) -> None:
        for _ in range(2):
            with contextlib.suppress(sqlite3.Error, OSError):
                self._db, self._reader = _connect(self._path), _connect(self._path)
                return
            self._remove()
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA)
        self._reader, self._reading = self._db, self._writing

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA cache_size=-512")
        db.executescript(_SCHEMA)
        db.execute("SELECT count(*) FROM seq").fetchone()
        path.chmod(0o600)
    except (sqlite3.Error, OSError):
        db.close()
        raise
    return db
