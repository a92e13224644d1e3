"""The bodies of the workers: each a loop from top to bottom that owns one device."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from kiosk import log
from kiosk.core.faults import Fault
from kiosk.core.measure import Measurer
from kiosk.core.messages import PassPresented, ReadingTaken, StopReading, TakeReading
from kiosk.core.words import (
    Credential,
    Direction,
    Facts,
    Missing,
    NoReading,
    Reading,
    Sample,
)
from kiosk.errors import DeviceError, DeviceLost, DeviceMissing, DeviceSilent
from kiosk.ports import Beat, Camera, CodeFinder, Frame, SyncStatus, Thermometer
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.repeats import Repeats, Shown
from kiosk.runtime.troubles import Troubles
from kiosk.timing import Clock

CAPTURE_S = 2.0
PACKET_S = 0.2
SILENT_S, RESTART_S, LOST_S = 1.0, 3.0, 6.0  # thermometers: silent, asked again, reopened
FLOOD_CODES, FLOOD_WINDOW_S = 10, 2.0  # chosen: ten strange codes in two seconds are a flood
NOISE_SHARE = 0.5  # chosen: with half of the bytes bad the line itself is wrong
_NO_FACTS = Facts("", Direction.IN)  # looked up by the main thread just before step


@dataclass(frozen=True, slots=True)
class Wires:
    """What every worker is connected to."""

    inbox: Inbox
    clock: Clock
    troubles: Troubles


class ScanWorker:
    """Camera -> codes -> verified passes. Owns the camera while it runs."""

    def __init__(
        self,
        open_camera: Callable[[], Camera],
        finder: CodeFinder,
        repeats: Repeats,
        wires: Wires,
    ) -> None:
        self._open_camera = open_camera
        self._finder = finder
        self._repeats = repeats
        self._inbox, self._clock, self._troubles = wires.inbox, wires.clock, wires.troubles
        self._camera: Camera | None = None
        self._strange_s: list[float] = []

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
            self._watch_flood(frame.at_s)

    def _tell_opened(self, frame: Frame) -> None:
        height, width = frame.grey.shape
        log.event(log.Event.CAMERA_OPENED, width_px=width, height_px=height)
        for fault in (Fault.CAMERA_MISSING, Fault.CAMERA_LOST):
            self._troubles(fault, is_on=False)

    def _present(self, shown: Shown) -> None:
        code, outcome = shown
        at = self._clock.now()
        scan_id = uuid4()
        self._inbox.present(PassPresented(at, scan_id, outcome, _NO_FACTS, code.reader))
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


class ThermometerWorker:
    """Samples -> readings. Reads all the time, measures when asked. Owns the line."""

    def __init__(
        self,
        open_thermometer: Callable[[], Thermometer],
        measurer: Measurer,
        requests: Latest[TakeReading | StopReading],
        wires: Wires,
    ) -> None:
        self._open = open_thermometer
        self._measurer = measurer
        self._requests = requests
        self._inbox, self._clock, self._troubles = wires.inbox, wires.clock, wires.troubles
        self._asked: TakeReading | None = None

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Measure until `stop`. Raises DeviceError when the line is missing or lost."""
        beat()
        try:
            thermometer = self._open()
        except DeviceMissing as exc:
            self._troubles(Fault.THERMOMETER_MISSING, is_on=True, detail=exc.detail)
            raise
        log.event(log.Event.THERMOMETER_OPENED)
        try:
            self._measure(thermometer, stop, beat)
        except DeviceError as exc:
            self._troubles(Fault.THERMOMETER_LOST, is_on=True, detail=exc.detail)
            self._answer_fault(Missing.LOST)
            raise
        finally:
            thermometer.close()

    def _measure(self, thermometer: Thermometer, stop: threading.Event, beat: Beat) -> None:
        heard_s = self._clock.mono_s()
        has_restarted = False
        while not stop.is_set():
            beat()
            self._take_request()
            samples = _read(thermometer)
            now_s = self._clock.mono_s()
            if samples:
                heard_s, has_restarted = now_s, False
                self._tell_heard()
            elif now_s - heard_s > LOST_S:
                raise DeviceLost("thermometer", f"no sound packet for {LOST_S:.0f} s")
            elif now_s - heard_s > RESTART_S and not has_restarted:
                has_restarted = True
                thermometer.restart()
            elif now_s - heard_s > SILENT_S:
                self._tell_silent(thermometer)
            self._feed(samples, now_s)

    def _take_request(self) -> None:
        request = self._requests.take()
        if isinstance(request, TakeReading):
            self._asked = request
            self._measurer.begin(self._clock.mono_s(), round_no=request.round_no)
        elif request is not None:
            self._asked = None
            self._measurer.cancel()

    def _feed(self, samples: list[Sample], now_s: float) -> None:
        for sample in samples:
            if (answer := self._measurer.feed(sample)) is not None:
                self._answer(answer)
        if (missed := self._measurer.elapse(now_s)) is not None:
            self._answer(missed)

    def _answer(self, reading: Reading | NoReading) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return
        at = self._clock.now()
        self._inbox.offer(ReadingTaken(at, asked.scan_id, asked.round_no, reading))
        _log_answer(asked, reading)

    def _answer_fault(self, reason: Missing) -> None:
        self._measurer.cancel()
        self._answer(NoReading(reason, is_fault=True, at_s=self._clock.mono_s()))

    def _tell_heard(self) -> None:
        for fault in (
            Fault.THERMOMETER_MISSING,
            Fault.THERMOMETER_LOST,
            Fault.THERMOMETER_SILENT,
            Fault.THERMOMETER_NOISE,
        ):
            self._troubles(fault, is_on=False)

    def _tell_silent(self, thermometer: Thermometer) -> None:
        is_noise = thermometer.bad_share > NOISE_SHARE
        fault = Fault.THERMOMETER_NOISE if is_noise else Fault.THERMOMETER_SILENT
        self._troubles(fault, is_on=True)
        self._answer_fault(Missing.FAULT if is_noise else Missing.SILENT)


def _read(thermometer: Thermometer) -> list[Sample]:
    try:
        return thermometer.read(PACKET_S)
    except DeviceSilent:
        return []


def _log_answer(asked: TakeReading, reading: Reading | NoReading) -> None:
    """No temperature stands in the log: it would stand beside a holder's scan."""
    fields: dict[str, Any] = {"scan_id": str(asked.scan_id), "round": asked.round_no}
    if isinstance(reading, Reading):
        seconds = round(reading.at_s - reading.presence_s, 3)
        log.event(log.Event.READING_TAKEN, seconds=seconds, samples=reading.samples, **fields)
    else:
        log.event(log.Event.READING_MISSED, reason=reading.reason.value, **fields)


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
