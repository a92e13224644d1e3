"""The entries about duty: what is handed over, notes, another gate as well. Pure."""

from dataclasses import replace

from kiosk.core.duty import COVERS, HANDOVER, LEAVES_ALONE, NOTE, is_note
from kiosk.core.machine_entries import Details, entry_by_staff
from kiosk.core.messages import Command, RecordEntry
from kiosk.core.messages_staff import CoverChosen, DutyEvent, NoteWritten
from kiosk.core.rules_words import Rules
from kiosk.core.words import Entry, EntryKind, Facts
from kiosk.timing import Stamp


def handed_over(at: Stamp, facts: Facts, rules: Rules) -> tuple[RecordEntry, ...]:
    """Return the sheet of whoever leaves, to be written before anybody comes or goes."""
    leaving = facts.duty.leaving
    if leaving is None:
        return ()
    entry = entry_by_staff(at, facts, EntryKind.DUTY, ("duty", HANDOVER), rules)
    sheet = replace(
        entry, scan_id=leaving.scan_id, staff=leaving.staff, details=leaving.details
    )
    return (RecordEntry(sheet),)


def taken_over(entry: Entry, facts: Facts) -> Entry:
    """Return a sign-on that acknowledges the sheet before it, where there is one."""
    duty = facts.duty
    if duty.leaving is not None:
        return replace(entry, scan_id=duty.leaving.scan_id)
    return replace(entry, refers_to_seq=duty.sheet_seq)


def duty_noted(event: DutyEvent, rules: Rules) -> tuple[Command, ...]:
    """Write down a note, or which other gate is looked after; nothing else changes."""
    if event.facts is None or event.staff is None:
        return ()
    said, details = _said(event)
    if not said:
        return ()
    entry = entry_by_staff(event.at, event.facts, EntryKind.DUTY, ("duty", said), rules)
    return (RecordEntry(replace(entry, staff=event.staff, details=details)),)


def _said(event: DutyEvent) -> tuple[str, Details]:
    match event:
        case NoteWritten(text=text):
            return (NOTE, (("note", text),)) if is_note(text) else ("", ())
        case CoverChosen(gate=gate, is_on=is_on):
            return COVERS if is_on else LEAVES_ALONE, (("covers", gate),)
