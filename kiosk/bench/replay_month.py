"""A month of a busy gate, written to a journal as the gate writes it."""

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from kiosk.bench.community import cti_of, sub_of
from kiosk.core.words import (
    Decision,
    Denied,
    Direction,
    Entry,
    EntryKind,
    Granted,
    Reading,
    Reason,
    Referred,
    TraceLine,
)
from kiosk.journal.schema import connect_writer
from kiosk.timing import ClockState, Stamp
from kiosk.wire import encode_entry

DAYS = 31
NEWEST = datetime(2027, 1, 31, 13, 0, tzinfo=UTC)
BOOT = "00000000-0000-4000-8000-000000000001"
_QUOTA = (TraceLine("isolation", "-"), TraceLine("hours", "-"), TraceLine("quota", "deny"))
_ALL_ASKED = (TraceLine("isolation", "-"), TraceLine("admission", "admit"))


def fill_journal(path: Path, count: int, residents: int) -> None:
    """Write a journal, as it would lie on a card; heads are not looked at by a replay."""
    path.touch()
    with closing(connect_writer(path)) as db:
        db.execute("BEGIN")
        db.executemany(
            "INSERT INTO entry (seq, is_urgent, body, head) VALUES (?, 0, ?, zeroblob(32))",
            (
                (seq, encode_entry(entry, seq=seq, boot_no=1))
                for seq, entry in enumerate(_entries(count, residents), 1)
            ),
        )
        db.execute("COMMIT")


def _entries(count: int, residents: int) -> Iterator[Entry]:
    """Yield who came: half of them on the way out, some feverish, some refused."""
    rng, began = random.Random(8), NEWEST - timedelta(days=DAYS)
    for number in range(count):
        at = began + timedelta(days=DAYS) * (number / count)
        stamp = Stamp(number * 2.6, at, BOOT, ClockState.TRUSTED)
        is_out, who = number % 2 == 0, rng.randrange(residents)
        decision, trace = _said(rng, is_out=is_out)
        is_measured = not isinstance(decision, Denied)
        is_trip = is_out and isinstance(decision, Granted)
        yield Entry(
            EntryKind.PASSAGE,
            stamp,
            UUID(int=number),
            "南门",
            Direction.OUT if is_out else Direction.IN,
            decision,
            cti_of(who),
            sub_of(who // 2),
            "",
            1,
            readings=(_reading(rng, stamp, decision),) if is_measured else (),
            trace=trace,
            details=(("trip", 1),) if is_trip else (),
        )


def _said(rng: random.Random, *, is_out: bool) -> tuple[Decision, tuple[TraceLine, ...]]:
    what = rng.random()
    if what < 0.01:
        return Referred(Reason.ELEVATED), (TraceLine("elevated", "refer"),)
    if is_out and what < 0.06:
        return Denied(Reason.QUOTA), _QUOTA
    return Granted(), _ALL_ASKED


def _reading(rng: random.Random, at: Stamp, decision: Decision) -> Reading:
    estimate_c = 36.4 if isinstance(decision, Granted) else 38.2
    estimate_c = round(estimate_c + rng.uniform(-0.3, 0.3), 2)
    return Reading(estimate_c - 2, estimate_c, 0.1, 9, at.mono_s - 1, at.mono_s, 22.0, "c1")
