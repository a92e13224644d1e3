"""A copy of central's folder, made while the server works: its database, keys and secrets.

Files of a database that is written to cannot be copied one by one; SQLite's own backup gives
the database as it stood at one instant. Gates send again what a copy does not have.
"""

import contextlib
import sqlite3
import tempfile
from pathlib import Path

from sqlalchemy import Engine, func, select

from kiosk.central.schema import entry
from kiosk.central.store import DATABASE, open_store, reading
from kiosk.errors import ConfigError, StoreError
from kiosk.files import sync_folder, write_whole

PRIVATE_MODE = 0o600


def back_up(folder: Path, target: Path) -> int:
    """Copy the server in `folder` to `target`, a new folder; return how many entries it has.

    Whole or not at all. Raises ConfigError where no copy can be made there, StoreError for a
    database that cannot be read.
    """
    if target.exists():
        raise ConfigError([f"{target}: exists already; choose a new folder"])
    if not target.parent.is_dir():
        raise ConfigError([f"{target.parent}: no such folder"])
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as made:
            fresh = Path(made) / "copy"
            fresh.mkdir(mode=0o700)
            _copy_database(folder / DATABASE, fresh / DATABASE)
            for file in sorted(folder.iterdir()):
                if file.is_file() and not file.name.startswith(DATABASE):
                    write_whole(fresh / file.name, file.read_bytes(), mode=PRIVATE_MODE)
            entries = _count(fresh)
            fresh.rename(target)
            sync_folder(target.parent)
    except OSError as exc:
        raise ConfigError([f"{exc.filename or target}: {exc.strerror}"]) from exc
    return entries


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database as it stands now, into one file. Raises StoreError."""
    target.touch(mode=PRIVATE_MODE)
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as old,
            contextlib.closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # nothing beside it; central sets WAL
            (said,) = new.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as exc:
        raise StoreError(f"{source}: {exc}") from exc
    if said != "ok":
        raise StoreError(f"{source}: {said}")


def _count(folder: Path) -> int:
    """Return how many entries the copy has; opened as a server opens it."""
    engine: Engine = open_store(folder)
    try:
        with reading(engine) as db:
            return db.execute(select(func.count()).select_from(entry)).scalar_one()
    finally:
        engine.dispose()
