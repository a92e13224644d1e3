"""Central over HTTP: `POST /v1/sync` for kiosks, a page for people, `/healthz` for ops."""

import logging
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse
from sqlalchemy import Engine, select
from starlette.concurrency import run_in_threadpool

from kiosk.central import page
from kiosk.central.authority import Authority
from kiosk.central.intake import Intake, utc_now_ms
from kiosk.central.schema import entry
from kiosk.central.store import reading
from kiosk.central.sync_route import BODY_S, STORE, SyncRoute, later
from kiosk.errors import StoreError
from kiosk.wire import SYNC_PATH

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


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
        return later()

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


def _ask(engine: Engine) -> None:
    """Raise StoreError when the database does not answer."""
    with reading(engine) as db:
        db.execute(select(entry.c.seq).limit(1))
