"""Who passed last: an index of the newest entry of each pass, made from the journal.

It may be deleted, damaged or behind at any time: it is caught up from the journal's rows
(the tables `entry`, `boot` and `meta` of `journal/schema.py`), which is why it is never
synced to disk for an entry. Where its own file cannot be used it lives in memory.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from kiosk import log
from kiosk.core.words import (
    Direction,
    Entry,
    EntryKind,
    Granted,
    LastPassage,
    Reading,
    Recorded,
    Source,
)
from kiosk.errors import MessageError
from kiosk.wire import decision_of, decision_words, decode_entry

CATCH_UP_MAX = 20_000  # chosen: ten busy days, a second of work; older passages decide nothing
BUSY_S = 2.0
_VERSION = 3
_SCHEMA = """
    BEGIN IMMEDIATE;
    CREATE TABLE seen (epoch BLOB NOT NULL, seq INTEGER NOT NULL);
    INSERT INTO seen VALUES (x'', 0);
    CREATE TABLE last (
        cti BLOB PRIMARY KEY,
        seq INTEGER NOT NULL,
        at_s REAL NOT NULL,
        boot_id TEXT NOT NULL,
        utc_ms INTEGER NOT NULL,
        direction TEXT NOT NULL,
        decision TEXT NOT NULL,
        reason TEXT,
        estimate_c REAL,
        has_passed INTEGER NOT NULL DEFAULT 0,
        gate TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX newest ON last (seq);
    CREATE TABLE granted (
        cti BLOB PRIMARY KEY,
        seq INTEGER NOT NULL,
        at_s REAL NOT NULL,
        boot_id TEXT NOT NULL,
        utc_ms INTEGER NOT NULL,
        direction TEXT NOT NULL,
        gate TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX newest_granted ON granted (seq);
    PRAGMA user_version=3;
    COMMIT;
"""
_PUT = "INSERT OR REPLACE INTO last VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)"
_PUT_GRANTED = "INSERT OR REPLACE INTO granted VALUES (?, ?, ?, ?, ?, ?, ?)"
_FIND = """
    SELECT seq, at_s, boot_id, utc_ms, direction, decision, reason, has_passed, gate, estimate_c
    FROM last WHERE cti = ?
"""
_FIND_GRANTED = """
    SELECT seq, at_s, boot_id, utc_ms, direction, 'granted', NULL, 0, gate, NULL
    FROM granted WHERE cti = ?
"""
_MARK = """
    UPDATE last SET has_passed = 1 WHERE seq =
    (SELECT seq FROM last WHERE decision = 'granted' ORDER BY seq DESC LIMIT 1)
"""

Row = tuple[bytes, int, float, str, int, str, str | None, str | None, float | None, str]
T = TypeVar("T")


class Passages:
    """The index, kept in step. One thread owns it; nothing here raises."""

    def __init__(
        self, path: Path, journal_path: Path, *, follow_max: int = CATCH_UP_MAX
    ) -> None:
        self._path, self._journal, self._follow_max = path, journal_path, follow_max
        self._db = self._open()

    def find(self, cti: bytes) -> LastPassage | None:
        """Return the newest entry of a pass."""
        row = self._try(lambda db: db.execute(_FIND, (cti,)).fetchone())
        return _to_passage(row) if row is not None else None

    def find_granted(self, cti: bytes) -> LastPassage | None:
        """Return the newest entry of a pass that was granted and not withdrawn."""
        row = self._try(lambda db: db.execute(_FIND_GRANTED, (cti,)).fetchone())
        return _to_passage(row) if row is not None else None

    def note(self, recorded: Recorded) -> None:
        """Take an entry that was written, and whatever else the journal has beyond ours."""
        self._try(lambda db: self._note(db, recorded))

    def note_passage(self) -> None:
        """Mark the newest grant as gone through."""
        self._try(lambda db: db.execute(_MARK))

    def close(self) -> None:
        """Give the file back. May be called again."""
        self._db.close()

    def _try(self, ask: Callable[[sqlite3.Connection], T]) -> T | None:
        """Ask the index; one that fails is built anew and asked once more."""
        try:
            return ask(self._db)
        except sqlite3.Error as exc:
            self._db.close()
            self._db = self._rebuild(str(exc))
        with contextlib.suppress(sqlite3.Error):
            return ask(self._db)
        return None

    def _open(self) -> sqlite3.Connection:
        try:
            db = _connect(self._path)
        except sqlite3.Error as exc:
            return self._rebuild(str(exc))
        try:
            self._catch_up(db)
        except sqlite3.Error as exc:
            db.close()
            return self._rebuild(str(exc))
        return db

    def _rebuild(self, why: str) -> sqlite3.Connection:
        """Return an index built from the journal: in its file, else in memory."""
        log.warning(log.Event.PASSAGES_REBUILT, why=why)
        for target in (self._path, Path(":memory:")):
            with contextlib.suppress(sqlite3.Error, OSError):
                for suffix in ("", "-wal", "-shm"):
                    Path(f"{target}{suffix}").unlink(missing_ok=True)
                db = _connect(target)
                with contextlib.suppress(sqlite3.Error):
                    self._catch_up(db)
                return db
        raise AssertionError("SQLite opens no database in memory")

    def _note(self, db: sqlite3.Connection, recorded: Recorded) -> None:
        epoch, seq = db.execute("SELECT epoch, seq FROM seen").fetchone()
        if not epoch or recorded.seq != seq + 1:  # the journal was opened late, or is another
            self._catch_up(db)
            return
        entry = recorded.entry
        decision, reason = decision_words(entry.decision)
        at_s, boot_id = entry.at.mono_s, entry.at.boot_id
        utc_ms = int(entry.at.utc.timestamp() * 1000)
        way, estimate_c = entry.direction.value, _newest_infrared(entry)
        row = (
            recorded.seq,
            at_s,
            boot_id,
            utc_ms,
            way,
            decision,
            reason,
            estimate_c,
            entry.gate,
        )
        with _commit(db):
            _put(db, (entry.cti or b"", *row), entry.refers_to_seq, entry.kind.value)
            self._see(db, epoch, recorded.seq)

    def _catch_up(self, db: sqlite3.Connection) -> None:
        """Take what the journal has beyond ours. One that is not there yet has nothing."""
        if not self._journal.exists():
            return
        journal = connect_readonly(self._journal)
        try:
            self._take_from(journal, db)
        finally:
            journal.close()

    def _take_from(self, journal: sqlite3.Connection, db: sqlite3.Connection) -> None:
        (epoch,) = journal.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
        newest = journal.execute("SELECT coalesce(max(seq), 0) FROM entry").fetchone()[0]
        ours, seq = db.execute("SELECT epoch, seq FROM seen").fetchone()
        with _commit(db):
            if ours != epoch or seq > newest:
                db.execute("DELETE FROM last")
                db.execute("DELETE FROM granted")
                seq = 0
            seq = max(seq, newest - self._follow_max)
            boots = dict(journal.execute("SELECT boot_no, boot_id FROM boot"))
            sql = "SELECT body FROM entry WHERE seq > ? ORDER BY seq"
            for (body,) in journal.execute(sql, (seq,)):
                _replay(db, body, boots)
            self._see(db, epoch, newest)

    def _see(self, db: sqlite3.Connection, epoch: bytes, seq: int) -> None:
        """Remember how far the journal was followed; what a new index lacked, goes."""
        db.execute("UPDATE seen SET epoch = ?, seq = ?", (epoch, seq))
        for table in ("last", "granted"):
            sql = f"DELETE FROM {table} WHERE seq <= ?"  # noqa: S608  # our own names
            db.execute(sql, (seq - self._follow_max,))


def newest_noted(path: Path, epoch: bytes) -> int:
    """Return the newest entry of a journal's epoch that the index has seen, else 0.

    A journal that ends before it has lost what was written.
    """
    with contextlib.suppress(sqlite3.Error):
        db = connect_readonly(path)
        try:
            ours, seq = db.execute("SELECT epoch, seq FROM seen").fetchone()
        finally:
            db.close()
        return int(seq) if ours == epoch else 0
    return 0


def connect_readonly(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write. Raises sqlite3.Error."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)


def _connect(path: Path) -> sqlite3.Connection:
    """Open or make the index. Raises sqlite3.Error when its file cannot be used."""
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        db.execute("PRAGMA page_size=1024")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA cell_size_check=ON")
        db.execute("PRAGMA cache_size=-512")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            db.executescript(_SCHEMA)
        verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if version not in (0, _VERSION) or verdict != "ok":
            raise sqlite3.DatabaseError(f"version {version}, {verdict}")
        if str(path) != ":memory:":
            path.chmod(0o600)
    except (sqlite3.Error, OSError) as exc:
        db.close()
        raise sqlite3.DatabaseError(str(exc)) from exc
    return db


@contextlib.contextmanager
def _commit(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _replay(db: sqlite3.Connection, body: bytes, boots: dict[int, str]) -> None:
    """Take one entry of the journal; what cannot be read was never a passage to us."""
    with contextlib.suppress(MessageError):
        wire = decode_entry(body)
        boot_id = boots.get(wire.boot_no, "unknown")
        row = (wire.seq, wire.boot_ms / 1000, boot_id, wire.utc_ms, wire.direction)
        infrared = [r[1] for r in wire.readings if r[7] == Source.INFRARED.value]
        estimate_c = infrared[-1] / 100 if infrared else None
        words = (wire.decision, wire.reason, estimate_c, wire.gate)
        _put(db, (wire.cti or b"", *row, *words), wire.refers_to_seq, wire.kind)


def _put(db: sqlite3.Connection, row: Row, refers_to_seq: int | None, kind: str) -> None:
    """Make an entry the newest of its pass; a withdrawn one never happened."""
    cti, decision = row[0], row[6]
    if kind == EntryKind.WITHDRAWN.value:
        db.execute("DELETE FROM last WHERE seq = ?", (refers_to_seq,))
        db.execute("DELETE FROM granted WHERE seq = ?", (refers_to_seq,))
    elif cti and decision is not None:
        db.execute(_PUT, row)
    if cti and decision == "granted":
        db.execute(_PUT_GRANTED, (*row[:6], row[9]))


def _to_passage(row: tuple[Any, ...]) -> LastPassage | None:
    seq, at_s, boot_id, utc_ms, direction, decision, reason, has_passed, gate, estimate_c = row
    try:
        decided = decision_of(decision, reason)
        way = Direction(direction)
    except ValueError:
        return None
    decided = Granted() if decided is None else decided
    passed = bool(has_passed)
    return LastPassage(seq, at_s, boot_id, utc_ms, way, decided, passed, gate, estimate_c)


def _newest_infrared(entry: Entry) -> float | None:
    taken = [r for r in entry.readings if isinstance(r, Reading)]
    infrared = [r.estimate_c for r in taken if not r.source.is_typed]
    return infrared[-1] if infrared else None
