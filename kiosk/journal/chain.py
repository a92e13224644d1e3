"""The hash chain of a journal: read, walked, and what is wrong with it.

Everything here reads through connections that cannot write.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kiosk.journal.schema import connect_reader
from kiosk.wire import EPOCH_BYTES, HEAD_BYTES, first_head, next_head

LAST_ROWS = 200  # chosen: milliseconds at start, whatever the journal holds

Row = tuple[int, bytes, bytes]  # seq, body, head


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a journal's chain begins: whose it is, and the last entry that was pruned."""

    device: str
    epoch: bytes
    base_seq: int
    base_head: bytes  # of entry `base_seq`; h_0 of a journal that was never pruned


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What a walk along the chain found. `broken_seq` None: the chain is whole.

    `newest_seq` is the last entry up to which it holds, `pruned` how many went before the
    first one kept.
    """

    newest_seq: int
    pruned: int
    broken_seq: int | None = None
    why: str = ""


class Damage(Exception):
    """The journal does not hold together, from entry `seq` on. Never leaves this folder."""

    def __init__(self, why: str, seq: int = 1) -> None:
        super().__init__(why)
        self.seq = seq


def read_origin(db: sqlite3.Connection) -> Origin:
    """Return what `meta` says. Raises Damage or sqlite3.Error."""
    meta = dict(db.execute("SELECT key, value FROM meta"))
    device, epoch = meta.get("device"), meta.get("epoch")
    seq, head = meta.get("base_seq"), meta.get("base_head")
    if not (isinstance(device, str) and isinstance(epoch, bytes) and len(epoch) == EPOCH_BYTES):
        raise Damage("its name is damaged")
    if seq == 0:
        return Origin(device, epoch, 0, first_head(device, epoch))
    if not (isinstance(seq, int) and isinstance(head, bytes) and len(head) == HEAD_BYTES):
        raise Damage("its beginning is damaged")
    return Origin(device, epoch, seq, head)


def read_newest(db: sqlite3.Connection, origin: Origin) -> tuple[int, bytes]:
    """Return (seq, head) of the newest entry, the origin's when there is none."""
    row = db.execute("SELECT seq, head FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    return row if row is not None else (origin.base_seq, origin.base_head)


def read_boots(db: sqlite3.Connection) -> dict[str, int]:
    """Return the number of each boot, by its id. Raises sqlite3.Error."""
    return dict(db.execute("SELECT boot_id, max(boot_no) FROM boot GROUP BY boot_id"))


def walk(rows: Iterable[Row], seq: int, head: bytes) -> int:
    """Follow the chain over `rows`, beginning after entry `seq` with `head`.

    Returns the seq at its end. Raises Damage with the entry at which it breaks.
    """
    for row_seq, body, row_head in rows:
        if row_seq != seq + 1:
            raise Damage(f"entry {seq + 1} is missing", seq + 1)
        if not isinstance(body, bytes) or next_head(head, body) != row_head:
            raise Damage(f"entry {row_seq} is not what was written", row_seq)
        seq, head = row_seq, row_head
    return seq


def check_last_rows(db: sqlite3.Connection, origin: Origin) -> int:
    """Check the newest rows and return the newest seq. Raises Damage or sqlite3.Error."""
    sql = "SELECT seq, body, head FROM entry ORDER BY seq DESC LIMIT ?"
    rows: list[Row] = db.execute(sql, (LAST_ROWS,)).fetchall()[::-1]
    if len(rows) < LAST_ROWS:
        return walk(rows, origin.base_seq, origin.base_head)
    first_seq, _, first = rows[0]
    return walk(rows[1:], first_seq, first)


def check_chain(path: Path) -> ChainCheck:
    """Walk the whole chain of the journal at `path`; memory stays flat.

    Raises sqlite3.OperationalError when there is no such file or it may not be read.
    """
    db = connect_reader(path)
    seq = pruned = 0
    try:
        origin = read_origin(db)
        seq, head, pruned = origin.base_seq, origin.base_head, origin.base_seq
        for row in db.execute("SELECT seq, body, head FROM entry ORDER BY seq"):
            seq, head = walk([row], seq, head), row[2]
    except Damage as exc:
        return ChainCheck(seq, pruned, exc.seq, str(exc))
    except sqlite3.Error as exc:
        return ChainCheck(seq, pruned, seq + 1, str(exc))
    finally:
        db.close()
    return ChainCheck(seq, pruned)


def read_epoch(path: Path) -> bytes:
    """Return the epoch of the journal at `path`. Raises sqlite3.Error."""
    db = connect_reader(path)
    try:
        return read_origin(db).epoch
    except Damage as exc:
        raise sqlite3.DatabaseError(str(exc)) from exc
    finally:
        db.close()


def find_damage(path: Path) -> str:
    """Return what SQLite's own quick check says against the file, "" when it is sound.

    Reads all of it (0.2 to 5 s a million entries): for a thread in the background.
    """
    db = connect_reader(path)
    try:
        verdict = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as exc:
        return str(exc)
    finally:
        db.close()
    return "" if verdict == "ok" else verdict
