"""What may be forgotten: acknowledged entries that are old, or more than there is room for.

One small step at a time, so that nobody at the gate waits for it. Never the newest entry,
never the newest acknowledged one (the next batch goes on from its head), never one that
central has not acknowledged.

Sealed fields go a week after they were written, once central has them: until then a central
that was put back to yesterday's copy can be sent them again.
"""

import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from kiosk.config import JournalConfig
from kiosk.timing import ClockState, Stamp

SEALED_DAYS = 7  # decided: long enough to notice that central lost a day
STEP_ROWS = 500  # chosen: 3 ms here for a thousand, twenty times that on a slow card


@dataclass(slots=True)
class Progress:
    """How far the entries have been looked at, and up to where they are known to be old."""

    looked_to: int = 0
    old_to: int = 0


def live_bytes(db: sqlite3.Connection) -> int:
    """Return what the entries occupy, free pages left out. Raises sqlite3.Error."""
    pages: int = db.execute("PRAGMA page_count").fetchone()[0]
    free: int = db.execute("PRAGMA freelist_count").fetchone()[0]
    size: int = db.execute("PRAGMA page_size").fetchone()[0]
    return (pages - free) * size


def look_further(
    db: sqlite3.Connection, progress: Progress, now: Stamp, keep_days: int
) -> None:
    """Find entries from before the retention, one step on. Raises sqlite3.Error.

    Only a clock that can be believed makes anything old. Entries whose own time was in
    doubt are old when a later one surely is.
    """
    if now.clock is ClockState.UNSURE:
        return
    limit_ms = int((now.utc - timedelta(days=keep_days)).timestamp() * 1000)
    sql = "SELECT seq, sure_ms FROM entry WHERE seq > ? ORDER BY seq LIMIT ?"
    for seq, sure_ms in db.execute(sql, (progress.looked_to, STEP_ROWS)).fetchall():
        if sure_ms is not None and sure_ms >= limit_ms:
            return
        progress.looked_to = seq
        if sure_ms is not None:
            progress.old_to = seq


def prune(
    db: sqlite3.Connection, progress: Progress, *, config: JournalConfig, sent_to: int
) -> int:
    """Delete one step of what may go and return how many. Raises sqlite3.Error.

    `sent_to` is the newest entry that nobody waits for. The chain's new beginning is
    written in the same commit.
    """
    is_over = live_bytes(db) > config.bytes_max
    last = sent_to - 1 if is_over else min(sent_to - 1, progress.old_to)
    sql = "SELECT seq, head FROM entry WHERE seq <= ? ORDER BY seq LIMIT ?"
    rows = db.execute(sql, (last, STEP_ROWS)).fetchall()
    if not rows:
        return 0
    base_seq, base_head = rows[-1]
    db.execute("BEGIN IMMEDIATE")
    db.execute("DELETE FROM entry WHERE seq <= ?", (base_seq,))
    db.execute("UPDATE meta SET value = ? WHERE key = 'base_seq'", (base_seq,))
    db.execute("UPDATE meta SET value = ? WHERE key = 'base_head'", (base_head,))
    db.execute("COMMIT")
    return len(rows)


def forget_sealed(db: sqlite3.Connection, sent: frozenset[int] | None, old_to: int) -> bool:
    """Delete the sealed fields of entries up to `old_to`; of those in `sent` only, if given.

    Returns whether there were any. Raises sqlite3.Error.
    """
    sql = "SELECT DISTINCT seq FROM sealed WHERE seq <= ?"
    seqs = [seq for (seq,) in db.execute(sql, (old_to,)) if sent is None or seq in sent]
    if not seqs:
        return False
    db.execute("BEGIN IMMEDIATE")
    db.executemany("DELETE FROM sealed WHERE seq = ?", [(seq,) for seq in seqs])
    db.execute("COMMIT")
    return True
