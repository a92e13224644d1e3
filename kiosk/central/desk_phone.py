"""The desk's page that invites a resident's phone to a pass of its own."""

import segno
from starlette.responses import Response

from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import Refused, end_days, end_in, number_in
from kiosk.central.issuing import Wanted, load_issuer
from kiosk.central.phone import VALID_MS, invite
from kiosk.central.store import writing
from kiosk.core.words import PassKind
from kiosk.passes.claims import GRID_MAX, STOCK_PREFIX, check_label, is_sub, masked
from kiosk.passes.issue import new_sub


def form(visit: Visit) -> Response:
    """Show what is asked for."""
    return _shown(visit)


def invite_phone(visit: Visit) -> Response:
    """Make a link that one phone may open once. It is shown now and never again."""
    desk, wanted = visit.desk, _wanted(visit)
    folder = desk.settings.folder
    with writing(desk.engine) as db:
        if folder is None or load_issuer(folder, db) is None:
            raise Refused("证件在别处制作", "passes are made elsewhere", status=409)
        code = invite(db, wanted, by=visit.operator, now_ms=visit.now_ms)
    link = f"{desk.settings.origin.rstrip('/')}/phone/#{code}"
    drawn = segno.make_qr(link, error="m").svg_inline(scale=5, border=4)
    return _shown(visit, link=link, code=drawn)


def _wanted(visit: Visit) -> Wanted:
    fields = visit.fields
    sub = fields.get("sub", "").strip().upper() or new_sub()
    label = masked(fields.get("label", "").strip())
    if not is_sub(sub) or sub.startswith(STOCK_PREFIX):
        raise Refused("户号应为 8 位", "a household reference has 8 letters or digits")
    if check_label(label) is not None:
        raise Refused("姓名应遮掩，如 张*明", "a masked name such as 张*明, or nothing")
    grid, ends_s = number_in(fields, "grid", most=GRID_MAX), end_in(fields, now_ms=visit.now_ms)
    return Wanted(sub, PassKind.PHONE, grid, label, visit.now_ms // 1000, ends_s)


def _shown(visit: Visit, link: str = "", code: str = "") -> Response:
    first, last = end_days(visit.now_ms)
    return visit.page(
        "desk_phone.html",
        link=link,
        code=code,
        first=first,
        last=last,
        minutes=VALID_MS // 60_000,
        has_origin=bool(visit.desk.settings.origin),
    )
