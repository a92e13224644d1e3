"""`/phone/`: the page that keeps a pass on a phone; `POST /v1/phone`: its one request.

The page is static and works without a network after its first visit.
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from kiosk.central.page import PAGES
from kiosk.central.phone import answer
from kiosk.central.sync_route import TooLong, later, read_body
from kiosk.errors import ConfigError, MessageError

PREFIX = "/phone"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}
REQUESTS_MAX, WITHIN_MS = 60, 60_000  # chosen: of all phones together


class Asked(BaseModel):
    """What a phone sends: the code of its link, its key, and that it holds the key."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    code: Annotated[str, Field(pattern=r"^[a-z2-7]{26}$")]
    public: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    proof: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


class PhoneDesk:
    """Answers phones. Lives in the server's event loop."""

    def __init__(self, engine: Engine, folder: Path | None, now_ms: Callable[[], int]) -> None:
        """`folder` may hold the issuer's key; without it nobody gets a pass here."""
        self._engine, self._folder, self._now_ms = engine, folder, now_ms
        self._asked_ms: deque[int] = deque(maxlen=REQUESTS_MAX)

    def routes(self) -> list[BaseRoute]:
        """Return the page's files and its one request."""
        return [
            Route("/v1/phone", self._take, methods=["POST"]),
            Mount(PREFIX, StaticFiles(directory=PAGES / "phone", html=True)),
        ]

    async def _take(self, request: Request) -> Response:
        now_ms = self._now_ms()
        is_full = len(self._asked_ms) == REQUESTS_MAX
        if is_full and now_ms - self._asked_ms[0] < WITHIN_MS:
            return later()
        self._asked_ms.append(now_ms)
        try:
            asked = Asked.model_validate_json(await read_body(request))
        except (ValidationError, TooLong):
            return JSONResponse({"error": "E_REQUEST"}, 400)
        try:
            told = asked.model_dump()
            made = await run_in_threadpool(
                answer, self._engine, self._folder, **told, now_ms=now_ms
            )
            return JSONResponse(made)
        except MessageError as exc:
            return JSONResponse({"error": str(exc)}, 403)
        except ConfigError:
            return later()
