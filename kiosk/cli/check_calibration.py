"""`kiosk check` on the thermometer's calibration: is there one that counts, and until when."""

from datetime import UTC, date, datetime, timedelta

from kiosk.cli.check_finding import Finding, State
from kiosk.config import Config, StateDir
from kiosk.devices.calibration import CalibrationRecord, calibration_path, read_record
from kiosk.errors import DeviceError
from kiosk.runtime.drift import drift_path, read_drift

_PART = "calibration"
SOON = timedelta(days=30)  # chosen: time to have a black body come to the gate


def check_calibration(config: Config, state: StateDir) -> Finding:
    """Return whether readings count, and for how long. An offset alone is never believed."""
    if config.thermometer.model == "none":
        return Finding(_PART, State.OK, "calibration.unneeded")
    path = calibration_path(config, state)
    try:
        record = read_record(path)
    except DeviceError as exc:
        return Finding(_PART, State.WRONG, "calibration.damaged", exc.detail)
    if record is None:
        return Finding(_PART, State.WRONG, "calibration.missing", str(path))
    drift = read_drift(drift_path(path), record.id)
    if drift is not None and drift.is_drifted:
        return Finding(_PART, State.WRONG, "calibration.drifted", record.id)
    return _age(record, datetime.now(UTC).date())


def _age(record: CalibrationRecord, today: date) -> Finding:
    ends = f"{record.id}, {record.expires_on}"
    if record.offset_c is None:
        return Finding(_PART, State.WRONG, "calibration.no_people", record.id)
    if today > record.expires_on:
        return Finding(_PART, State.WRONG, "calibration.expired", ends)
    if today + SOON >= record.expires_on:
        return Finding(_PART, State.WARN, "calibration.soon", ends)
    return Finding(_PART, State.OK, "calibration.ok", ends)
