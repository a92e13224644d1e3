"""The screen's server: resident page, staff page, event streams, preview. Loopback only.

Starlette on uvicorn in a thread of its own, with its own event loop. The server pushes
whole views, never differences: a browser that reconnects is right at once. The heartbeat
is the view again, so whatever was missed is mended within two seconds.
"""

import asyncio
import contextlib
import socket
import threading
from zoneinfo import ZoneInfo

import uvicorn
from starlette.types import ASGIApp

from kiosk import log
from kiosk.config import PrivacyConfig, ScreenConfig, Site, VoiceConfig
from kiosk.errors import DeviceMissing
from kiosk.ports import Beat, Snapshot
from kiosk.screen.app import STATIC, Pages
from kiosk.screen.hub import Hub
from kiosk.screen.preview import Preview, PreviewJpeg
from kiosk.screen.view import Scenery, Sound
from kiosk.screen.words import WallClock, load_words

BEAT_S = 1.0
LOOK_S = 0.1  # how soon a stop is noticed


class ScreenServer:
    """The Screen port. `publish` from the main thread; `run` is the screen worker's body."""

    def __init__(
        self,
        config: ScreenConfig,
        *,
        preview: Preview,
        privacy: PrivacyConfig,
        site: Site | None = None,
        voice: VoiceConfig | None = None,
    ) -> None:
        site = site or Site()
        wall, sounds = WallClock(ZoneInfo(site.timezone)), _sounds(voice or VoiceConfig())
        scenery = Scenery(load_words(), wall, site.gate, sounds)
        self._config = config
        self._hub = Hub()
        self._pages = Pages(self._hub, PreviewJpeg(preview), scenery, privacy)

    def publish(self, snapshot: Snapshot) -> None:
        """Hand the newest state to every browser. Never blocks."""
        self._hub.post(snapshot)

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Serve until `stop`. Raises DeviceMissing when the port is taken."""
        beat()
        listener = _listen(self._config)
        try:
            asyncio.run(self._serve(listener, stop, beat))
        finally:
            listener.close()

    async def _serve(self, listener: socket.socket, stop: threading.Event, beat: Beat) -> None:
        server = uvicorn.Server(_settings(self._pages.app()))
        self._hub.open()
        watching = asyncio.create_task(self._watch(server, stop, beat))
        try:
            await server.serve(sockets=[listener])
        finally:
            self._hub.close()
            watching.cancel()
        await _abort_rest(server)

    async def _watch(self, server: uvicorn.Server, stop: threading.Event, beat: Beat) -> None:
        log.event(log.Event.SCREEN_SERVED, host=self._config.host, port=self._config.port)
        looks = 0
        while not stop.is_set():
            if looks % round(BEAT_S / LOOK_S) == 0:
                beat()
            looks += 1
            await asyncio.sleep(LOOK_S)
        self._hub.close()
        server.should_exit = True


def _sounds(voice: VoiceConfig) -> frozenset[str]:
    """Return the tones that can be heard here."""
    there = (s.value for s in Sound if (STATIC / "tones" / f"{s.value}.wav").is_file())
    return frozenset(there) if voice.tones else frozenset()


def _listen(config: ScreenConfig) -> socket.socket:
    """Return the listening socket. Raises DeviceMissing when the port is not to be had."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen()
    except OSError as exc:
        listener.close()
        where = f"{config.host}:{config.port}"
        raise DeviceMissing("screen", f"cannot listen on {where}: {exc.strerror}") from exc
    return listener


def _settings(app: ASGIApp) -> uvicorn.Config:
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


async def _abort_rest(server: uvicorn.Server) -> None:
    """Cut connections whose reader never took what was sent."""
    for connection in list(server.server_state.connections):
        transport = getattr(connection, "transport", None)
        if transport is not None:
            transport.abort()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_S):
            while server.server_state.connections:
                await asyncio.sleep(0)
