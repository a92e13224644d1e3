"""The tables of the index of passages, and how its file is opened.

`last` holds one row for each pass, `granted` each of its passages, so that one that is taken
back uncovers the one before; the others hold what entries of staff said and is still of use:
trips, orders, forms, cards, supplies, vehicles. Times are UTC milliseconds.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

BUSY_S = 2.0
VERSION = 4
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
        cti BLOB NOT NULL,
        seq INTEGER NOT NULL,
        at_s REAL NOT NULL,
        boot_id TEXT NOT NULL,
        utc_ms INTEGER NOT NULL,
        direction TEXT NOT NULL,
        gate TEXT NOT NULL,
        sub TEXT,
        PRIMARY KEY (cti, seq)
    ) WITHOUT ROWID;
    CREATE INDEX newest_granted ON granted (seq);
    CREATE TABLE trip (
        sub TEXT NOT NULL, utc_ms INTEGER NOT NULL, seq INTEGER NOT NULL, cti BLOB NOT NULL,
        PRIMARY KEY (sub, utc_ms, seq)
    ) WITHOUT ROWID;
    CREATE INDEX trip_by_seq ON trip (seq);
    CREATE TABLE isolation (
        subject BLOB NOT NULL, id BLOB NOT NULL, until_ms INTEGER NOT NULL, by TEXT NOT NULL,
        PRIMARY KEY (subject, id)
    ) WITHOUT ROWID;
    CREATE TABLE form (
        id BLOB PRIMARY KEY, seq INTEGER NOT NULL, utc_ms INTEGER NOT NULL, until_ms INTEGER,
        sub TEXT, is_expected INTEGER NOT NULL, is_regular INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE visit (
        cti BLOB PRIMARY KEY, id BLOB NOT NULL, card_no INTEGER NOT NULL,
        since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, host TEXT,
        is_expected INTEGER NOT NULL, is_regular INTEGER NOT NULL,
        measured_ms INTEGER, has_entered INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE card (cti BLOB PRIMARY KEY, card_no INTEGER NOT NULL, sub TEXT) WITHOUT ROWID;
    CREATE TABLE supplies (
        item TEXT NOT NULL, sub TEXT NOT NULL, utc_ms INTEGER NOT NULL,
        PRIMARY KEY (item, sub)
    ) WITHOUT ROWID;
    CREATE TABLE vehicle (
        id BLOB PRIMARY KEY, seq INTEGER NOT NULL, utc_ms INTEGER NOT NULL,
        seats INTEGER NOT NULL, well INTEGER NOT NULL, is_admitted INTEGER NOT NULL
    ) WITHOUT ROWID;
    PRAGMA user_version=4;
    COMMIT;
"""
TABLES = (
    "last",
    "granted",
    "trip",
    "isolation",
    "form",
    "visit",
    "card",
    "supplies",
    "vehicle",
)


def connect_readonly(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write. Raises sqlite3.Error."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)


def connect(path: Path) -> sqlite3.Connection:
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
        if version not in (0, VERSION) or verdict != "ok":
            raise sqlite3.DatabaseError(f"version {version}, {verdict}")
        if str(path) != ":memory:":
            path.chmod(0o600)
    except (sqlite3.Error, OSError) as exc:
        db.close()
        raise sqlite3.DatabaseError(str(exc)) from exc
    return db


@contextlib.contextmanager
def commit(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
