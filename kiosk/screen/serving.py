"""How the screen's server stands on the network: its socket, uvicorn's settings, its end.

uvicorn leaves the process when a port is taken and waits for open streams when it stops;
neither may happen to a gate, so the socket is ours and the stop has a limit.
"""

import asyncio
import contextlib
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from kiosk import log
from kiosk.errors import DeviceMissing
from kiosk.ports import Beat
from kiosk.screen.hub import Hub

ABORT_WITHIN_S = 0.1
BEAT_S = 1.0
LOOK_S = 0.1  # how soon a stop is noticed


def listen(host: str, port: int, *, name: str = "screen") -> socket.socket:
    """Return the listening socket. Raises DeviceMissing when the port is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as exc:
        listener.close()
        where = f"{host}:{port}"
        raise DeviceMissing(name, f"cannot listen on {where}: {exc.strerror}") from exc
    return listener


def settings(app: ASGIApp) -> uvicorn.Config:
    """Return uvicorn's settings. Without the grace an open stream would hold the stop."""
    return uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )


async def watch(server: uvicorn.Server, hub: Hub, stop: threading.Event, beat: Beat) -> None:
    """Beat each second until `stop`; then end the streams and let the server go."""
    log.event(log.Event.SCREEN_SERVED)
    looks = 0
    while not stop.is_set():
        if looks % round(BEAT_S / LOOK_S) == 0:
            beat()
        looks += 1
        await asyncio.sleep(LOOK_S)
    hub.close()
    server.should_exit = True


async def abort_rest(server: uvicorn.Server) -> None:
    """Cut connections whose reader never took what was sent."""
    for connection in list(server.server_state.connections):
        transport = getattr(connection, "transport", None)
        if transport is not None:
            transport.abort()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ABORT_WITHIN_S):
            while server.server_state.connections:
                await asyncio.sleep(0)
