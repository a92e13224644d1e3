"""The worker of the soak: the real one, on a line whose far side takes turns.

Each time the driver looks at its line, the module takes one turn of 1/30 s first. The
back-off of the supervisor is played in simulated time too.
"""

from kiosk.bench.thermometer_case import CALIBRATION, START
from kiosk.bench.thermometer_day import ROOM_C, Day
from kiosk.core.measure import Conditions, Measurer
from kiosk.core.words import Placement, Surroundings
from kiosk.devices.serial_line import SerialLine, open_line
from kiosk.devices.thermometer_gy5a import Gy5aDecoder
from kiosk.devices.thermometer_line import SerialThermometer
from kiosk.errors import DeviceError
from kiosk.runtime.supervisor import BACK_OFF_S, GOOD_AFTER_S
from kiosk.runtime.troubles import Troubles
from kiosk.runtime.wires import Wires
from kiosk.runtime.worker_thermometer import ThermometerWorker

BAUD = 115200
PLACE = Surroundings(Placement.HEATED_LOBBY, ROOM_C, outdoor_c=20.0)
WAIT_S = 0.001


class TurningLine(SerialLine):
    """The real line; before each look at it, the far side takes one turn."""

    def __init__(self, line: SerialLine, day: Day) -> None:
        super().__init__(line.port)
        self._day = day

    def read_chunk(self) -> bytes:
        """Let 1/30 s pass, then read what has come."""
        self._day.turn()
        return super().read_chunk()


def work(day: Day) -> None:
    """Run the worker; open again after the back-off, as the supervisor does."""
    conditions = Conditions(
        surroundings=lambda: PLACE,
        warm_up_s=0.0,
        calibration=CALIBRATION,
        today=START.utc.date,
    )
    wires = Wires(day.inbox, day.clock, Troubles(day.clock))
    worker = ThermometerWorker(lambda: _open(day), Measurer(conditions), day.requests, wires)
    failures = 0
    while not day.stop.is_set():
        began_s = day.clock.mono_s()
        try:
            worker.run(day.stop, lambda: None)
        except DeviceError:
            was_good = day.clock.mono_s() - began_s >= GOOD_AFTER_S
            failures = 1 if was_good else failures + 1
            day.watched.failures += 1
            day.idle(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1])


def _open(day: Day) -> SerialThermometer:
    line = open_line(str(day.module.link), baud=BAUD)
    line.port.timeout = WAIT_S
    thermometer = SerialThermometer(TurningLine(line, day), Gy5aDecoder(), day.clock)
    try:
        thermometer.restart()
    except DeviceError:
        thermometer.close()
        raise
    return thermometer
