"""The files of central's pages: their style, and faces for a computer without Chinese ones."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from kiosk.central.page import PAGES

FONTS_PATH = "/fonts/"
FONTS = Path(__file__).parents[1] / "screen" / "static" / "fonts"
FACES = frozenset({"regular", "bold"})
_FOR_EVER = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}


def routes() -> list[Route]:
    """Return the routes of the files."""
    return [Route("/central.css", _style), Route(FONTS_PATH + "{face}.woff2", _font)]


async def _style(_: Request) -> Response:
    return FileResponse(PAGES / "central.css")


async def _font(request: Request) -> Response:
    face = request.path_params["face"]
    if face not in FACES:
        return PlainTextResponse("no such face\n", 404)
    return FileResponse(FONTS / f"gate-sans-{face}.woff2", headers=_FOR_EVER)
