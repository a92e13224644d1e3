"""What the screen's server answers: two pages, two event streams, the preview, files, forms.

Every answer is whole and current by itself; no page keeps a state that a reload would lose.
"""

from collections.abc import AsyncIterator
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route

from kiosk.config import PrivacyConfig
from kiosk.screen.desk import Desk
from kiosk.screen.files import mark_of, read_page, static_files
from kiosk.screen.hub import Hub, Posted
from kiosk.screen.preview import PreviewJpeg
from kiosk.screen.rendering import Rendering
from kiosk.screen.speech import URL, Voice
from kiosk.screen.stream import Render, event_stream
from kiosk.screen.view import Panel, Scenery, View

STREAMS_MAX = 96  # chosen, of each page: one browser is meant; whoever comes on top waits


class Pages:
    """The routes and what they answer from. Lives in the event loop of the screen thread."""

    def __init__(
        self,
        hub: Hub,
        preview: PreviewJpeg,
        scenery: Scenery,
        privacy: PrivacyConfig,
        *,
        voice: Voice,
        desk: Desk | None = None,
        is_one: bool = False,
        has_tablets: bool = False,
    ) -> None:
        """`is_one` says that staff have no screen but the resident's."""
        self._rendering = Rendering(
            scenery, privacy, voice, desk, is_one=is_one, has_tablets=has_tablets
        )
        self._desk = desk
        self._hub = hub
        self._preview = preview
        self._scenery = scenery
        self._voice = voice
        self._html = {
            name: scenery.words.fill(read_page(f"{name}.html", is_practice=scenery.is_practice))
            for name in ("resident", "staff", "tablets")
        }
        self._html["resident"] = _with_panel(self._html["resident"], scenery.panel)
        self._mark = mark_of(self._html.values())
        self._streams: dict[Render, int] = {}  # tablets without number leave residents theirs

    def app(self) -> Starlette:
        """Return the ASGI application."""
        html = self._html
        return Starlette(
            routes=[
                Route("/", partial(_page, html["resident"])),
                Route("/staff", partial(_page, html["staff"])),
                Route("/staff/tablets", partial(_page, html["tablets"]), methods=["GET"]),
                Route("/events", partial(self._events, self._rendering.public)),
                Route("/staff/events", partial(self._events, self._rendering.staff)),
                Route("/preview", self._picture),
                Route(URL + "/{name}.wav", self._clip),
                Route("/staff/photo", self._photo),
                *(self._desk.routes() if self._desk is not None else ()),
                Mount("/static", static_files()),
            ],
        )

    def pairing_page(self) -> str:
        """Return the page by which a tablet is let in."""
        return self._scenery.words.fill(read_page("pair.html"))

    async def _events(self, render: Render, _: Request) -> Response:
        if self._streams.get(render, 0) >= STREAMS_MAX:
            return PlainTextResponse("Too many pages are open.\n", 503, {"Retry-After": "2"})
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            self._counted(render), headers=headers, media_type="text/event-stream"
        )

    async def _counted(self, render: Render) -> AsyncIterator[bytes]:
        self._streams[render] = self._streams.get(render, 0) + 1
        try:
            async for event in event_stream(self._hub, self._marked(render)):
                yield event
        finally:
            self._streams[render] -= 1

    def _marked(self, render: Render) -> Render:
        """A page of another build, or of other settings, is to be loaded anew."""

        def marked(posted: Posted) -> View:
            return {**render(posted), "pages": self._mark}

        return marked

    async def _picture(self, _: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        jpeg = self._preview.take()
        if not jpeg:
            return Response(status_code=204, headers=headers)
        return Response(jpeg, headers=headers, media_type="image/jpeg")

    async def _clip(self, request: Request) -> Response:
        """What a page says, by a name that a view gave away."""
        headers = {"Cache-Control": "no-store"}
        file = self._voice.clip(request.path_params["name"])
        if file is None or not file.is_file():  # it was taken away a moment ago
            return Response(status_code=404, headers=headers)
        return FileResponse(file, headers=headers, media_type="audio/wav")

    async def _photo(self, _: Request) -> Response:
        """The holder's photograph, while the staff page may show it."""
        headers = {"Cache-Control": "no-store"}
        photo = self._rendering.photo(self._hub.newest)
        if not photo:
            return Response(status_code=404, headers=headers)
        return Response(photo, headers=headers, media_type="image/jpeg")


async def _page(text: str, _: Request) -> Response:
    return HTMLResponse(text)


def _with_panel(page: str, panel: Panel) -> str:
    """Tell the page how large it is and from where it is read."""
    page = page.replace("%inches%", f"{panel.inches:g}")
    return page.replace("%distance_m%", f"{panel.distance_m:g}")
