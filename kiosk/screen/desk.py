"""What staff hand in at their page: a PIN, a typed temperature, a choice. Forms -> events.

Whatever comes is hostile until checked: small JSON of known keys, sent by our own page. The
gate itself decides; here it is only taken in, or refused by name. A gate that has no room
for it answers 503, and the page keeps what was typed.
"""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from kiosk.core.messages import (
    Measuring,
    MeasuringChosen,
    RepeatAsked,
    SignedOff,
    SignedOn,
    TemperatureTyped,
)
from kiosk.ports import StaffDesk
from kiosk.screen.desk_acts import GateActs
from kiosk.screen.desk_find import GateFinder
from kiosk.screen.desk_forms import (
    INSTRUMENTS,
    SURE_C,
    Choice,
    Nothing,
    Refusal,
    Repeat,
    SignOn,
    Typed,
    read_form,
)
from kiosk.screen.desk_gate import GateForms
from kiosk.screen.desk_intake import Intake, MoreForms
from kiosk.screen.desk_parts import (
    NO_LOOK_UPS,
    FindDoor,
    LookUps,
    Pins,
    Seal,
    Tries,
    no_doors,
    no_office,
    routes,
)
from kiosk.screen.help_desk import HelpDesk
from kiosk.screen.hub import Hub
from kiosk.screen.view import Scenery


class Desk:
    """The routes under /staff that take something. Lives in the screen's event loop."""

    def __init__(
        self,
        hub: Hub,
        scenery: Scenery,
        desk: StaffDesk,
        pins: Pins,
        *,
        seal: Seal = no_office,
        look_ups: LookUps = NO_LOOK_UPS,
        find_door: FindDoor = no_doors,
        more: MoreForms | None = None,
    ) -> None:
        """`seal` locks what is told; it answers None where no office could open it.

        `more` makes the forms that not every gate has.
        """
        self._intake = Intake(hub, scenery, desk, seal=seal, find_door=find_door)
        self._pins, self._look_ups = pins, look_ups
        self._tries = Tries()
        self._more = {} if more is None else more(self._intake)
        self._help = HelpDesk(self._intake)

    def routes(self) -> list[Route]:
        """Return the routes: each a POST, but for what a key of the touch keyboard offers."""
        takes = {
            "sign-on": self._sign_on,
            "sign-off": self._sign_off,
            "typed": self._typed,
            "repeat": self._repeat,
            "measuring": self._measuring,
            **GateForms(self._intake).takes(),
            **GateActs(self._intake).takes(),
            **GateFinder(self._intake, self._look_ups, self._help.tell_look_up).takes(),
            **self._more,
            **self._help.takes(),
        }
        return [self._help.public_route(), *routes(self._intake.answer, takes)]

    async def _sign_on(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, SignOn)
        if wait_s := self._tries.wait_s():
            raise Refusal(429, "too_many_pins", wait_s=wait_s)
        staff = await run_in_threadpool(self._pins, form.pin)
        if staff is None:
            self._tries.note_wrong()
            raise Refusal(403, "wrong_pin")
        return self._intake.hand_in(lambda at: SignedOn(at, staff))

    async def _sign_off(self, request: Request) -> dict[str, Any]:
        await read_form(request, Nothing)
        self._intake.need_staff()
        return self._intake.hand_in(SignedOff)

    async def _typed(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Typed)
        self._intake.need_staff()
        value_c = float(form.value)
        if not form.is_sure and not SURE_C[0] <= value_c <= SURE_C[1]:
            raise Refusal(409, "is_it_right", detail=form.value)
        if self._intake.was_acted("override", form.scan_id):
            raise Refusal(409, "already_decided")
        source = INSTRUMENTS[form.instrument]
        return self._intake.hand_in(
            lambda at: TemperatureTyped(at, form.scan_id, value_c, source)
        )

    async def _repeat(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Repeat)
        self._intake.need_staff()
        return self._intake.hand_in(lambda at: RepeatAsked(at, form.scan_id))

    async def _measuring(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Choice)
        self._intake.need_staff()
        return self._intake.hand_in(lambda at: MeasuringChosen(at, Measuring(form.measuring)))
