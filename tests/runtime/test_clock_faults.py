"""Staff see it when the time is in doubt, and when it is a month since anybody checked it."""

import threading
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.config import StateDir, parse_config
from kiosk.core.faults import FAULTS, Fault
from kiosk.runtime.troubles import Troubles
from kiosk.runtime.wiring import Site, assemble
from kiosk.timing import Kept, SystemClock
from tests.timing.test_system_clock import NOON, Board

ALONE = "gate: {pins: none}\nthermometer: {model: none}\n"
KEPT = Kept(NOON, chip_right=NOON)


def clock_faults(folder: Path, board: Board) -> set[Fault]:
    """Return what stands on the staff page about the clock after a turn of the gate."""
    state = StateDir(folder)
    state.make()
    clock = SystemClock(machine=board, kept=KEPT)
    troubles, stop = Troubles(clock), threading.Event()
    with ExitStack() as opened:
        site = Site(parse_config(ALONE, {}), state, clock, troubles)
        kiosk = assemble(site, opened)
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        kiosk.loop.run(stop, keep_house=kiosk.keep_house, written=lambda: None)
        timer.join()
    return {
        trouble.fault for trouble in troubles.active() if FAULTS[trouble.fault].part == "clock"
    }


@pytest.mark.parametrize(
    ("chip_days", "faults"),
    [(29, set()), (31, {Fault.CLOCK_OLD}), (None, {Fault.CLOCK_UNSURE})],
)
def test_staff_are_told_what_the_clock_is_worth(
    tmp_path: Path, chip_days: int | None, faults: set[Fault]
) -> None:
    chip = None if chip_days is None else NOON + timedelta(days=chip_days)
    assert clock_faults(tmp_path, Board(chip=chip)) == faults
