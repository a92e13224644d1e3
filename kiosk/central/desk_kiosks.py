"""Pages for the kiosks of this central, and for passes that gates cannot judge alone."""

from starlette.responses import RedirectResponse, Response

from kiosk.central import page
from kiosk.central.authority import release_device, to_release
from kiosk.central.copies import odd_passes
from kiosk.central.deeds import note_deed
from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import Refused
from kiosk.central.store import reading, writing

ID_CHARS_MAX = 64


def show(visit: Visit) -> Response:
    """Show every kiosk, and what may be done about it."""
    with reading(visit.desk.engine) as db:
        kiosks, frozen = page.kiosks(db, now_ms=visit.now_ms), to_release(db)
    return visit.page("desk_kiosks.html", kiosks=kiosks, frozen=frozen)


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
