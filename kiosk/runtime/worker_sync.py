"""The sync worker: entries to central, whenever it can."""

import threading
from collections.abc import Callable
from typing import Protocol

from kiosk.ports import Beat, SyncStatus


class Turning(Protocol):
    """What the sync worker drives: one bounded exchange at a time."""

    def turn(self) -> float:
        """Do what is due. Returns seconds until the next turn."""

    def status(self) -> SyncStatus:
        """Return what it last knew. Any thread may ask."""

    def close(self) -> None:
        """Give connections and files back."""


class SyncWorker:
    """Entries to central, whenever it can. Owns the way there while it runs."""

    def __init__(self, open_engine: Callable[[], Turning]) -> None:
        self._open_engine = open_engine
        self._engine: Turning | None = None
        self._nudged = threading.Event()

    def nudge(self) -> None:
        """An entry was written: do not wait for the next turn. Any thread."""
        self._nudged.set()

    def status(self) -> SyncStatus:
        """Return what the engine last knew. Any thread."""
        engine = self._engine
        return engine.status() if engine is not None else SyncStatus()

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Turn until `stop`. Raises SyncError when this gate is not bound to a server."""
        beat()
        engine = self._engine = self._open_engine()
        try:
            while not stop.is_set():
                beat()
                self._wait(engine.turn(), stop, beat)
        finally:
            self._engine = None
            engine.close()

    def _wait(self, seconds: float, stop: threading.Event, beat: Beat) -> None:
        """Wait in slices of a second, so that stopping is quick; an entry ends the wait."""
        while seconds > 0 and not stop.is_set():
            beat()
            if self._nudged.wait(min(seconds, 1.0)):
                self._nudged.clear()
                return
            seconds -= 1.0
