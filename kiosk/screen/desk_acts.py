"""What staff do about a case: let through, talk back in, hand out, measure a vehicle."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request

from kiosk.core.messages_staff import (
    EmergencyOpened,
    HoldLifted,
    HoldPlaced,
    OccupantTyped,
    OverrideGiven,
    Persuaded,
    SuppliesChosen,
)
from kiosk.screen.desk_duty import DutyForms
from kiosk.screen.desk_forms import INSTRUMENTS, SURE_C, Refusal, read_form
from kiosk.screen.desk_forms_gate import (
    Emergency,
    Hold,
    Lift,
    Occupant,
    Override,
    Persuade,
    Supplies,
)
from kiosk.screen.desk_intake import Intake
from kiosk.screen.desk_matters import MatterActs
from kiosk.screen.desk_parts import Take
from kiosk.screen.staff_cases import decidable, holdable


class GateActs:
    """The routes of the acts. Lives in the screen's event loop."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def takes(self) -> Mapping[str, Take]:
        """Return what answers each route."""
        return {
            "override": self._override,
            "emergency": self._emergency,
            "persuaded": self._persuaded,
            "hold": self._hold,
            "lift": self._lift,
            "supplies": self._supplies,
            "occupant": self._occupant,
            **DutyForms(self._intake).takes(),
            **MatterActs(self._intake).takes(),
        }

    async def _override(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Override)
        self._intake.need_unlocked(request)
        is_open = form.scan_id in {entry.scan_id for entry in decidable(self._intake.snapshot)}
        if not is_open or self._intake.was_acted("persuaded", form.scan_id):
            raise Refusal(409, "already_decided")
        return await self._intake.hand_in_once(
            "override", form.scan_id, lambda at: OverrideGiven(at, form.scan_id, form.reason)
        )

    async def _emergency(self, request: Request) -> dict[str, Any]:
        """Open for whoever must get out. The one form that asks for nobody on duty."""
        await read_form(request, Emergency)
        scan_id = uuid4()
        return await self._intake.hand_in(lambda at: EmergencyOpened(at, scan_id))

    async def _persuaded(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Persuade)
        self._intake.need_staff()
        if form.scan_id is None:
            alone = uuid4()
            return await self._intake.hand_in(lambda at: Persuaded(at, alone))
        case: UUID = form.scan_id
        return await self._intake.hand_in_once(
            "persuaded", case, lambda at: Persuaded(at, case)
        )

    async def _hold(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Hold)
        self._intake.need_staff()
        if form.scan_id is None:
            alone = uuid4()
            return await self._intake.hand_in(lambda at: HoldPlaced(at, alone))
        case: UUID = form.scan_id
        if case not in {entry.scan_id for entry in holdable(self._intake.snapshot)}:
            raise Refusal(409, "hold_second")
        self._intake.forget("lift", case)
        return await self._intake.hand_in_once(
            "hold", case, lambda at: HoldPlaced(at, case), second="hold_second"
        )

    async def _lift(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Lift)
        self._intake.need_staff()
        if form.scan_id not in {held.scan_id for held in self._intake.snapshot.held}:
            raise Refusal(409, "hold_over")
        self._intake.forget("hold", form.scan_id)
        return await self._intake.hand_in_once(
            "lift", form.scan_id, lambda at: HoldLifted(at, form.scan_id), second="hold_over"
        )

    async def _supplies(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Supplies)
        self._intake.need_staff()
        if form.item is not None and form.item not in self._intake.snapshot.supplies_choices:
            raise Refusal(400, "no_such_item")
        return await self._intake.hand_in(lambda at: SuppliesChosen(at, form.item))

    async def _occupant(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Occupant)
        self._intake.need_staff()
        vehicle, known = bytes.fromhex(form.vehicle), self._intake.snapshot.open_vehicle
        if known is None or known.vehicle != vehicle or known.well >= known.occupants:
            raise Refusal(409, "already_decided")
        value_c = float(form.value)
        if not form.is_sure and not SURE_C[0] <= value_c <= SURE_C[1]:
            raise Refusal(409, "is_it_right", detail=form.value)
        scan_id, source = uuid4(), INSTRUMENTS[form.instrument]
        return await self._intake.hand_in(
            lambda at: OccupantTyped(at, scan_id, vehicle, value_c, source)
        )
