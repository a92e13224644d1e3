"""From frames to events: each pass once, strange codes as one trouble, a lost camera named."""

import threading
from collections.abc import Iterator
from uuid import uuid4

import numpy as np
import pytest

from kiosk.core.faults import Fault
from kiosk.core.messages import PassPresented
from kiosk.core.messages_screen import CodeUnreadable, Hint
from kiosk.core.words import Credential, Direction, Facts, PassKind, Refusal, Refused
from kiosk.errors import DeviceLost, DeviceMissing
from kiosk.passes.verify import Checked
from kiosk.ports import Camera, FoundCode, Frame, Unread
from kiosk.runtime.mailbox import Inbox
from kiosk.runtime.repeats import Repeats
from kiosk.runtime.troubles import Troubles
from kiosk.runtime.wires import Wires
from kiosk.runtime.worker_scan import FLOOD_CODES, ScanWorker
from kiosk.timing import ManualClock

PASS = Credential(b"12345678", "AB12CD34", "demo", PassKind.RESIDENT, 11, "张*", 2_000_000_000)
GREY = np.zeros((72, 128), np.uint8)


def _verify(text: str) -> Checked:
    return Checked(PASS if text == "pass" else Refused(Refusal.PREFIX, text.encode()))


def _presented(outcome: Credential | Refused) -> PassPresented:
    at = ManualClock().now()
    return PassPresented(at, uuid4(), outcome, Facts("", Direction.IN))


def test_a_strange_code_takes_no_passs_place_while_the_gate_is_busy() -> None:
    inbox, strange = Inbox(), _presented(Refused(Refusal.PREFIX, b"poster12"))
    ours = _presented(PASS)
    for event in (strange, ours, strange):
        inbox.present(event)
    assert inbox.take(0.0) == ours and inbox.take(0.0) is None


class Reel:
    """A camera with so many frames a second, whose frames hold these texts; then it is lost."""

    lacks = ""

    def __init__(self, clock: ManualClock, texts: list[list[str]]) -> None:
        self._clock = clock
        self.texts = texts
        self.is_closed = False
        self.unreadable: Unread | None = None
        self._frames = self._make()

    def _make(self) -> Iterator[Frame]:
        for number in range(len(self.texts)):
            yield Frame(GREY, self._clock.advance(0.1).mono_s, number)

    def capture(self, timeout_s: float) -> Frame:
        """Return the next frame."""
        frame = next(self._frames, None)
        if frame is None:
            raise DeviceLost("camera", "no new frame for 2 s")
        return frame

    def newest(self) -> Frame | None:
        """Nobody looks."""
        return None

    def find(self, frame: Frame) -> list[FoundCode]:
        """Return what the frame holds."""
        return [FoundCode(text, "zxing") for text in self.texts[frame.number]]

    def unread(self, frame: Frame) -> Unread | None:
        """Return what the frame holds and nobody can read."""
        return self.unreadable if not self.texts[frame.number] else None

    def close(self) -> None:
        """Remember."""
        self.is_closed = True


def _scan(texts: list[list[str]]) -> tuple[Reel, Inbox, Troubles]:
    clock = ManualClock()
    reel, inbox, troubles = Reel(clock, texts), Inbox(), Troubles(clock)
    worker = ScanWorker(lambda: reel, reel, Repeats(_verify), Wires(inbox, clock, troubles))
    with pytest.raises(DeviceLost):
        worker.run(threading.Event(), lambda: None)
    return reel, inbox, troubles


def test_a_pass_held_up_for_a_second_is_one_event() -> None:
    _, inbox, _ = _scan([["pass"]] * 10)
    event = inbox.take(0.0)
    assert isinstance(event, PassPresented)
    assert event.outcome == PASS
    assert inbox.take(0.0) is None


def test_a_lost_camera_is_closed_and_named() -> None:
    reel, _, troubles = _scan([[]])
    assert reel.is_closed
    assert troubles.holds(Fault.CAMERA_LOST)


def test_a_flood_of_strange_codes_is_one_trouble_that_ends() -> None:
    flood = [[f"code {number}"] for number in range(FLOOD_CODES + 5)]
    _, _, troubles = _scan(flood)
    assert troubles.holds(Fault.CODES_FOREIGN)
    _, _, troubles = _scan([*flood, *([[]] * 25)])
    assert not troubles.holds(Fault.CODES_FOREIGN)


def test_a_camera_that_is_not_there_is_named() -> None:
    clock = ManualClock()
    inbox, troubles = Inbox(), Troubles(clock)

    def open_camera() -> Camera:
        raise DeviceMissing("camera", "/dev/video9: no such device")

    reel = Reel(clock, [])
    worker = ScanWorker(open_camera, reel, Repeats(_verify), Wires(inbox, clock, troubles))
    with pytest.raises(DeviceMissing):
        worker.run(threading.Event(), lambda: None)
    assert [f.detail for f in troubles.active()] == ["/dev/video9: no such device"]


def test_a_code_that_is_seen_for_two_seconds_and_not_read_is_told() -> None:
    clock = ManualClock()
    reel, inbox = Reel(clock, [[]] * 40 + [["pass"]] + [[]] * 30), Inbox()
    reel.unreadable = Unread(Hint.GLARE, 640.0, 360.0)
    wires = Wires(inbox, clock, Troubles(clock))
    with pytest.raises(DeviceLost):
        ScanWorker(lambda: reel, reel, Repeats(_verify), wires).run(
            threading.Event(), lambda: None
        )
    told = []
    while isinstance(event := inbox.take(0.0), CodeUnreadable):
        told.append(event)
    assert isinstance(event, PassPresented)
    assert [each.hint for each in told] == [Hint.GLARE] * len(told)
    assert len(told) == 2 and told[0].at.mono_s - told[0].since_s >= 2.0
