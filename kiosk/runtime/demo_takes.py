"""What a visitor of the demo may send: a person, the world, a power cut, an edit.

Whatever is posted is hostile until checked, as at the staff page.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kiosk.runtime.demo_cast import Wish
from kiosk.runtime.demo_entries import JournalReader, try_an_edit
from kiosk.runtime.demo_play import Playground
from kiosk.runtime.demo_words import AUTO, BUSY, EDITED, NO_ENTRY, NOT_UNDERSTOOD
from kiosk.runtime.demo_world import World, WorldKeeper
from kiosk.screen.desk_forms import Form, Nothing, Refusal, read_form

Take = Callable[[Request], Awaitable[Any]]


class Switch(Form):
    """On or off."""

    is_on: bool


class Wait(Exception):
    """Somebody has to wait, and is told why."""

    def __init__(self, words: tuple[str, str]) -> None:
        super().__init__(words[1])
        self.words = words


class Takes:
    """The routes that take something."""

    def __init__(self, world: WorldKeeper, play: Playground, entries: JournalReader) -> None:
        self._world, self._play, self._entries = world, play, entries

    def routes(self) -> list[Route]:
        """Return the routes, each a POST."""
        takes: dict[str, Take] = {
            "come": self._come,
            "world": self._become,
            "power": self._cut_power,
            "auto": self._play_alone,
            "edit": self._edit,
        }
        return [Route(f"/{n}", partial(_answer, t), methods=["POST"]) for n, t in takes.items()]

    async def _come(self, request: Request) -> Any:
        wish = await read_form(request, Wish)
        if not await run_in_threadpool(self._play.come, wish):
            raise Wait(AUTO if self._play.is_auto else BUSY)
        return {}

    async def _become(self, request: Request) -> Any:
        await run_in_threadpool(self._world.become, await read_form(request, World))
        return {}

    async def _cut_power(self, request: Request) -> Any:
        await read_form(request, Nothing)
        self._world.cut_power()
        return {}

    async def _play_alone(self, request: Request) -> Any:
        switch = await read_form(request, Switch)
        await run_in_threadpool(self._play.play_alone, is_on=switch.is_on)
        return {}

    async def _edit(self, request: Request) -> Any:
        await read_form(request, Nothing)
        found = await run_in_threadpool(try_an_edit, self._entries.path)
        if found is None:
            raise Wait(NO_ENTRY)
        seq, checked = found
        chinese, english = (text.replace("%n%", str(seq)) for text in EDITED)
        return {"said": (chinese, english), "verify": checked.why, "seq": checked.broken_seq}


async def _answer(take: Take, request: Request) -> Response:
    """Take a form in, or say kindly why not."""
    try:
        return JSONResponse(await take(request))
    except Wait as exc:
        return JSONResponse({"problem": exc.words}, 409)
    except Refusal as exc:
        return JSONResponse({"problem": NOT_UNDERSTOOD, "detail": exc.detail}, exc.status)
