"""sync.db: the request counter and how far central has acknowledged each journal.

The sync thread alone writes; anybody may read. Losing the file loses nothing: entries are
sent again, central knows them by (device, epoch, seq), and the counter is found again.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk import log
from kiosk.core.matters import CaseState, CaseWord, Contact
from kiosk.errors import SyncError
from kiosk.wire import Anchor

BUSY_S = 2.0
ANCHORS_MAX = 32  # of one request; a boot has one a day, and one for each step of its clock
CASES_MAX = 50  # chosen: more than are open at once
COUNTER_MAX = 2**62  # chosen: half of what an SQLite integer holds
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "cache_size=-64", "trusted_schema=OFF")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS counter (only INTEGER PRIMARY KEY CHECK (only = 1), value INTEGER);
CREATE TABLE IF NOT EXISTS cursor (epoch BLOB PRIMARY KEY, seq INTEGER NOT NULL,
    head BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS urgent_done (epoch BLOB, seq INTEGER, PRIMARY KEY (epoch, seq))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sealed_done (epoch BLOB, seq INTEGER, PRIMARY KEY (epoch, seq))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS anchor (boot_id TEXT, boot_ms INTEGER, utc_ms INTEGER NOT NULL,
    error_ms INTEGER NOT NULL, acked_epoch BLOB, PRIMARY KEY (boot_id, boot_ms)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS set_aside (epoch BLOB, seq INTEGER, code TEXT NOT NULL, body BLOB,
    PRIMARY KEY (epoch, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS case_word (epoch BLOB, seq INTEGER, state INTEGER NOT NULL,
    by TEXT NOT NULL, utc_ms INTEGER NOT NULL, PRIMARY KEY (epoch, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contact (version INTEGER NOT NULL, place INTEGER PRIMARY KEY,
    name TEXT NOT NULL, phone TEXT NOT NULL, role TEXT NOT NULL, after_s INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one journal: acknowledged up to `seq`, and urgent ones above it."""

    seq: int
    urgent_done: frozenset[int]


@dataclass(frozen=True, slots=True)
class SetAside:
    """An entry that central will not take, and why. It is kept here, never dropped."""

    seq: int
    code: str
    body: bytes


def acknowledged(path: Path, epoch: bytes) -> int:
    """Return up to which entry of a journal central has everything; 0 when it is not known.

    Reads only; any thread or process may ask.
    """
    try:
        with contextlib.closing(_connect(path, "ro")) as db:
            row = db.execute("SELECT seq FROM cursor WHERE epoch = ?", (epoch,)).fetchone()
    except sqlite3.Error:
        return 0  # nothing is deleted on the word of a file that cannot be read
    return int(row[0]) if row else 0


def sealed_sent(path: Path, epoch: bytes) -> frozenset[int]:
    """Return the entries whose sealed fields central has. Any thread or process may ask."""
    sql = "SELECT seq FROM sealed_done WHERE epoch = ?"
    try:
        with contextlib.closing(_connect(path, "ro")) as db:
            return frozenset(row[0] for row in db.execute(sql, (epoch,)))
    except sqlite3.Error:
        return frozenset()  # nothing is deleted on the word of a file that cannot be read


