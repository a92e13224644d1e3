"""The day so far, entry by entry, for the staff page. Pure; equal to the ledger of the day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kiosk.core.words import EntryKind
from kiosk.ledger.counting import (
    DENIED,
    IN,
    INFRARED,
    OUT,
    REFERRED,
    TYPED,
    instrument_of,
    is_way,
)
from kiosk.wire import WireEntry

GRANTS_KEPT = 1000  # chosen: a grant is taken back within minutes, by the contact or by staff


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody who was let through and may still be taken back."""

    seq: int
    utc_ms: int
    direction: str


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What came of the entries of a day. `inside` goes on over midnight, the rest begins anew.

    `inside` is below 0 where people were inside before the first entry.
    """

    entered: int = 0
    left: int = 0
    referred: int = 0
    denied: int = 0
    visitors: int = 0
    persuaded: int = 0
    withdrawn: int = 0
    typed: int = 0
    infrared: int = 0
    inside: int = 0
    day_start_ms: int = 0
    grants: tuple[Grant, ...] = ()  # the newest, oldest first


def after(counts: DayCounts, entry: WireEntry, day_start_ms: int) -> DayCounts:
    """Return the counts with one more entry; `day_start_ms` is today's local midnight, UTC.

    An entry of an earlier day changes who is inside, and nothing else.
    """
    counts = on_day(counts, day_start_ms)
    if is_way(entry):
        counts = _passed(counts, entry)
    elif entry.kind == EntryKind.WITHDRAWN.value:
        counts = _taken_back(counts, entry)
    return _counted(counts, entry) if entry.utc_ms >= day_start_ms else counts


def on_day(counts: DayCounts, day_start_ms: int) -> DayCounts:
    """Return the counts of a day that may have begun since."""
    if day_start_ms == counts.day_start_ms:
        return counts
    return DayCounts(inside=counts.inside, grants=counts.grants, day_start_ms=day_start_ms)


def counts_of(entries: Iterable[WireEntry], day_start_ms: int) -> DayCounts:
    """Return the counts of entries in the order of the journal."""
    counts = DayCounts(day_start_ms=day_start_ms)
    for entry in entries:
        counts = after(counts, entry, day_start_ms)
    return counts


def _passed(counts: DayCounts, entry: WireEntry) -> DayCounts:
    grant = Grant(entry.seq, entry.utc_ms, entry.direction)
    kept = (*counts.grants[-GRANTS_KEPT + 1 :], grant)
    return _moved(replace(counts, grants=kept), grant, 1)


def _taken_back(counts: DayCounts, entry: WireEntry) -> DayCounts:
    """Take a grant back once; one that is not known, or not any more, changes nothing."""
    grant = next((g for g in counts.grants if g.seq == entry.refers_to_seq), None)
    if grant is None:
        return counts
    kept = tuple(other for other in counts.grants if other is not grant)
    return _moved(replace(counts, grants=kept), grant, -1)


def _moved(counts: DayCounts, grant: Grant, by: int) -> DayCounts:
    went_in = by if grant.direction == IN else 0
    went_out = by if grant.direction == OUT else 0
    counts = replace(counts, inside=counts.inside + went_in - went_out)
    if grant.utc_ms < counts.day_start_ms:
        return counts
    return replace(counts, entered=counts.entered + went_in, left=counts.left + went_out)


def _counted(counts: DayCounts, entry: WireEntry) -> DayCounts:
    kind, instrument = entry.kind, instrument_of(entry)
    is_infrared = instrument == INFRARED
    return replace(
        counts,
        referred=counts.referred + (entry.decision == REFERRED),
        denied=counts.denied + (entry.decision == DENIED),
        visitors=counts.visitors + (kind == EntryKind.VISITOR.value),
        persuaded=counts.persuaded + (kind == EntryKind.PERSUADED.value),
        withdrawn=counts.withdrawn + (kind == EntryKind.WITHDRAWN.value),
        typed=counts.typed + instrument.startswith(TYPED),
        infrared=counts.infrared + is_infrared,
    )
