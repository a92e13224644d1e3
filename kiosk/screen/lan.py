"""The staff page on the local network: TLS, paired tablets, closed unless it is asked for."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from kiosk.config import LanConfig
from kiosk.ports import FaultReport
from kiosk.screen.desk_tablets import TabletForms
from kiosk.screen.guard import Guard, is_named
from kiosk.screen.lan_certificate import Served, ready
from kiosk.screen.lan_door import LanDoor
from kiosk.screen.lan_serving import keep_serving
from kiosk.screen.lan_tablets import Tablets


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

    @property
    def forms(self) -> TabletForms:
        """Return the forms by which staff let tablets in and put them out."""
        return TabletForms(self.tablets, self.url)

    async def keep(self, app: ASGIApp, page: str, stop: threading.Event) -> None:
        """Serve the staff page of `app` until `stop`; `page` is the HTML of pairing."""
        config = self.config
        if not config.address:
            return
        names = frozenset(name.lower() for name in config.names)
        door = Guard(LanDoor(app, page, self.tablets), partial(is_named, names))
        place = config.address, config.port
        await keep_serving(door, self._certificate, place, self.report, stop)

    def _certificate(self) -> Served:
        config = self.config
        if config.certificate is not None and config.key is not None:
            return Served(Path(config.certificate), Path(config.key))
        return ready(self.keys, config.address, config.names, self.now())
