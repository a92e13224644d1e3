"""Who may come in over the local network, and to what: the staff page, by a paired tablet.

The resident's page, the camera's picture and everything else of the loopback server are not
to be had here. A form must say that it comes from our own page, and each address may ask only
so often.
"""

from collections import OrderedDict
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from kiosk.screen.desk_tablets import HERE_ONLY
from kiosk.screen.lan_pairing import COOKIE, PAIR, pairing
from kiosk.screen.lan_tablets import Tablets
from kiosk.timing import boot_seconds

ASKED_MAX, ASKED_WITHIN_S = 240, 10.0  # chosen: a page with its fonts and a volunteer's taps
ADDRESSES_MAX = 256
_OPEN = ("/static/", PAIR)
_STAFF = ("/staff", "/static/")


class LanDoor:
    """ASGI middleware in front of the pages. Lives in the screen's event loop."""

    def __init__(self, app: ASGIApp, page: str, tablets: Tablets) -> None:
        """`page` is the HTML of pairing."""
        self._app, self._tablets = app, tablets
        self._asked = Asked()
        self._door = pairing(page, tablets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse: 429 too often, 404 not here, 403 not paired."""
        if scope["type"] != "http":
            return
        app = await self._who_answers(Request(scope))
        await app(scope, receive, send)

    async def _who_answers(self, request: Request) -> ASGIApp:
        path = request.url.path
        if not self._asked.may(request.client.host if request.client else ""):
            return PlainTextResponse("Too often.\n", 429, {"Retry-After": "10"})
        if request.method == "POST" and "origin" not in request.headers:
            return PlainTextResponse("Not from our page.\n", 403)
        if path == PAIR:
            return self._door
        if path == "/":
            return RedirectResponse("/staff", 307)
        if path in HERE_ONLY or not path.startswith(_STAFF):
            return PlainTextResponse("Not here.\n", 404)
        return self._app if await self._is_in(request) else _refused(request)

    async def _is_in(self, request: Request) -> bool:
        if request.url.path.startswith(_OPEN):
            return True
        cookie = request.cookies.get(COOKIE, "")
        return bool(cookie) and await run_in_threadpool(self._tablets.whose, cookie) is not None


class Asked:
    """How often each address asked lately; a flood is answered shortly and costs little."""

    def __init__(self, now_s: Callable[[], float] = boot_seconds) -> None:
        self._now_s = now_s
        self._since: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def may(self, address: str) -> bool:
        """Count a request, and return whether it is to be answered."""
        now_s = self._now_s()
        since_s, count = self._since.pop(address, (now_s, 0))
        if now_s - since_s >= ASKED_WITHIN_S:
            since_s, count = now_s, 0
        self._since[address] = (since_s, count + 1)
        if len(self._since) > ADDRESSES_MAX:
            self._since.popitem(last=False)
        return count < ASKED_MAX


def _refused(request: Request) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(PAIR, 303)
    return PlainTextResponse("This tablet is not paired.\n", 403)
