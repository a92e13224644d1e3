"""A second server in the screen's event loop: TLS, on one address of this machine.

Nothing of the loopback server waits for it: an address that is not there yet (the router was
slower), or a certificate that will not do, is a trouble that is tried again until it heals.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from kiosk import log
from kiosk.core.faults import Fault
from kiosk.errors import DeviceMissing
from kiosk.ports import FaultReport
from kiosk.screen.lan_certificate import Served, load_chain
from kiosk.screen.serving import LOOK_S, abort_rest, listen, settings
from kiosk.timing import boot_seconds

TRY_AGAIN_S = 5.0
SILENT_S = 10.0  # chosen: a tablet asks in the moment in which it has connected


async def keep_serving(
    app: ASGIApp,
    certificate: Callable[[], Served],
    place: tuple[str, int],
    report: FaultReport,
    stop: threading.Event,
) -> None:
    """Serve `app` at (address, port) until `stop`; tell of a trouble and try again."""
    while not stop.is_set():
        try:
            async with _serving(app, await asyncio.to_thread(certificate), place) as look:
                report(Fault.LAN_DOWN, is_on=False)
                await _until(lambda: stop.is_set() or look())
        except (DeviceMissing, OSError, ValueError) as exc:
            report(Fault.LAN_DOWN, is_on=True, detail=str(exc))
            await _until(stop.is_set, TRY_AGAIN_S)


@asynccontextmanager
async def _serving(
    app: ASGIApp, served: Served, place: tuple[str, int]
) -> AsyncIterator[Callable[[], bool]]:
    """Serve while the block runs; gives what looks after it: whether it ended by itself."""
    chosen = settings(app)
    chosen.load()
    chosen.ssl = load_chain(served.certificate, served.key)
    listener = listen(*place, name="tablets")
    server = uvicorn.Server(chosen)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    log.event(log.Event.LAN_SERVED, host=place[0], port=place[1])
    silent: dict[Any, float] = {}

    def look() -> bool:
        _drop_silent(server, silent)
        return running.done()

    try:
        yield look
    finally:
        server.should_exit = True
        await running
        await abort_rest(server)
        listener.close()


def _drop_silent(server: uvicorn.Server, since: dict[Any, float]) -> None:
    """Cut connections over which nothing was asked for `SILENT_S`: each holds a file."""
    now_s, connections = boot_seconds(), list(server.server_state.connections)
    silent = [one for one in connections if getattr(one, "cycle", None) is None]
    for one in set(since).difference(silent):
        del since[one]
    for one in silent:
        transport = getattr(one, "transport", None)
        if now_s - since.setdefault(one, now_s) > SILENT_S and transport is not None:
            transport.abort()


async def _until(is_over: Callable[[], bool], seconds: float = float("inf")) -> None:
    while seconds > 0 and not is_over():
        await asyncio.sleep(LOOK_S)
        seconds -= LOOK_S
