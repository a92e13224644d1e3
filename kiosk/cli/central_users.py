"""`kiosk central user`: who may work at the desk."""

from pathlib import Path

import click

from kiosk.central.intake import utc_now_ms
from kiosk.central.operators import block_operator, operators, put_operator
from kiosk.central.store import reading, writing
from kiosk.cli.central_options import DATABASE, STATE, opened


@click.group("user")
def user() -> None:
    """Who may sign on at the desk, /desk of the server."""


@user.command("add")
@click.argument("name")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The first line of this file; asked for twice when left out.",
)
@STATE
@DATABASE
def add(name: str, password_file: Path | None, folder: Path, database: str | None) -> None:
    """Let NAME in at the desk; with a name that is there, change its password."""
    if password_file is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = _first_line(password_file)
    with opened(folder, database) as (_, engine), writing(engine) as db:
        put_operator(db, name, password, now_ms=utc_now_ms())
    click.echo(f"{name} may sign on")


@user.command("block")
@click.argument("name")
@STATE
@DATABASE
def block(name: str, folder: Path, database: str | None) -> None:
    """Keep NAME out from now on; whatever is open of it ends."""
    with opened(folder, database) as (_, engine), writing(engine) as db:
        block_operator(db, name, now_ms=utc_now_ms())
    click.echo(f"{name} may not sign on any more")


@user.command("list")
@STATE
@DATABASE
def names(folder: Path, database: str | None) -> None:
    """Print everybody, one a line."""
    with opened(folder, database) as (_, engine), reading(engine) as db:
        for one in operators(db):
            click.echo(f"{one.name}  blocked" if one.is_blocked else one.name)


def _first_line(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig").partition("\n")[0].strip()
    except UnicodeDecodeError as exc:
        raise click.BadParameter(f"{path}: not UTF-8", param_hint="--password-file") from exc
