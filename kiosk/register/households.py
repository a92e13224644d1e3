"""Who lives here: register.db, written whole by the import and never changed in place.

It holds the household reference that stands in the pass, the grid and the door. No names.
"""

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from kiosk import log
from kiosk.core.words import Household
from kiosk.timing import Clock

LOOK_EVERY_S = 1.0  # chosen: an import is in force a second later
_SCHEMA = """
    CREATE TABLE household (
        sub TEXT PRIMARY KEY, grid INTEGER NOT NULL, door TEXT NOT NULL
    ) WITHOUT ROWID
"""


def write_households(path: Path, households: Iterable[Household]) -> None:
    """Replace the register: the old one stays whole until the new one is on disk.

    Raises sqlite3.Error or OSError; then nothing has changed.
    """
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    db = sqlite3.connect(fresh)
    try:
        with db:
            db.execute(_SCHEMA)
            rows = ((h.sub, h.grid, h.door) for h in households)
            db.executemany("INSERT INTO household VALUES (?, ?, ?)", rows)
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
