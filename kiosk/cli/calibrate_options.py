"""Options that both ways of `kiosk calibrate` share."""

import re

import click

from kiosk.devices.calibration import NAME


def check_name(_ctx: click.Context, _param: click.Parameter, said: str | None) -> str | None:
    """Take a name or serial number that the file will take; a click callback."""
    if said is not None and not re.fullmatch(NAME, said):
        raise click.BadParameter("must be 1 to 40 characters in one line")
    return said


OPERATOR = click.option(
    "--operator",
    required=True,
    callback=check_name,
    help="Who calibrates, a member of staff. The name is stored with the calibration.",
)
REFERENCE = click.option(
    "--reference-serial", callback=check_name, help="Serial number of the reference."
)
ROOM = click.option(
    "--room",
    "room_c",
    type=click.FloatRange(-40.0, 60.0),
    help="Temperature of the room, C; otherwise thermometer.room_c.",
)
YES = click.option("--yes", "is_sure", is_flag=True, help="Store without asking.")
