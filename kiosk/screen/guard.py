"""What every answer of the screen's server carries, and who may ask at all.

The server listens on loopback. A page of somebody else's that a browser on this machine
opens must not reach it by a name that resolves here, so the Host header has to name
loopback. Nothing is kept in cookies, nothing runs that did not come from here.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
    """ASGI middleware: loopback names only, security headers on everything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with 421 a request for another host."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        app = self._app
        if scope["type"] == "http" and not is_loopback(Headers(scope=scope).get("host", "")):
            app = PlainTextResponse("This page is served at 127.0.0.1 only.\n", 421)
        await app(scope, receive, send_guarded)


def is_loopback(host: str) -> bool:
    """Return whether a Host header names this machine, with any port."""
    name, _, port = host.rpartition(":")
    if not name or not port.isdecimal():
        name = host
    return name.lower() in LOOPBACK_HOSTS
