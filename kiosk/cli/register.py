"""`kiosk register`: residents and households. Names are neither read nor printed."""

import json
import sqlite3
import sys
from pathlib import Path

import click

from kiosk import log
from kiosk.cli import EXIT_NO
from kiosk.cli.options import JSON, STATE
from kiosk.config import StateDir
from kiosk.register.households import write_households
from kiosk.register.residents_csv import NoTable, Residents, read_residents

REFUSED_SHOWN = 20  # more are counted; --json has all of them


@click.group("register")
def command() -> None:
    """Residents and households."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@STATE
@JSON
def import_file(file: Path, state_folder: Path, as_json: bool) -> None:
    """Replace the register by the residents in FILE, a CSV file.

    Its first line names the columns sub, grid, building, unit and room; other columns are
    not kept. Good rows are taken even when others are refused. Ends with 0, or with 1 when
    a row was refused; with no good row at all the old register stays.
    """
    try:
        residents = read_residents(file.read_bytes())
    except (NoTable, OSError) as exc:
        raise click.BadParameter(str(exc), param_hint="FILE") from exc
    is_replaced = bool(residents.households)
    if is_replaced:
        _write(StateDir(state_folder), residents)
    if as_json:
        click.echo(json.dumps(_report(residents, is_replaced=is_replaced)))
    else:
        _print(residents, is_replaced=is_replaced)
    if residents.refused or not is_replaced:
        sys.exit(EXIT_NO)


def _write(state: StateDir, residents: Residents) -> None:
    try:
        state.make()
        write_households(state.register, residents.households)
    except (OSError, sqlite3.Error) as exc:
        reason = f"cannot write {state.register}: {exc}; the old register stays"
        raise click.ClickException(reason) from exc
    log.event(log.Event.REGISTER_IMPORTED, households=len(residents.households))


def _report(residents: Residents, *, is_replaced: bool) -> dict[str, object]:
    return {
        "rows": residents.rows,
        "taken": residents.rows - len(residents.refused),
        "households": len(residents.households),
        "again": residents.again,
        "refused": [
            {"line": r.line, "column": r.column, "reason": r.reason} for r in residents.refused
        ],
        "columns_left_out": residents.columns_left_out,
        "replaced": is_replaced,
    }


def _print(residents: Residents, *, is_replaced: bool) -> None:
    taken = residents.rows - len(residents.refused)
    click.echo(f"rows taken: {taken} of {residents.rows}")
    click.echo(f"households: {len(residents.households)}")
    if residents.again:
        click.echo(f"rows that repeat one of their household: {residents.again}")
    if residents.columns_left_out:
        click.echo(f"columns not kept: {residents.columns_left_out}")
    for row in residents.refused[:REFUSED_SHOWN]:
        column = f", {row.column}" if row.column else ""
        click.echo(f"line {row.line}{column}: {row.reason}", err=True)
    if (more := len(residents.refused) - REFUSED_SHOWN) > 0:
        click.echo(f"and {more} more rows refused; --json lists them all", err=True)
    if not is_replaced:
        click.echo("no row could be taken; the old register stays", err=True)
