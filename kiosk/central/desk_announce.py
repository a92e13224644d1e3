"""The desk's page of announcements: what people are told at every gate, until when, by whom."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from starlette.responses import RedirectResponse, Response

from kiosk.central import announcements
from kiosk.central.announcements import NotAnnounced
from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import TIME, ZONE, Refused, time_in
from kiosk.central.store import reading, writing
from kiosk.core.announcement import HANZI_MAX, ISSUER_MAX, LETTERS_MAX

USUAL_DAYS = 3  # chosen: a notice that nobody ends is gone after so long


def form(visit: Visit) -> Response:
    """Show what people are told, and the form for more."""
    return _shown(visit, {})


def add(visit: Visit) -> Response:
    """Take the form; what does not fit is told above it, and what was typed stays."""
    fields = visit.fields
    try:
        with writing(visit.desk.engine) as db:
            announcements.make(
                db,
                fields.get("zh", ""),
                fields.get("en", ""),
                issuer=fields.get("issuer", ""),
                from_ms=time_in(fields, "from"),
                until_ms=time_in(fields, "until"),
                by=visit.operator,
                now_ms=visit.now_ms,
            )
    except (NotAnnounced, Refused) as exc:
        return _shown(visit, fields, says=exc.says, status=400)
    return RedirectResponse("/desk/announce", 303)


def end(visit: Visit) -> Response:
    """End an announcement now."""
    typed = visit.fields.get("id", "")
    if re.fullmatch("[0-9a-f]{16}", typed) is None:
        raise Refused("没有这条通知", "there is no such announcement")
    try:
        with writing(visit.desk.engine) as db:
            by, now_ms = visit.operator, visit.now_ms
            announcements.end(db, bytes.fromhex(typed), by=by, now_ms=now_ms)
    except NotAnnounced as exc:
        raise Refused(*exc.says, status=409) from exc
    return RedirectResponse("/desk/announce", 303)


def _shown(
    visit: Visit,
    typed: Mapping[str, str],
    *,
    says: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    with reading(visit.desk.engine) as db:
        now = announcements.current(db, visit.now_ms)
        before = announcements.ended(db, visit.now_ms)
    begins = datetime.fromtimestamp(visit.now_ms / 1000, UTC).astimezone(ZONE)
    usual = {
        "zh": "",
        "en": "",
        "issuer": "社区居委会",
        "from": begins.strftime(TIME),
        "until": (begins + timedelta(days=USUAL_DAYS)).strftime("%Y-%m-%dT20:00"),
    }
    return visit.page(
        "desk_announce.html",
        status=status,
        told=now,
        before=before,
        says=says,
        typed={name: typed.get(name, value) for name, value in usual.items()},
        hanzi_max=HANZI_MAX,
        letters_max=LETTERS_MAX,
        issuer_max=ISSUER_MAX,
    )
