"""The watch at a gate, entry by entry, and the sheet that ends it. Pure; equal to the ledger.

Entries are taken in the order of the journal. What is taken back within the watch did not go
through; what an earlier watch let in stays as that watch handed it over.
"""

from collections.abc import Iterable
from dataclasses import astuple, fields, replace
from typing import Any

from kiosk.core import duty
from kiosk.core.duty import Counts, Grant, Note, Sheet, Watch
from kiosk.core.words import EntryKind
from kiosk.ledger.counting import DENIED, GRANTED, IN, REFERRED, is_way
from kiosk.timing import ClockState
from kiosk.wire import WireEntry

GRANTS_KEPT = 1000  # chosen: a grant is taken back within minutes
FAULTS_CHARS_MAX = 200
_COUNTS = tuple(field.name for field in fields(Counts))
_NUMBERS = ("since", "first", "last", *_COUNTS, "cases", "cards", "overstayed")
_INTEGER_MAX = 2**53


def after(watch: Watch, entry: WireEntry) -> Watch:
    """Return the watch with one more entry: a new watch where somebody came or went."""
    match said_of(entry):
        case duty.ON if entry.staff != watch.staff:
            return _counted(_begun(watch, entry, entry.staff), entry)
        case duty.OFF:
            return _counted(_begun(watch, entry, None), entry)
        case duty.HANDOVER:
            sheet = sheet_of(entry)
            watch = replace(watch, sheet=sheet and replace(sheet, notes=watch.notes))
        case duty.NOTE:
            watch = _noted(watch, entry)
        case duty.COVERS | duty.LEAVES_ALONE:
            watch = _covering(watch, entry)
    return _counted(watch, entry)


def watch_of(entries: Iterable[WireEntry]) -> Watch:
    """Return the watch at the end of entries in the order of the journal."""
    watch = Watch()
    for entry in entries:
        watch = after(watch, entry)
    return watch


def said_of(entry: WireEntry) -> str:
    """Return what an entry says of duty: on, off, handover, note, covers; "" of others."""
    if entry.kind != EntryKind.DUTY.value or not entry.trace:
        return ""
    rule, _, verdict = entry.trace[0].rpartition(":")
    return verdict if rule == "duty" else ""


def details_of(
    watch: Watch,
    *,
    cases: int,
    cards: int,
    overstayed: int,
    faults: Iterable[str],
    is_sure: bool,
) -> tuple[tuple[str, int | str], ...]:
    """Return the sheet of a watch as the details of its entry."""
    numbers = (watch.since_ms, watch.first, watch.last, *astuple(watch.counts))
    values = (*numbers, cases, cards, overstayed)
    named = ",".join(faults)[:FAULTS_CHARS_MAX]
    told = tuple(zip(_NUMBERS, values, strict=True))
    return (*told, ("sure", int(is_sure and watch.is_sure)), ("faults", named))


def sheet_of(entry: WireEntry) -> Sheet | None:
    """Return the sheet that an entry holds, None where it holds none that makes sense."""
    said = entry.details
    numbers = [said.get(name) for name in _NUMBERS]
    if said_of(entry) != duty.HANDOVER or not all(_is_number(n) for n in numbers):
        return None
    since_ms, first, last, *rest = (n for n in numbers if isinstance(n, int))
    return Sheet(
        seq=entry.seq,
        gate=entry.gate,
        staff=entry.staff or "",
        since_ms=since_ms,
        at_ms=entry.utc_ms,
        is_sure=said.get("sure") == 1 and entry.clock != ClockState.UNSURE,
        first=first,
        last=last,
        counts=Counts(*rest[: len(_COUNTS)]),
        cases=rest[-3],
        cards=rest[-2],
        overstayed=rest[-1],
        faults=tuple(name for name in str(said.get("faults", "")).split(",") if name),
    )


def note_of(entry: WireEntry) -> Note | None:
    """Return the note that an entry holds."""
    text = entry.details.get("note")
    if said_of(entry) != duty.NOTE or not isinstance(text, str) or not duty.is_note(text):
        return None
    return Note(entry.utc_ms, entry.staff or "", text)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value < _INTEGER_MAX


def _begun(watch: Watch, entry: WireEntry, staff: str | None) -> Watch:
    """Return an empty watch that begins with `entry`; who comes takes the sheet before it."""
    sheet = watch.sheet
    if sheet is not None and staff is not None and entry.refers_to_seq == sheet.seq:
        sheet = replace(sheet, taken_by=staff, taken_ms=entry.utc_ms)
    return Watch(
        staff,
        entry.utc_ms,
        entry.boot_ms / 1000,
        entry.clock != ClockState.UNSURE,
        first=entry.seq,
        sheet=sheet,
    )


def _noted(watch: Watch, entry: WireEntry) -> Watch:
    note = note_of(entry)
    if note is None:
        return watch
    return replace(watch, notes=(*watch.notes, note)[-duty.NOTES_MAX :])


def _covering(watch: Watch, entry: WireEntry) -> Watch:
    gate = entry.details.get("covers")
    if not isinstance(gate, str):
        return watch
    others = tuple(one for one in watch.covers if one != gate)
    if said_of(entry) == duty.COVERS:
        others = (*others, gate)[-duty.COVERS_MAX :]
    return replace(watch, covers=others)


def _counted(watch: Watch, entry: WireEntry) -> Watch:
    counts, grants = watch.counts, watch.grants
    if is_way(entry):
        grant = Grant(entry.seq, entry.direction == IN)
        counts, grants = _moved(counts, grant, 1), (*grants[-GRANTS_KEPT + 1 :], grant)
    elif entry.kind == EntryKind.WITHDRAWN.value:
        back = next((one for one in grants if one.seq == entry.refers_to_seq), None)
        if back is not None:
            counts = _moved(counts, back, -1)
            grants = tuple(one for one in grants if one is not back)
    first = watch.first or entry.seq
    counts = _decided(counts, entry)
    return replace(watch, first=first, last=entry.seq, counts=counts, grants=grants)


def _moved(counts: Counts, grant: Grant, by: int) -> Counts:
    if grant.is_in:
        return replace(counts, went_in=counts.went_in + by)
    return replace(counts, went_out=counts.went_out + by)


def _decided(counts: Counts, entry: WireEntry) -> Counts:
    name = entry.decision if entry.decision in (GRANTED, REFERRED, DENIED) else "undecided"
    more = {"entries": counts.entries + 1, name: getattr(counts, name) + 1}
    return replace(counts, **more)
