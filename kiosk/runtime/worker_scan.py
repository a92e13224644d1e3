"""The scan worker: camera -> codes -> verified passes."""

import threading
from collections.abc import Callable
from uuid import uuid4

from kiosk import log
from kiosk.core.faults import Fault
from kiosk.core.messages import PassPresented
from kiosk.core.messages_screen import CodeUnreadable
from kiosk.core.words import Credential, Direction, DisplayRecord, Facts
from kiosk.errors import DeviceError, DeviceMissing
from kiosk.passes.verify import Checked
from kiosk.ports import Beat, Camera, CodeFinder, Frame
from kiosk.runtime.coach import Coach
from kiosk.runtime.repeats import Repeats, Shown
from kiosk.runtime.wires import Wires

CAPTURE_S = 2.0
FLOOD_CODES, FLOOD_WINDOW_S = 10, 2.0  # chosen: ten strange codes in two seconds are a flood
_NO_FACTS = Facts("", Direction.IN)  # looked up by the main thread just before step


class ScanWorker:
    """Camera -> codes -> verified passes. Owns the camera while it runs."""

    def __init__(
        self,
        open_camera: Callable[[], Camera],
        finder: CodeFinder,
        repeats: Repeats,
        wires: Wires,
        open_display: Callable[[Checked], DisplayRecord | None] = lambda checked: None,
    ) -> None:
        self._open_camera = open_camera
        self._finder = finder
        self._repeats = repeats
        self._open_display = open_display
        self._inbox, self._clock, self._troubles = wires.inbox, wires.clock, wires.troubles
        self._camera: Camera | None = None
        self._strange_s: list[float] = []
        self._coach, self._unreadable_s = Coach(), 0.0

    def newest_frame(self) -> Frame | None:
        """Return the newest frame for the preview. Any thread may ask."""
        camera = self._camera
        return camera.newest() if camera is not None else None

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Read frames until `stop`. Raises DeviceError when the camera is missing or lost."""
        beat()
        try:
            camera = self._open_camera()
        except DeviceMissing as exc:
            self._troubles(Fault.CAMERA_MISSING, is_on=True, detail=exc.detail)
            raise
        self._camera = camera
        try:
            self._scan(camera, stop, beat)
        except DeviceError as exc:
            self._troubles(Fault.CAMERA_LOST, is_on=True, detail=exc.detail)
            raise
        finally:
            self._camera = None
            camera.close()

    def _scan(self, camera: Camera, stop: threading.Event, beat: Beat) -> None:
        is_opened = False
        while not stop.is_set():
            frame = camera.capture(CAPTURE_S)
            beat()
            if not is_opened:
                is_opened = True
                self._tell_opened(frame)
            codes = self._finder.find(frame)
            if (shown := self._repeats.newest(codes, frame.at_s)) is not None:
                self._present(shown)
            self._coach_holder(frame, is_read=bool(codes))
            self._watch_flood(frame.at_s)

    def _coach_holder(self, frame: Frame, *, is_read: bool) -> None:
        """Help whoever holds up a code that is seen and cannot be read."""
        if is_read:
            self._coach.note_read(frame.at_s)
            return
        hint = self._coach.look(self._finder.unread(frame), frame.at_s)
        if hint is None:
            return
        what, since_s = hint
        self._inbox.offer(CodeUnreadable(self._clock.now(), what, since_s))
        if since_s != self._unreadable_s:
            self._unreadable_s = since_s
            log.event(log.Event.CODE_UNREADABLE, hint=what.value)

    def _tell_opened(self, frame: Frame) -> None:
        height, width = frame.grey.shape
        log.event(log.Event.CAMERA_OPENED, width_px=width, height_px=height)
        for fault in (Fault.CAMERA_MISSING, Fault.CAMERA_LOST):
            self._troubles(fault, is_on=False)

    def _present(self, shown: Shown) -> None:
        code, checked = shown
        outcome, at, scan_id = checked.outcome, self._clock.now(), uuid4()
        display = self._open_display(checked)
        self._inbox.present(
            PassPresented(at, scan_id, outcome, _NO_FACTS, code.reader, display)
        )
        if isinstance(outcome, Credential):
            log.event(log.Event.SCAN_VERIFIED, scan_id=str(scan_id), reader=code.reader)
        elif outcome.is_foreign:
            self._strange_s.append(at.mono_s)
        else:
            reason = outcome.reason.value
            log.event(
                log.Event.SCAN_REFUSED, scan_id=str(scan_id), reader=code.reader, reason=reason
            )

    def _watch_flood(self, now_s: float) -> None:
        """Strange codes are told as one trouble, not each."""
        if not self._strange_s:
            return
        self._strange_s = [s for s in self._strange_s if now_s - s < FLOOD_WINDOW_S]
        if len(self._strange_s) >= FLOOD_CODES:
            self._troubles(Fault.CODES_FOREIGN, is_on=True)
        elif not self._strange_s:
            self._troubles(Fault.CODES_FOREIGN, is_on=False)
