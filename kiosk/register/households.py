"""Who lives here: register.db, written whole by the import and never changed in place.

It holds the household reference that stands in the pass, the grid and the door. No names.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kiosk import log
from kiosk.core.words import Household
from kiosk.errors import MessageError
from kiosk.timing import Clock
from kiosk.wire import RegisterPart
from kiosk.wire.register import decode_register

LOOK_EVERY_S = 1.0  # chosen: an import is in force a second later
_SCHEMA = """
    CREATE TABLE household (
        sub TEXT PRIMARY KEY, grid INTEGER NOT NULL, door TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX by_door ON household (door);
    CREATE TABLE meta (version INTEGER NOT NULL, issued_ms INTEGER NOT NULL);
"""


def write_households(
    path: Path, households: Iterable[Household], *, version: int = 0, issued_ms: int = 0
) -> None:
    """Replace the register: the old one stays whole until the new one is on disk.

    `version` 0: it was imported here and not at central. Raises sqlite3.Error or OSError;
    then nothing has changed.
    """
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    db = sqlite3.connect(fresh)
    try:
        with db:
            db.executescript(_SCHEMA)
            rows = ((h.sub, h.grid, h.door) for h in households)
            db.executemany("INSERT INTO household VALUES (?, ?, ?)", rows)
            db.execute("INSERT INTO meta VALUES (?, ?)", (version, issued_ms))
    finally:
        db.close()
    _sync(fresh)
    fresh.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Households:
    """The register as it is read; follows an import. One thread owns it, nothing raises."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, ...] | None = None
        self._looked_s = -LOOK_EVERY_S
        self.issued_ms: int | None = None  # UTC, when the register was made
        self.trouble = ""  # what is wrong with the file, for ops; empty when it serves
        self._look()

    def find(self, sub: str) -> Household | None:
        """Return a household, None when it is not known or the file cannot be read."""
        self._look()
        if self._db is None:
            return None
        sql = "SELECT sub, grid, door FROM household WHERE sub = ?"
        try:
            row = self._db.execute(sql, (sub,)).fetchone()
        except sqlite3.Error as exc:
            self._give_up(str(exc))
            return None
        return Household(*row) if row is not None else None

    def close(self) -> None:
        """Give the file back. May be called again."""
        if self._db is not None:
            self._db.close()
        self._db = None

    def _look(self) -> None:
        """Open the file that stands there now, unless it is the one that is open."""
        now_s = self._clock.mono_s()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        try:
            stat = self._path.stat()
        except OSError as exc:
            self._file = None
            self._give_up(exc.strerror or type(exc).__name__)
            return
        file = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if file != self._file:
            self._file = file
            self._open()

    def _open(self) -> None:
        self.close()
        uri = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            db = self._db = sqlite3.connect(uri, uri=True)
            verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            households = db.execute("SELECT count(*) FROM household").fetchone()[0]
            self.issued_ms = _issued_ms(db)
        except sqlite3.Error as exc:
            self._give_up(str(exc))
            return
        if verdict != "ok":
            self._give_up(verdict)
            return
        self.trouble = ""
        log.event(log.Event.REGISTER_READ, households=households)

    def _give_up(self, why: str) -> None:
        """Serve without households until another file stands there; said once."""
        self.close()
        if self.trouble != why:
            self.trouble = why
            log.warning(log.Event.REGISTER_MISSING, why=why)


def _issued_ms(db: sqlite3.Connection) -> int | None:
    """Return when the register was made; one that does not say so is of an older release."""
    with contextlib.suppress(sqlite3.Error):
        (issued_ms,) = db.execute("SELECT issued_ms FROM meta").fetchone()
        return int(issued_ms) or None
    return None


class RegisterKeeper:
    """Keeps the register that central sends. The sync thread's alone; nothing raises."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def version(self) -> int:
        """Return the number of the register that is here, 0 for one that is not central's."""
        with contextlib.suppress(sqlite3.Error):
            return int(_ask(self._path, "SELECT version FROM meta")[0][0])
        return 0

    def take(self, part: RegisterPart) -> str:
        """Put a register in force. Returns why not, empty when it is."""
        try:
            homes = decode_register(part.blob)
            version, issued_ms = part.version, part.issued_ms
            write_households(self._path, homes, version=version, issued_ms=issued_ms)
        except (MessageError, sqlite3.Error, OSError, OverflowError) as exc:
            return str(exc)
        log.event(log.Event.REGISTER_IMPORTED, households=len(homes))
        return ""


def find_door(path: Path, building: str, unit: str, room: str) -> str | None:
    """Return the household behind a door; None: no such, or two of them. Any thread."""
    with contextlib.suppress(sqlite3.Error):
        sql = "SELECT sub FROM household WHERE door = ? LIMIT 2"
        found = _ask(path, sql, f"{building}-{unit or 1}-{room}")
        return str(found[0][0]) if len(found) == 1 else None
    return None


def all_households(path: Path) -> list[Household]:
    """Return every household. Raises sqlite3.Error."""
    rows = _ask(path, "SELECT sub, grid, door FROM household ORDER BY grid, door")
    return [Household(*row) for row in rows]


def _ask(path: Path, sql: str, *values: str) -> list[tuple[Any, ...]]:
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as db:
        return db.execute(sql, values).fetchall()
