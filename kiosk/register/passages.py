"""What went on at this gate: an index made from the journal, of what still decides something.

It may be deleted, damaged or behind at any time: it is caught up from the journal's rows
(the tables `entry`, `boot` and `meta` of `journal/schema.py`), which is why it is never
synced to disk for an entry. Where its own file cannot be used it lives in memory.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kiosk import log
from kiosk.core.words import Recorded
from kiosk.errors import MessageError
from kiosk.register import passages_rows as rows
from kiosk.register.passages_schema import TABLES, commit, connect, connect_readonly
from kiosk.wire import decode_entry

# Chosen: a month of a busy gate, three seconds of work after the index was lost. Older trips
# count in no quota; an order that is older is known at central.
CATCH_UP_MAX = 100_000
FORGET_EVERY = 500  # entries
_DAY_MS = 86_400_000
KEEP_MS = 40 * _DAY_MS
_OLD = (
    "DELETE FROM trip WHERE utc_ms < ?",
    "DELETE FROM supplies WHERE utc_ms < ?",
    "DELETE FROM form WHERE utc_ms < ?",
    "DELETE FROM vehicle WHERE utc_ms < ?",
    "DELETE FROM isolation WHERE until_ms < ?",
    "DELETE FROM visit WHERE until_ms < ?",
)

T = TypeVar("T")


class Passages:
    """The index, kept in step. One thread owns it; nothing here raises."""

    def __init__(
        self, path: Path, journal_path: Path, *, follow_max: int = CATCH_UP_MAX
    ) -> None:
        self._path, self._journal, self._follow_max = path, journal_path, follow_max
        self._db = self._open()

    def ask(self, question: Callable[[sqlite3.Connection], T]) -> T | None:
        """Return the answer of `question`; None where the index cannot be read at all."""
        return self._try(question)

    def note(self, recorded: Recorded) -> None:
        """Take an entry that was written, and whatever else the journal has beyond ours."""
        self._try(lambda db: self._note(db, recorded))

    def note_passage(self, seq: int | None) -> None:
        """Mark the grant in entry `seq` as gone through; None: the newest one."""
        sql = """UPDATE last SET has_passed = 1 WHERE seq = coalesce(?,
            (SELECT seq FROM last WHERE decision = 'granted' ORDER BY seq DESC LIMIT 1))"""
        self._try(lambda db: db.execute(sql, (seq,)))

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
            db = connect(self._path)
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
                db = connect(target)
                with contextlib.suppress(sqlite3.Error):
                    self._catch_up(db)
                return db
        raise AssertionError("SQLite opens no database in memory")

    def _note(self, db: sqlite3.Connection, recorded: Recorded) -> None:
        epoch, seq = db.execute("SELECT epoch, seq FROM seen").fetchone()
        if not epoch or recorded.seq != seq + 1:  # the journal was opened late, or is another
            self._catch_up(db)
            return
        noted = rows.of_recorded(recorded)
        with commit(db):
            rows.put(db, noted)
            self._see(db, epoch, noted.seq)
            if noted.seq % FORGET_EVERY == 0:
                _forget(db, noted.utc_ms)

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
        with commit(db):
            if ours != epoch or seq > newest:
                for table in TABLES:
                    db.execute(f"DELETE FROM {table}")  # noqa: S608  # our own names
                seq = 0
            seq = max(seq, newest - self._follow_max)
            boots = dict(journal.execute("SELECT boot_no, boot_id FROM boot"))
            sql = "SELECT body FROM entry WHERE seq > ? ORDER BY seq"
            for (body,) in journal.execute(sql, (seq,)):
                with contextlib.suppress(MessageError):  # it was never a passage to us
                    rows.put(db, rows.of_wire(decode_entry(body), boots))
            self._see(db, epoch, newest)

    def _see(self, db: sqlite3.Connection, epoch: bytes, seq: int) -> None:
        """Remember how far the journal was followed; what a new index lacked, goes."""
        db.execute("UPDATE seen SET epoch = ?, seq = ?", (epoch, seq))
        for table in ("last", "granted"):
            sql = f"DELETE FROM {table} WHERE seq <= ?"  # noqa: S608  # our own names
            db.execute(sql, (seq - self._follow_max,))


def _forget(db: sqlite3.Connection, now_ms: int) -> None:
    """Let go what decides nothing any more."""
    for sql in _OLD:
        db.execute(sql, (now_ms - KEEP_MS,))


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


def seen_subs(path: Path, since_utc_ms: int) -> set[str]:
    """Return the households of which somebody passed since an instant. Raises sqlite3.Error."""
    db = connect_readonly(path)
    try:
        sql = "SELECT DISTINCT sub FROM granted WHERE utc_ms >= ? AND sub IS NOT NULL"
        return {sub for (sub,) in db.execute(sql, (since_utc_ms,))}
    finally:
        db.close()
