"""The table of rule sets: each version as it was written and as it was signed."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from kiosk.central.schema_orders import metadata

__all__ = ["metadata", "rule_set"]

rule_set = Table(
    "rule_set",  # rows are only ever added
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("from_ms", BigInteger, nullable=False),  # UTC; 0: at once
    Column("text", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("published_ms", BigInteger, nullable=False),
    Column("published_by", Text, nullable=False),
)
