"""Who was really on duty, from the entries of all gates, at the times that they really have."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kiosk.central.anchors import read_anchors
from kiosk.central.many_times import ManyTimes
from kiosk.central.rows import INTEGER_MAX
from kiosk.central.schema import entry, log
from kiosk.central.times import Quality, Written
from kiosk.core.duty import OFF, ON
from kiosk.core.words import EntryKind
from kiosk.errors import MessageError
from kiosk.ledger.handover import said_of
from kiosk.wire import WireEntry, decode_entry

_SURE = frozenset({Quality.EXACT, Quality.CORRECTED})


@dataclass(frozen=True, slots=True)
class Worked:
    """Somebody was on duty at a gate; `until_ms` None: still is. UTC milliseconds."""

    gate: str
    staff: str
    from_ms: int
    until_ms: int | None
    is_sure: bool  # the times of both ends are


@dataclass(frozen=True, slots=True)
class _Change:
    gate: str
    staff: str | None  # None: nobody any more
    at_ms: int
    is_sure: bool


def worked(db: Connection, from_ms: int, until_ms: int) -> list[Worked]:
    """Return who was on duty in a span of time, by when they came."""
    found: list[Worked] = []
    journals = select(log.c.id, log.c.device, log.c.epoch).order_by(log.c.id)
    for number, device, epoch in db.execute(journals).all():
        times = ManyTimes(read_anchors(db, device, epoch, (0, INTEGER_MAX)))
        found += _periods(_changes(db, number, times))
    in_span = [
        one
        for one in found
        if one.from_ms < until_ms and (one.until_ms is None or one.until_ms > from_ms)
    ]
    return sorted(in_span, key=lambda one: (one.from_ms, one.gate, one.staff))


def _changes(db: Connection, journal: int, times: ManyTimes) -> Iterator[_Change]:
    columns = (entry.c.body, entry.c.stored_ms)
    wanted = select(*columns).where(entry.c.log == journal, entry.c.refused.is_(None))
    wanted = wanted.where(entry.c.kind == EntryKind.DUTY.value).order_by(entry.c.seq.desc())
    newest_first = [_change(row.body, row.stored_ms, times) for row in db.execute(wanted)]
    yield from (one for one in reversed(newest_first) if one is not None)


def _change(body: bytes, stored_ms: int, times: ManyTimes) -> _Change | None:
    try:
        wire = decode_entry(body)
    except MessageError:
        return None
    said = said_of(wire)
    if said not in (ON, OFF):
        return None
    at_ms, is_sure = _when(wire, stored_ms, times)
    return _Change(wire.gate, wire.staff if said == ON else None, at_ms, is_sure)


def _when(wire: WireEntry, stored_ms: int, times: ManyTimes) -> tuple[int, bool]:
    written = Written(wire.boot_no, wire.boot_ms, wire.utc_ms, wire.clock, stored_ms)
    instant = times.corrected(written)
    return instant.utc_ms, instant.quality in _SURE


def _periods(changes: Iterator[_Change]) -> Iterator[Worked]:
    """Give one period for each who came; who signs on twice in a row stays."""
    on: _Change | None = None
    for change in changes:
        if on is not None and on.staff == change.staff:
            continue
        if on is not None and on.staff is not None:
            is_sure = on.is_sure and change.is_sure
            yield Worked(on.gate, on.staff, on.at_ms, change.at_ms, is_sure)
        on = change
    if on is not None and on.staff is not None:
        yield Worked(on.gate, on.staff, on.at_ms, None, on.is_sure)
