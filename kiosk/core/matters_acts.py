"""What staff do about fevers and incidents, each in an entry of its own. Pure.

None of it changes what the resident's page shows or sounds: whoever makes trouble at the gate
must not see that somebody was called.
"""

from dataclasses import replace

from kiosk.core.machine_case import State, Step
from kiosk.core.machine_entries import entry_by_staff
from kiosk.core.matters import ACT, Act, Matter, MatterKind
from kiosk.core.messages import RecordEntry
from kiosk.core.messages_staff import IncidentCalled, MatterEvent
from kiosk.core.rules_words import Rules
from kiosk.core.words import Entry, EntryKind, Facts, Recorded
from kiosk.timing import Stamp

_KINDS = {MatterKind.FEVER: EntryKind.FEVER, MatterKind.INCIDENT: EntryKind.INCIDENT}


def matter_acted(state: State, event: MatterEvent, rules: Rules) -> Step:
    """Write down that somebody is called, is called again, or was called by mistake.

    A call waits for nobody to be signed on, and for no disk that is full.
    """
    if event.facts is None:
        return state, ()
    lane = event.facts
    if isinstance(event, IncidentCalled):
        act = Act.CALLED if event.running is None else Act.AGAIN
        entry = _entry(event.at, lane, rules, act=act, about=event.running, staff=event.staff)
        return state, (RecordEntry(entry, may_wait=True),)
    act, about = event.act, event.matter
    if event.staff is None or about is None or not _may(act, about):
        return state, ()
    entry = _entry(event.at, lane, rules, act=act, about=about, staff=event.staff)
    return state, (RecordEntry(entry),)


def closed_by(ended: Matter, recorded: Recorded, rules: Rules) -> RecordEntry:
    """Return the entry that ends a fever: measured again by contact, the person is well.

    The reading stands in the entry of the passage alone, so that nothing counts it twice.
    """
    about = recorded.entry
    lane = Facts(about.gate, about.direction)
    entry = _entry(about.at, lane, rules, act=Act.CLOSED, about=ended, staff=about.staff)
    return RecordEntry(entry, may_wait=True)


def _may(act: Act, matter: Matter) -> bool:
    if matter.is_closed or matter.withdrawn_by is not None:
        return False
    return act is Act.AGAIN or (act is Act.WITHDRAWN and matter.kind is MatterKind.INCIDENT)


def _entry(
    at: Stamp, facts: Facts, rules: Rules, *, act: Act, about: Matter | None, staff: str | None
) -> Entry:
    kind = EntryKind.INCIDENT if about is None else _KINDS[about.kind]
    entry = entry_by_staff(at, facts, kind, (kind.value, act.value), rules)
    return replace(
        entry,
        staff=staff,
        refers_to_seq=about.seq if about is not None else None,
        details=((ACT, act.value),),
    )
