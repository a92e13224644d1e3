"""What every answer of the screen's server carries, and by which name it may be asked.

A page of somebody else's that a browser opens must not reach the gate by a name that resolves
to it (DNS rebinding), so the Host header has to name the gate: loopback, or on the local
network one of its names or a plain address. Nothing runs that did not come from here.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::[0-9]{1,5})?")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware: our own names only, security headers on everything."""

    def __init__(self, app: ASGIApp, is_us: Callable[[str], bool]) -> None:
        """`is_us` says whether a Host header names this gate."""
        self._app, self._is_us = app, is_us

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with 421 a request for another host."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        app = self._app
        if scope["type"] == "http" and not self._is_us(Headers(scope=scope).get("host", "")):
            app = PlainTextResponse("This page is not served by that name.\n", 421)
        await app(scope, receive, send_guarded)


def is_loopback(host: str) -> bool:
    """Return whether a Host header names this machine, with any port."""
    name, _, port = host.rpartition(":")
    if not name or not port.isdecimal():
        name = host
    return name.lower() in LOOPBACK_HOSTS


def is_named(names: frozenset[str], host: str) -> bool:
    """Return whether a Host header is one of `names`, or an address: that cannot lie."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False  # whatever else stands there could be taken for a part of the address
    name = found[1] or found[2]
    if name.lower() in names:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
