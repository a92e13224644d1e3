"""The calibration in force while the kiosk runs: does it still hold, has the sensor drifted."""

from pathlib import Path

from kiosk.core.faults import Fault
from kiosk.core.measure import Calibration
from kiosk.core.words import Recorded
from kiosk.devices.calibration import read_calibration
from kiosk.errors import DeviceError
from kiosk.ports import FaultReport
from kiosk.runtime.drift import KeptDrift, drift_path
from kiosk.timing import Clock


class Calibrated:
    """Read once. The main thread notes and looks; any thread may ask `has_drifted`."""

    def __init__(self, path: Path, clock: Clock, troubles: FaultReport) -> None:
        self._clock, self._troubles = clock, troubles
        self._trouble = f"{path}: not there"
        self.calibration: Calibration | None = None
        try:
            self.calibration = read_calibration(path)
        except DeviceError as exc:
            self._trouble = exc.detail
        in_force = self.calibration.id if self.calibration else ""
        self._drift = KeptDrift(drift_path(path), in_force)
        self.look()

    def has_drifted(self) -> bool:
        """Return whether no reading counts until a person has looked at the sensor."""
        return self._drift.is_drifted()

    def note(self, recorded: Recorded) -> None:
        """Follow an entry that is on disk."""
        if self.calibration is not None:
            self._drift.note(recorded)
            self._tell_drift()

    def look(self) -> None:
        """Tell whether readings count today, and see whether a person ended a drift."""
        found = self.calibration
        self._drift.look_again()
        self._tell_drift()
        detail = self._trouble if found is None else f"{found.id} ended on {found.expires_on}"
        holds = found is not None and self._clock.now().utc.date() <= found.expires_on
        self._troubles(Fault.NOT_CALIBRATED, is_on=not holds, detail=detail)

    def _tell_drift(self) -> None:
        is_drifted = self._drift.is_drifted()
        self._troubles(Fault.THERMOMETER_DRIFT, is_on=is_drifted, detail=self._drift.detail)
