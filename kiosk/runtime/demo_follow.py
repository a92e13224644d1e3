"""Follows an event stream of the kiosk, as a browser does: the newest view, or that it died."""

import contextlib
import json
import threading
from typing import Any

import requests

LIMITS_S = (1.0, 5.0)  # to connect, and between two events: a heartbeat comes every 2 s
AGAIN_S = 0.1


class Follower:
    """Reads one stream in a thread of its own until closed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self.view: dict[str, Any] = {}
        self.is_alive = False
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Look away at the next beat, without waiting for it."""
        self._stop.set()

    def close(self) -> None:
        """Look away."""
        self._stop.set()
        self._thread.join(LIMITS_S[1] + 1.0)

    def take(self, view: dict[str, Any] | None) -> None:
        """Keep a view; None: the stream has broken. Raises KeyError where a view is none."""
        self.view, self.is_alive = view or {}, view is not None

    def _run(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(requests.RequestException, OSError, ValueError, KeyError):
                self._read()
            self.take(None)
            self._stop.wait(AGAIN_S)

    def _read(self) -> None:
        with requests.get(self._url, stream=True, timeout=LIMITS_S) as answer:
            for line in answer.iter_lines(chunk_size=1):
                if self._stop.is_set():
                    return
                if line.startswith(b"data:") and (text := line[5:].strip()):
                    self.take(dict(json.loads(text)))