class SyncStore:
    """Counter and cursors. One thread owns it; every method raises SyncError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = _open(path)
        except sqlite3.DatabaseError as exc:
            if isinstance(exc, sqlite3.OperationalError):
                raise _named(exc) from exc
            _set_aside(path, str(exc))
            self._db = self._open_anew()

    def next_counter(self) -> int:
        """Return a number above all before; on disk before anybody sees it."""
        return self._raise_counter("value + 1")

    def raise_counter(self, least: int) -> None:
        """Let the next request carry a number above `least`."""
        self._raise_counter("max(value, ?)", min(least, COUNTER_MAX))

    def read(self, epoch: bytes) -> Kept:
        """Return what is known of the journal named by `epoch`."""
        rows = self._run("SELECT seq FROM cursor WHERE epoch = ?", epoch)
        done = self._run("SELECT seq FROM urgent_done WHERE epoch = ?", epoch)
        return Kept(rows[0][0] if rows else 0, frozenset(row[0] for row in done))

    def note(
        self, epoch: bytes, cursor: tuple[int, bytes] | None, urgent: tuple[int, ...]
    ) -> None:
        """Keep what central acknowledged, in one commit."""
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._note(epoch, cursor, urgent)
        except sqlite3.Error as exc:
            raise _named(exc) from exc

    def note_sealed(
        self, epoch: bytes, seqs: Iterable[int], *, still_here: Iterable[int]
    ) -> None:
        """Keep of which entries central has the sealed fields; forget those deleted since."""
        rows = [(epoch, seq) for seq in seqs]
        known = set(still_here)
        gone = [(epoch, seq) for seq in self.sealed_done(epoch) if seq not in known]
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany("INSERT OR IGNORE INTO sealed_done VALUES (?, ?)", rows)
                sql = "DELETE FROM sealed_done WHERE epoch = ? AND seq = ?"
                self._db.executemany(sql, gone)
        except sqlite3.Error as exc:
            raise _named(exc) from exc

    def sealed_done(self, epoch: bytes) -> frozenset[int]:
        """Return the entries whose sealed fields central has."""
        rows = self._run("SELECT seq FROM sealed_done WHERE epoch = ?", epoch)
        return frozenset(row[0] for row in rows)

    def note_anchors(self, anchors: Iterable[Anchor]) -> None:
        """Keep when boots had which UTC, until central has it for the journal of the day."""
        sql = "INSERT OR IGNORE INTO anchor VALUES (?, ?, ?, ?, NULL)"
        for one in anchors:
            self._run(sql, one.boot_id, one.boot_ms, one.utc_ms, one.error_ms)

    def anchors_for(self, epoch: bytes, boots: Mapping[str, int]) -> tuple[Anchor, ...]:
        """Return those that central lacks of the numbered boots of a journal."""
        sql = "SELECT boot_id, boot_ms, utc_ms, error_ms FROM anchor WHERE acked_epoch IS NOT ?"
        return tuple(
            Anchor(boot_id, boots[boot_id], *rest)
            for boot_id, *rest in self._run(sql, epoch)
            if boot_id in boots
        )[:ANCHORS_MAX]

    def anchors_taken(self, epoch: bytes, anchors: Iterable[Anchor], *, now_in: str) -> None:
        """Central has them: those of earlier boots go, this boot's may serve a new journal."""
        sql = "UPDATE anchor SET acked_epoch = ? WHERE boot_id = ? AND boot_ms = ?"
        for one in anchors:
            self._run(sql, epoch, one.boot_id, one.boot_ms)
        self._run("DELETE FROM anchor WHERE acked_epoch = ? AND boot_id != ?", epoch, now_in)

    def cases(self, epoch: bytes) -> tuple[CaseWord, ...]:
        """Return what central said of fevers and incidents of a journal, the newest of them."""
        sql = (
            "SELECT seq, state, by, utc_ms FROM case_word WHERE epoch = ? "
            "ORDER BY seq DESC LIMIT ?"
        )
        rows = self._run(sql, epoch, CASES_MAX)
        return tuple(CaseWord(seq, CaseState(state), *rest) for seq, state, *rest in rows)

    def note_cases(self, epoch: bytes, words: Iterable[CaseWord]) -> None:
        """Keep what central says of them."""
        sql = "INSERT OR REPLACE INTO case_word VALUES (?, ?, ?, ?, ?)"
        for one in words:
            self._run(sql, epoch, one.seq, one.state.value, one.by, one.utc_ms)

    def contacts(self) -> tuple[int, tuple[Contact, ...]]:
        """Return the version of the list of whom central calls, and the list."""
        rows = self._run(
            "SELECT version, name, phone, role, after_s FROM contact ORDER BY place"
        )
        return (rows[0][0] if rows else 0), tuple(Contact(*row[1:]) for row in rows)

    def note_contacts(self, version: int, contacts: Iterable[Contact]) -> None:
        """Keep the list in place of the older one."""
        rows = [
            (version, place, c.name, c.phone, c.role, c.after_s)
            for place, c in enumerate(contacts)
        ]
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute("DELETE FROM contact")
                self._db.executemany("INSERT INTO contact VALUES (?, ?, ?, ?, ?, ?)", rows)
        except sqlite3.Error as exc:
            raise _named(exc) from exc

    def forget_urgent(self, epoch: bytes, seqs: Iterable[int]) -> None:
        """Central does not have them after all: they are sent again."""
        for seq in seqs:
            self._run("DELETE FROM urgent_done WHERE epoch = ? AND seq = ?", epoch, seq)

    def set_aside(self, epoch: bytes, entries: tuple[SetAside, ...]) -> None:
        """Keep entries that central will not take."""
        sql = "INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?)"
        for entry in entries:
            self._run(sql, epoch, entry.seq, entry.code, entry.body)

    def aside(self) -> tuple[SetAside, ...]:
        """Return what central would not take, oldest first."""
        rows = self._run("SELECT seq, code, body FROM set_aside ORDER BY epoch, seq")
        return tuple(SetAside(*row) for row in rows)

    def close(self) -> None:
        """Give the file back. May be called again."""
        self._db.close()

    def _open_anew(self) -> sqlite3.Connection:
        try:
            return _open(self._path)
        except sqlite3.Error as exc:
            raise _named(exc) from exc

    def _note(
        self, epoch: bytes, cursor: tuple[int, bytes] | None, urgent: tuple[int, ...]
    ) -> None:
        db = self._db
        if cursor is not None:
            seq, head = cursor
            db.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)", (epoch, seq, head))
            db.execute("DELETE FROM urgent_done WHERE epoch = ? AND seq <= ?", (epoch, seq))
            # Central that went back, to a copy of yesterday, is sent these once more.
            db.execute("DELETE FROM sealed_done WHERE epoch = ? AND seq > ?", (epoch, seq))
        rows = [(epoch, seq) for seq in urgent]
        db.executemany("INSERT OR IGNORE INTO urgent_done VALUES (?, ?)", rows)

    def _raise_counter(self, term: str, *values: int) -> int:
        sql = f"UPDATE counter SET value = {term} RETURNING value"  # noqa: S608  # our own terms
        return int(self._run(sql, *values)[0][0])

    def _run(self, sql: str, *values: int | str | bytes) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as exc:
            raise _named(exc) from exc


def _open(path: Path) -> sqlite3.Connection:
    db = _connect(path, "rwc")
    try:
        for pragma in _PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        if (verdict := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(verdict)
        db.executescript(_SCHEMA)
        db.execute("INSERT OR IGNORE INTO counter VALUES (1, 0)")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)


def _set_aside(path: Path, why: str) -> None:
    """Rename a damaged file; what it knew will be learnt again from central."""
    try:
        for suffix in ("", "-wal", "-shm"):
            part = Path(f"{path}{suffix}")
            if part.exists():
                part.replace(f"{path}.corrupt{suffix}")
    except OSError as exc:
        raise SyncError(f"{path.name}: {exc.strerror}") from exc
    log.warning(log.Event.SYNC_STATE_LOST, detail=why)


def _named(exc: sqlite3.Error) -> SyncError:
    return SyncError(f"sync.db: {exc}")
