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
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from kiosk.central.page import PAGES
from kiosk.central.phone import answer
from kiosk.central.sync_route import TooLong, later, read_soon
from kiosk.errors import ConfigError, MessageError

PREFIX = "/phone"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}
REFUSALS_MAX, WITHIN_MS = 60, 60_000  # chosen: of all phones together
BODY_BYTES_MAX = 1000  # chosen: a request has 270


class Asked(BaseModel):
    """What a phone sends: the code of its link, its key, and that it holds the key."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    code: Annotated[str, Field(pattern=r"^[a-z2-7]{26}$")]
    public: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    proof: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


class PhoneDesk:
    """Answers phones. Lives in the server's event loop."""

    def __init__(
        self, engine: Engine, folder: Path | None, now_ms: Callable[[], int], body_s: float
    ) -> None:
        """`folder` may hold the issuer's key; without it nobody gets a pass here."""
        self._body_s = body_s
        self._engine, self._folder, self._now_ms = engine, folder, now_ms
        self._refused_ms: deque[int] = deque(maxlen=REFUSALS_MAX)

    def routes(self) -> list[BaseRoute]:
        """Return the page's files and its one request."""
        return [
            Route("/v1/phone", self._take, methods=["POST"]),
            Mount(PREFIX, StaticFiles(directory=PAGES / "phone", html=True)),
        ]

    async def _take(self, request: Request) -> Response:
        try:
            body = await read_soon(request, bytes_max=BODY_BYTES_MAX, within_s=self._body_s)
            asked = Asked.model_validate_json(body)
        except (ValidationError, TooLong, ClientDisconnect):
            return JSONResponse({"error": "E_REQUEST"}, 400)
        now_ms, told = self._now_ms(), asked.model_dump()
        try:
            made = await run_in_threadpool(
                answer, self._engine, self._folder, **told, now_ms=now_ms
            )
            return JSONResponse(made)
        except MessageError as exc:
            return self._refuse(str(exc), now_ms)
        except ConfigError:
            return later()

    def _refuse(self, code: str, now_ms: int) -> Response:
        """Say no, to too many only "not now". Who has a right code never waits for them."""
        is_full = len(self._refused_ms) == REFUSALS_MAX
        if is_full and now_ms - self._refused_ms[0] < WITHIN_MS:
            return later()
        self._refused_ms.append(now_ms)
        return JSONResponse({"error": code}, 403)
