"""Looks through the whole journal once after the start, when the gate already serves."""

import threading
from collections.abc import Callable

from kiosk import log
from kiosk.core.faults import Fault
from kiosk.ports import Beat, FaultReport

AFTER_S = 60.0  # chosen: the first minute after a power cut belongs to the people waiting
BEAT_EVERY_S = 5.0


class Inspection:
    """The body of a worker that finds damage which opening the file does not meet."""

    def __init__(self, find_damage: Callable[[], str], troubles: FaultReport) -> None:
        self._find_damage = find_damage
        self._troubles = troubles

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Wait a minute, look once, and rest until `stop`."""
        if _rest(stop, beat, AFTER_S):
            return
        damage = self._find_damage()
        log.event(log.Event.JOURNAL_CHECKED, damage=damage)
        if damage:
            self._troubles(Fault.JOURNAL_CORRUPT, is_on=True, detail=damage)
        _rest(stop, beat, float("inf"))


def _rest(stop: threading.Event, beat: Beat, seconds: float) -> bool:
    """Wait, beating. Returns whether `stop` came."""
    while seconds > 0:
        beat()
        if stop.wait(min(seconds, BEAT_EVERY_S)):
            return True
        seconds -= BEAT_EVERY_S
    return False
