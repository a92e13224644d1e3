"""Handover sheets read back from the journal, with their notes and who took them."""

from dataclasses import replace
from pathlib import Path

from kiosk.core.duty import HANDOVER, NOTE, ON, Note, Sheet
from kiosk.journal.duty_rows import NEWEST, duty_backwards
from kiosk.ledger.handover import note_of, said_of, sheet_of


def read_sheet(path: Path, before: int = NEWEST) -> Sheet | None:
    """Return the newest sheet at or before an entry, None: there is none.

    Raises sqlite3.Error.
    """
    for entry in duty_backwards(path, before):
        sheet = sheet_of(entry) if said_of(entry) == HANDOVER else None
        if sheet is not None:
            return _with_taker(path, replace(sheet, notes=_notes(path, sheet)))
    return None


def _notes(path: Path, sheet: Sheet) -> tuple[Note, ...]:
    notes = []
    for entry in duty_backwards(path, sheet.last):
        if entry.seq < sheet.first:
            break
        if said_of(entry) == NOTE and (note := note_of(entry)) is not None:
            notes.append(note)
    return tuple(reversed(notes))


def _with_taker(path: Path, sheet: Sheet) -> Sheet:
    """Return a sheet with who signed on after it, where somebody did."""
    for entry in duty_backwards(path):
        if entry.seq <= sheet.seq:
            break
        if said_of(entry) == ON and entry.refers_to_seq == sheet.seq:
            return replace(sheet, taken_by=entry.staff, taken_ms=entry.utc_ms)
    return sheet
