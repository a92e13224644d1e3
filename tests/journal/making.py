"""Entries as the machine makes them."""

from pathlib import Path
from uuid import UUID

from kiosk.config import JournalConfig
from kiosk.core.words import (
    Decision,
    Direction,
    Entry,
    EntryKind,
    Granted,
    Missing,
    NoReading,
    Reading,
    TraceLine,
)
from kiosk.journal.journal import SqliteJournal, open_journal
from kiosk.timing import Clock, Stamp

DEVICE = "k-test"
TRACE = tuple(
    TraceLine(rule, verdict)
    for rule, verdict in (
        ("validity", "-"),
        ("clock", "-"),
        ("instrument", "-"),
        ("again", "-"),
        ("elevated", "-"),
        ("missing", "-"),
        ("admission", "admit"),
    )
)


def make_entry(
    at: Stamp,
    number: int = 1,
    decision: Decision | None = Granted(),  # noqa: B008  # a value
    *,
    kind: EntryKind = EntryKind.PASSAGE,
    refers_to_seq: int | None = None,
) -> Entry:
    reading = Reading(34.5, 36.5, 0.1, 9, at.mono_s - 1, at.mono_s, 22.0, "demo")
    before = NoReading(Missing.MOVING, False, at.mono_s - 1, 33.0, 4, at.mono_s - 2)
    return Entry(
        kind=kind,
        at=at,
        scan_id=UUID(int=number),
        gate="南门",
        direction=Direction.IN,
        decision=decision,
        cti=number.to_bytes(8, "big"),
        sub="ABCDEFGH",
        label="张*明",
        rules_version=3,
        readings=(before, reading),
        trace=TRACE,
        refers_to_seq=refers_to_seq,
    )


def open_here(folder: Path, clock: Clock, **options: object) -> SqliteJournal:
    config = options.pop("config", JournalConfig())
    return open_journal(
        folder / "journal.db", device=DEVICE, config=config, clock=clock, **options
    )
