"""The first page of the desk: what waits for somebody, who issued how much, what was done."""

from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Connection, case, func, select
from starlette.responses import Response

from kiosk.central.cases import unanswered
from kiosk.central.deeds import newest_deeds
from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import ZONE
from kiosk.central.enrolment import slots
from kiosk.central.orders import open_orders
from kiosk.central.schema_office import issued
from kiosk.central.standing import open_matters
from kiosk.central.store import reading
from kiosk.central.webhook_set import webhook_trouble

DEEDS = 15
DAY_MS, DAYS = 86_400_000, 7


def show(visit: Visit) -> Response:
    """Show what is to be done, and what was."""
    with reading(visit.desk.engine) as db:
        shown: dict[str, Any] = {
            "orders": open_orders(db),
            "waiting": slots(db),
            "matters": len(open_matters(db)),
            "counts": _issued_by(db, visit.now_ms),
            "deeds": newest_deeds(db, limit=DEEDS),
            "unanswered": unanswered(db),
            "trouble": webhook_trouble(db),
        }
    return visit.page("desk_home.html", **shown)


def today_ms(now_ms: int) -> int:
    """Return when today began here, UTC."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZONE).date()
    return int(datetime.combine(today, time(), ZONE).timestamp() * 1000)


def _issued_by(db: Connection, now_ms: int) -> list[Any]:
    """Return who issued how many passes today, and in seven days with today."""
    today = today_ms(now_ms)
    is_today = case((issued.c.issued_ms >= today, 1), else_=0)
    wanted = select(
        issued.c.issued_by, func.sum(is_today).label("today"), func.count().label("week")
    )
    recent = wanted.where(issued.c.issued_ms >= today - (DAYS - 1) * DAY_MS)
    return list(db.execute(recent.group_by(issued.c.issued_by).order_by(issued.c.issued_by)))
