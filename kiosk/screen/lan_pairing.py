"""Pairing a tablet: the page behind the QR code, and the cookie that its code is given for."""

from functools import partial
from typing import Annotated

from pydantic import Field
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from kiosk import log
from kiosk.errors import ConfigError
from kiosk.screen.desk_forms import Form, Refusal, read_form
from kiosk.screen.lan_tablets import Tablets

COOKIE = "__Host-tablet"
COOKIE_S = 90 * 86_400
PAIR = "/pair"


class Pairing(Form):
    """A one-time code, as it stands behind the # of the address in the QR code."""

    code: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


def pairing(page: str, tablets: Tablets) -> Starlette:
    """Return the page, and what takes the code that it hands in."""
    shown = Route(PAIR, partial(_show, page), methods=["GET"])
    return Starlette(routes=[shown, Route(PAIR, partial(_pair, tablets), methods=["POST"])])


async def _show(page: str, _: Request) -> Response:
    return HTMLResponse(page)


async def _pair(tablets: Tablets, request: Request) -> Response:
    try:
        form = await read_form(request, Pairing)
        found = await run_in_threadpool(tablets.accept, form.code)
    except (Refusal, ConfigError) as exc:
        return JSONResponse({"ok": False}, exc.status if isinstance(exc, Refusal) else 503)
    if found is None:
        log.warning(log.Event.TABLET_REFUSED)
        return JSONResponse({"ok": False}, 403)
    name, cookie = found
    log.event(log.Event.TABLET_PAIRED, tablet=name)
    answer = JSONResponse({"ok": True})
    answer.set_cookie(
        COOKIE, cookie, max_age=COOKIE_S, httponly=True, secure=True, samesite="strict"
    )
    return answer
