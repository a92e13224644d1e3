"""Where `kiosk calibrate` puts a calibration: whole or not at all, the one before kept."""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import click

from kiosk.devices.calibration import CalibrationRecord, read_record, to_json
from kiosk.errors import DeviceError
from kiosk.files import write_whole
from kiosk.runtime.drift import drift_path

_MODE = 0o600


def earlier_record(path: Path) -> CalibrationRecord | None:
    """Return what is in force; what cannot be believed is said and counts as nothing."""
    try:
        return read_record(path)
    except DeviceError as exc:
        click.echo(f"the earlier calibration does not count: {exc.detail}", err=True)
        return None


def store(path: Path, record: CalibrationRecord) -> Path | None:
    """Put `record` in force. Returns where the file before it is kept, None without one.

    A drift that was seen by the calibration before ends. Raises click.ClickException.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = _keep_aside(path)
        write_whole(path, to_json(record), mode=_MODE)
        drift_path(path).unlink(missing_ok=True)
    except OSError as exc:
        reason = f"cannot write {path}: {exc.strerror}; what was in force before stays"
        raise click.ClickException(reason) from exc
    return kept


def _keep_aside(path: Path) -> Path | None:
    """Copy the file that is about to be replaced, named by the day it was written."""
    if not path.exists():
        return None
    day = f"{datetime.fromtimestamp(path.stat().st_mtime, UTC):%Y-%m-%d}"
    names = (f"{path.stem}.{day}{f'-{n}' if n > 1 else ''}{path.suffix}" for n in count(1))
    kept = next(file for name in names if not (file := path.with_name(name)).exists())
    write_whole(kept, path.read_bytes(), mode=_MODE)
    return kept
