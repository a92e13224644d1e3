"""`kiosk central register`: the community's households, for every gate."""

import json
import sys
from pathlib import Path

import click

from kiosk.central import register
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import reading, writing
from kiosk.cli import EXIT_NO
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.cli.options import JSON
from kiosk.cli.register_report import print_report, report_of
from kiosk.register.residents import NoTable, read_residents


@click.group("register")
def command() -> None:
    """The community's households, for every gate."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@BY
@STATE
@DATABASE
@JSON
def import_file(
    *, file: Path, by: str, folder: Path, database: str | None, as_json: bool
) -> None:
    """Replace the register by the residents in FILE, CSV or XLSX; gates take it by themselves.

    Headings as residents' committees write them; names, ID numbers and telephones are looked
    at for mistakes and not kept. Households keep the reference that their door had before.
    """
    with opened(folder, database) as (_, engine):
        with reading(engine) as db:
            known = {(home.grid, home.door): home.sub for home in register.households(db)}
        try:
            residents = read_residents(file.read_bytes(), known)
        except NoTable as exc:
            raise click.BadParameter(str(exc), param_hint="FILE") from exc
        is_replaced = bool(residents.households)
        if is_replaced:
            with writing(engine) as db:
                register.keep_register(db, residents.households, by=by, now_ms=utc_now_ms())
    if as_json:
        click.echo(json.dumps(report_of(residents, is_replaced=is_replaced)))
    else:
        print_report(residents, is_replaced=is_replaced)
    if residents.refused or not is_replaced:
        sys.exit(EXIT_NO)


@command.command("show")
@STATE
@DATABASE
@JSON
def show(*, folder: Path, database: str | None, as_json: bool) -> None:
    """Show how many households there are in each grid, and which version gates should have."""
    with opened(folder, database) as (_, engine), reading(engine) as db:
        part, homes = register.current(db), register.households(db)
    version = part.version if part is not None else 0
    grids: dict[int, int] = {}
    for home in homes:
        grids[home.grid] = grids.get(home.grid, 0) + 1
    if as_json:
        click.echo(json.dumps({"version": version, "grids": grids}))
        return
    click.echo(f"version {version}, {len(homes)} households")
    for grid, count in sorted(grids.items()):
        click.echo(f"grid {grid}: {count}")
