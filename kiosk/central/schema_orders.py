"""The tables of what the community decided about persons, households and cards.

A subject is a pass id or a household reference, never a name. What a gate wrote down comes
in as provisional; a named person confirms or ends it. Rows go to every kiosk through the
directory (`wire/standing`), passages through rows of their own.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text

from kiosk.central.schema_office import metadata

__all__ = [
    "appointment",
    "binding",
    "ended_visit",
    "exemption",
    "isolation",
    "metadata",
    "passage",
]

isolation = Table(
    "isolation",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # 8 bytes
    Column("subject", LargeBinary, nullable=False, index=True),  # as in wire/standing
    Column("until_ms", BigInteger, nullable=False),  # UTC, a local midnight or when lifted
    Column("state", Text, nullable=False),  # provisional | confirmed | lifted
    Column("risk", Text),
    Column("region", Text),
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),  # a gate's device, or desk
    Column("decided_by", Text),
    Column("decided_ms", BigInteger),
)

exemption = Table(
    "exemption",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", LargeBinary, nullable=False, index=True),
    Column("kind", Text, nullable=False),  # work | medical | caring
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
)

appointment = Table(
    "appointment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", LargeBinary, nullable=False, index=True),  # a household
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("visitors", Integer, nullable=False),
    Column("made_by", Text, nullable=False),
)

binding = Table(
    "binding",  # a card of the stock that a gate gave to somebody without a pass
    metadata,
    Column("cti", LargeBinary, primary_key=True),
    Column("card_no", Integer, nullable=False, index=True),
    Column("state", Text, nullable=False),  # provisional | confirmed | cancelled
    Column("sub", Text),
    Column("form", Text, nullable=False),  # of the sealed record
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_ms", BigInteger),
)

ended_visit = Table(
    "ended_visit",  # visitors' cards that were handed back; the lending may arrive later
    metadata,
    Column("form", LargeBinary, primary_key=True),  # 8 bytes
)

passage = Table(
    "passage",  # what the other gates are told; rows are added, and forgotten after 40 days
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("device", Text, nullable=False),
    Column("log", Integer, nullable=False),
    Column("entry_seq", BigInteger, nullable=False),
    Column("cti", LargeBinary, nullable=False),
    Column("sub", Text),
    Column("utc_ms", BigInteger, nullable=False),
    Column("direction", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("is_counted", Boolean, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False),
    Index("passage_of_entry", "log", "entry_seq"),
    Index("passage_by_time", "utc_ms"),
)
