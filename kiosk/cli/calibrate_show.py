"""`kiosk calibrate show` and `release`: what is in force, until when, and the drift watch."""

import sys
from datetime import date
from pathlib import Path

import click

from kiosk.cli import EXIT_NO
from kiosk.cli.options import CONFIG, STATE
from kiosk.config import StateDir, find_config, read_config
from kiosk.devices.calibration import CalibrationRecord, calibration_path, read_record
from kiosk.errors import DeviceError
from kiosk.runtime.drift import drift_path, read_drift
from kiosk.timing import SystemClock


@click.command("show")
@CONFIG
@STATE
def show(config_file: Path | None, state_folder: Path) -> None:
    """Print the calibration in force and until when it holds.

    Ends with 1 when no reading counts: none made, expired, without people, or drifted.
    """
    path = _path(config_file, state_folder)
    try:
        record = read_record(path)
    except DeviceError as exc:
        raise click.ClickException(exc.detail) from exc
    if record is None:
        raise click.ClickException(
            f"{path} does not exist: run `kiosk calibrate blackbody` or `... people`"
        )
    say_record(record)
    if (why := _why_not(record, path, SystemClock().now().utc.date())) is not None:
        click.echo(why, err=True)
        sys.exit(EXIT_NO)


@click.command("release")
@CONFIG
@STATE
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
def release(config_file: Path | None, state_folder: Path, is_sure: bool) -> None:
    """End a drift that was found and mended without touching the sensor.

    For a window that was dirty or fogged, or a draught that was stopped. Where the sensor
    itself changed, calibrate instead. A running kiosk measures again within two minutes.
    """
    path = _path(config_file, state_folder)
    try:
        record = read_record(path)
    except DeviceError as exc:
        raise click.ClickException(exc.detail) from exc
    drift = read_drift(drift_path(path), record.id) if record is not None else None
    if drift is None or not drift.is_drifted:
        click.echo("no drift was seen; there is nothing to release")
        return
    for hour in drift.hours:
        click.echo(f"{hour.ended:%Y-%m-%d %H:%M} UTC  {hour.median_c:.1f} C of {hour.count}")
    if not is_sure:
        click.confirm("Was the cause found and mended?", abort=True)
    drift_path(path).unlink(missing_ok=True)
    click.echo("released; hold the thermometer against a reference today")


def say_record(record: CalibrationRecord) -> None:
    """Print a calibration for people."""
    click.echo(f"calibration {record.id}, {record.made_on} to {record.expires_on}")
    if (found := record.blackbody) is not None:
        click.echo(
            f"  sensor: gain {record.gain:.4f}, offset {record.sensor_offset_c:+.2f} C; black "
            f"body {found.low_c:.1f} and {found.high_c:.1f} C, {found.verify_error_c:+.2f} C "
            f"left at {found.verify_c:.1f} C"
        )
        click.echo(f"    {_by(found.operator, found.made_on, found.instrument_serial)}")
    if record.offset_c is None:
        click.echo("  people: not yet; run `kiosk calibrate people`, no reading counts before")
        return
    click.echo(f"  skin to body: {record.offset_c:+.2f} C in a room of 24 C")
    if (asked := record.people) is not None:
        click.echo(f"    {asked.count} people, SD {asked.spread_c:.2f} C")
        click.echo(f"    {_by(asked.operator, asked.made_on, asked.instrument_serial)}")


def _by(operator: str, made_on: date, serial: str) -> str:
    return f"by {operator} on {made_on}, instrument {serial}"


def _why_not(record: CalibrationRecord, path: Path, today: date) -> str | None:
    """Return why no reading counts by this calibration, None when they do."""
    if record.offset_c is None:
        return "no reading counts: run `kiosk calibrate people`"
    if today > record.expires_on:
        return f"no reading counts: it ended on {record.expires_on}; calibrate again"
    drift = read_drift(drift_path(path), record.id)
    if drift is not None and drift.is_drifted:
        return (
            "no reading counts: the thermometer drifts; clean its window and calibrate again, "
            "or end it with `kiosk calibrate release`"
        )
    return None


def _path(config_file: Path | None, state_folder: Path) -> Path:
    return calibration_path(read_config(find_config(config_file)), StateDir(state_folder))
