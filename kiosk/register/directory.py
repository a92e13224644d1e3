"""What central sends of residents: all of it locked, opened by a card in front of the camera.

Three kinds of row: the display record of one pass (`passes.display`), pages of the look-up
directory under a key of their own, and that key once for each duty card. A kiosk that is
carried off holds no names that anybody could read; a duty card shown since power-up unlocks
the look-up until it is locked again or the power goes.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cbor2

from kiosk import log
from kiosk.core.words import DisplayRecord
from kiosk.passes.display import LOOKUP, key_from, open_record, unseal
from kiosk.wire import DirectoryPart

RECORD_ROW, PAGE_ROW, KEY_ROW = 1, 2, 3
FOUND_MAX = 20
TYPED_MAX = 32
_KINDS = ([str, str, bytes], [str, str, bytes, str])
_BUSY_S = 2.0
_PAGE_CONTEXT = b"gate-directory-v1"
_SCHEMA = """
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS seq (only INTEGER PRIMARY KEY CHECK (only = 1), value INTEGER);
    INSERT OR IGNORE INTO seq VALUES (1, 0);
    CREATE TABLE IF NOT EXISTS row (what INTEGER, key BLOB, blob BLOB NOT NULL,
        PRIMARY KEY (what, key)) WITHOUT ROWID;
    COMMIT;
"""


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who was looked up: for staff eyes, kept nowhere."""

    name: str
    door: str
    cti: bytes
    readings: str = ""  # of each sign, with a comma between readings and a space between signs


def page_context() -> bytes:
    """Return what binds pages of the look-up directory to their purpose."""
    return _PAGE_CONTEXT


