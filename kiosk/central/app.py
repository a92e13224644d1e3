"""Central over HTTP: `POST /v1/sync` for kiosks, a page for people, `/healthz` for ops."""

import logging
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from kiosk.central import desk, desk_door, files, phone_route
from kiosk.central.authority import Authority
from kiosk.central.enrol_route import EnrolRoute
from kiosk.central.intake import Intake, utc_now_ms
from kiosk.central.store import is_there
from kiosk.central.sync_route import BODY_S, STORE, SyncRoute, later
from kiosk.central.time_route import TimeRoute
from kiosk.errors import StoreError
from kiosk.wire import ENROL_PATH, SYNC_PATH, TIME_PATH

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
DESK_HEADERS = {**HEADERS, **desk_door.HEADERS}
CASES_PATHS = frozenset({"/desk/cases", "/desk/case"})
CASES_HEADERS = {  # with clocks that run, and news every few seconds
    **DESK_HEADERS,
    "Content-Security-Policy": DESK_HEADERS["Content-Security-Policy"]
    + "; script-src 'self'; connect-src 'self'",
}
PHONE_HEADERS = {**HEADERS, **phone_route.HEADERS}


def make_app(
    engine: Engine,
    authority: Authority,
    *,
    body_s: float = BODY_S,
    desk_settings: desk_door.DeskSettings | None = None,
) -> FastAPI:
    """Return the server's application. A request that takes longer to come is given up."""
    app = FastAPI(title="gate central", docs_url=None, redoc_url=None, openapi_url=None)
    intake = Intake(engine, authority)
    office = desk_door.Desk(
        engine, authority, desk_settings or desk_door.DeskSettings(), utc_now_ms
    )

    @app.middleware("http")
    async def add_headers(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        response.headers.update(_headers_of(request.url.path))
        return response

    @app.exception_handler(StoreError)
    async def not_now(_request: Request, exc: Exception) -> Response:
        intake.troubles.began(STORE, "store", level=logging.ERROR, detail=str(exc))
        return later()

    app.add_api_route(
        SYNC_PATH, SyncRoute(intake, body_s), methods=["POST"], response_model=None
    )
    clock = TimeRoute(engine, authority, utc_now_ms)
    app.add_api_route(TIME_PATH, clock, methods=["POST"], response_model=None)
    newcomers = EnrolRoute(engine, authority, utc_now_ms)
    app.add_api_route(ENROL_PATH, newcomers, methods=["POST"], response_model=None)

    @app.get("/", response_model=None)
    async def index(request: Request) -> Response:
        return await desk.front(office, request)

    app.router.routes.extend(desk.routes(office))
    phones = phone_route.PhoneDesk(engine, office.settings.folder, utc_now_ms, body_s)
    app.router.routes.extend(phones.routes())

    app.router.routes.extend(files.routes())

    @app.get("/healthz")
    async def healthz() -> PlainTextResponse:
        await run_in_threadpool(is_there, engine)
        return PlainTextResponse("ok\n")

    return app


def _headers_of(path: str) -> dict[str, str]:
    """Return what an answer of `path` carries; faces are the same for ever."""
    if path.startswith(files.FONTS_PATH):
        return {}
    if path.startswith(phone_route.PREFIX):
        return PHONE_HEADERS
    if path in CASES_PATHS:
        return CASES_HEADERS
    return DESK_HEADERS if path.startswith("/desk") else HEADERS
