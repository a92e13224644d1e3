"""Fevers and incidents as people at the desk see and answer them.

Only somebody who is signed in here answers a case, and the first one stays. Each deed is a
row in the history of the case, and one among the deeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from kiosk import log
from kiosk.central.deeds import note_deed
from kiosk.central.schema_cases import case_act, gate_case

MEASURED, ANSWERED, NOTED, CLOSED = "measured", "answered", "noted", "closed"
NORMAL = "normal"  # the outcome of a fever that the gate itself ended
NOTE_CHARS_MAX = 200
_IS_OPEN = gate_case.c.closed_ms.is_(None)


@dataclass(frozen=True, slots=True)
class Answered:
    """Whose a case is. `is_new`: it was nobody's before."""

    by: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does something about a case, and when, UTC."""

    by: str
    now_ms: int


def answer(db: Connection, case: int, who: Deed) -> Answered | None:
    """Make a case somebody's who is signed in; the first one stays. None: there is no case."""
    free = (gate_case.c.id == case, gate_case.c.answered_ms.is_(None), _IS_OPEN)
    mine = {"answered_by": who.by, "answered_ms": who.now_ms}
    if db.execute(update(gate_case).where(*free).values(**mine)).rowcount:
        _note(db, case, ANSWERED, "", who)
        log.event(log.Event.CASE_ANSWERED, case=case)
        return Answered(who.by, is_new=True)
    row = read_case(db, case)
    return None if row is None else Answered(row.answered_by or row.closed_by, is_new=False)


def note(db: Connection, case: int, said: str, who: Deed) -> bool:
    """Keep what somebody found out. False: there is no such case."""
    if read_case(db, case) is None:
        return False
    _note(db, case, NOTED, said, who)
    return True


def close(db: Connection, case: int, outcome: str, said: str, who: Deed) -> bool:
    """End a case with a word of what came of it. False: it is not there, or not open."""
    if not end(db, case, outcome, who):
        return False
    unanswered = (gate_case.c.id == case, gate_case.c.answered_ms.is_(None))
    mine = {"answered_by": who.by, "answered_ms": who.now_ms}
    db.execute(update(gate_case).where(*unanswered).values(**mine))
    _note(db, case, CLOSED, said, who)
    return True


def end(db: Connection, case: int, outcome: str, who: Deed) -> bool:
    """Set when a case ended, if it is open."""
    values = {"closed_by": who.by, "closed_ms": who.now_ms, "outcome": outcome}
    change = update(gate_case).where(gate_case.c.id == case, _IS_OPEN).values(**values)
    is_done = bool(db.execute(change).rowcount)
    if is_done:
        log.event(log.Event.CASE_CLOSED, case=case)
    return is_done


def read_case(db: Connection, case: int) -> Any:
    """Return a case, None: there is none."""
    return db.execute(select(gate_case).where(gate_case.c.id == case)).first()


def history(db: Connection, case: int) -> Sequence[Any]:
    """Return what was done about a case, oldest first."""
    wanted = select(case_act).where(case_act.c.case == case)
    return db.execute(wanted.order_by(case_act.c.id)).all()


def open_cases(db: Connection) -> Sequence[Any]:
    """Return the open ones: those that nobody answered first, of each the oldest."""
    order = (gate_case.c.answered_ms.isnot(None), gate_case.c.opened_ms, gate_case.c.id)
    return db.execute(select(gate_case).where(_IS_OPEN).order_by(*order)).all()


def closed_cases(db: Connection, limit: int) -> Sequence[Any]:
    """Return the newest that were closed."""
    wanted = select(gate_case).where(gate_case.c.closed_ms.isnot(None))
    return db.execute(wanted.order_by(gate_case.c.closed_ms.desc()).limit(limit)).all()


def unanswered(db: Connection) -> int:
    """Return how many wait for a name."""
    wanted = select(func.count()).select_from(gate_case)
    return db.scalar(wanted.where(gate_case.c.answered_ms.is_(None), _IS_OPEN)) or 0


def _note(db: Connection, case: int, act: str, said: str, who: Deed) -> None:
    row = {"case": case, "act": act, "who": who.by, "said": said[:NOTE_CHARS_MAX]}
    db.execute(insert(case_act).values(**row, at_ms=who.now_ms))
    note_deed(db, operator=who.by, deed=f"case {act}", subject=str(case), now_ms=who.now_ms)
