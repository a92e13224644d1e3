"""`kiosk central backup`: a copy to put back when the server's disk died."""

from pathlib import Path

import click

from kiosk.central import authority
from kiosk.central.backup import back_up
from kiosk.cli.central_options import DATABASE, STATE
from kiosk.errors import ConfigError


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@STATE
@DATABASE
def command(*, target: Path, folder: Path, database: str | None) -> None:
    """Copy the server to TARGET, a new folder: database, keys, secrets. It may run meanwhile.

    Keep the copy as safe as the server. To put it back: stop the server, put TARGET in the
    place of its folder, start it. Gates send again what the copy does not have.
    """
    if database is not None:
        raise ConfigError(
            ["--database: copy it by its own tool, pg_dump; and --state as it is"]
        )
    authority.load(folder)
    click.echo(f"{target}: whole, {back_up(folder.absolute(), target.absolute())} entries")
