"""The screen's server: resident page, staff page, event streams, preview, on loopback.

Starlette on uvicorn in a thread of its own, with its own event loop. The server pushes
whole views, never differences: a browser that reconnects is right at once. The heartbeat
is the view again, so whatever was missed is mended within two seconds.
"""

import asyncio
import threading

import uvicorn

from kiosk.config import PrivacyConfig, ScreenConfig, Site
from kiosk.ports import Beat, Snapshot, StaffDesk
from kiosk.screen.app import Pages
from kiosk.screen.desk import Desk
from kiosk.screen.desk_lock import Lock
from kiosk.screen.desk_parts import (
    NO_LOOK_UPS,
    FindDoor,
    LookUps,
    Pins,
    Seal,
    no_doors,
    no_office,
)
from kiosk.screen.guard import Guard, is_loopback
from kiosk.screen.hub import Hub
from kiosk.screen.lan import Lan
from kiosk.screen.preview import Preview, PreviewJpeg
from kiosk.screen.scenery import Sounds, make_scenery, make_voice
from kiosk.screen.serving import abort_rest, listen, settings, watch


class ScreenServer:
    """The Screen port. `publish` from the main thread; `run` is the screen worker's body."""

    def __init__(
        self,
        config: ScreenConfig,
        *,
        preview: Preview,
        privacy: PrivacyConfig,
        site: Site | None = None,
        sounds: Sounds | None = None,
        desk: StaffDesk | None = None,
        pins: Pins | None = None,
        seal: Seal | None = None,
        look_ups: LookUps | None = None,
        find_door: FindDoor | None = None,
        lan: Lan | None = None,
        lock: Lock | None = None,
    ) -> None:
        """`lan` opens the staff page to paired tablets as well."""
        heard = sounds or Sounds()
        scenery = make_scenery(site or Site(), heard.config, config)
        self._config, self._lan = config, lan
        self._hub = Hub()
        taking = None
        if desk is not None and pins is not None:
            taking = Desk(
                self._hub,
                scenery,
                desk,
                pins,
                seal=seal or no_office,
                look_ups=look_ups or NO_LOOK_UPS,
                find_door=find_door or no_doors,
                more=None if lan is None else lan.forms.takes,
                lock=lock,
            )
        speaks = make_voice(heard, scenery)
        self._pages = Pages(
            self._hub,
            PreviewJpeg(preview),
            scenery,
            privacy,
            voice=speaks,
            desk=taking,
            is_one=config.staff == "one",
            has_tablets=lan is not None and bool(lan.url),
        )

    def publish(self, snapshot: Snapshot) -> None:
        """Hand the newest state to every browser. Never blocks."""
        self._hub.post(snapshot)

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Serve until `stop`, beating while it does. Raises DeviceMissing for a taken port."""
        asyncio.run(self._serve(stop, beat))

    async def _serve(self, stop: threading.Event, beat: Beat) -> None:
        listener = listen(self._config.host, self._config.port)
        app = self._pages.app()
        server = uvicorn.Server(settings(Guard(app, is_loopback)))
        self._hub.open()
        watching = asyncio.create_task(watch(server, self._hub, stop, beat))
        page, lan = self._pages.pairing_page(), self._lan
        tablets = asyncio.create_task(lan.keep(app, page, stop)) if lan is not None else None
        try:
            await server.serve(sockets=[listener])
        finally:
            self._hub.close()
            watching.cancel()
            listener.close()
        await abort_rest(server)
        if tablets is not None:
            await tablets
