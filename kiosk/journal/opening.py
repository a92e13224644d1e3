"""A journal's files: made whole, looked at before they are written to, set aside when damaged.

Nothing is ever deleted here. A damaged journal keeps its log beside it under the new name,
so that what it holds can still be read.
"""

import errno
import fcntl
import os
import secrets
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TextIO

from kiosk.errors import JournalCorrupt, JournalError, JournalFull
from kiosk.journal import chain, schema
from kiosk.wire import EPOCH_BYTES

_BESIDE = ("", "-wal", "-shm")
# What SQLite says about the world around the file rather than about what is in it.
_SURROUNDINGS = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_FULL,
    }
)
_UNREADABLE = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ})
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def named(exc: sqlite3.Error | OSError, path: Path) -> JournalError:
    """Return a failure of SQLite or of the system by our name for it."""
    text = f"{path.name}: {exc}"
    if isinstance(exc, OSError):
        return JournalFull(text) if exc.errno in _NO_ROOM else JournalError(text)
    code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    if code & 0xFF == sqlite3.SQLITE_FULL or (_is_io(code) and _has_no_room(path)):
        return JournalFull(text)
    if code & 0xFF in _SURROUNDINGS and code not in _UNREADABLE:
        return JournalError(text)
    return JournalCorrupt(text)


def _is_io(code: int) -> bool:
    return code & 0xFF in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


def _has_no_room(path: Path) -> bool:
    try:
        room = os.statvfs(path.parent)
    except OSError:
        return False
    return room.f_bavail == 0


def take_lock(path: Path) -> TextIO:
    """Return the lock that one writer holds. Raises JournalError when another has it.

    It is a file of its own: closing a second descriptor of the journal itself would drop
    the locks that SQLite holds on it.
    """
    try:
        file = path.with_suffix(".lock").open("a")
    except OSError as exc:
        raise named(exc, path) from exc
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        file.close()
        raise JournalError(f"{path.name}: another program writes to it") from exc
    return file


def make(path: Path, device: str) -> None:
    """Make an empty journal with an epoch of its own; it is there whole or not at all.

    Raises JournalFull or JournalError.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        for suffix in _BESIDE:
            Path(f"{fresh}{suffix}").unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        schema.create(fresh, device, secrets.token_bytes(EPOCH_BYTES))
        _sync(fresh)
        fresh.replace(path)
        _sync(path.parent)
    except (sqlite3.Error, OSError) as exc:
        raise named(exc, path) from exc


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def look_at(path: Path, device: str, known: Callable[[bytes], int]) -> chain.Origin | str:
    """Return where a journal begins, or what is wrong with it, without writing to it.

    `known` answers up to which entry somebody else has seen the epoch: a journal that ends
    before that has lost some, and would give their numbers away a second time.

    Raises JournalFull or JournalError when the reason is not in the file.
    """
    try:
        db = schema.connect_reader(path)
    except sqlite3.Error as exc:
        return _fault_in_file(exc, path)
    try:
        origin = chain.read_origin(db)
        chain.read_boots(db)
        newest = chain.check_last_rows(db, origin)
    except chain.Damage as exc:
        return str(exc)
    except sqlite3.Error as exc:
        return _fault_in_file(exc, path)
    finally:
        db.close()
    if origin.device != device:
        return "it belongs to another device"
    if (seen := known(origin.epoch)) > newest:
        return f"it ends at entry {newest}, and entry {seen} was written"
    return origin


def _fault_in_file(exc: sqlite3.Error, path: Path) -> str:
    failure = named(exc, path)
    if not isinstance(failure, JournalCorrupt):
        raise failure from exc
    return str(exc)


def set_aside(path: Path, at: datetime) -> Path:
    """Rename a journal with its log to a dated name beside it, and return that name.

    The journal goes first: its log without it can never be taken for a whole one. Raises
    JournalError.
    """
    stem = f"{path.stem}.corrupt-{at:%Y%m%dT%H%M%SZ}"
    aside = path.with_name(f"{stem}{path.suffix}")
    number = 1
    while any(Path(f"{aside}{suffix}").exists() for suffix in _BESIDE):
        number += 1
        aside = path.with_name(f"{stem}-{number}{path.suffix}")
    try:
        for suffix in _BESIDE:
            if (part := Path(f"{path}{suffix}")).exists():
                part.replace(f"{aside}{suffix}")
        _sync(path.parent)
    except OSError as exc:
        raise named(exc, path) from exc
    return aside
