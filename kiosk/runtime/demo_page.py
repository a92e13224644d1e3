"""The demo's page: play a resident, change the world, and see every part side by side.

Whatever is posted is hostile until checked, as at the staff page. One event stream carries
whole views of everything, ten times a second at most.
"""

import asyncio
import threading
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from kiosk.runtime.demo_files import file_routes
from kiosk.runtime.demo_takes import Takes
from kiosk.runtime.demo_watch import Watch
from kiosk.screen.guard import Guard, is_loopback
from kiosk.screen.stream import HEARTBEAT_S, RETRY, encode_event
from kiosk.timing import boot_seconds

LOOK_S = 0.1
STREAMS_MAX = 32  # chosen: a class of volunteers


class DemoPage:
    """The routes of the page and what they answer from."""

    def __init__(self, takes: Takes, watch: Watch) -> None:
        self._takes, self._watch = takes, watch
        self._stop = threading.Event()
        self._streams = 0

    def app(self) -> ASGIApp:
        """Return the application: our own names only, nothing from elsewhere."""
        routes = [
            Route("/setup", self._setup),
            Route("/events", self._events),
            Route("/picture", self._picture),
            *self._takes.routes(),
            *file_routes(),
        ]
        return Guard(Starlette(routes=routes), is_loopback)

    def close(self) -> None:
        """End every stream."""
        self._stop.set()

    async def _setup(self, _: Request) -> Response:
        return JSONResponse(self._watch.setup())

    async def _picture(self, _: Request) -> Response:
        jpeg = await run_in_threadpool(self._watch.picture)
        headers = {"Cache-Control": "no-store"}
        if jpeg is None:
            return Response(status_code=204, headers=headers)
        return Response(jpeg, headers=headers, media_type="image/jpeg")

    async def _events(self, _: Request) -> Response:
        if self._streams >= STREAMS_MAX:
            return Response("Too many pages are open.\n", 503, {"Retry-After": "2"})
        return StreamingResponse(
            self._stream(),
            headers={"Cache-Control": "no-store"},
            media_type="text/event-stream",
        )

    async def _stream(self) -> AsyncIterator[bytes]:
        self._streams += 1
        sent, sent_s = -1, 0.0
        try:
            yield RETRY
            while not self._stop.is_set():
                number = self._watch.number
                if number != sent or boot_seconds() - sent_s >= HEARTBEAT_S:
                    yield encode_event(self._watch.view)
                    sent, sent_s = number, boot_seconds()
                await asyncio.sleep(LOOK_S)
        finally:
            self._streams -= 1
