"""Pages to find a pass, and to end, restore or replace it."""

from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import RedirectResponse, Response

from kiosk.central import issuing, revocations
from kiosk.central.deeds import note_deed
from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import Refused, number_in, pass_id_in, reason_in, size_in
from kiosk.central.desk_orders import PRINTING, need_issuer, pdf, printed, site_of
from kiosk.central.issuing import find_passes
from kiosk.central.schema_office import issued, revoked
from kiosk.central.store import reading, writing
from kiosk.core.words import PassKind
from kiosk.passes.claims import CTI_BYTES, SUB_CHARS, check_label, is_sub, masked

TYPED_CHARS_MAX = 40


def find(visit: Visit) -> Response:
    """Look for passes by household, card number, pass id, or the name on them."""
    typed = masked(visit.fields.get("q", "").strip()[:TYPED_CHARS_MAX])
    with reading(visit.desk.engine) as db:
        rows = _search(db, typed) if typed else []
    found = [_shown(row, visit.now_ms) for row in rows]
    done = visit.fields.get("done", "")
    counted = done if done.isdecimal() and len(done) < 8 else ""
    return visit.page("desk_passes.html", typed=typed, found=found, counted=counted)


def show(visit: Visit) -> Response:
    """Show one pass, and what may be done about it."""
    with reading(visit.desk.engine) as db:
        cti = pass_id_in(visit.fields)
        end = db.execute(select(revoked).where(revoked.c.cti == cti)).one_or_none()
        one = _shown(_known(db, cti), visit.now_ms)
        later = db.scalar(select(issued.c.cti).where(issued.c.replaces == cti))
    return visit.page("desk_pass.html", one=one, end=end, later=later and later.hex())


def revoke(visit: Visit) -> Response:
    """End a pass early."""
    cti, reason = pass_id_in(visit.fields), reason_in(visit.fields)
    with writing(visit.desk.engine) as db:
        _known(db, cti)
        who = {"by": visit.operator, "now_ms": visit.now_ms}
        issuing.revoke_passes(db, [cti], reason=reason, **who)  # type: ignore[arg-type]
    return _to(cti)


def restore(visit: Visit) -> Response:
    """Let a pass count again, unless another was made in its place."""
    cti = pass_id_in(visit.fields)
    with writing(visit.desk.engine) as db:
        if not _known(db, cti).is_revoked:
            raise Refused("这张证没有作废", "this pass is not revoked", status=409)
        _need_last(db, cti)
        revocations.restore(db, [cti], by=visit.operator, now_ms=visit.now_ms)
        note_deed(
            db,
            operator=visit.operator,
            deed="restore",
            subject=cti.hex(),
            now_ms=visit.now_ms,
        )
    return _to(cti)


def reissue(visit: Visit) -> Response:
    """A card is lost: end its pass, make its like, and answer with the print, in one step."""
    cti, reason, size = pass_id_in(visit.fields), reason_in(visit.fields), size_in(visit.fields)
    with PRINTING, writing(visit.desk.engine) as db:
        issuer = need_issuer(visit, db)
        _known(db, cti)
        _need_last(db, cti)
        now_ms = visit.now_ms
        made = issuing.reissue(db, issuer, cti, by=visit.operator, reason=reason, now_ms=now_ms)
        content = printed(visit, [made], site_of(db), size)
    return pdf(content, f"pass-{made.claims.cti.hex()}")


def revoke_stock(visit: Visit) -> Response:
    """End blank cards by the numbers printed on them."""
    first, last = number_in(visit.fields, "first"), number_in(visit.fields, "last")
    reason = reason_in(visit.fields)
    if first > last:
        raise Refused("起始号应不大于结束号", "the first number is above the last")
    with writing(visit.desk.engine) as db:
        count = issuing.revoke_numbers(
            db, first, last, by=visit.operator, reason=reason, now_ms=visit.now_ms
        )
    return RedirectResponse(f"/desk/passes?done={count}", 303)


def _search(db: Connection, typed: str) -> list[Any]:
    if len(typed) == 2 * CTI_BYTES:
        return list(find_passes(db, cti=pass_id_in({"id": typed})))
    if typed.isascii() and typed.isdecimal() and len(typed) < SUB_CHARS:
        number = number_in({"q": typed}, "q")
        return list(find_passes(db, card_no=number))
    if is_sub(typed.upper()):
        return list(find_passes(db, sub=typed.upper()))
    if check_label(typed) is None:
        return list(find_passes(db, label=typed))
    raise Refused(
        "请输入 8 位户号、卡号、16 位证号，或姓名",
        "type a household of 8, a card number, a pass id of 16, or a name",
    )


def _known(db: Connection, cti: bytes) -> Any:
    rows = find_passes(db, cti=cti)
    if not rows:
        raise Refused("没有这张证", "no such pass was issued here", status=404)
    return rows[0]


def _need_last(db: Connection, cti: bytes) -> None:
    """Raise Refused when another pass stands in the place of this one."""
    later = db.scalar(select(issued.c.cti).where(issued.c.replaces == cti))
    if later is not None:
        en = f"another was made in its place: {later.hex()}"
        raise Refused(f"已补发新证 {later.hex()}", en, status=409)


def _shown(row: Any, now_ms: int) -> dict[str, Any]:
    now_s, state = now_ms // 1000, "valid"
    if row.is_revoked:
        state = "revoked"
    elif row.exp_s <= now_s:
        state = "ended"
    elif row.nbf_s > now_s:
        state = "early"
    names = ("sub", "grid", "label", "card_no", "nbf_s", "exp_s", "issued_ms", "issued_by")
    kept = {name: getattr(row, name) for name in names}
    replaces = None if row.replaces is None else row.replaces.hex()
    kind = PassKind(row.kind).name
    return {**kept, "id": row.cti.hex(), "kind": kind, "replaces": replaces, "state": state}


def _to(cti: bytes) -> Response:
    return RedirectResponse(f"/desk/pass?id={cti.hex()}", 303)
