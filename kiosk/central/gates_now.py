"""Who keeps each gate now: what kiosks said with their last reports, and for whom they cover.

A gate counts as attended while somebody is signed on there, or at another kiosk of the same
gate, or while somebody elsewhere covers it and was heard of in the last three minutes. What a
kiosk says of seconds is turned into our own time: its clock may be wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from kiosk import log
from kiosk.central.schema_duty import gate_now, opening
from kiosk.central.standing import UTC_OFFSET_S
from kiosk.core.duty import GateNow, OtherGate
from kiosk.core.duty_roster import Opening, day_of_ms, open_ms
from kiosk.wire import SyncRequest

STALE_MS = 180_000  # three heartbeats
_SAME_MS = 5_000  # chosen: the same change, told twice, differs by the line's delay


@dataclass(frozen=True, slots=True)
class Kept:
    """Who keeps a kiosk's gate, as far as is known; times are UTC ms by our clock."""

    device: str
    gate: str
    staff: str | None
    since_ms: int
    covered_by: str  # "gate, staff" of who looks after it from elsewhere
    waiting: int
    level: str
    heard_ms: int
    is_attended: bool
    unattended_ms: int | None
    is_open: bool  # at this hour somebody should be there


def note_gate(db: Connection, request: SyncRequest, now_ms: int) -> None:
    """Keep how a gate says it stands; log where nobody is left, and where somebody came."""
    if request.here is None:
        return
    _put(db, request.device, request.here, now_ms)
    rows = db.execute(select(gate_now)).all()
    for row in rows:
        is_attended = row.staff is not None or _covering(rows, row, now_ms) is not None
        if is_attended != row.is_attended or (not is_attended and row.unattended_ms is None):
            _change(db, row, is_attended=is_attended, now_ms=now_ms)


def forget_gate(db: Connection, device: str) -> None:
    """Let a kiosk stand at no gate until it is heard of again."""
    db.execute(delete(gate_now).where(gate_now.c.device == device))


def others_of(db: Connection, device: str, now_ms: int) -> tuple[OtherGate, ...]:
    """Return how the other gates stand, for one kiosk."""
    wanted = select(gate_now).where(gate_now.c.device != device).order_by(gate_now.c.gate)
    return tuple(_other(row, now_ms) for row in db.execute(wanted))


def gates(db: Connection, now_ms: int) -> list[Kept]:
    """Return who keeps which gate, by the gate's name."""
    rows = db.execute(select(gate_now).order_by(gate_now.c.gate, gate_now.c.device)).all()
    hours = openings(db)
    return [
        _kept(row, rows, now_ms, is_open=is_open(hours.get(row.gate, Opening()), now_ms))
        for row in rows
    ]


def openings(db: Connection) -> dict[str, Opening]:
    """Return the hours of gates that have their own."""
    rows = db.execute(select(opening))
    return {row.gate: Opening(row.from_min, row.until_min) for row in rows}


def is_open(hours: Opening, now_ms: int) -> bool:
    """Whether a gate is open at this hour, by its own day or by the one before."""
    today = day_of_ms(now_ms, UTC_OFFSET_S)
    spans = (open_ms(day, hours, UTC_OFFSET_S) for day in (today, today - timedelta(days=1)))
    return any(begins <= now_ms < ends for begins, ends in spans)


def _put(db: Connection, device: str, here: GateNow, now_ms: int) -> None:
    since_ms = now_ms - here.since_s * 1000
    values = {
        "gate": here.gate,
        "staff": here.staff,
        "covers": "\n".join(here.covers),
        "waiting": here.waiting,
        "level": here.level,
        "heard_ms": now_ms,
    }
    of_device = gate_now.c.device == device
    known = db.execute(select(gate_now).where(of_device)).first()
    if known is None:
        row = {"device": device, "since_ms": since_ms, "is_attended": True, **values}
        db.execute(insert(gate_now).values(row))
        return
    is_same = known.staff == here.staff and abs(known.since_ms - since_ms) < _SAME_MS
    since = {} if is_same else {"since_ms": since_ms}
    db.execute(update(gate_now).where(of_device).values(**values, **since))


def _change(db: Connection, row: Any, *, is_attended: bool, now_ms: int) -> None:
    since_ms = None if is_attended else max(row.since_ms, _left_ms(row, now_ms))
    values = {"is_attended": is_attended, "unattended_ms": since_ms}
    db.execute(update(gate_now).where(gate_now.c.device == row.device).values(values))
    name = log.Event.DUTY_ATTENDED if is_attended else log.Event.DUTY_UNATTENDED
    log.event(name, device=row.device, gate=row.gate)


def _left_ms(row: Any, now_ms: int) -> int:
    """Return when a gate lost who covered it: now, where that was longer than its own staff."""
    was_covered = row.is_attended and now_ms - row.since_ms > STALE_MS
    return now_ms if was_covered else 0


def _covering(rows: Sequence[Any], row: Any, now_ms: int) -> Any | None:
    """Return the kiosk whose staff look after the gate of another, if one does."""
    for other in rows:
        is_there = other.staff is not None and now_ms - other.heard_ms <= STALE_MS
        is_for = other.gate == row.gate or row.gate in other.covers.split("\n")
        if other.device != row.device and is_there and is_for:
            return other
    return None


def _kept(row: Any, rows: Sequence[Any], now_ms: int, *, is_open: bool) -> Kept:
    other = _covering(rows, row, now_ms) if row.staff is None else None
    return Kept(
        row.device,
        row.gate,
        row.staff,
        row.since_ms,
        "" if other is None else f"{other.gate} {other.staff}",
        row.waiting,
        row.level,
        row.heard_ms,
        row.staff is not None or other is not None,
        row.unattended_ms,
        is_open,
    )


def _other(row: Any, now_ms: int) -> OtherGate:
    since_s = max(0, (now_ms - row.since_ms) // 1000)
    covers = tuple(name for name in row.covers.split("\n") if name)
    now = GateNow(row.gate, row.staff, since_s, covers, row.waiting, row.level)
    return OtherGate(now, max(0, (now_ms - row.heard_ms) // 1000))
