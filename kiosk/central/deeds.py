"""Who did what at the desk: a log whose rows are only ever added.

A deed is noted in the transaction that does it: what is not noted was not done.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from kiosk.central.schema_office import deed as deeds

SUBJECT_CHARS_MAX = 200
NEWEST = 100


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did. `at_ms` is UTC; `subject` is never a name of a resident."""

    at_ms: int
    operator: str
    deed: str
    subject: str


def note_deed(db: Connection, *, operator: str, deed: str, subject: str, now_ms: int) -> None:
    """Write down what `operator` does to `subject` in this transaction."""
    row = {"at_ms": now_ms, "operator": operator, "deed": deed}
    db.execute(insert(deeds).values(**row, subject=subject[:SUBJECT_CHARS_MAX]))


def newest_deeds(
    db: Connection,
    *,
    operator: str | None = None,
    since_ms: int = 0,
    until_ms: int | None = None,
    limit: int = NEWEST,
) -> list[Deed]:
    """Return the newest deeds, of one person where a name is given; UTC, end not included."""
    wanted = select(deeds.c.at_ms, deeds.c.operator, deeds.c.deed, deeds.c.subject)
    wanted = wanted.where(deeds.c.at_ms >= since_ms)
    if until_ms is not None:
        wanted = wanted.where(deeds.c.at_ms < until_ms)
    if operator is not None:
        wanted = wanted.where(deeds.c.operator == operator)
    rows = db.execute(wanted.order_by(deeds.c.id.desc()).limit(limit))
    return [Deed(*row) for row in rows]


def who_did(db: Connection) -> list[str]:
    """Return everybody who ever did something, by name."""
    return list(db.scalars(select(deeds.c.operator).distinct().order_by(deeds.c.operator)))
