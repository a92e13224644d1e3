"""The staff page on the local network: TLS, paired tablets, closed unless it is asked for.

It shares the pages and the event loop with the loopback server, and nothing of that one waits
for it: an address that is not there yet (the router was slower) is a trouble that heals.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from kiosk import log
from kiosk.config import LanConfig
from kiosk.core.faults import Fault
from kiosk.errors import DeviceMissing
from kiosk.ports import FaultReport
from kiosk.screen.guard import Guard, is_named
from kiosk.screen.lan_certificate import Served, ready
from kiosk.screen.lan_door import LanDoor
from kiosk.screen.lan_tablets import Tablets
from kiosk.screen.serving import abort_rest, listen, settings

TRY_AGAIN_S = 5.0
LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Lan:
    """What the way in over the local network is made from."""

    config: LanConfig
    keys: Path
    tablets: Tablets
    report: FaultReport
    now: Callable[[], datetime]

    @property
    def url(self) -> str:
        """Return where tablets call this gate, "" where it is closed to them."""
        host = self.config.names[0] if self.config.names else self.config.address
        shown = f"[{host}]" if ":" in host else host
        return f"https://{shown}:{self.config.port}" if host and self.config.address else ""

    async def keep(self, app: ASGIApp, page: str, stop: threading.Event) -> None:
        """Serve until `stop`, trying again every few seconds while it cannot be done."""
        if not self.config.address:
            return
        door = Guard(LanDoor(app, page, self.tablets), partial(is_named, self._names()))
        while not stop.is_set():
            try:
                await self._serve(door, stop)
            except (DeviceMissing, OSError, ValueError) as exc:
                self.report(Fault.LAN_DOWN, is_on=True, detail=str(exc))
                await _rest(stop)

    def _names(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self.config.names)

    def _certificate(self) -> Served:
        config = self.config
        if config.certificate is not None and config.key is not None:
            return Served(Path(config.certificate), Path(config.key))
        return ready(self.keys, config.address, config.names, self.now())

    async def _serve(self, door: ASGIApp, stop: threading.Event) -> None:
        served = await asyncio.to_thread(self._certificate)
        chosen = settings(door)
        chosen.ssl_certfile, chosen.ssl_keyfile = str(served.certificate), str(served.key)
        chosen.load()
        listener = listen(self.config.address, self.config.port, name="tablets")
        server = uvicorn.Server(chosen)
        try:
            running = asyncio.create_task(server.serve(sockets=[listener]))
            self.report(Fault.LAN_DOWN, is_on=False)
            log.event(log.Event.LAN_SERVED, host=self.config.address, port=self.config.port)
            while not stop.is_set() and not running.done():
                await asyncio.sleep(LOOK_S)
            server.should_exit = True
            await running
            await abort_rest(server)
        finally:
            listener.close()


async def _rest(stop: threading.Event) -> None:
    for _ in range(round(TRY_AGAIN_S / LOOK_S)):
        if stop.is_set():
            return
        await asyncio.sleep(LOOK_S)
