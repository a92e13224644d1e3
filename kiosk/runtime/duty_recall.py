"""The watch as the journal tells it, for a start."""

import sqlite3
from dataclasses import replace
from pathlib import Path

from kiosk.core.duty import Counts, Watch
from kiosk.journal.duty_rows import last_change, newest_since
from kiosk.journal.sheets import read_sheet
from kiosk.ledger.handover import after
from kiosk.wire import WireEntry

ENTRIES_BACK = 20_000  # chosen: days of a gate, read at a start in a second


def watch_before(journal: Path) -> Watch:
    """Return the watch as the journal tells it; a new one where it cannot be read."""
    try:
        if not journal.exists():
            return Watch()
        change = last_change(journal)
        return Watch() if change is None else _since(journal, change)
    except sqlite3.Error:
        return Watch()


def _since(journal: Path, change: WireEntry) -> Watch:
    """Return the watch that a sign-on or sign-off began, with the sheet before it."""
    told = newest_since(journal, change.seq, ENTRIES_BACK)
    watch = after(Watch(), change)
    if told and told[0].seq > change.seq:  # too many: it counts from the oldest that is read
        watch = replace(watch, first=0, counts=Counts())
    for entry in told:
        if entry.seq > change.seq:
            watch = after(watch, entry)
    # Its seconds are of another boot, perhaps: from here on the wall clock says how long.
    return replace(watch, since_s=0.0, sheet=read_sheet(journal) or watch.sheet)
