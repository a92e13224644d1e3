"""What staff hand in at their page: a PIN, a typed temperature, a choice. Forms -> events.

Whatever comes is hostile until checked: small JSON of known keys, sent by our own page. The
gate itself decides; here it is only taken in, or refused by name. A gate that has no room
for it answers 503, and the page keeps what was typed.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from kiosk.core.messages import (
    Measuring,
    MeasuringChosen,
    RepeatAsked,
    SignedOff,
    SignedOn,
    StaffEvent,
    TemperatureTyped,
)
from kiosk.core.messages_staff import VisitorWritten
from kiosk.ports import StaffDesk
from kiosk.screen.desk_forms import (
    INSTRUMENTS,
    Choice,
    LookUp,
    Nothing,
    Refusal,
    Repeat,
    SignOn,
    Typed,
    Visitor,
    read_form,
)
from kiosk.screen.desk_parts import Find, Pins, Seal, Tries, no_office, nobody, note_look_up
from kiosk.screen.hub import Hub
from kiosk.screen.words import Words
from kiosk.timing import Stamp

SURE_C = (35.0, 39.9)  # a value outside is questioned once: a slip of the finger, most often


class Desk:
    """The routes under /staff that take something. Lives in the screen's event loop."""

    def __init__(
        self,
        hub: Hub,
        words: Words,
        desk: StaffDesk,
        pins: Pins,
        *,
        seal: Seal = no_office,
        find: Find = nobody,
    ) -> None:
        """`seal` locks what visitors tell; it answers None where no office could open it."""
        self._hub, self._words, self._desk, self._pins = hub, words, desk, pins
        self._seal, self._find = seal, find
        self._tries = Tries()

    def routes(self) -> list[Route]:
        """Return the routes, each a POST."""
        handlers = {
            "sign-on": self._sign_on,
            "sign-off": self._sign_off,
            "typed": self._typed,
            "repeat": self._repeat,
            "measuring": self._measuring,
            "visitor": self._visitor,
            "find": self._look_up,
        }
        return [
            Route(f"/staff/{name}", partial(self._answer, take), methods=["POST"])
            for name, take in handlers.items()
        ]

    async def _answer(self, take: Any, request: Request) -> JSONResponse:
        try:
            return JSONResponse(await take(request))
        except Refusal as exc:
            words = self._words.pair(f"desk.{exc.key}", n=exc.wait_s)
            said: dict[str, Any] = {"error": exc.key, "words": words, "detail": exc.detail}
            headers = {"Retry-After": str(exc.wait_s)} if exc.wait_s else None
            return JSONResponse(said, exc.status, headers)

    async def _sign_on(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, SignOn)
        if wait_s := self._tries.wait_s():
            raise Refusal(429, "too_many_pins", wait_s=wait_s)
        staff = await run_in_threadpool(self._pins, form.pin)
        if staff is None:
            self._tries.note_wrong()
            raise Refusal(403, "wrong_pin")
        return self._hand_in(lambda at: SignedOn(at, staff))

    async def _sign_off(self, request: Request) -> dict[str, Any]:
        await read_form(request, Nothing)
        self._need_staff()
        return self._hand_in(SignedOff)

    async def _typed(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Typed)
        self._need_staff()
        value_c = float(form.value)
        if not form.is_sure and not SURE_C[0] <= value_c <= SURE_C[1]:
            raise Refusal(409, "is_it_right", detail=form.value)
        source = INSTRUMENTS[form.instrument]
        return self._hand_in(lambda at: TemperatureTyped(at, form.scan_id, value_c, source))

    async def _repeat(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Repeat)
        self._need_staff()
        return self._hand_in(lambda at: RepeatAsked(at, form.scan_id))

    async def _measuring(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Choice)
        self._need_staff()
        return self._hand_in(lambda at: MeasuringChosen(at, Measuring(form.measuring)))

    async def _visitor(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, Visitor)
        self._need_staff()
        told = form.told()
        if "name" not in told and "phone" not in told:
            raise Refusal(400, "name_or_phone")
        sealed = self._seal(told)
        if sealed is None:
            raise Refusal(409, "no_office")
        scan_id = uuid4()
        return self._hand_in(lambda at: VisitorWritten(at, scan_id, sealed))

    async def _look_up(self, request: Request) -> dict[str, Any]:
        form = await read_form(request, LookUp)
        self._need_staff()
        snapshot = self._hub.newest.snapshot
        if snapshot is None or not snapshot.has_look_up:
            raise Refusal(409, "look_up_locked")
        found = await run_in_threadpool(self._find, form.text)
        note_look_up(len(found))
        return {"found": [{"name": one.name, "door": one.door} for one in found]}

    def _need_staff(self) -> None:
        snapshot = self._hub.newest.snapshot
        if snapshot is None or snapshot.staff is None:
            raise Refusal(403, "nobody_on_duty")

    def _hand_in(self, make: Callable[[Stamp], StaffEvent]) -> dict[str, Any]:
        if not self._desk(make):
            raise Refusal(503, "gate_busy", wait_s=1)
        return {"ok": True}
