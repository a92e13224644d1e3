"""Cases at the desk: fevers and incidents that wait for a name, on a phone as well.

The one big button answers by the name that is signed in. Everybody sees who was first.
"""

from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import RedirectResponse, Response

from kiosk.central import cases
from kiosk.central.cases_contacts import contacts
from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import Refused, reason_in
from kiosk.central.desk_words import OUTCOMES_OF
from kiosk.central.schema import device, log
from kiosk.central.schema_cases import gate_call
from kiosk.central.store import reading, writing
from kiosk.central.webhook_set import webhook_trouble, webhook_url

CLOSED_SHOWN = 20
CASE_MAX = 2**31 - 1


def show(visit: Visit) -> Response:
    """Show the cases that are open, those without a name first, and the newest closed."""
    with reading(visit.desk.engine) as db:
        shown: dict[str, Any] = {
            "open_cases": [_named(db, row, visit.now_ms) for row in cases.open_cases(db)],
            "closed": [
                _named(db, row, visit.now_ms) for row in cases.closed_cases(db, CLOSED_SHOWN)
            ],
            "contacts": contacts(db),
            "has_webhook": bool(webhook_url(db)),
            "trouble": webhook_trouble(db),
        }
    return visit.page("desk_cases.html", **shown)


def one(visit: Visit) -> Response:
    """Show what happened, in plain words, and what may be done about it."""
    case = case_in(visit)
    with reading(visit.desk.engine) as db:
        row = cases.read_case(db, case)
        if row is None:
            raise _no_such()
        wanted = select(gate_call).where(gate_call.c.case == case)
        shown: dict[str, Any] = {
            "one": _named(db, row, visit.now_ms),
            "acts": cases.history(db, case),
            "calls": db.execute(wanted.order_by(gate_call.c.level)).all(),
            "outcomes": OUTCOMES_OF[row.kind],
            "trouble": webhook_trouble(db),
        }
    return visit.page("desk_case.html", **shown)


def answer(visit: Visit) -> Response:
    """Make the case that of whoever is signed in, unless somebody was faster."""
    case = case_in(visit)
    with writing(visit.desk.engine) as db:
        found = cases.answer(db, case, _who(visit))
    if found is None:
        raise _no_such()
    if not found.is_new and found.by != visit.operator:
        raise Refused(f"{found.by} 已经接手", f"{found.by} was faster", status=409)
    return _back(case)


def note(visit: Visit) -> Response:
    """Keep a line about a case."""
    case, said = case_in(visit), reason_in(visit.fields)
    with writing(visit.desk.engine) as db:
        if not cases.note(db, case, said, _who(visit)):
            raise _no_such()
    return _back(case)


def close(visit: Visit) -> Response:
    """End a case with a word of what came of it."""
    case, outcome = case_in(visit), visit.fields.get("outcome", "")
    said = "" if not visit.fields.get("reason", "").strip() else reason_in(visit.fields)
    with writing(visit.desk.engine) as db:
        row = cases.read_case(db, case)
        if row is None:
            raise _no_such()
        if outcome not in OUTCOMES_OF[row.kind] or (outcome == "other" and not said):
            raise Refused("请选择结果；选“其他”请写明", "choose an outcome; say which other")
        if not cases.close(db, case, outcome, said, _who(visit)):
            raise Refused("已经办结", "it was closed before", status=409)
    return _back(case)


def case_in(visit: Visit) -> int:
    """Return the number of a case. Raises Refused for what is none."""
    typed = visit.fields.get("id", "")
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= 10
    if not is_number or not 1 <= int(typed) <= CASE_MAX:
        raise _no_such()
    return int(typed)


def _named(db: Connection, row: Any, now_ms: int) -> dict[str, Any]:
    """Return a case with the kiosk's name, and how old it is."""
    wanted = select(device.c.name).join(log, log.c.device == device.c.id)
    end_ms = row.closed_ms or now_ms
    return {
        **row._mapping,
        "kiosk": db.scalar(wanted.where(log.c.id == row.log)) or "",
        "age_s": max(0, (end_ms - row.opened_ms) // 1000),
        "state": _state(row),
    }


def _state(row: Any) -> str:
    if row.closed_ms is not None:
        return "closed"
    return "waiting" if row.answered_ms is None else "answered"


def _who(visit: Visit) -> cases.Deed:
    return cases.Deed(visit.operator, visit.now_ms)


def _no_such() -> Refused:
    return Refused("没有这个事件", "there is no such case", status=404)


def _back(case: int) -> Response:
    return RedirectResponse(f"/desk/case?id={case}", 303)
