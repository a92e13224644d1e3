"""`kiosk staff`: who may sign on with a PIN, from which tablets; what was handed over."""

import sqlite3
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from kiosk.cli import EXIT_NO
from kiosk.cli.options import CONFIG, STATE
from kiosk.config import StateDir, find_config, read_config
from kiosk.core.duty import Sheet
from kiosk.journal.sheets import read_sheet
from kiosk.ledger.catalogue import load_words
from kiosk.ledger.sheet_page import sheet_html, sheet_text
from kiosk.register.staff_pins import StaffPins
from kiosk.screen.lan_tablets import Tablets
from kiosk.screen.staff_key_sheet import key_sheet
from kiosk.screen.words import load_words as screen_words


@click.group("staff")
def command() -> None:
    """Who may sign on at the screen, from which tablets; what they handed over."""


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
        raise SystemExit(EXIT_NO)
    click.echo(f"{name} may not sign on any more")


@command.command("handover")
@click.option("--before", type=click.IntRange(min=1), help="The newest up to this entry.")
@click.option(
    "--html",
    "html_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A page to print and sign.",
)
@STATE
@CONFIG
def handover(
    *, before: int | None, html_file: Path | None, state_folder: Path, config_file: Path | None
) -> None:
    """Show the newest handover sheet; ends with 1 when there is none."""
    site = read_config(find_config(config_file)).site
    sheet = _sheet(StateDir(state_folder).journal, before)
    if sheet is None:
        click.echo("nobody has handed over at this gate yet", err=True)
        raise SystemExit(EXIT_NO)
    zone, words = ZoneInfo(site.timezone), load_words()
    if html_file is None:
        click.echo("\n".join(sheet_text(sheet, zone, words)))
        return
    page = sheet_html(sheet, site.community, zone, words, _say_fault)
    try:
        html_file.write_text(page, "utf-8")
    except OSError as exc:
        reason = f"{html_file}: {exc.strerror}; name another file"
        raise click.ClickException(reason) from exc
    click.echo(str(html_file), err=True)


def _say_fault(name: str) -> tuple[str, str]:
    """Return the words of a fault; of one of another version, its name."""
    words, key = screen_words(), f"fault.{name}"
    return words.pair(key) if key in words.zh else (name, name)


def _sheet(journal: Path, before: int | None) -> Sheet | None:
    if not journal.exists():
        raise click.ClickException(f"there is no journal at {journal}; give --state the folder")
    try:
        return read_sheet(journal) if before is None else read_sheet(journal, before)
    except sqlite3.Error as exc:
        raise click.ClickException(f"cannot read {journal} ({exc})") from exc


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
        raise SystemExit(EXIT_NO)
    click.echo(f"{name} is let in no more")


@command.command("key")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="FILE.html to write."
)
@click.option("--gate", default="", help="The gate's name, printed on top.")
def key(out: Path, gate: str) -> None:
    """Write the key of numbers that staff at the one screen read, as a page to print.

    Print it from a browser, on A4, and laminate it; the numbers never change.
    """
    try:
        out.write_text(key_sheet(screen_words(), gate), "utf-8")
    except OSError as exc:
        click.echo(f"{out}: {exc.strerror}", err=True)
        raise SystemExit(EXIT_NO) from exc
    click.echo(f"{out} is written; print it on A4 and laminate it")
