"""The files of the demo's page: its own, and the fonts that the gate ships."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from kiosk.screen.files import STATIC

PAGES = Path(__file__).parent / "pages"


def file_routes() -> list[BaseRoute]:
    """Return where the files are."""
    return [
        Route("/", _file(PAGES / "demo.html")),
        Route("/static/fonts.css", _file(STATIC / "fonts.css")),
        Route("/static/icon.svg", _file(STATIC / "icon.svg")),
        Mount("/static/fonts", StaticFiles(directory=STATIC / "fonts")),
        Mount("/pages", StaticFiles(directory=PAGES)),
    ]


def _file(path: Path) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return FileResponse(path)

    return answer
