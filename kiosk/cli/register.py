"""`kiosk register`: residents and households. Names are neither read nor printed."""

import json
import sqlite3
import sys
import time
from pathlib import Path

import click

from kiosk import log
from kiosk.cli import EXIT_NO
from kiosk.cli.options import JSON, STATE
from kiosk.cli.register_report import print_report, report_of
from kiosk.config import StateDir
from kiosk.register.households import all_households, write_households
from kiosk.register.passages import seen_subs
from kiosk.register.residents import NoTable, Residents, read_residents


@click.group("register")
def command() -> None:
    """Residents and households."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@STATE
@JSON
def import_file(file: Path, state_folder: Path, as_json: bool) -> None:
    """Replace the register by the residents in FILE, CSV or XLSX. For a gate without central.

    Headings as residents' committees write them: grid, building, room, and where there are
    such unit, household reference, name, ID number, telephone; names and numbers are looked
    at for mistakes and not kept. Good rows are taken even when others are refused. Ends with
    0, or with 1 when a row was refused; with no good row at all the old register stays.
    """
    state = StateDir(state_folder)
    try:
        known = {(home.grid, home.door): home.sub for home in all_households(state.register)}
    except sqlite3.Error:
        known = {}  # there is no register yet
    try:
        residents = read_residents(file.read_bytes(), known)
    except (NoTable, OSError) as exc:
        raise click.BadParameter(str(exc), param_hint="FILE") from exc
    is_replaced = bool(residents.households)
    if is_replaced:
        _write(state, residents)
    if as_json:
        click.echo(json.dumps(report_of(residents, is_replaced=is_replaced)))
    else:
        print_report(residents, is_replaced=is_replaced)
    if residents.refused or not is_replaced:
        sys.exit(EXIT_NO)


def _write(state: StateDir, residents: Residents) -> None:
    try:
        state.make()
        now_ms = int(time.time() * 1000)
        write_households(state.register, residents.households, issued_ms=now_ms)
    except (OSError, sqlite3.Error) as exc:
        reason = f"cannot write {state.register}: {exc}; the old register stays"
        raise click.ClickException(reason) from exc
    log.event(log.Event.REGISTER_IMPORTED, households=len(residents.households))


@command.command("coverage")
@click.option("--days", type=click.IntRange(1, 40), default=7, show_default=True)
@click.option("--list", "is_listed", is_flag=True, help="Also every door that was not seen.")
@STATE
@JSON
def coverage(*, days: int, is_listed: bool, state_folder: Path, as_json: bool) -> None:
    """Per grid: households, how many passed this gate in the last days, how many did not."""
    state = StateDir(state_folder)
    since_ms = int((time.time() - days * 86_400) * 1000)
    try:
        homes = all_households(state.register)
        seen = seen_subs(state.passages, since_ms) if state.passages.exists() else set()
    except sqlite3.Error as exc:
        reason = f"{state.register} cannot be read ({exc}); import the residents first"
        raise click.ClickException(reason) from exc
    grids = sorted({home.grid for home in homes})
    rows = [
        {
            "grid": grid,
            "households": sum(home.grid == grid for home in homes),
            "seen": sum(home.grid == grid and home.sub in seen for home in homes),
            "not_seen": [h.door for h in homes if h.grid == grid and h.sub not in seen],
        }
        for grid in grids
    ]
    if as_json:
        click.echo(json.dumps({"days": days, "grids": rows}, ensure_ascii=False))
        return
    for row in rows:
        missing = row["not_seen"]
        assert isinstance(missing, list)  # made above
        told = f"{row['households']} households, {row['seen']} seen, {len(missing)} not"
        click.echo(f"grid {row['grid']}: {told}")
        for door in missing if is_listed else ():
            click.echo(f"  {door}")
