"""The tables of fevers and incidents that wait for a named person, and of whom to call.

A case begins with an entry of a gate. What was done about it stands in `case_act`, whether
a gate wrote it down or somebody did it here; rows are only ever added. What came ahead of
the entry that it is about waits there without a case.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from kiosk.central.schema_rules import metadata

__all__ = ["case_act", "contact", "gate_call", "gate_case", "metadata"]

gate_case = Table(
    "gate_case",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("log", Integer, ForeignKey("log.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),  # of the entry that came first
    Column("refers", BigInteger),  # what that entry refers to, should it come later
    Column("kind", Text, nullable=False),  # core.matters.MatterKind
    Column("reason", Text),
    Column("gate", Text, nullable=False),
    Column("utc_ms", BigInteger, nullable=False),  # as the gate's clock said
    Column("opened_ms", BigInteger, nullable=False),
    Column("strength", Integer, nullable=False),  # how often it was called
    Column("withdrawn_by", Text),
    Column("answered_by", Text),
    Column("answered_ms", BigInteger),
    Column("closed_by", Text),
    Column("closed_ms", BigInteger),
    Column("outcome", Text),
    UniqueConstraint("log", "seq"),
    Index("case_by_end", "closed_ms", "opened_ms"),
)

case_act = Table(
    "case_act",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case", Integer, ForeignKey("gate_case.id"), index=True),
    Column("log", Integer, ForeignKey("log.id")),  # none: it was done at the desk
    Column("seq", BigInteger),
    Column("about_seq", BigInteger),
    Column("act", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    UniqueConstraint("log", "seq"),
)

contact = Table(
    "contact",  # who is called, so many seconds after a case was opened
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("phone", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("after_s", Integer, nullable=False),
)

gate_call = Table(
    "gate_call",  # one for each level of the list; it is made again until somebody answers
    metadata,
    Column("case", Integer, ForeignKey("gate_case.id"), primary_key=True),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("role", Text, nullable=False),
    Column("due_ms", BigInteger, nullable=False, index=True),
    Column("leased_ms", BigInteger, nullable=False),  # until then some process makes it
    Column("serial", Integer, nullable=False),  # how often it was begun
    Column("tries", Integer, nullable=False),  # in a row without an answer
    Column("heard_ms", BigInteger),  # when the receiver last took it
)
