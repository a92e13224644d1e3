"""The tables of the roster, of when gates are open, and of who keeps each gate now."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from kiosk.central.schema_announce import metadata

__all__ = ["gate_now", "metadata", "opening", "shift"]

shift = Table(
    "shift",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("gate", Text, nullable=False),
    Column("from_ms", BigInteger, nullable=False),  # UTC
    Column("until_ms", BigInteger, nullable=False),
    Column("staff", Text, nullable=False),  # a short name, never that of a person
    Column("made_by", Text, nullable=False),
    Index("shift_of_gate", "gate", "from_ms"),
    Index("shift_by_time", "from_ms"),
)

opening = Table(
    "opening",  # gates that are not open at the usual hours
    metadata,
    Column("gate", Text, primary_key=True),
    Column("from_min", Integer, nullable=False),  # of the local day
    Column("until_min", Integer, nullable=False),  # at or before `from_min`: the next day
)

gate_now = Table(
    "gate_now",
    metadata,
    Column("device", Text, primary_key=True),
    Column("gate", Text, nullable=False),
    Column("staff", Text),
    Column("since_ms", BigInteger, nullable=False),  # UTC, by our clock
    Column("covers", Text, nullable=False),  # other gates, a line each
    Column("waiting", Integer, nullable=False),
    Column("level", Text, nullable=False),  # ok | warn | bad
    Column("heard_ms", BigInteger, nullable=False),
    Column("is_attended", Boolean, nullable=False),
    Column("unattended_ms", BigInteger),  # since when nobody keeps it, nor from elsewhere
)
