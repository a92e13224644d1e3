"""What staff write down of people and vehicles at the gate. Forms -> one event each.

Names, numbers, plates and what was told beside them leave here sealed, or not at all. A door
becomes a household reference; one that the register does not know is asked about once.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request

from kiosk.core.messages_staff import (
    CardReturned,
    IsolationOrdered,
    RegularCame,
    ResidentWritten,
    ReturneeWritten,
    VehicleWritten,
    VisitorWritten,
)
from kiosk.screen.desk_checks import (
    EARLY,
    OCCUPANTS,
    Mistake,
    check_arrival,
    check_id_number,
    check_name,
    check_phone,
    check_plate,
    check_region,
    check_transport,
)
from kiosk.screen.desk_forms import Check, Refusal, read_form
from kiosk.screen.desk_forms_gate import (
    Card,
    Isolate,
    Person,
    Resident,
    Returnee,
    Vehicle,
    Visitor,
)
from kiosk.screen.desk_intake import Intake, wrong
from kiosk.screen.desk_parts import Take
from kiosk.screen.staff_cases import named


class GateForms:
    """The routes of the forms. Lives in the screen's event loop."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def takes(self) -> Mapping[str, Take]:
        """Return what answers each route."""
        return {
            "visitor": self._visitor,
            "resident": self._resident,
            "card-returned": self._card_returned,
            "regular": self._regular,
            "isolate": self._isolate,
            "returnee": self._returnee,
            "vehicle": self._vehicle,
            "check": self._check,
        }

    async def _visitor(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Visitor)
        self._intake.need_staff()
        told = self._told(form, {"plate": form.plate})
        host = await self._home(form.door, is_sure=form.is_sure)
        note = _note(purpose=form.purpose, door="" if host else form.door)
        sealed = await self._intake.sealed({**told, "note": note})
        scan_id = uuid4()
        return await self._intake.hand_in_sheet(
            form.key,
            lambda at: VisitorWritten(at, scan_id, sealed, host, is_regular=form.is_regular),
        )

    async def _resident(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Resident)
        self._intake.need_staff()
        told = self._told(form, {})
        household = await self._home(form.door, is_sure=form.is_sure)
        note = _note(door="" if household else form.door)
        sealed = await self._intake.sealed({**told, "note": note})
        scan_id = uuid4()
        return await self._intake.hand_in_sheet(
            form.key, lambda at: ResidentWritten(at, scan_id, sealed, household)
        )

    async def _card_returned(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Card)
        self._intake.need_staff()
        return await self._intake.hand_in_sheet(
            form.key, lambda at: CardReturned(at, form.card_no)
        )

    async def _regular(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Card)
        self._intake.need_staff()
        if form.card_no not in self._intake.snapshot.regulars:
            raise Refusal(409, "no_regular")
        scan_id = uuid4()
        return await self._intake.hand_in_sheet(
            form.key, lambda at: RegularCame(at, scan_id, form.card_no)
        )

    async def _isolate(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Isolate)
        self._intake.need_staff()
        self._need_known(form.scan_id)
        household = await self._intake.household(form.door)
        if household is None and form.door.strip():
            raise wrong("door", Mistake.DOOR_UNKNOWN)
        if household is None and form.scan_id is None:
            raise Refusal(400, "case_or_door")
        scan_id = form.scan_id or uuid4()
        return await self._intake.hand_in_sheet(
            form.key, lambda at: IsolationOrdered(at, scan_id, form.days, household)
        )

    async def _returnee(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Returnee)
        self._intake.need_staff()
        self._need_known(form.scan_id)
        region = _right("region", check_region(form.region))
        day = check_arrival(form.arrived.strip(), self._intake.today())
        if isinstance(day, Mistake):
            raise wrong("arrived", day)
        told = {
            "name": _checked("name", form.name, check_name),
            "phone": _checked("phone", form.phone, check_phone),
        }
        transport = _checked("transport", form.transport, check_transport)
        household = await self._home(form.door, is_sure=form.is_sure)
        if household is None and form.scan_id is None and not form.door.strip():
            raise Refusal(400, "case_or_door")
        note = _note(transport=transport, door="" if household else form.door)
        sealed = await self._intake.sealed({**told, "note": note})
        scan_id, arrived_ms = form.scan_id or uuid4(), self._intake.noon_ms(day)
        return await self._intake.hand_in_sheet(
            form.key,
            lambda at: ReturneeWritten(at, scan_id, sealed, region, arrived_ms, household),
        )

    async def _vehicle(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Vehicle)
        self._intake.need_staff()
        plate = _right("plate", check_plate(form.plate))
        if form.occupants not in OCCUPANTS:
            raise wrong("occupants", Mistake.OCCUPANTS)
        host = await self._home(form.door, is_sure=form.is_sure)
        sealed = await self._intake.sealed(
            {"plate": plate, "note": _note(door="" if host else form.door)}
        )
        scan_id = uuid4()
        return await self._intake.hand_in_sheet(
            form.key,
            lambda at: VehicleWritten(
                at, scan_id, sealed, form.occupants, host, is_outside=form.is_outside
            ),
        )

    async def _check(self, request: Request) -> dict[str, Any]:
        """Say of a field as it stands whether it is right, for the page to tell at once."""
        form = await read_form(request, Check)
        self._intake.need_staff()
        checked = await self._checked_now(form.field, form.text)
        if not isinstance(checked, Mistake):
            return {"is_right": True, "text": checked}
        said = {"words": self._intake.words(f"wrong.{checked.value}")}
        return {"is_right": False, "is_early": checked in EARLY, **said}

    def _need_known(self, scan_id: UUID | None) -> None:
        """Raise Refusal for a case that the gate does not know: an order would be on nobody."""
        known = {entry.scan_id for entry in named(self._intake.snapshot)}
        if scan_id is not None and scan_id not in known:
            raise Refusal(400, "case_or_door")

    async def _checked_now(self, field: str, text: str) -> str | Mistake:
        if field == "door":
            known = await self._intake.known_door(text)
            if isinstance(known, Mistake):
                return known
            return known[0] if known[1] is not None else Mistake.DOOR_UNKNOWN
        if field == "id_number":
            return check_id_number(text, self._intake.today())
        if field == "arrived":
            day = check_arrival(text.strip(), self._intake.today())
            return day if isinstance(day, Mistake) else day.isoformat()
        return _CHECKS[field](text)

    def _told(self, form: Person, more: Mapping[str, str]) -> dict[str, str]:
        """Return the fields that were filled in, checked. Raises Refusal for a wrong one."""
        told = {
            "name": _checked("name", form.name, check_name),
            "phone": _checked("phone", form.phone, check_phone),
            "id_number": self._id_number(form),
            "plate": _checked("plate", more.get("plate", ""), check_plate),
        }
        if not told["name"] and not told["phone"]:
            raise Refusal(400, "name_or_phone")
        return told

    def _id_number(self, form: Person) -> str:
        """Return the ID number. One whose place nobody knows is asked about once."""
        if not form.id_number.strip():
            return ""
        checked = check_id_number(form.id_number, self._intake.today())
        if checked is not Mistake.ID_PLACE:
            return _right("id_number", checked)
        if not form.is_sure:
            raise Refusal(409, Mistake.ID_PLACE.value, field="id_number")
        return form.id_number.strip().upper()

    async def _home(self, door: str, *, is_sure: bool) -> str | None:
        """Return the household behind a door; "yes" keeps one that nobody knows, sealed."""
        household = await self._intake.household(door)
        if household is None and door.strip() and not is_sure:
            raise Refusal(409, Mistake.DOOR_UNKNOWN.value, field="door")
        return household


_CHECKS = {
    "name": check_name,
    "phone": check_phone,
    "plate": check_plate,
    "region": check_region,
    "transport": check_transport,
}


def _checked(field: str, text: str, check: Any) -> str:
    """Return what a check makes of a field, "" where it is empty. Raises Refusal."""
    return _right(field, check(text)) if text.strip() else ""


def _right(field: str, checked: str | Mistake) -> str:
    if isinstance(checked, Mistake):
        raise wrong(field, checked)
    return checked


def _note(**parts: str) -> str:
    """Return what was told beside names and numbers, one line, for the office alone."""
    return "; ".join(f"{name}: {text.strip()}" for name, text in parts.items() if text.strip())
