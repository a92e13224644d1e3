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
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.screen.desk_tablets import HERE_ONLY
from kiosk.screen.lan_pairing import COOKIE, PAIR, pairing
from kiosk.screen.lan_tablets import Tablets
from kiosk.timing import boot_seconds

ASKED_MAX, ASKED_WITHIN_S = 240, 10.0  # chosen: a page with its fonts and a volunteer's taps
ADDRESSES_MAX = 256
LOOK_AGAIN_S = 1.0  # chosen: whether a tablet that listens is still one of ours
_OPEN = ("/static/", PAIR)
_STAFF = ("/staff", "/static/")
_THE_END: Message = {"type": "http.response.body", "body": b"", "more_body": False}


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
        request = Request(scope)
        app = await self._who_answers(request)
        await app(scope, receive, self._while_in(request, send) if app is self._app else send)

    async def _who_answers(self, request: Request) -> ASGIApp:
        path = _path(request)
        if not self._asked.may(request.client.host if request.client else ""):
            return PlainTextResponse("Too often.\n", 429, {"Retry-After": "10"})
        if request.method == "POST" and "origin" not in request.headers:
            return PlainTextResponse("Not from our page.\n", 403)
        if path == PAIR:
            return self._door
        if path == "/":
            return RedirectResponse("/staff", 307)
        if path.startswith(HERE_ONLY) or not path.startswith(_STAFF):
            return PlainTextResponse("Not here.\n", 404)
        return self._app if await self._is_in(request) else _refused(request)

    async def _is_in(self, request: Request) -> bool:
        return _path(request).startswith(_OPEN) or await self._is_paired(request)

    async def _is_paired(self, request: Request) -> bool:
        cookie = request.cookies.get(COOKIE, "")
        return bool(cookie) and await run_in_threadpool(self._tablets.whose, cookie) is not None

    def _while_in(self, request: Request, send: Send) -> Send:
        """Return a way to answer that ends soon after the tablet was put out: streams last."""
        looked_s, is_over = boot_seconds(), False

        async def send_on(message: Message) -> None:
            nonlocal looked_s, is_over
            if is_over:
                return
            is_body = message["type"] == "http.response.body"
            if is_body and boot_seconds() - looked_s >= LOOK_AGAIN_S:
                looked_s, is_over = boot_seconds(), not await self._is_in(request)
            await send(_THE_END if is_over else message)

        return send_on


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


def _path(request: Request) -> str:
    """Return the path that is routed by; that of a whole URL leans on the Host header."""
    path: str = request.scope["path"]
    return path


def _refused(request: Request) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(PAIR, 303)
    return PlainTextResponse("This tablet is not paired.\n", 403)
