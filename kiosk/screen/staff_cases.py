"""Which cases of a snapshot staff may still decide."""

from uuid import UUID

from kiosk.core.words import Denied, Entry, EntryKind, Granted, Referred
from kiosk.ports import Snapshot
from kiosk.timing import Stamp

OPEN_CASE_S = 900.0  # chosen: a case nobody closed leaves the page after a quarter of an hour
HOLDABLE_MAX = 6  # chosen: the last five, and whoever is being served
NO_SCAN = UUID(int=0)
_ENDED_BY = frozenset({EntryKind.OVERRIDE, EntryKind.PERSUADED})


def decidable(snapshot: Snapshot) -> tuple[Entry, ...]:
    """Return referred and denied cases that nobody let through since, newest first."""
    found: dict[UUID, Entry] = {}
    ended: set[UUID] = set()
    for entry in _newest_first(snapshot):
        if isinstance(entry.decision, Granted) or entry.kind in _ENDED_BY:
            ended.add(entry.scan_id)
        elif is_open(entry, snapshot.at) and entry.scan_id not in ended:
            found.setdefault(entry.scan_id, entry)
    return tuple(found.values())


def holdable(snapshot: Snapshot) -> tuple[Entry, ...]:
    """Return whom staff may ask to wait, whoever is at the gate first; each pass once."""
    at_gate = () if snapshot.at_gate is None else (snapshot.at_gate,)
    held = {one.cti for one in snapshot.held}
    found: dict[bytes, Entry] = {}
    for entry in (*at_gate, *_newest_first(snapshot)):
        if entry.cti is not None and entry.cti not in held:
            found.setdefault(entry.cti, entry)
    return tuple(found.values())[:HOLDABLE_MAX]


def scan_of(entry: Entry) -> str:
    """Return the scan of an entry, "" of one from before the restart."""
    return "" if entry.scan_id == NO_SCAN else str(entry.scan_id)


def is_open(entry: Entry, now: Stamp) -> bool:
    """Whether an entry says that a person decides, and that person may still stand here."""
    if not isinstance(entry.decision, Referred | Denied):
        return False
    is_ours = entry.at.boot_id == now.boot_id
    return is_ours and now.mono_s - entry.at.mono_s <= OPEN_CASE_S


def named(snapshot: Snapshot) -> list[Entry]:
    """Return the last entries that staff can name a person by; none from before a restart."""
    recent = (recorded.entry for recorded in snapshot.recent)
    return [entry for entry in recent if entry.scan_id != NO_SCAN]


def _newest_first(snapshot: Snapshot) -> list[Entry]:
    recent = named(snapshot)
    known = {entry.scan_id for entry in recent}
    shown = snapshot.show.entry
    first = [shown] if shown is not None and shown.scan_id not in known else []
    rest = [e for e in snapshot.open_cases if e.scan_id not in known]
    return [*first, *recent, *rest]
