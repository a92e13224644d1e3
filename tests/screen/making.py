"""Snapshots as the main thread makes them, and a screen server that serves for a test."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import requests

from kiosk.config import PrivacyConfig, ScreenConfig
from kiosk.core.announcement import HANZI_MAX, LETTERS_MAX, Announcement
from kiosk.core.faults import Fault
from kiosk.core.messages import Show
from kiosk.core.wording import DWELL_S, STAY_S, Page
from kiosk.core.words import (
    Decision,
    Direction,
    Entry,
    EntryKind,
    Granted,
    NoReading,
    Reading,
    Reason,
    Recorded,
    Referred,
    Refusal,
)
from kiosk.ports import ActiveFault, Announced, Frame, Snapshot, SyncStatus
from kiosk.screen.view import Scenery
from kiosk.screen.web import ScreenServer
from kiosk.screen.words import WallClock, load_words
from kiosk.timing import ClockState, Stamp, boot_seconds

BOOT = "00000000-0000-4000-8000-000000000001"
SCENERY = Scenery(load_words(), WallClock(ZoneInfo("Asia/Shanghai")), "南门")
UTC_NOW = datetime(2027, 1, 5, 6, 5, tzinfo=UTC)  # 14:05 at the gate
DEADLINE_S = 10.0
LONG_NOTICE = ("明天上午八点到十点停水，请提前储水。出门请戴好口罩，" * 3)[:HANZI_MAX]


def stamp(mono_s: float = 1000.0, clock: ClockState = ClockState.TRUSTED) -> Stamp:
    return Stamp(mono_s, UTC_NOW, BOOT, clock)


def reading(estimate_c: float) -> Reading:
    return Reading(estimate_c - 2.0, estimate_c, 0.1, 7, 998.0, 999.0, 22.0, "cal-1")


def entry(
    decision: Decision,
    *,
    label: str = "张*明",
    readings: tuple[Reading | NoReading, ...] = (),
    scan: int = 1,
) -> Entry:
    return Entry(
        kind=EntryKind.PASSAGE,
        at=stamp(999.0),
        scan_id=UUID(int=scan),
        gate="南门",
        direction=Direction.IN,
        decision=decision,
        cti=b"\x01" * 8,
        sub="3-1201",
        label=label,
        rules_version=1,
        readings=readings,
    )


def recorded(made: Entry, seq: int) -> Recorded:
    return Recorded(made, seq, b"\x00" * 32)


def show(page: Page, **fields: Any) -> Show:
    dwell_s = DWELL_S[page]
    until_s = 1000.0 + dwell_s if dwell_s < STAY_S else None
    return Show(page, fields.pop("since_s", 1000.0), until_s, **fields)


def snapshot(page: Page | Show = Page.IDLE, **fields: Any) -> Snapshot:
    if page is Page.ANNOUNCE:  # is shown over the idle page, never by the machine
        return snapshot(Page.IDLE, **{"announced": announced(), **fields})
    shown = show(page) if isinstance(page, Page) else page
    plain = Snapshot(stamp(), shown, (), (), SyncStatus(0, 990.0), int(UTC_NOW.timestamp()))
    return replace(plain, **fields)


def announced(text: str = LONG_NOTICE, *, number: int = 1) -> Announced:
    """The longest notice there may be, and the longest name of who says it."""
    until_ms = int(UTC_NOW.timestamp() * 1000) + 86_400_000
    english = ("The water is off tomorrow. " * 8)[:LETTERS_MAX].strip()
    from_ms = until_ms - 2 * 86_400_000
    one = Announcement(
        number.to_bytes(8), text, english, "兰园社区居民委员会防疫组", from_ms, until_ms
    )
    return Announced(one, number, 3, 1000.0 + one.shown_s)


def fault(which: Fault, detail: str = "") -> ActiveFault:
    return ActiveFault(which, stamp(700.0), detail)


def busy_day() -> tuple[Recorded, ...]:
    """Five people, newest first."""
    made = (
        entry(Referred(Reason.ELEVATED), label="李*英", readings=(reading(37.9),), scan=5),
        entry(Granted(), label="张*明", readings=(reading(36.4),), scan=4),
        entry(Referred(Refusal.EXPIRED), label="欧阳*明", scan=3),
        entry(Granted(), label="王*", readings=(reading(36.2),), scan=2),
        entry(Granted(), label="赵*梅", readings=(reading(36.6),), scan=1),
    )
    return tuple(recorded(each, 45 - place) for place, each in enumerate(made))


def frame(number: int = 1) -> Frame:
    """A person before a bright door, roughly."""
    grey = np.full((720, 1280), 150, np.uint8)
    rows, columns = np.ogrid[:720, :1280]
    grey += (columns // 24).astype(np.uint8)
    grey[(rows - 330) ** 2 + (columns - 640) ** 2 < 170**2] = 205
    grey[(rows > 500) & (abs(columns - 640) < 300)] = 70
    return Frame(grey, boot_seconds(), number)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A screen server in a thread, as the supervisor runs it."""

    def __init__(
        self,
        preview: Callable[[], Frame | None] = lambda: None,
        *,
        staff: Literal["one", "two"] = "two",
        port: int = 0,
        **settings: Any,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = ScreenConfig(port=self.port, staff=staff)
        self.server = ScreenServer(config, preview=preview, privacy=PrivacyConfig(), **settings)
        self.beats: list[float] = []
        self.shown = snapshot()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        until(lambda: answers(self.port))

    def stop(self) -> float:
        """Stop, and return the seconds it took."""
        began_s = time.monotonic()
        self._stop.set()
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        return time.monotonic() - began_s

    def show(self, page: Page | Snapshot) -> None:
        self.shown = page if isinstance(page, Snapshot) else snapshot(page)
        self.server.publish(self.shown)

    def _run(self) -> None:
        self.server.run(self._stop, lambda: self.beats.append(time.monotonic()))


@contextlib.contextmanager
def served(
    preview: Callable[[], Frame | None] = lambda: None, **settings: Any
) -> Iterator[Served]:
    """Serve until the end of the block."""
    screen = Served(preview, **settings)
    screen.start()
    try:
        yield screen
    finally:
        screen.stop()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(is_so: Callable[[], bool], limit_s: float = DEADLINE_S) -> None:
    """Wait for something to become true; fail when it does not."""
    deadline_s = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.01)


@contextlib.contextmanager
def events(url: str) -> Iterator[Iterator[dict[str, Any]]]:
    """Read an event stream as the pages do."""
    with requests.get(url, stream=True, timeout=(2, 5)) as answer:
        assert answer.status_code == 200
        yield (
            json.loads(line[5:])
            for line in answer.iter_lines(chunk_size=1)
            if line.startswith(b"data:")
        )


def first(
    stream: Iterator[dict[str, Any]], is_so: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Return the first view of a stream that is so; fail when none comes in time."""
    deadline_s = time.monotonic() + DEADLINE_S
    for view in stream:
        if is_so(view):
            return view
        assert time.monotonic() < deadline_s, f"still {view}"
    raise AssertionError("the stream ended")
