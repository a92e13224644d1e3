"""Central over HTTP: `POST /v1/sync` for kiosks, a page for people, `/healthz` for ops."""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse
from sqlalchemy import Engine, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from kiosk.central import page
from kiosk.central.authority import Authority
from kiosk.central.intake import STRANGERS, Intake, utc_now_ms
from kiosk.central.schema import entry
from kiosk.central.store import reading
from kiosk.errors import MessageError, StoreError
from kiosk.wire import CONTENT_TYPE, REQUEST_BYTES_MAX, SYNC_PATH

BODY_S = 20.0  # chosen: a kiosk gives up after 7 s
QUEUE_MAX = 200  # chosen: the last of them waits about a second
STORE = "database"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class TooLong(Exception):
    """A body that is longer, or unpacks to more, than any batch."""


def make_app(engine: Engine, authority: Authority, *, body_s: float = BODY_S) -> FastAPI:
    """Return the server's application. A request that takes longer to come is given up."""
    app = FastAPI(title="gate central", docs_url=None, redoc_url=None, openapi_url=None)
    intake = Intake(engine, authority)

    @app.middleware("http")
    async def add_headers(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response

    @app.exception_handler(StoreError)
    async def not_now(_request: Request, exc: Exception) -> Response:
        intake.troubles.began(STORE, "store", level=logging.ERROR, detail=str(exc))
        return _later()

    app.add_api_route(
        SYNC_PATH, SyncRoute(intake, body_s), methods=["POST"], response_model=None
    )

    @app.get("/", response_class=HTMLResponse)
    async def index() -> str:
        return await run_in_threadpool(page.render, engine, now_ms=utc_now_ms())

    @app.get("/central.css")
    async def style() -> FileResponse:
        return FileResponse(page.PAGES / "central.css")

    @app.get("/healthz")
    async def healthz() -> PlainTextResponse:
        await run_in_threadpool(_ask, engine)
        return PlainTextResponse("ok\n")

    return app


class SyncRoute:
    """`POST /v1/sync`. One request at a time writes: the others wait here, in order.

    SQLite has one writer in any case, and who waits for its lock asks again only now and
    then, in no order.
    """

    def __init__(self, intake: Intake, body_s: float) -> None:
        self._intake, self._body_s = intake, body_s
        self._turns = CapacityLimiter(1)

    async def __call__(self, request: Request) -> Response:
        """Return the signed answer, or a plain "no" to what is no request."""
        if request.headers.get("content-type", "").partition(";")[0] != CONTENT_TYPE:
            return PlainTextResponse("wrong content type\n", 415)
        if self._turns.statistics().tasks_waiting >= QUEUE_MAX:
            return _later()
        try:
            async with asyncio.timeout(self._body_s):
                packed = await read_body(request)
            body = unpack(packed, request.headers.get("content-encoding", ""))
            answer = await run_sync(self._intake.answer, body, limiter=self._turns)
        except TimeoutError:
            return PlainTextResponse("too slow\n", 408)
        except TooLong:
            return PlainTextResponse("too long\n", 413)
        except (MessageError, ValueError, ClientDisconnect) as exc:
            self._intake.troubles.began(STRANGERS, "unreadable", detail=str(exc))
            return PlainTextResponse("not a message of a kiosk\n", 400)
        self._intake.troubles.ended(STORE)
        return Response(answer, media_type=CONTENT_TYPE)


def _later() -> Response:
    return PlainTextResponse("not now\n", 503, {"Retry-After": "30"})


def _ask(engine: Engine) -> None:
    """Raise StoreError when the database does not answer."""
    with reading(engine) as db:
        db.execute(select(entry.c.seq).limit(1))


async def read_body(request: Request) -> bytes:
    """Return the body as it came. Raises TooLong before more than the limit is held."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > REQUEST_BYTES_MAX:
            raise TooLong
    return bytes(body)


def unpack(body: bytes, coding: str) -> bytes:
    """Undo gzip, never to more than the limit. Raises TooLong or ValueError."""
    if coding.strip().lower() in ("", "identity"):
        return body
    if coding.strip().lower() != "gzip":
        raise ValueError("unknown content encoding")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, REQUEST_BYTES_MAX)
    except zlib.error as exc:
        raise ValueError("not gzip") from exc
    if unpacker.unconsumed_tail:
        raise TooLong
    if not unpacker.eof:
        raise ValueError("gzip that is cut off")
    return plain
