"""The journal's tables as numbered migrations, and how a connection to them is set up.

Lean on purpose, since a card wears out by what is written: no AUTOINCREMENT, no outbox
table, indexes for the urgent rows and those about duty alone, pages of 1024 bytes. WAL with
synchronous FULL is the one mode that lost no acknowledged entry when power was cut (DELETE
with FULL did).
A later version may add columns and tables, never take away: the release before must still
be able to read the file. The register's index of passages reads `entry`, `boot` and `meta`.
"""

import errno
import sqlite3
from pathlib import Path

PAGE_BYTES = 1024  # measured: half of what pages of 4096 write for each entry
BUSY_S = 2.0  # a reader's lock is held for a moment; the main thread may not wait longer
_FULL = 2  # what PRAGMA synchronous answers for FULL

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE boot (boot_no INTEGER PRIMARY KEY, boot_id TEXT NOT NULL);
    CREATE TABLE entry (
        seq INTEGER PRIMARY KEY,
        sure_ms INTEGER,  -- UTC milliseconds; NULL when the clock was in doubt
        is_urgent INTEGER NOT NULL,
        body BLOB NOT NULL,
        head BLOB NOT NULL
    );
    CREATE INDEX urgent ON entry (seq) WHERE is_urgent = 1;
    """,
    """
    CREATE TABLE sealed (
        seq INTEGER NOT NULL,
        place INTEGER NOT NULL,
        form BLOB NOT NULL,
        field TEXT NOT NULL,
        blob BLOB NOT NULL,
        PRIMARY KEY (seq, place)
    ) WITHOUT ROWID;
    """,
    "CREATE INDEX duty ON entry (seq) WHERE instr(body, X'6464757479') > 0",
)

_WRITER = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=1000",
    "PRAGMA journal_size_limit=4194304",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-512",
    "PRAGMA mmap_size=0",  # an I/O error would be a SIGBUS
    "PRAGMA cell_size_check=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA secure_delete=ON",  # what is forgotten does not stay in a free page
)


def connect_writer(path: Path) -> sqlite3.Connection:
    """Return the one connection that writes. Each statement is a commit of its own.

    Raises sqlite3.Error, and OSError when the file system does not grant WAL with FULL.
    """
    db = sqlite3.connect(_uri(path, "rw"), uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        for pragma in _WRITER:
            db.execute(pragma)
        mode = db.execute("PRAGMA journal_mode").fetchone()[0]
        sync = db.execute("PRAGMA synchronous").fetchone()[0]
        if (mode, sync) != ("wal", _FULL):
            raise OSError(errno.ENOTSUP, f"journal mode {mode}, synchronous {sync}")
        migrate(db)
    except (sqlite3.Error, OSError):
        db.close()
        raise
    return db


def connect_reader(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write, and leaves the log as it is when closed.

    Raises sqlite3.Error, also for an empty file: SQLite would delete the log beside it.
    """
    if path.is_file() and path.stat().st_size == 0:
        raise sqlite3.DatabaseError("the file is empty")
    db = sqlite3.connect(_uri(path, "ro"), uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        db.execute("PRAGMA cell_size_check=ON")
        db.execute("PRAGMA cache_size=-512")
    except sqlite3.Error:
        db.close()
        raise
    return db


def create(path: Path, device: str, epoch: bytes) -> None:
    """Make an empty journal in a file that does not exist yet. Raises sqlite3.Error."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute(f"PRAGMA page_size={PAGE_BYTES}")
        db.execute("PRAGMA journal_mode=WAL")
        migrate(db)
        rows = [("device", device), ("epoch", epoch), ("base_seq", 0), ("base_head", b"")]
        db.executemany("INSERT INTO meta VALUES (?, ?)", rows)
    finally:
        db.close()


def migrate(db: sqlite3.Connection) -> None:
    """Bring the tables up to date, each step whole or not at all. Raises sqlite3.Error."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    for number, sql in enumerate(MIGRATIONS[version:], version + 1):
        try:
            db.executescript(f"BEGIN IMMEDIATE; {sql}; PRAGMA user_version={number}; COMMIT;")
        except sqlite3.Error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"
