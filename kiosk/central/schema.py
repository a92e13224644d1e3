"""The tables of central. They are the same on SQLite and on PostgreSQL.

An entry is known by (device, epoch, seq); `log` gives (device, epoch) a short number. An
entry without a head is an urgent copy: its place in the chain has not come yet. One with a
`refused` code is kept as it came and counts for nothing but the chain.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

SCHEMA = b"3"

metadata = MetaData()

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

device = Table(
    "device",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kid", LargeBinary, nullable=False, index=True),
    Column("public", LargeBinary, nullable=False),  # raw Ed25519
    Column("name", Text, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("counter", BigInteger, nullable=False),  # of the newest request
    Column("seen_ms", BigInteger),
    Column("clock", Integer),  # timing.ClockState
    Column("is_blocked", Boolean, nullable=False, server_default=false()),
    Column("clock_offset_ms", BigInteger),  # its clock less ours; the line's delay is in it
    Column("have_most", BigInteger),  # the newest revocation list it ever had
    Column("fell_back_ms", BigInteger),  # when it came back with an older one
)

log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", Text, ForeignKey("device.id"), nullable=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),  # nothing is missing up to here
    Column("head", LargeBinary, nullable=False),  # chain head after `seq`
    Column("newest_seq", BigInteger, nullable=False),  # as the kiosk last said
    Column("seen_ms", BigInteger, nullable=False),
    Column("forked_seq", BigInteger),  # where two histories differ: frozen
    UniqueConstraint("device", "epoch"),
)

entry = Table(
    "entry",
    metadata,
    Column("log", Integer, ForeignKey("log.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    Column("head", LargeBinary),
    Column("stored_ms", BigInteger, nullable=False),
    Column("is_urgent", Boolean, nullable=False, server_default=false()),
    Column("refused", Text),
    Column("kind", Text),
    Column("utc_ms", BigInteger),
    Column("clock", Integer),
    Column("gate", Text),
    Column("direction", Text),
    Column("decision", Text),
    Column("reason", Text),
    Column("cti", LargeBinary),  # pass id, or what stands for a text that was refused
    Index("entry_by_arrival", "stored_ms"),
    sqlite_with_rowid=False,
)

conflict = Table(
    "conflict",
    metadata,
    Column("log", Integer, ForeignKey("log.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),  # what came second; the first one stands
    Column("seen_ms", BigInteger, nullable=False),
)
