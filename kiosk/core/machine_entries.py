"""Entries about what staff did: no decision of the rules, no holder, no name. Pure."""

from dataclasses import replace
from uuid import UUID

from kiosk.core.rules_words import Rules
from kiosk.core.words import Entry, EntryKind, Facts, TraceLine
from kiosk.core.words_home import Visit
from kiosk.timing import Stamp

Details = tuple[tuple[str, int | str], ...]


def returned(at: Stamp, facts: Facts, cti: bytes, visit: Visit, rules: Rules) -> Entry:
    """Return the entry of a visitor's card that is handed back."""
    details: Details = (("visit", visit.form.hex()), ("returned", 1))
    entry = entry_by_staff(at, facts, EntryKind.CARD, ("card", "returned"), rules)
    return replace(entry, cti=cti, details=details)


def entry_by_staff(
    at: Stamp, facts: Facts, kind: EntryKind, said: tuple[str, str], rules: Rules
) -> Entry:
    """Return an entry about what staff did, without decision, holder or name."""
    return Entry(
        kind=kind,
        at=at,
        scan_id=UUID(int=0),
        gate=facts.gate,
        direction=facts.direction,
        decision=None,
        cti=None,
        sub=None,
        label="",
        rules_version=rules.version,
        trace=(TraceLine(*said),),
    )


def utc_ms(at: Stamp) -> int:
    """Return the UTC milliseconds of an instant."""
    return int(at.utc.timestamp() * 1000)
