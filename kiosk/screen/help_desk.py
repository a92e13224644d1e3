"""The button for help: the one thing that the public page may send, and what staff answer it.

Whoever presses it is nobody: no field, our own page alone, and one event in a while however
often it is pressed. A call that stands already is not called again.
"""

from collections.abc import Mapping
from typing import Any, Literal

from starlette.requests import Request
from starlette.routing import Route

from kiosk.core.messages_screen import HelpAnswered, HelpAsked, PageChosen
from kiosk.core.wording import Page
from kiosk.screen.desk_forms import Form, Nothing, read_form
from kiosk.screen.desk_intake import Intake
from kiosk.screen.desk_parts import Take
from kiosk.timing import boot_seconds

CALL_EVERY_S = 2.0  # chosen: presses in between are the same press


class Telling(Form):
    """A page that staff put on the resident's screen."""

    page: Literal["forgot", "visitor_wait", "vehicle", "staff_signin"]


class HelpDesk:
    """The routes of help. Lives in the screen's event loop."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._called_s = -CALL_EVERY_S

    def public_route(self) -> Route:
        """Return what the public page may post to."""

        async def ask(request: Request) -> Any:
            return await self._intake.answer(self._asked, request)

        return Route("/help", ask, methods=["POST"])

    def takes(self) -> Mapping[str, Take]:
        """Return what answers each route of the staff page."""
        return {"help-answered": self._answered, "show": self._show}

    def tell_look_up(self) -> None:
        """Tell whoever stands at the gate that a pass is not needed; a busy gate does not."""
        self._intake.tell(lambda at: PageChosen(at, Page.FORGOT))

    async def _asked(self, request: Request) -> dict[str, Any]:
        await read_form(request, Nothing)
        is_called = self._intake.snapshot.help_since is not None
        now_s = boot_seconds()
        if is_called or now_s - self._called_s < CALL_EVERY_S:
            return {"ok": True}
        done = await self._intake.hand_in(HelpAsked)
        self._called_s = now_s
        return done

    async def _answered(self, request: Request) -> dict[str, Any]:
        await read_form(request, Nothing)
        self._intake.need_staff()
        if self._intake.snapshot.help_since is None:
            return {"ok": True}  # somebody else went
        return await self._intake.hand_in(HelpAnswered)

    async def _show(self, request: Request) -> dict[str, Any]:
        """Tell the person at the gate what staff are doing, if nobody is being served."""
        page = Page((await read_form(request, Telling)).page)
        if page is not Page.STAFF_SIGNIN:
            self._intake.need_staff()
        return await self._intake.hand_in(lambda at: PageChosen(at, page))
