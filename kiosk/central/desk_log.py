"""The log of who did what: by day and person, on a page and as a table to keep."""

import csv
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from kiosk.central.deeds import Deed, newest_deeds, who_did
from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import ZONE, Refused
from kiosk.central.desk_pages import moment
from kiosk.central.store import reading
from kiosk.ledger.cells import harmless

SHOWN_MAX, KEPT_MAX = 500, 50_000


def show(visit: Visit) -> Response:
    """Show what was done, the newest first."""
    day, who = _filters(visit)
    with reading(visit.desk.engine) as db:
        people = who_did(db)
        deeds = _deeds(db, day, who, SHOWN_MAX)
    chosen: dict[str, Any] = {"day": "" if day is None else day.isoformat(), "who": who}
    query = urlencode(chosen)
    shown: dict[str, Any] = {
        "deeds": deeds,
        "people": people,
        "query": query,
        "shown_max": SHOWN_MAX,
    }
    return visit.page("desk_log.html", **chosen, **shown)


def download(visit: Visit) -> Response:
    """Answer with the same rows as a CSV that a spreadsheet opens, and never calculates."""
    day, who = _filters(visit)
    with reading(visit.desk.engine) as db:
        deeds = _deeds(db, day, who, KEPT_MAX)
    file = StringIO()
    rows = csv.writer(file)
    rows.writerow(["time", "who", "deed", "subject"])
    rows.writerows(map(_row, deeds))
    header = {"Content-Disposition": 'attachment; filename="deeds.csv"'}
    content = file.getvalue().encode("utf-8-sig")
    return Response(content, media_type="text/csv; charset=utf-8", headers=header)


def _filters(visit: Visit) -> tuple[date | None, str]:
    typed = visit.fields.get("day", "").strip()
    try:
        day = date.fromisoformat(typed) if typed else None
        if day is not None and not 2000 <= day.year <= 9000:
            raise ValueError
    except ValueError as exc:
        raise Refused("日期不对", "this is no day") from exc
    return day, visit.fields.get("who", "").strip()[:40]


def _deeds(db: Connection, day: date | None, who: str, limit: int) -> list[Deed]:
    since_ms, until_ms = 0, None
    if day is not None:
        since_ms = _begins_ms(day)
        until_ms = _begins_ms(day + timedelta(days=1))
    person = who.replace("\x00", "") or None
    return newest_deeds(db, operator=person, since_ms=since_ms, until_ms=until_ms, limit=limit)


def _begins_ms(day: date) -> int:
    return int(datetime.combine(day, time(), ZONE).timestamp() * 1000)


def _row(one: Deed) -> list[str]:
    return [harmless(cell) for cell in (moment(one.at_ms), one.operator, one.deed, one.subject)]
