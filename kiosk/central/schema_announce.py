"""The table of announcements: what everybody is told, who says it, and who wrote it down."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text

from kiosk.central.schema_cases import metadata

__all__ = ["announcement", "metadata"]

announcement = Table(
    "announcement",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # 8 bytes
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),  # empty: in Chinese alone
    Column("issuer", Text, nullable=False),
    Column("from_ms", BigInteger, nullable=False),  # UTC
    Column("until_ms", BigInteger, nullable=False, index=True),  # when it ended, if ended early
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("ended_by", Text),
)
