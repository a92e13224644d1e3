"""The desk's page of who is to stay at home, who may go out all the same, whose a lent card is.

What a gate wrote down waits here for somebody with a name. A subject is a household reference
or the id of a pass, never the name of a person.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from kiosk.central import standing
from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import ZONE, Fields, Refused, number_in, time_in
from kiosk.central.standing import DAYS_MAX, NoSuch
from kiosk.central.store import reading, writing
from kiosk.core.words_home import ORDER_BYTES, Exemption, ExemptionKind
from kiosk.passes.claims import CTI_BYTES, is_sub
from kiosk.wire.standing import subject as subject_of

USUAL_DAYS = 14
VISITORS_MAX = 50
_PASS = re.compile(f"[0-9a-fA-F]{{{2 * CTI_BYTES}}}")
_ORDER = re.compile(f"[0-9a-f]{{{2 * ORDER_BYTES}}}")


def show(visit: Visit) -> Response:
    """Show what waits for a decision, what is in force, and the forms for more."""
    with reading(visit.desk.engine) as db:
        waiting = standing.open_matters(db)
        in_force = standing.orders_in_force(db, visit.now_ms)
    shown: dict[str, Any] = {
        "waiting": [(one, standing.named(one.subject)) for one in waiting],
        "in_force": [
            (one, standing.named(whose)) for whose, one in in_force if not one.is_provisional
        ],
        "kinds": [kind.value for kind in ExemptionKind],
        "days": USUAL_DAYS,
        "days_max": DAYS_MAX,
        "visitors_max": VISITORS_MAX,
        "now": datetime.fromtimestamp(visit.now_ms / 1000, UTC).astimezone(ZONE),
    }
    return visit.page("desk_standing.html", **shown)


def isolate(visit: Visit) -> Response:
    """Order somebody to stay at home for so many days after today."""
    whose, days = _subject_in(visit.fields), number_in(visit.fields, "days", most=DAYS_MAX)
    if days < 1:
        raise Refused("至少一天", "a day at least")
    with writing(visit.desk.engine) as db:
        standing.order_isolation(db, whose, days=days, by=visit.operator, now_ms=visit.now_ms)
    return _back()


def confirm(visit: Visit) -> Response:
    """Confirm an order that a gate made."""
    order = _order_in(visit.fields)
    with _decided(), writing(visit.desk.engine) as db:
        standing.confirm_isolation(db, order, by=visit.operator, now_ms=visit.now_ms)
    return _back()


def lift(visit: Visit) -> Response:
    """End an order now."""
    order = _order_in(visit.fields)
    with _decided(), writing(visit.desk.engine) as db:
        standing.lift_isolation(db, order, by=visit.operator, now_ms=visit.now_ms)
    return _back()


def exempt(visit: Visit) -> Response:
    """Let somebody go out between two times."""
    fields = visit.fields
    kinds = {kind.value: kind for kind in ExemptionKind}
    if (kind := kinds.get(fields.get("kind", ""))) is None:
        raise Refused("请选择事由", "choose why")
    whose, (from_ms, until_ms) = _subject_in(fields), _span_in(fields, visit.now_ms)
    permit = Exemption(kind, from_ms, until_ms, visit.operator)
    with writing(visit.desk.engine) as db:
        standing.exempt(db, whose, permit, now_ms=visit.now_ms)
    return _back()


def appoint(visit: Visit) -> Response:
    """Write down that a household expects visitors."""
    fields, household = visit.fields, visit.fields.get("subject", "").strip().upper()
    if not is_sub(household):
        raise Refused("户号应为 8 位", "a household reference has 8 letters or digits")
    visitors = number_in(fields, "visitors", most=VISITORS_MAX)
    if visitors < 1:
        raise Refused("至少一位", "one visitor at least")
    from_ms, until_ms = _span_in(fields, visit.now_ms)
    times = {"from_ms": from_ms, "until_ms": until_ms, "now_ms": visit.now_ms}
    with writing(visit.desk.engine) as db:
        standing.announce(db, household, visitors=visitors, by=visit.operator, **times)
    return _back()


def confirm_card(visit: Visit) -> Response:
    """Confirm whose a card is, and where its holder lives if that is known."""
    number, sub = number_in(visit.fields, "card"), visit.fields.get("sub", "").strip().upper()
    if sub and not is_sub(sub):
        raise Refused(
            "户号应为 8 位，或留空", "a household has 8 letters or digits, or nothing"
        )
    with _decided(), writing(visit.desk.engine) as db:
        standing.confirm_card(
            db, number, sub=sub or None, by=visit.operator, now_ms=visit.now_ms
        )
    return _back()


def cancel_card(visit: Visit) -> Response:
    """Cancel a card that a gate gave out; its pass is revoked."""
    number = number_in(visit.fields, "card")
    with _decided(), writing(visit.desk.engine) as db:
        standing.cancel_card(db, number, by=visit.operator, now_ms=visit.now_ms)
    return _back()


@contextmanager
def _decided() -> Iterator[None]:
    """Tell in words that there is no such order or card, or that somebody was faster."""
    try:
        yield
    except NoSuch as exc:
        raise Refused("没有，或已有人处理", str(exc), status=409) from exc


def _subject_in(fields: Fields) -> bytes:
    typed = fields.get("subject", "").strip()
    if _PASS.fullmatch(typed):
        return subject_of(cti=bytes.fromhex(typed))
    if is_sub(typed.upper()):
        return subject_of(sub=typed.upper())
    raise Refused("请填 8 位户号或 16 位证号", "a household of 8, or a pass id of 16")


def _order_in(fields: Fields) -> bytes:
    typed = fields.get("id", "")
    if _ORDER.fullmatch(typed) is None:
        raise Refused("没有这个隔离单", "there is no such order")
    return bytes.fromhex(typed)


def _span_in(fields: Fields, now_ms: int) -> tuple[int, int]:
    from_ms, until_ms = (time_in(fields, name) for name in ("from", "until"))
    if until_ms <= max(from_ms, now_ms):
        raise Refused(
            "结束时间应晚于现在和开始时间", "it ends later than now, and than it begins"
        )
    return from_ms, until_ms


def _back() -> Response:
    return RedirectResponse("/desk/standing", 303)
