"""Who was let through and has not been seen going through yet. Pure.

Where a contact watches the passage, a grant that nobody uses is taken back after
`passage_wait_s`: an entry that says so refers to it, and neither counts nor quotas keep it.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from kiosk.core.machine_entries import entry_by_staff
from kiosk.core.messages import RecordEntry
from kiosk.core.rules_words import Rules
from kiosk.core.words import EntryKind, Facts, Granted, Recorded
from kiosk.timing import Stamp

KINDS = frozenset({EntryKind.PASSAGE, EntryKind.OVERRIDE})


@dataclass(frozen=True, slots=True)
class Awaited:
    """A grant, and the monotonic second until which its person is waited for."""

    recorded: Recorded
    until_s: float


Awaiting = tuple[Awaited, ...]  # oldest first


def granted(awaiting: Awaiting, recorded: Recorded, at: Stamp, rules: Rules) -> Awaiting:
    """Wait for the person of a grant that was written down.

    Grants of a journal that was set aside are not: no entry of this one can take them back.
    """
    entry = recorded.entry
    if entry.kind not in KINDS or not isinstance(entry.decision, Granted):
        return awaiting
    ours = (one for one in awaiting if one.recorded.seq < recorded.seq)
    return (*ours, Awaited(recorded, at.mono_s + rules.passage_wait_s))


def opened_again(awaiting: Awaiting, cti: bytes, at: Stamp, rules: Rules) -> Awaiting:
    """Give a person for whom the gate opened once more the whole time again."""
    until_s = at.mono_s + rules.passage_wait_s
    return tuple(
        replace(one, until_s=until_s) if one.recorded.entry.cti == cti else one
        for one in awaiting
    )


def passed(awaiting: Awaiting) -> Awaiting:
    """Somebody went through: whoever was let through first."""
    return awaiting[1:]


def left(awaiting: Awaiting, scan_id: UUID) -> Awaiting:
    """Somebody was talked back in, and nobody is waited for."""
    return tuple(one for one in awaiting if one.recorded.entry.scan_id != scan_id)


def overdue(
    awaiting: Awaiting, at: Stamp, rules: Rules
) -> tuple[Awaiting, tuple[RecordEntry, ...]]:
    """Return who is still waited for, and the entries that take back the other grants."""
    late = [one for one in awaiting if at.mono_s >= one.until_s]
    if not late:
        return awaiting, ()
    kept = tuple(one for one in awaiting if at.mono_s < one.until_s)
    return kept, tuple(_withdrawal(one.recorded, at, rules) for one in late)


def _withdrawal(recorded: Recorded, at: Stamp, rules: Rules) -> RecordEntry:
    about = recorded.entry
    said = ("withdrawn", "nobody_passed")
    entry = entry_by_staff(
        at, Facts(about.gate, about.direction), EntryKind.WITHDRAWN, said, rules
    )
    entry = replace(
        entry, cti=about.cti, sub=about.sub, label=about.label, refers_to_seq=recorded.seq
    )
    return RecordEntry(entry, may_wait=True)
