"""The two loops that `kiosk bench journal` compares, each run in a process of its own.

`python -m kiosk.bench.journal_loops journal|plain FOLDER COUNT` prints one JSON value:
bytes that reached the disk cache of the kernel for writing, and what each commit took.
"""

import json
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from uuid import UUID

from kiosk.config import JournalConfig
from kiosk.core.words import Direction, Entry, EntryKind, Granted, Reading, TraceLine
from kiosk.journal.journal import open_journal
from kiosk.timing import ManualClock, Stamp
from kiosk.wire import decode_entry, encode_entry

_RULES = ("validity", "clock", "instrument", "again", "elevated", "missing")


def make_entry(at: Stamp, number: int) -> Entry:
    """Return an entry as the machine makes it for a resident who is let in."""
    reading = Reading(34.52, 36.52, 0.12, 9, at.mono_s - 1.2, at.mono_s, 22.0, "bench")
    return Entry(
        kind=EntryKind.PASSAGE,
        at=at,
        scan_id=UUID(int=number),
        gate="南门",
        direction=Direction.IN,
        decision=Granted(),
        cti=number.to_bytes(8, "big"),
        sub="ABCDEFGH",
        label="",
        rules_version=1,
        readings=(reading,),
        trace=(*(TraceLine(rule, "-") for rule in _RULES), TraceLine("admission", "admit")),
    )


def written_bytes() -> int:
    """Return how many bytes this process has caused to be written to a disk."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def run_journal(folder: Path, count: int) -> list[float]:
    """Record entries in our journal; return the seconds of each."""
    clock = ManualClock()
    path = folder / "journal.db"
    journal = open_journal(path, device="bench", config=JournalConfig(), clock=clock)
    entries = [make_entry(clock.advance(1), number) for number in range(count)]
    took = [_timed(partial(journal.record, entry)) for entry in entries]
    journal.close()
    return took


def run_plain(folder: Path, count: int) -> list[float]:
    """Insert the same entries as a tutorial does; return the seconds of each."""
    clock = ManualClock()
    db = sqlite3.connect(folder / "plain.db")
    db.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT)")
    db.commit()
    entries = [make_entry(clock.advance(1), number) for number in range(count)]
    took = [_timed(partial(_insert, db, entry)) for entry in entries]
    db.close()
    return took


def _insert(db: sqlite3.Connection, entry: Entry) -> None:
    wire = decode_entry(encode_entry(entry, seq=1, boot_no=1))
    values = {name: getattr(wire, name) for name in wire.__slots__}
    body = json.dumps(values, default=bytes.hex, ensure_ascii=False)
    db.execute("INSERT INTO entries (body) VALUES (?)", (body,))
    db.commit()


def _timed(work: Callable[[], object]) -> float:
    began_s = perf_counter()
    work()
    return perf_counter() - began_s


def main() -> None:
    """Run one loop and print what it cost."""
    mode, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    loop = {"journal": run_journal, "plain": run_plain}[mode]
    before = written_bytes()
    took = loop(folder, count)
    print(json.dumps({"bytes": written_bytes() - before, "seconds": took}))


if __name__ == "__main__":
    main()