class Directory:
    """The locked rows, and the key to look people up while it is known. Any thread; no raises.

    A file that is damaged is begun anew: central sends everything again. Reading has a
    connection of its own, so that the gate never waits while rows are put on disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing, self._reading = threading.RLock(), threading.RLock()
        self._key: bytes | None = None
        self._db = self._open()
        self._reader = self._open_reader()

    @property
    def seq(self) -> int:
        """Return the number of the newest row, 0 without any."""
        rows = self._ask("SELECT value FROM seq")
        return int(rows[0][0]) if rows else 0

    @property
    def is_unlocked(self) -> bool:
        """Whether a duty card was shown since power-up."""
        return self._key is not None

    def take(self, part: DirectoryPart) -> str:
        """Keep rows that central sent. Returns why not, empty when they are kept."""
        try:
            with self._writing:
                self._db.execute("BEGIN IMMEDIATE")
                for what, key, blob in part.rows:
                    if blob is None:
                        sql = "DELETE FROM row WHERE what = ? AND key = ?"
                        self._db.execute(sql, (what, key))
                    else:
                        sql = "INSERT OR REPLACE INTO row VALUES (?, ?, ?)"
                        self._db.execute(sql, (what, key, blob))
                self._db.execute("UPDATE seq SET value = ?", (part.seq,))
                self._db.execute("COMMIT")
        except sqlite3.Error as exc:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            return str(exc)
        return ""

    def display(self, cti: bytes, signature: bytes) -> DisplayRecord | None:
        """Return what staff may see of the holder of a pass that is in view."""
        rows = self._ask("SELECT blob FROM row WHERE what = ? AND key = ?", RECORD_ROW, cti)
        return open_record(rows[0][0], signature=signature, cti=cti) if rows else None

    def row(self, what: int, key: bytes) -> bytes | None:
        """Return a row as central sent it."""
        rows = self._ask("SELECT blob FROM row WHERE what = ? AND key = ?", what, key)
        return rows[0][0] if rows else None

    def rows(self, what: int, limit: int) -> list[bytes]:
        """Return the rows of a kind as central sent them, by key."""
        wanted = "SELECT blob FROM row WHERE what = ? ORDER BY key LIMIT ?"
        return [blob for (blob,) in self._ask(wanted, what, limit)]

    def unlock(self, cti: bytes, signature: bytes) -> bool:
        """Take the key that a duty card opens. Returns whether people can be looked up."""
        rows = self._ask("SELECT blob FROM row WHERE what = ? AND key = ?", KEY_ROW, cti)
        key = unseal(rows[0][0], key_from(signature, cti, LOOKUP), cti) if rows else None
        if key is not None:
            self._key = key
        return self.is_unlocked

    def lock(self) -> None:
        """Forget the key."""
        self._key = None

    def find(self, text: str) -> list[Resident]:
        """Return who is meant, the likeliest first, at most 20; nobody while locked.

        `text` is a part of the name, its pinyin or initials, or the digits of the door.
        """
        wanted = text.strip().casefold()[:TYPED_MAX]
        ranked = [
            (rank, number, one)
            for number, one in enumerate(self._everybody() if wanted else ())
            if (rank := likeness(one, wanted)) is not None
        ]
        return [one for _, _, one in sorted(ranked, key=lambda found: found[:2])[:FOUND_MAX]]

    def at_door(self, door: str) -> list[Resident]:
        """Return who lives behind a door as the directory writes it; nobody while locked."""
        return [one for one in self._everybody() if one.door == door]

    def _everybody(self) -> Iterator[Resident]:
        key = self._key
        if key is None:
            return
        for (blob,) in self._ask("SELECT blob FROM row WHERE what = ? ORDER BY key", PAGE_ROW):
            yield from _residents(unseal(blob, key, _PAGE_CONTEXT))

    def name_of(self, cti: bytes) -> str | None:
        """Return the whole name of the holder of a pass; None while locked, or not known."""
        return next((one.name for one in self._everybody() if one.cti == cti), None)

    def close(self) -> None:
        """Give the file back and forget the key. May be called again."""
        self.lock()
        with self._writing, self._reading:
            self._db.close()
            self._reader.close()

    def _ask(self, sql: str, *values: int | bytes) -> list[tuple[bytes]]:
        try:
            with self._reading:
                return self._reader.execute(sql, values).fetchall()
        except sqlite3.Error:
            return []

    def _open_reader(self) -> sqlite3.Connection:
        """Return a second connection; rows that are in memory alone have only the one."""
        with contextlib.suppress(sqlite3.Error):
            if self._db.execute("PRAGMA database_list").fetchone()[2]:
                return _connect_to_read(self._path)
        self._reading = self._writing
        return self._db

    def _open(self) -> sqlite3.Connection:
        try:
            return _connect(self._path)
        except sqlite3.Error as exc:
            log.warning(log.Event.DIRECTORY_LOST, why=str(exc))
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        try:
            return _connect(self._path)
        except sqlite3.Error:
            return _connect(Path(":memory:"))


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA cache_size=-256")
        db.execute("PRAGMA trusted_schema=OFF")
        if (verdict := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(verdict)
        db.executescript(_SCHEMA)
        if str(path) != ":memory:":
            path.chmod(0o600)
    except (sqlite3.Error, OSError) as exc:
        db.close()
        raise sqlite3.DatabaseError(str(exc)) from exc
    return db


def _connect_to_read(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("cache_size=-256", "trusted_schema=OFF", "query_only=ON"):
            db.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _residents(page: bytes | None) -> list[Resident]:
    """Return the residents of a page, none when it does not open or has another shape."""
    if page is None:
        return []
    try:
        rows = cbor2.loads(page, max_depth=2)
    except cbor2.CBORError:
        return []
    return [
        Resident(*row)
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, list) and [type(value) for value in row] in _KINDS
    ]


def likeness(one: Resident, wanted: str) -> int | None:
    """Return how well somebody fits what was typed, 0 the best; None: not at all."""
    name, door = one.name.casefold(), one.door.casefold()
    if wanted.isascii() and wanted[0].isalpha():
        left = _letters_left(one.readings.split(" "), wanted)
        if left is not None:
            return min(left, 9)
    if wanted[0].isdigit():
        return _likeness_of_door(door, wanted)
    return 0 if wanted == name else 5 if wanted in name or wanted in door else None


def _letters_left(signs: list[str], wanted: str) -> int | None:
    """Return how many signs stay untyped where `wanted` begins the readings one by one.

    A reading that is not the usual one counts as much as an untyped sign.
    """
    if not wanted:
        return len(signs)
    if not signs:
        return None
    found = [
        left + (place > 0)
        for place, reading in enumerate(signs[0].split(","))
        for size in range(1, min(len(reading), len(wanted)) + 1)
        if reading[:size] == wanted[:size]
        and (left := _letters_left(signs[1:], wanted[size:])) is not None
    ]
    return min(found, default=None)


def _likeness_of_door(door: str, wanted: str) -> int | None:
    """Return how well a door fits: the whole room, then its beginning, then all digits."""
    room, digits = door.rpartition("-")[2], wanted.replace("-", "")
    if wanted in (door, room):
        return 0
    if door.startswith(wanted):
        return 1
    if door.replace("-", "").startswith(digits):
        return 2
    return 3 if room.startswith(digits) else 5 if wanted in door else None
