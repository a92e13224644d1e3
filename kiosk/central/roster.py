"""The roster that central keeps and sends: shifts, when gates are open, what is left open.

Gates get a row of the directory for each day that is not over; only what changed is sent.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, delete, insert, select

from kiosk.central.deeds import note_deed
from kiosk.central.directory import put_row, row_of
from kiosk.central.gates_now import openings
from kiosk.central.schema_duty import gate_now, opening, shift
from kiosk.central.standing import UTC_OFFSET_S
from kiosk.core.duty import Shift
from kiosk.core.duty_roster import (
    Double,
    Gap,
    Load,
    Opening,
    day_of_ms,
    doubles,
    gaps,
    loads,
    midnight_ms,
)
from kiosk.wire.roster import ROSTER_ROW, SHIFTS_MAX, encode_shifts, roster_key

DAY_MS = 86_400_000
GateDay = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Replaced:
    """What an import put in whose place: the days are local, the last one included."""

    gates: tuple[str, ...]
    first: date
    last: date
    taken: int
    gone: int
    unknown_gates: tuple[str, ...]  # that no kiosk calls its own


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a roster leaves open, and what it asks of whom."""

    gaps: list[Gap]
    doubles: list[Double]
    loads: list[Load]


class TooMany(Exception):
    """More shifts on one day at one gate than a gate is told."""


def replace_shifts(
    db: Connection, shifts: Sequence[Shift], *, by: str, now_ms: int
) -> Replaced:
    """Put shifts in place of those of their gates, from their first day to their last.

    Raises TooMany; `shifts` are one at least.
    """
    gates = tuple(sorted({one.gate for one in shifts}))
    days = [_day(one) for one in shifts]
    first, last = min(days), max(days)
    begins, ends = _bounds(first, last)
    in_place = shift.c.gate.in_(gates) & shift.c.from_ms.between(begins, ends - 1)
    old = [_shift(row) for row in db.execute(select(shift).where(in_place))]
    db.execute(delete(shift).where(in_place))
    db.execute(insert(shift), [_values(one, by) for one in shifts])
    _send(db, {(one.gate, _day(one)) for one in (*old, *shifts)}, now_ms)
    told = f"{len(shifts)} shifts, {first} to {last}"
    note_deed(db, operator=by, deed="roster", subject=told, now_ms=now_ms)
    unknown = tuple(sorted(set(gates) - known_gates(db)))
    return Replaced(gates, first, last, len(shifts), len(old), unknown)


def add_shift(db: Connection, one: Shift, *, by: str, now_ms: int) -> None:
    """Add a shift; one that is there already stays as it is. Raises TooMany."""
    same = (shift.c.gate == one.gate) & (shift.c.staff == one.staff)
    same &= (shift.c.from_ms == one.from_ms) & (shift.c.until_ms == one.until_ms)
    if db.scalar(select(shift.c.id).where(same)) is not None:
        return
    db.execute(insert(shift).values(_values(one, by)))
    _send(db, {(one.gate, _day(one))}, now_ms)
    note_deed(db, operator=by, deed="add shift", subject=_told(one), now_ms=now_ms)


def remove_shift(db: Connection, number: int, *, by: str, now_ms: int) -> bool:
    """Take a shift away by its number. Returns False when it is not there."""
    row = db.execute(select(shift).where(shift.c.id == number)).first()
    if row is None:
        return False
    db.execute(delete(shift).where(shift.c.id == number))
    gone = _shift(row)
    _send(db, {(gone.gate, _day(gone))}, now_ms)
    note_deed(db, operator=by, deed="remove shift", subject=_told(gone), now_ms=now_ms)
    return True


def numbered_shifts(db: Connection, first: date, last: date) -> list[tuple[int, Shift]]:
    """Return the shifts that begin on local days, the last included, with their numbers."""
    begins, ends = _bounds(first, last)
    wanted = select(shift).where(shift.c.from_ms.between(begins, ends - 1))
    rows = db.execute(wanted.order_by(shift.c.from_ms, shift.c.gate, shift.c.staff))
    return [(row.id, _shift(row)) for row in rows]


