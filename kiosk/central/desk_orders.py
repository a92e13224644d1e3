"""Pages to ask for passes, to agree as the second person, and to make and print them once."""

import threading
from datetime import timedelta

from sqlalchemy import Connection, select
from starlette.responses import RedirectResponse, Response

from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import (
    KINDS,
    SIZES,
    Refused,
    end_days,
    lines_in,
    size_in,
)
from kiosk.central.issuing import Issued, Issuer, load_issuer
from kiosk.central.orders import (
    ALONE_MAX,
    LIST_MAX,
    agree,
    ask,
    find_order,
    keep_order,
    refuse_order,
    sign_order,
)
from kiosk.central.schema_office import issued
from kiosk.central.store import reading, setting_value, writing

# The PDF reader below is for one thread at a time. Whoever prints one card inside a
# transaction takes it first, so that nobody waits for a long print with the books locked.
PRINTING = threading.RLock()


def form(visit: Visit) -> Response:
    """Show the form that asks for passes, or say that they are made elsewhere."""
    first, last = end_days(visit.now_ms)
    with reading(visit.desk.engine) as db:
        is_here = _issuer(visit, db) is not None
    return visit.page(
        "desk_issue.html",
        is_here=is_here,
        kinds=KINDS,
        sizes=SIZES,
        first=first,
        last=last,
        usual=last - timedelta(days=35),
        alone_max=ALONE_MAX,
        list_max=LIST_MAX,
        sub=visit.fields.get("sub", ""),
    )


def ask_for(visit: Visit) -> Response:
    """Take the form; what was asked for is shown next, before anything is made."""
    with writing(visit.desk.engine) as db:
        need_issuer(visit, db)
        lines = lines_in(visit.fields, lambda sub: _is_free(db, sub), now_ms=visit.now_ms)
        size = size_in(visit.fields)
        order_id = ask(db, lines, size, by=visit.operator, now_ms=visit.now_ms)
    return _to(order_id)


def show(visit: Visit) -> Response:
    """Show what was asked for, and what may be done about it."""
    with reading(visit.desk.engine) as db:
        order = find_order(db, visit.fields.get("id", ""))
        grown = _grown(db, [line.sub for line in order.lines])
    return visit.page("desk_order.html", order=order, grown=grown)


def agree_to(visit: Visit) -> Response:
    """Say yes to another's order."""
    order_id = visit.fields.get("id", "")
    with writing(visit.desk.engine) as db:
        agree(db, order_id, by=visit.operator, now_ms=visit.now_ms)
    return _to(order_id)


def refuse(visit: Visit) -> Response:
    """Let an order go."""
    order_id = visit.fields.get("id", "")
    with writing(visit.desk.engine) as db:
        refuse_order(db, order_id, by=visit.operator, now_ms=visit.now_ms)
    return _to(order_id)


def make(visit: Visit) -> Response:
    """Issue what is ready, and answer with the print; what cannot be printed is not issued.

    Two hundred cards take seconds to print: meanwhile gates report and others work.
    """
    order_id, by, now_ms = visit.fields.get("id", ""), visit.operator, visit.now_ms
    with reading(visit.desk.engine) as db:
        issuer = need_issuer(visit, db)
        made = sign_order(db, issuer, order_id, by=by, now_ms=now_ms)
        size, site = find_order(db, order_id).size, site_of(db)
    content = printed(visit, made, site, size)
    with writing(visit.desk.engine) as db:
        keep_order(db, issuer, order_id, made, by=by, now_ms=now_ms)
    return pdf(content, f"passes-{order_id}")


def need_issuer(visit: Visit, db: Connection) -> Issuer:
    """Return who signs passes here. Raises Refused where passes are made elsewhere."""
    issuer = _issuer(visit, db)
    if issuer is None:
        en = "no issuer key here: passes are made where it is"
        raise Refused("本机没有签发密钥，请到制证的机器上办理", en, status=409)
    return issuer


def site_of(db: Connection) -> str:
    """Return what people call the community."""
    return (setting_value(db, "site") or b"").decode("utf-8", "replace")


def printed(visit: Visit, made: list[Issued], site: str, size: str) -> bytes:
    """Return a PDF of passes, read back. Raises MessageError, and Refused without a printer."""
    if visit.desk.settings.printer is None:
        raise Refused("本机不能打印", "this server prints nothing", status=409)
    with PRINTING:
        return visit.desk.settings.printer([one.text for one in made], site, size)


def pdf(content: bytes, name: str) -> Response:
    """Return a PDF as a file to keep: it is there once."""
    header = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(content, media_type="application/pdf", headers=header)


def _issuer(visit: Visit, db: Connection) -> Issuer | None:
    folder = visit.desk.settings.folder
    return None if folder is None else load_issuer(folder, db)


def _is_free(db: Connection, sub: str) -> bool:
    return db.execute(select(issued.c.cti).where(issued.c.sub == sub)).first() is None


def _grown(db: Connection, subs: list[str]) -> frozenset[str]:
    """Return those households that have a pass already."""
    return frozenset(db.scalars(select(issued.c.sub).where(issued.c.sub.in_(subs))))


def _to(order_id: str) -> Response:
    return RedirectResponse(f"/desk/order?id={order_id}", 303)
