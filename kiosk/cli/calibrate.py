"""`kiosk calibrate`: hold the thermometer against references; the way by a black body."""

from pathlib import Path

import click

from kiosk.cli.calibrate_options import OPERATOR, REFERENCE, ROOM, YES, check_name
from kiosk.cli.calibrate_people import people
from kiosk.cli.calibrate_show import release, show
from kiosk.cli.calibrate_site import CalibrationSite, stop_for
from kiosk.cli.calibrate_take import take_point
from kiosk.cli.options import CONFIG, STATE
from kiosk.core.calibrate import (
    POINTS_APART_MIN_C,
    Point,
    Rejected,
    check_point,
    two_point,
    verify_point,
)
from kiosk.devices.calibration import BLACKBODY_HOLDS, BlackbodyPart, with_blackbody
from kiosk.ports import Thermometer

_SOURCE_C = click.FloatRange(20.0, 50.0)


@click.group("calibrate")
def command() -> None:
    """Hold the thermometer against references; say what is in force.

    Stop the kiosk first: it holds the thermometer, and takes a new calibration when it
    starts. Sensor and references must have been on, in the room, for 30 min.
    """


command.add_command(people)
command.add_command(show)
command.add_command(release)


@command.command("blackbody")
@CONFIG
@STATE
@click.option("--low", "low_c", type=_SOURCE_C, default=35.0, show_default=True)
@click.option("--high", "high_c", type=_SOURCE_C, default=39.0, show_default=True)
@click.option("--verify", "verify_c", type=_SOURCE_C, default=37.0, show_default=True)
@OPERATOR
@click.option(
    "--instrument-serial", required=True, callback=check_name, help="Of the thermometer."
)
@REFERENCE
@ROOM
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 60.0),
    default=1.0,
    show_default=True,
    help="Length of each reading.",
)
@YES
def blackbody(
    *,
    config_file: Path | None,
    state_folder: Path,
    low_c: float,
    high_c: float,
    verify_c: float,
    operator: str,
    instrument_serial: str,
    reference_serial: str | None,
    room_c: float | None,
    seconds: float,
    is_sure: bool,
) -> None:
    """Calibrate the sensor at two temperatures of a black body, prove it at a third.

    Ten readings of each. Refused, with nothing stored: a gain outside 0.95 to 1.05, more
    than 2 C off at 37 C, readings that spread over more than 0.3 C, an error of more than
    0.3 C at the third point. It holds for a year, and counts once people have said how much
    warmer the body is than the skin: `kiosk calibrate people`.
    """
    if high_c - low_c < POINTS_APART_MIN_C:
        raise click.BadParameter(f"must be {POINTS_APART_MIN_C} C above --low")
    site = CalibrationSite(config_file, state_folder)
    with site.thermometer() as thermometer:
        low = _ask_point(thermometer, site, source_c=low_c, seconds=seconds)
        high = _ask_point(thermometer, site, source_c=high_c, seconds=seconds)
        line = two_point(low, high)
        if isinstance(line, Rejected):
            stop_for(line)
        proof = _ask_point(thermometer, site, source_c=verify_c, seconds=seconds)
    if (rejected := verify_point(line, proof)) is not None:
        stop_for(rejected)
    part = BlackbodyPart(
        made_on=site.today,
        expires_on=site.today + BLACKBODY_HOLDS,
        operator=operator,
        instrument_serial=instrument_serial,
        reference_serial=reference_serial,
        room_c=site.room_c(room_c),
        count=len(low.readings),
        spread_c=round(max(p.spread_c for p in (low, high, proof)), 3),
        low_c=low_c,
        high_c=high_c,
        verify_c=verify_c,
        verify_error_c=round(line.skin_c(proof.median_c) - verify_c, 3),
    )
    site.put(with_blackbody(site.earlier, part, line), is_sure=is_sure)


def _ask_point(
    thermometer: Thermometer, site: CalibrationSite, *, source_c: float, seconds: float
) -> Point:
    """Have the operator point the sensor at a source and take its readings."""
    click.prompt(
        f"Point the sensor at the source set to {source_c:.1f} C, at the working distance, "
        "and press Enter",
        default="",
        show_default=False,
        prompt_suffix="",
    )
    point = take_point(thermometer, site.clock, source_c=source_c, seconds=seconds)
    click.echo(f"  the sensor says {point.median_c:.2f} C, spread {point.spread_c:.2f} C")
    if (rejected := check_point(point)) is not None:
        stop_for(rejected)
    return point
