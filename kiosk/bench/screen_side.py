"""The screen's server with nothing behind it, in this process, for looks and measurements."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

from kiosk.bench.screen_film import Film
from kiosk.bench.screen_states import LONGEST_GATE, LONGEST_PHONE
from kiosk.config import PrivacyConfig, ScreenConfig, Site
from kiosk.ports import Snapshot
from kiosk.screen.files import STATIC
from kiosk.screen.web import ScreenServer

START_S = 10.0
OWN_SCRIPTS = ("resident.js", "stream.js", "preview.js", "voice.js")


class Side:
    """A running server and what was shown on it."""

    def __init__(self, server: ScreenServer, port: int) -> None:
        self._server, self.url = server, f"http://127.0.0.1:{port}"
        self._shown = 0

    def show(self, snapshot: Snapshot) -> int:
        """Put a snapshot on the page, as a new showing. Returns its number."""
        self._shown += 1
        since_s = snapshot.show.since_s + self._shown * 1e-6
        self._server.publish(replace(snapshot, show=replace(snapshot.show, since_s=since_s)))
        return self._shown


@contextlib.contextmanager
def serving(
    film: Film | None = None, *, gate: str = LONGEST_GATE, phone: str = LONGEST_PHONE
) -> Iterator[Side]:
    """Serve until the end of the block, at a gate with the longest name there may be."""
    port, stop = _free_port(), threading.Event()
    server = ScreenServer(
        ScreenConfig(port=port),
        preview=(film or Film()).newest,
        privacy=PrivacyConfig(),
        site=Site(gate=gate, phone=phone),
    )
    thread = threading.Thread(target=server.run, args=(stop, lambda: None), daemon=True)
    thread.start()
    _wait_for(port)
    try:
        yield Side(server, port)
    finally:
        stop.set()
        thread.join(START_S)


def own_scripts_bytes() -> int:
    """Return how much script the resident's page loads."""
    return sum((STATIC / name).stat().st_size for name in OWN_SCRIPTS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    """Wait until somebody listens. Raises TimeoutError."""
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("the screen's server did not start")
