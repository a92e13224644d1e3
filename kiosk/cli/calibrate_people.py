"""`kiosk calibrate people`: people with a contact thermometer are the reference."""

from dataclasses import replace
from pathlib import Path
from statistics import median

import click

from kiosk.cli.calibrate_options import OPERATOR, REFERENCE, ROOM, YES, check_name
from kiosk.cli.calibrate_site import CalibrationSite, stop, stop_for
from kiosk.cli.calibrate_take import PeopleDesk, as_rows, read_pairs
from kiosk.cli.options import CONFIG, STATE
from kiosk.core.calibrate import (
    REFERENCES_MIN,
    Reference,
    Rejected,
    SensorLine,
    people_offset,
)
from kiosk.core.measure import Calibration, Measurer
from kiosk.core.words import Surroundings
from kiosk.devices import catalogue
from kiosk.devices.calibration import (
    PEOPLE_ALONE_HOLD,
    PEOPLE_HOLD,
    PeoplePart,
    with_people,
)
from kiosk.errors import DeviceError

TYPICAL_OFFSET_C = 2.0  # from skin to body, until people have said


@click.command("people")
@CONFIG
@STATE
@click.option(
    "--references",
    type=click.Path(path_type=Path, allow_dash=True),
    help="CSV file with the columns skin_c (as `kiosk probe thermometer` shows it), body_c "
    "(armpit, contact thermometer) and room_c; -: standard input. Without it each person is "
    "asked before the sensor.",
)
@OPERATOR
@click.option(
    "--instrument-serial", callback=check_name, help="Of the thermometer, if not known yet."
)
@REFERENCE
@ROOM
@YES
def people(
    *,
    config_file: Path | None,
    state_folder: Path,
    references: Path | None,
    operator: str,
    instrument_serial: str | None,
    reference_serial: str | None,
    room_c: float | None,
    is_sure: bool,
) -> None:
    """Find how much warmer the body is than the skin, from 20 or more healthy adults.

    Each has been indoors for 15 min, stands at the marked distance with a bare dry forehead,
    and has a contact thermometer in the armpit. Refused, with nothing stored: fewer than 20,
    offsets that spread by more than 0.4 C (SD), pairs that no person has. Nothing that names
    a person is asked or stored. It holds for a year behind a black body, alone for half one.
    """
    if str(references) == "-" and not is_sure:
        raise click.UsageError(
            "with the pairs on standard input nobody can be asked: add --yes"
        )
    site = CalibrationSite(config_file, state_folder)
    serial = _serial(site, instrument_serial)
    line = site.earlier.line if site.earlier else SensorLine()
    pairs = _pairs(site, references, line, site.room_c(room_c))
    found = people_offset(pairs, line)
    if isinstance(found, Rejected):
        if references is None:
            click.echo(as_rows(pairs))  # an afternoon of work
        stop_for(found)
    has_blackbody = site.earlier is not None and site.earlier.blackbody is not None
    part = PeoplePart(
        made_on=site.today,
        expires_on=site.today + (PEOPLE_HOLD if has_blackbody else PEOPLE_ALONE_HOLD),
        operator=operator,
        instrument_serial=serial,
        reference_serial=reference_serial,
        room_c=round(median(p.room_c for p in pairs), 1),
        count=found.count,
        spread_c=round(found.sd_c, 3),
    )
    site.put(with_people(site.earlier, part, found), is_sure=is_sure)


def _serial(site: CalibrationSite, said: str | None) -> str:
    """Return which instrument this is; a black body's part must be of the same and hold."""
    part = site.earlier.blackbody if site.earlier else None
    if part is None:
        return said or stop("--instrument-serial is needed: no black body has named it yet")
    if said not in (None, part.instrument_serial):
        stop(
            f"the black body was held before instrument {part.instrument_serial}: run "
            "`kiosk calibrate blackbody` with this one first"
        )
    if site.today > part.expires_on:
        stop(
            f"the black body's part ended on {part.expires_on}: run `kiosk calibrate blackbody`"
        )
    return part.instrument_serial


def _pairs(
    site: CalibrationSite, file: Path | None, line: SensorLine, room_c: float | None
) -> list[Reference]:
    if file is None:
        if room_c is None:
            stop("how warm the room is must be known: give --room, or set thermometer.room_c")
        return _ask_people(site, line, room_c)
    pairs = read_pairs(file, room_c)
    if isinstance(pairs, Rejected):
        stop_for(pairs)
    return pairs


def _ask_people(site: CalibrationSite, line: SensorLine, room_c: float) -> list[Reference]:
    """Take people until there are enough. Their pairs are printed if the sensor fails."""
    pairs: list[Reference] = []
    with site.thermometer() as thermometer:
        desk = PeopleDesk(thermometer, site.clock, _measurer(site, line, room_c), room_c)
        try:
            while len(pairs) < REFERENCES_MIN and (pair := desk.take(len(pairs) + 1)):
                pairs.append(pair)
        except DeviceError:
            click.echo(as_rows(pairs))
            raise
    return pairs


def _measurer(site: CalibrationSite, line: SensorLine, room_c: float) -> Measurer:
    """Return what measures at the gate, with an offset that is only typical."""
    neutral = Calibration(
        "calibrating",
        TYPICAL_OFFSET_C,
        site.today,
        site.today,
        gain=line.gain,
        sensor_offset_c=line.offset_c,
    )
    conditions = catalogue.conditions(site.config.thermometer, neutral, site.clock)
    here = conditions.surroundings()
    return Measurer(
        replace(
            conditions,
            surroundings=lambda: Surroundings(here.placement, room_c, here.outdoor_c),
        )
    )
