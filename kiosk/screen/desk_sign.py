"""Who is on duty at the page: on by a PIN, off, and the lock of a page that is left alone."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from kiosk.core.messages import SignedOff, SignedOn
from kiosk.screen.desk_forms import Nothing, Refusal, SignOn, read_form
from kiosk.screen.desk_intake import Intake
from kiosk.screen.desk_parts import Pins, Take, Tries


class SignForms:
    """The routes of signing on and off. Lives in the screen's event loop."""

    def __init__(self, intake: Intake, pins: Pins) -> None:
        self._intake, self._pins = intake, pins
        self._tries, self._turn = Tries(), asyncio.Lock()

    def takes(self) -> Mapping[str, Take]:
        """Return what answers each route."""
        return {
            "sign-on": self._sign_on,
            "sign-off": self._sign_off,
            "touched": self._touched,
            "lock": self._lock,
            "unlock": self._unlock,
        }

    async def _sign_on(self, request: Request) -> dict[str, Any]:
        staff = await self._whose(await read_form(request, SignOn))
        if staff is None:
            raise Refusal(403, "wrong_pin")
        return await self._intake.hand_in(lambda at: SignedOn(at, staff))

    async def _sign_off(self, request: Request) -> dict[str, Any]:
        await read_form(request, Nothing)
        self._intake.need_staff()
        return await self._intake.hand_in(SignedOff)

    async def _whose(self, form: SignOn) -> str | None:
        """Return whose PIN it is. Raises Refusal after too many that are nobody's.

        One at a time: a look takes room and a moment, and those at once must not go uncounted.
        """
        async with self._turn:
            if wait_s := self._tries.wait_s():
                raise Refusal(429, "too_many_pins", wait_s=wait_s)
            staff = await run_in_threadpool(self._pins, form.pin)
            if staff is None:
                self._tries.note_wrong()
            return staff

    async def _unlock(self, request: Request) -> dict[str, Any]:
        """Open the lock for whoever is on duty; a duty card at the camera opens it too."""
        form = await read_form(request, SignOn)
        self._intake.need_staff()
        staff = await self._whose(form)
        if staff != self._intake.snapshot.staff:
            raise Refusal(403, "wrong_pin_unlock")
        self._intake.lock.unlock()
        return self._relocked()

    async def _lock(self, request: Request) -> dict[str, Any]:
        """Lock at once: whoever opened this page has not shown who they are."""
        await read_form(request, Nothing)
        self._intake.lock.shut(self._intake.snapshot)
        return self._relocked()

    async def _touched(self, request: Request) -> dict[str, Any]:
        """Somebody is at the page: it does not lock yet. A locked one stays so."""
        await read_form(request, Nothing)
        self._intake.need_staff()
        self._intake.lock.touch(self._intake.snapshot)
        return self._relocked()

    def _relocked(self) -> dict[str, Any]:
        """Show it on every page at once."""
        self._intake.hub.again()
        return {"ok": True, **asdict(self._intake.lock.look(self._intake.snapshot))}
