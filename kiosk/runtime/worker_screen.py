"""The screen worker: the pages, and whether anybody can see them."""

import threading

from kiosk.core.faults import Fault
from kiosk.errors import DeviceError
from kiosk.ports import Beat, FaultReport
from kiosk.runtime.supervisor import Body


class ScreenWorker:
    """Runs the pages' server. `serve` beats only while it answers."""

    def __init__(self, serve: Body, troubles: FaultReport) -> None:
        self._serve = serve
        self._troubles = troubles

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Serve until `stop`. Raises DeviceError when the port is taken."""

        def answer() -> None:
            self._troubles(Fault.SCREEN_DOWN, is_on=False)
            beat()

        try:
            self._serve(stop, answer)
        except DeviceError as exc:
            self._troubles(Fault.SCREEN_DOWN, is_on=True, detail=exc.detail)
            raise
