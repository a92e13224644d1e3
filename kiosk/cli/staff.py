"""`kiosk staff`: who may sign on at the screen with a PIN, and from which tablets."""

import sys
from pathlib import Path

import click

from kiosk.cli import EXIT_NO
from kiosk.cli.options import STATE
from kiosk.config import StateDir
from kiosk.register.staff_pins import StaffPins
from kiosk.screen.lan_tablets import Tablets


@click.group("staff")
def command() -> None:
    """Who may sign on at the screen with a PIN, and from which tablets."""


@command.command("pin")
@click.argument("name")
@STATE
@click.password_option("--pin", prompt="PIN (4-8 digits)", help="Asked for when left out.")
def put(name: str, state_folder: Path, pin: str) -> None:
    """Give NAME, a short name such as w01, a PIN. The kiosk needs no restart."""
    StaffPins(StateDir(state_folder).staff_pins).put(name, pin)
    click.echo(f"{name} may sign on")


@command.command("list")
@STATE
def names(state_folder: Path) -> None:
    """Print the short names, one a line."""
    for name in sorted(StaffPins(StateDir(state_folder).staff_pins).read()):
        click.echo(name)


@command.command("remove")
@click.argument("name")
@STATE
def remove(name: str, state_folder: Path) -> None:
    """Take NAME off the list; ends with 1 when it is not on it."""
    if not StaffPins(StateDir(state_folder).staff_pins).remove(name):
        click.echo(f"{name} is not on the list", err=True)
        sys.exit(EXIT_NO)
    click.echo(f"{name} may not sign on any more")


@command.command("tablets")
@STATE
def tablets(state_folder: Path) -> None:
    """Print the tablets that may open the staff page, and who let them in."""
    for tablet in sorted(Tablets(StateDir(state_folder).tablets).all(), key=lambda t: t.name):
        click.echo(f"{tablet.name}  {tablet.by}")


@command.command("tablet-out")
@click.argument("name")
@STATE
def tablet_out(name: str, state_folder: Path) -> None:
    """Let the tablet NAME in no more; ends with 1 when it is not on the list."""
    if not Tablets(StateDir(state_folder).tablets).remove(name):
        click.echo(f"{name} is not on the list", err=True)
        sys.exit(EXIT_NO)
    click.echo(f"{name} is let in no more")
