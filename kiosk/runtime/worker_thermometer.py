"""The thermometer worker: samples -> readings. Reads all the time, measures when asked."""

import threading
from collections.abc import Callable
from typing import Any

from kiosk import log
from kiosk.core.faults import Fault
from kiosk.core.measure import Measurer
from kiosk.core.messages import ReadingTaken, StopReading, TakeReading
from kiosk.core.words import Missing, NoReading, Reading, Sample
from kiosk.errors import DeviceError, DeviceLost, DeviceMissing, DeviceSilent
from kiosk.ports import Beat, Thermometer
from kiosk.runtime.mailbox import Latest
from kiosk.runtime.wires import Wires

PACKET_S = 0.2
SILENT_S, RESTART_S, LOST_S = 1.0, 3.0, 6.0  # thermometers: silent, asked again, reopened
NOISE_SHARE = 0.5  # chosen: with half of the bytes bad the line itself is wrong


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
