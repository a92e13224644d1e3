"""Passes that are used as no one person can: lent, copied, or in two places at once.

A gate alone cannot tell; here the entries of all gates meet. Nothing is decided: the office
looks, revokes and issues anew. Times are those of `passes.md` 5.2's table: proposals.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import Connection, Row, select

from kiosk.central.schema import entry
from kiosk.core.words import Direction, Reason, Refusal

DAY_MS, WEEK_MS = 86_400_000, 7 * 86_400_000
WALK_MS = 120_000  # chosen: the shortest walk between two gates
ENTRIES_A_DAY = 6
FLAGS_A_WEEK = 2
_LOCAL = timezone(timedelta(hours=8))  # China has one zone
_FLAGS = (Reason.PASSBACK.value, Refusal.PROOF_REPLAY.value)
TWO_GATES, OFTEN, FLAGGED = "W_TWO_GATES", "often", "flagged"


@dataclass(frozen=True, slots=True)
class OddPass:
    """A pass, why it is odd, when that was last seen (UTC ms), and at which gates."""

    cti: bytes
    why: str
    at_ms: int
    gates: tuple[str, ...]


def odd_passes(db: Connection, now_ms: int, *, walk_ms: int = WALK_MS) -> list[OddPass]:
    """Return the odd passes of the last seven days, the newest first."""
    columns = (entry.c.cti, entry.c.utc_ms, entry.c.gate, entry.c.direction)
    wanted = (
        select(*columns, entry.c.decision, entry.c.reason)
        .where(entry.c.cti.is_not(None), entry.c.utc_ms.between(now_ms - WEEK_MS, now_ms))
        .where(entry.c.refused.is_(None))
        .order_by(entry.c.cti, entry.c.utc_ms)
    )
    found: list[OddPass] = []
    for cti, rows in groupby(db.execute(wanted), key=lambda row: row.cti):
        found += _judge(cti, list(rows), walk_ms)
    return sorted(found, key=lambda odd: -odd.at_ms)


Rows = Sequence[Any]


def _judge(cti: bytes, rows: Rows, walk_ms: int) -> Iterator[OddPass]:
    gates = tuple(sorted({row.gate for row in rows}))
    flags = [row for row in rows if row.reason in _FLAGS]
    if len(flags) >= FLAGS_A_WEEK:
        yield OddPass(cti, FLAGGED, flags[-1].utc_ms, gates)
    entries = [row for row in rows if row.decision == "granted" and _is_in(row.direction)]
    for _, of_day in groupby(entries, key=lambda row: _local_day(row.utc_ms)):
        day = list(of_day)
        if len(day) > ENTRIES_A_DAY:
            yield OddPass(cti, OFTEN, day[-1].utc_ms, gates)
    meetings = [b for a, b in pairwise(entries) if _is_too_soon(a, b, walk_ms)]
    if meetings:
        yield OddPass(cti, TWO_GATES, meetings[-1].utc_ms, gates)


def _is_in(direction: str) -> bool:
    return direction == Direction.IN.value


def _is_too_soon(a: Row[Any], b: Row[Any], walk_ms: int) -> bool:
    """Whether nobody can have gone from one gate to the other in between."""
    return bool(a.gate != b.gate and b.utc_ms - a.utc_ms < walk_ms)


def _local_day(utc_ms: int) -> int:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(_LOCAL).toordinal()
