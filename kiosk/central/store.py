"""The database of central: SQLite in its folder when it is tried out, any URL otherwise.

SQLite runs in WAL mode with synchronous FULL: what was acknowledged is on disk. A writing
transaction takes the lock at once, so that what it has read still holds when it writes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from kiosk.central.schema import SCHEMA, entry, log, setting
from kiosk.central.schema_duty import metadata
from kiosk.errors import ConfigError, StoreError

DATABASE = "central.db"
BUSY_S = 5.0  # chosen: another process of central may hold the lock for one batch
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF")
_MODE = "kiosk_begin"


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as central keeps it. `stored_ms` is UTC, when it was committed."""

    device: str
    epoch: bytes
    seq: int
    body: bytes
    stored_ms: int


def open_store(where: str | Path) -> Engine:
    """Return the database at a URL, or in a folder or file. It must have been made.

    Raises ConfigError when there is none, StoreError when it does not answer.
    """
    engine = _engine(where, mode="rw")
    try:
        with reading(engine) as db:
            has = db.scalar(select(setting.c.value).where(setting.c.name == "schema"))
    except StoreError as exc:
        engine.dispose()
        raise ConfigError([f"{_shown(where)}: {exc}; `kiosk central init` makes one"]) from exc
    if has != SCHEMA:
        engine.dispose()
        raise ConfigError([f"{_shown(where)}: made by another version of central"])
    _add_tables(engine)
    return engine


def make_store(where: str | Path) -> Engine:
    """Make the tables where they are missing, and return the database. Raises StoreError."""
    engine = _engine(where, mode="rwc")
    _add_tables(engine)
    if read_setting(engine, "schema") is None:
        write_setting(engine, "schema", SCHEMA)
    return engine


def _add_tables(engine: Engine) -> None:
    """Make the tables that came with a later release of this schema."""
    try:
        metadata.create_all(engine)
    except SQLAlchemyError as exc:
        engine.dispose()
        raise _named(exc) from exc


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Hold the write lock; commit durably at the end. Raises StoreError: nothing is kept."""
    with _transaction(engine.execution_options(**{_MODE: "IMMEDIATE"})) as db:
        yield db


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """See one state of the database. Raises StoreError."""
    with _transaction(engine.execution_options(**{_MODE: "DEFERRED"})) as db:
        yield db


def read_setting(engine: Engine, name: str) -> bytes | None:
    """Return what is set under a name. Raises StoreError."""
    with reading(engine) as db:
        return db.scalar(select(setting.c.value).where(setting.c.name == name))


def write_setting(engine: Engine, name: str, value: bytes) -> None:
    """Set a name to a value in place of an older one. Raises StoreError."""
    with writing(engine) as db:
        put_setting(db, name, value)


def put_setting(db: Connection, name: str, value: bytes) -> None:
    """Set a name to a value inside a transaction."""
    db.execute(setting.delete().where(setting.c.name == name))
    db.execute(setting.insert().values(name=name, value=value))


def setting_value(db: Connection, name: str) -> bytes | None:
    """Return what a name is set to."""
    return db.scalar(select(setting.c.value).where(setting.c.name == name))


def is_there(engine: Engine) -> None:
    """Raise StoreError when the database does not answer."""
    with reading(engine) as db:
        db.execute(select(entry.c.seq).limit(1))


def read_entries(where: str | Path) -> list[StoredEntry]:
    """Return every entry that was taken, in order of device, journal and seq; reads only.

    `where` is a URL, a folder or a file. Raises ConfigError or StoreError.
    """
    columns = (log.c.device, log.c.epoch, entry.c.seq, entry.c.body, entry.c.stored_ms)
    wanted = (
        select(*columns).join(log, entry.c.log == log.c.id).where(entry.c.refused.is_(None))
    )
    engine = open_store(where)
    try:
        with reading(engine) as db:
            rows = db.execute(wanted.order_by(log.c.device, log.c.id, entry.c.seq)).all()
    finally:
        engine.dispose()
    return [StoredEntry(*row) for row in rows]


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as db:
            yield db
    except SQLAlchemyError as exc:
        raise _named(exc) from exc


def _engine(where: str | Path, *, mode: str) -> Engine:
    if isinstance(where, str) and "://" in where:
        try:
            engine = create_engine(where)
        except ImportError as exc:
            raise ConfigError([f"--database: {exc}: install it beside the kiosk"]) from exc
        except (ArgumentError, ValueError) as exc:  # their words may repeat the password
            raise ConfigError(["--database: no address of a database that is known"]) from exc
    else:
        path = Path(where).absolute()
        path = path / DATABASE if path.suffix != ".db" else path
        # An address without a file means "in memory" to the library: its pool for that takes
        # away the connection of a thread that is using it as soon as there are six.
        engine = create_engine(
            "sqlite+pysqlite://", creator=lambda: _connect(path, mode), poolclass=QueuePool
        )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


def _shown(where: str | Path) -> str:
    """Return where a database is, without the password to it."""
    if isinstance(where, str) and "://" in where:
        return make_url(where).render_as_string(hide_password=True)
    return str(where)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, check_same_thread=False)


def _set_up(dbapi: sqlite3.Connection, _record: Any) -> None:
    dbapi.isolation_level = None  # transactions are begun below, not by the library
    for pragma in _PRAGMAS:
        dbapi.execute(f"PRAGMA {pragma}")


def _begin(db: Connection) -> None:
    mode = db.get_execution_options().get(_MODE, "DEFERRED")
    db.exec_driver_sql(f"BEGIN {mode}")


def _named(exc: SQLAlchemyError) -> StoreError:
    return StoreError(str(getattr(exc, "orig", None) or exc))
