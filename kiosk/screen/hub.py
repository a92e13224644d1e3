"""Keeps the newest snapshot and wakes the streams that wait for it.

The main thread posts and never waits; everything else happens in the event loop of the
screen thread. A slow browser misses what came in between and gets the newest, whole.
"""

import asyncio
import contextlib
import threading
from dataclasses import dataclass, replace

from kiosk.core.messages import Show
from kiosk.ports import Snapshot
from kiosk.timing import boot_seconds


@dataclass(frozen=True, slots=True)
class Posted:
    """A snapshot with its place: `number` rises with each, `show_no` with each new Show."""

    number: int
    show_no: int
    snapshot: Snapshot | None
    heard_s: float  # monotonic second at which it came


class Hub:
    """One slot, newest wins; `post` from the main thread, the rest from the loop's."""

    def __init__(self) -> None:
        self._newest = Posted(0, 0, None, boot_seconds())
        self._changing = threading.Lock()  # held for the two lines that read and put
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = asyncio.Event()
        self._is_open = False

    @property
    def newest(self) -> Posted:
        """Return what was posted last."""
        return self._newest

    @property
    def is_open(self) -> bool:
        """Whether streams may go on."""
        return self._is_open

    def post(self, snapshot: Snapshot) -> None:
        """Put the newest snapshot into the slot. Never waits for a browser."""
        with self._changing:
            old = self._newest
            is_new = old.snapshot is None or not _is_same(old.snapshot.show, snapshot.show)
            number, show_no = old.number + 1, old.show_no + is_new
            self._newest = Posted(number, show_no, snapshot, boot_seconds())
        if (loop := self._loop) is not None:
            with contextlib.suppress(RuntimeError):  # the loop closed a moment ago
                loop.call_soon_threadsafe(self._wake)

    def again(self) -> None:
        """Draw every page anew: something beside the snapshot changed. From the loop alone."""
        with self._changing:
            self._newest = replace(self._newest, number=self._newest.number + 1)
        self._wake()

    def open(self) -> None:
        """Serve streams of the running loop."""
        self._turn = asyncio.Event()
        self._is_open = True
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """End all streams."""
        self._is_open = False
        self._loop = None
        self._wake()

    async def wait(self, number: int, timeout_s: float) -> Posted:
        """Return the newest once it is not `number` any more, or after `timeout_s`."""
        turn = self._turn
        if self._newest.number == number and self._is_open:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await turn.wait()
        return self._newest

    def _wake(self) -> None:
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()


def _is_same(old: Show, new: Show) -> bool:
    return old is new or old == new
