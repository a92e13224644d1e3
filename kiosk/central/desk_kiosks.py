"""Pages for the kiosks of this central, and for passes that gates cannot judge alone."""

from collections.abc import Callable
from functools import partial

import segno
from sqlalchemy import select
from starlette.responses import RedirectResponse, Response

from kiosk.central import enrolment, page
from kiosk.central.authority import release_device, to_release
from kiosk.central.copies import odd_passes
from kiosk.central.deeds import note_deed
from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import Refused
from kiosk.central.schema import device
from kiosk.central.store import reading, writing
from kiosk.errors import ConfigError

ID_CHARS_MAX = 64


def show(visit: Visit) -> Response:
    """Show every kiosk, and what may be done about it."""
    return _shown(visit)


def open_slot(visit: Visit) -> Response:
    """Make a one-time code for a new kiosk; it is shown now and never again."""
    name, desk = visit.fields.get("name", "").strip(), visit.desk
    try:
        with writing(desk.engine) as db:
            slot = enrolment.open_slot(
                db, desk.authority, name=name, by=visit.operator, now_ms=visit.now_ms
            )
    except ConfigError as exc:
        raise Refused("名称应为 1 到 24 个字", str(exc)) from exc
    code = segno.make_qr(slot.code, error="m")
    return _shown(visit, slot=slot, code=code.svg_inline(scale=4, border=4))


def approve(visit: Visit) -> Response:
    """Let in the kiosk whose digits somebody has compared."""
    return _decide(visit, enrolment.approve)


def refuse(visit: Visit) -> Response:
    """Turn a kiosk away."""
    return _decide(visit, enrolment.refuse)


def block(visit: Visit) -> Response:
    """Take nothing more of a kiosk that was stolen or lost."""
    return _decide(visit, enrolment.block_device)


def unblock(visit: Visit) -> Response:
    """Take a kiosk's reports again."""
    return _decide(visit, partial(enrolment.block_device, is_blocked=False))


def _decide(visit: Visit, act: Callable[..., object]) -> Response:
    subject = visit.fields.get("id", "")[:ID_CHARS_MAX].replace("\x00", "")
    try:
        with writing(visit.desk.engine) as db:
            act(db, subject, by=visit.operator, now_ms=visit.now_ms)
    except ConfigError as exc:
        raise Refused("没有这个门岗，或已处理", str(exc), status=409) from exc
    return RedirectResponse("/desk/kiosks", 303)


def _shown(visit: Visit, slot: enrolment.Slot | None = None, code: str = "") -> Response:
    with reading(visit.desk.engine) as db:
        kiosks, frozen = page.kiosks(db, now_ms=visit.now_ms), to_release(db)
        waiting = enrolment.slots(db)
        named = db.scalars(select(device.c.id).where(device.c.is_blocked))
        blocked = set(named)
    return visit.page(
        "desk_kiosks.html",
        kiosks=kiosks,
        frozen=frozen,
        waiting=waiting,
        blocked=blocked,
        slot=slot,
        code=code,
    )


def release(visit: Visit) -> Response:
    """Take a kiosk's reports again, after a person has looked into it."""
    device_id = visit.fields.get("id", "")[:ID_CHARS_MAX].replace("\x00", "")
    with writing(visit.desk.engine) as db:
        if not release_device(db, device_id):
            raise Refused("这个门岗没有冻结", "nothing of this kiosk is frozen", status=409)
        who, now_ms = visit.operator, visit.now_ms
        note_deed(db, operator=who, deed="release", subject=device_id, now_ms=now_ms)
    return RedirectResponse("/desk/kiosks", 303)


def odd(visit: Visit) -> Response:
    """Show passes of the last week that were lent, copied, or at two gates at once."""
    with reading(visit.desk.engine) as db:
        found = odd_passes(db, visit.now_ms)
    return visit.page("desk_odd.html", found=found)
