"""The page on which a visitor of the demo plays a resident and breaks things."""

import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from kiosk.runtime.demo_people import visit
from kiosk.runtime.demo_stage import Stage
from kiosk.simulate.town import SKIN_BELOW_BODY_C, Person, Shows, Story

PAGES = Path(__file__).parent / "pages"
BODY_C = {"normal": 36.4, "near": 37.1, "fever": 38.6}
COLD_SKIN_C = 30.4
STORIES = {"good": Story.GOOD, "expired": Story.EXPIRED, "forged": Story.FORGED}


class Playground:
    """Lets one visitor at a time be a person at the gate."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._turn = threading.Lock()
        self._count = 0
        self._last: Person | None = None

    def come(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Play one person. Raises KeyError or ValueError on what the form does not offer."""
        if not self._turn.acquire(blocking=False):
            return {"problem": "前面还有人 Somebody is at the gate already"}
        try:
            seen = visit(self._stage.street, self._person(wish))
        finally:
            self._turn.release()
        return {"page": seen.page, "opened": seen.opened}

    def _person(self, wish: dict[str, Any]) -> Person:
        warmth = wish["warmth"]
        skin_c = COLD_SKIN_C if warmth == "cold" else BODY_C[warmth] - SKIN_BELOW_BODY_C
        if wish["story"] == "again" and self._last is not None:
            number = self._last.number if self._last.same_as is None else self._last.same_as
            return replace(self._last, skin_c=skin_c, same_as=number, stays=True)
        story = STORIES.get(wish["story"], Story.GOOD)
        residents = self._stage.town.residents
        resident = residents[self._count % len(residents)]
        person = Person(
            self._count,
            resident,
            story,
            Shows(wish["shows"]),
            skin_c,
            stays=story is Story.GOOD,
        )
        self._count += 1
        self._last = person
        return person

    def break_things(self, wish: dict[str, Any]) -> None:
        """Bring the faults that are ticked, and end the others."""
        street = self._stage.street
        street.camera.stall(bool(wish.get("camera_stall")))
        street.thermometer.silence(bool(wish.get("thermometer_silent")))
        street.thermometer.noise(bool(wish.get("thermometer_noise")))
        is_down = bool(wish.get("central_down"))
        self._stage.keeper.hold_down(self._stage.central, is_down=is_down)


def make_app(stage: Stage) -> Starlette:
    """Return the page and its three questions."""
    playground = Playground(stage)

    async def come(request: Request) -> Response:
        try:
            seen = await run_in_threadpool(playground.come, await request.json())
        except (KeyError, ValueError, TypeError) as exc:
            return JSONResponse({"problem": f"? {exc}"}, 400)
        return JSONResponse(seen)

    async def break_things(request: Request) -> Response:
        await run_in_threadpool(playground.break_things, await request.json())
        return JSONResponse({})

    async def links(_: Request) -> Response:
        site = stage.site
        return JSONResponse(
            {
                "resident": f"{site.screen_url}/",
                "staff": f"{site.screen_url}/staff",
                "central": f"{site.central_url}/",
            }
        )

    return Starlette(
        routes=[
            Route("/", _file("demo.html")),
            Route("/demo.css", _file("demo.css")),
            Route("/demo.js", _file("demo.js")),
            Route("/links", links),
            Route("/visit", come, methods=["POST"]),
            Route("/faults", break_things, methods=["POST"]),
        ]
    )


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return FileResponse(PAGES / name)

    return answer
