"""The thermometer worker: samples -> readings. Reads all the time, measures when asked."""

import threading
from collections.abc import Callable
from typing import Any

from kiosk import log
from kiosk.core.faults import Fault
from kiosk.core.measure import Measurer
from kiosk.core.messages import ReadingTaken, StopReading, TakeReading
from kiosk.core.words import Missing, NoReading, Reading, Sample
from kiosk.errors import (
    DeviceBusy,
    DeviceDenied,
    DeviceError,
    DeviceFault,
    DeviceMissing,
    DeviceSilent,
)
from kiosk.ports import Beat, Thermometer
from kiosk.runtime.mailbox import Latest
from kiosk.runtime.wires import Wires

PACKET_S = 0.2
SILENT_S, RESTART_S, LOST_S = 1.0, 3.0, 6.0  # thermometers: silent, asked again, reopened
NOISE_SHARE = 0.5  # chosen: with half of the bytes bad the line itself is wrong
BAD_SHARE, BAD_OVER_S = 0.05, 60.0  # thermometers: fewer bad bytes for a minute are noise too

# One of these holds at a time, or none: each has a line and a way back of its own.
LINE_FAULTS = (
    Fault.THERMOMETER_MISSING,
    Fault.THERMOMETER_BUSY,
    Fault.THERMOMETER_DENIED,
    Fault.THERMOMETER_SETTINGS,
    Fault.THERMOMETER_LOST,
    Fault.THERMOMETER_SILENT,
    Fault.THERMOMETER_NOISE,
)


class ThermometerWorker:
    """Samples -> readings. Reads all the time, measures when asked. Owns the line."""

    def __init__(
        self,
        open_thermometer: Callable[[], Thermometer],
        measurer: Measurer,
        requests: Latest[TakeReading | StopReading],
        wires: Wires,
        *,
        others_on_line: Callable[[], str] = lambda: "",
    ) -> None:
        """Take what opens the line; `others_on_line` names programs that read it too."""
        self._open = open_thermometer
        self._others = others_on_line
        self._measurer = measurer
        self._requests = requests
        self._inbox, self._clock, self._troubles = wires.inbox, wires.clock, wires.troubles
        self._asked: TakeReading | None = None
        self._told: Fault | None = None  # of LINE_FAULTS, the one that holds
        self._is_frozen = False
        self._sound_s = self._clock.mono_s()  # when so few bytes were bad as is normal

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Measure until `stop`. Raises DeviceError when the line is missing or lost."""
        beat()
        try:
            thermometer = self._open()
        except DeviceError as exc:
            self._fail(exc)
            raise
        log.event(log.Event.THERMOMETER_OPENED)
        self._sound_s = self._clock.mono_s()
        try:
            self._measure(thermometer, stop, beat)
        except DeviceError as exc:
            self._fail(exc)
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
                self._tell_heard(thermometer, now_s)
            elif now_s - heard_s > LOST_S:
                raise DeviceSilent("thermometer", f"no sound packet for {LOST_S:.0f} s")
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
        if self._measurer.is_frozen is not self._is_frozen:
            self._is_frozen = not self._is_frozen
            self._troubles(Fault.THERMOMETER_FROZEN, is_on=self._is_frozen)
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

    def _fail(self, exc: DeviceError) -> None:
        """Tell why the line is given up, and answer who waits.

        A line that was opened again in vain is as silent or as noisy as it was before.
        """
        if not isinstance(exc, DeviceSilent):
            self._tell(_fault_of(exc), exc.detail)
        self._take_request()
        self._answer_fault(Missing.LOST)

    def _tell_heard(self, thermometer: Thermometer, now_s: float) -> None:
        """Samples come: all is well, unless too much of the line has been bad for long."""
        if thermometer.bad_share <= BAD_SHARE:
            self._sound_s = now_s
        if now_s - self._sound_s <= BAD_OVER_S:
            self._tell(None)
        elif self._told is not Fault.THERMOMETER_NOISE:
            self._tell(Fault.THERMOMETER_NOISE, self._others())
            self._answer_fault(Missing.FAULT)

    def _tell_silent(self, thermometer: Thermometer) -> None:
        is_noise = thermometer.bad_share > NOISE_SHARE
        fault = Fault.THERMOMETER_NOISE if is_noise else Fault.THERMOMETER_SILENT
        self._tell(fault, self._others() if is_noise and self._told is not fault else "")
        self._answer_fault(Missing.FAULT if is_noise else Missing.SILENT)

    def _tell(self, fault: Fault | None, detail: str = "") -> None:
        """Let `fault` hold and no other of the line."""
        if fault is self._told:
            return
        self._told = fault
        for other in LINE_FAULTS:
            if other is not fault:
                self._troubles(other, is_on=False)
        if fault is not None:
            self._troubles(fault, is_on=True, detail=detail)


def _fault_of(exc: DeviceError) -> Fault:
    match exc:
        case DeviceBusy():
            return Fault.THERMOMETER_BUSY
        case DeviceDenied():
            return Fault.THERMOMETER_DENIED
        case DeviceMissing():
            return Fault.THERMOMETER_MISSING
        case DeviceFault():
            return Fault.THERMOMETER_SETTINGS
        case _:
            return Fault.THERMOMETER_LOST


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
