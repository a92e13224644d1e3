"""Whom central calls about a case, when, and which process makes a call.

Each level of the list has a call of its own. It is made again and again, further and further
apart, until a named person answers the case; one that was taken by its receiver is made again
after a while all the same. A process that makes a call holds it for a minute by a lease in
the database, so that several processes never make one call at the same time.
"""

import random
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, insert, select, update

from kiosk.central.cases_contacts import contacts
from kiosk.central.schema_cases import gate_call, gate_case
from kiosk.central.store import reading, writing

LEASE_MS = 60_000  # longer than any call can last
REPEAT_MS = 300_000  # chosen: a call that was taken and that nobody answered
BACK_OFF_MS, BACK_OFF_MS_MAX = 5_000, 300_000
_DOUBLINGS_MAX = 10
_LEAST_SHARE = 0.5  # a lucky draw must not hammer the receiver


@dataclass(frozen=True, slots=True)
class Call:
    """One call that is due, held by us until its lease ends."""

    case: int
    level: int
    role: str
    serial: int
    tries: int
    kind: str
    gate: str
    opened_ms: int
    strength: int


def plan_calls(db: Connection, case: int, now_ms: int) -> None:
    """Set when each level of the list is called about a new case."""
    times = [(one.after_s, one.role) for one in contacts(db)] or [(0, "")]
    for level, (after_s, role) in enumerate(times, 1):
        row = {"case": case, "level": level, "role": role, "due_ms": now_ms + after_s * 1000}
        db.execute(insert(gate_call).values(**row, leased_ms=0, serial=0, tries=0))


def call_again(db: Connection, case: int, now_ms: int) -> None:
    """Whoever was called already is called at once, once more."""
    begun = (gate_call.c.case == case, gate_call.c.serial > 0, gate_call.c.due_ms > now_ms)
    db.execute(update(gate_call).where(*begun).values(due_ms=now_ms))


def lease_call(engine: Engine, now_ms: int) -> Call | None:
    """Return a call that is due, held by us from now on. Raises StoreError."""
    with reading(engine) as db:
        if _due(db, now_ms) is None:
            return None
    with writing(engine) as db:
        found = _due(db, now_ms)
        if found is None:
            return None
        free = (*_this(found), gate_call.c.leased_ms <= now_ms)
        taken = {"leased_ms": now_ms + LEASE_MS, "serial": found.serial + 1}
        if not db.execute(update(gate_call).where(*free).values(**taken)).rowcount:
            return None
        return Call(
            found.case,
            found.level,
            found.role,
            found.serial + 1,
            found.tries,
            found.kind,
            found.gate,
            found.opened_ms,
            found.strength,
        )


def call_taken(db: Connection, call: Call, now_ms: int) -> None:
    """The receiver took it; without an answer it is made again after a while."""
    values = {"heard_ms": now_ms, "due_ms": now_ms + REPEAT_MS, "tries": 0, "leased_ms": 0}
    db.execute(update(gate_call).where(*_this(call)).values(**values))


def call_failed(db: Connection, call: Call, now_ms: int, draw: float) -> None:
    """Try again, further apart each time; `draw` is a number from 0 to 1 drawn for it."""
    values = {
        "due_ms": now_ms + back_off_ms(call.tries, draw),
        "tries": call.tries + 1,
        "leased_ms": 0,
    }
    db.execute(update(gate_call).where(*_this(call)).values(**values))


def back_off_ms(tries: int, draw: float) -> int:
    """Return how long to wait after `tries` failures before this one."""
    longest = min(BACK_OFF_MS_MAX, BACK_OFF_MS << min(tries, _DOUBLINGS_MAX))
    return round(longest * max(_LEAST_SHARE, draw))


def drawn() -> float:
    """Return a number from 0 to 1."""
    return random.random()


def _due(db: Connection, now_ms: int) -> Any:
    """Return the call that is due longest, of cases that nobody answered."""
    columns = (gate_call, gate_case.c.kind, gate_case.c.gate, gate_case.c.opened_ms)
    wanted = select(*columns, gate_case.c.strength).join(gate_case)
    due = (gate_call.c.due_ms <= now_ms, gate_call.c.leased_ms <= now_ms)
    waits = (gate_case.c.answered_ms.is_(None), gate_case.c.closed_ms.is_(None))
    return db.execute(wanted.where(*due, *waits).order_by(gate_call.c.due_ms).limit(1)).first()


def _this(call: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return which call it is; `call` is a row, or a Call."""
    return gate_call.c.case == call.case, gate_call.c.level == call.level