def shifts_of(db: Connection, first: date, last: date) -> list[Shift]:
    """Return the shifts that begin on local days, the last included."""
    return [one for _, one in numbered_shifts(db, first, last)]


def coverage(db: Connection, first: date, last: date) -> Coverage:
    """Return what the roster leaves open on local days, and what it asks of whom.

    Gates are those with shifts or a kiosk. The days around count for who has no rest.
    """
    around = shifts_of(db, first - timedelta(days=7), last + timedelta(days=7))
    here = [one for one in around if first <= _day(one) <= last]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    opened = openings(db)
    found: list[Gap] = []
    for gate in sorted({one.gate for one in around} | known_gates(db)):
        of_gate = opened.get(gate, Opening())
        found += gaps(gate, around, of_gate, days, UTC_OFFSET_S)
    asked = {one.staff for one in here}
    of_them = [load for load in loads(around, UTC_OFFSET_S) if load.staff in asked]
    return Coverage(found, doubles(here), [_within(one, first, last) for one in of_them])


def set_opening(db: Connection, gate: str, hours: Opening, *, by: str, now_ms: int) -> None:
    """Say when a gate is open."""
    db.execute(delete(opening).where(opening.c.gate == gate))
    times = {"from_min": hours.from_min, "until_min": hours.until_min}
    db.execute(insert(opening).values(gate=gate, **times))
    note_deed(db, operator=by, deed="gate hours", subject=gate, now_ms=now_ms)


def known_gates(db: Connection) -> set[str]:
    """Return the gates that kiosks call their own."""
    return set(db.scalars(select(gate_now.c.gate).distinct()))


def _within(load: Load, first: date, last: date) -> Load:
    minutes = {day: m for day, m in load.minutes.items() if first <= day <= last}
    return Load(load.staff, minutes, load.running, load.running_from)


def _send(db: Connection, changed: Iterable[GateDay], now_ms: int) -> None:
    """Put what gates should know of these days; yesterday's may still last."""
    yesterday = day_of_ms(now_ms, UTC_OFFSET_S) - timedelta(days=1)
    days = {pair for pair in changed if pair[1] >= yesterday}
    by_day: defaultdict[GateDay, list[Shift]] = defaultdict(list)
    if days:
        known = shifts_of(db, min(d for _, d in days), max(d for _, d in days))
        for one in known:
            by_day[one.gate, _day(one)].append(one)
    for gate, day in sorted(days):
        if len(by_day[gate, day]) > SHIFTS_MAX:
            raise TooMany(f"{day}: more than {SHIFTS_MAX} shifts at one gate")
        key, found = roster_key(gate, day), by_day[gate, day]
        blob = encode_shifts(found) if found else None
        if row_of(db, ROSTER_ROW, key) != blob:
            put_row(db, ROSTER_ROW, key, blob)


def _bounds(first: date, last: date) -> tuple[int, int]:
    return midnight_ms(first, UTC_OFFSET_S), midnight_ms(last, UTC_OFFSET_S) + DAY_MS


def _day(one: Shift) -> date:
    return day_of_ms(one.from_ms, UTC_OFFSET_S)


def _shift(row: object) -> Shift:
    known = row._mapping  # type: ignore[attr-defined]  # a row of the table
    return Shift(known["gate"], known["from_ms"], known["until_ms"], known["staff"])


def _values(one: Shift, by: str) -> dict[str, object]:
    times = {"from_ms": one.from_ms, "until_ms": one.until_ms}
    return {"gate": one.gate, "staff": one.staff, "made_by": by, **times}


def _told(one: Shift) -> str:
    return f"{one.staff}, {_day(one)}, {one.gate}"
