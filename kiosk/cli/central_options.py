"""Options that the commands of `kiosk central` share, and the database they name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click
from sqlalchemy import Engine

from kiosk.central.authority import Authority, load
from kiosk.central.store import open_store
from kiosk.cli.belongings import state_folder

DEFAULT_STATE = "/var/lib/kiosk-central"

STATE = click.option(
    "--state",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_STATE,
    show_default=True,
    callback=state_folder,
    help="Folder of the server.",
)
DATABASE = click.option(
    "--database",
    envvar="CENTRAL_DATABASE",
    help="postgresql+psycopg://..., better in $CENTRAL_DATABASE: others see what is typed "
    "here. SQLite in --state by default.",
)
BY = click.option("--by", required=True, help="Who does this; it is kept.")


def _origin(_ctx: click.Context, _param: click.Parameter, typed: str) -> str:
    """Return a https address without a path: passwords do not travel in the open."""
    parts = urlsplit(typed)
    if typed and (parts.scheme != "https" or not parts.hostname or parts.path.strip("/")):
        raise click.BadParameter(f"{typed!r}: say https://NAME, a proxy does the TLS")
    return typed


ORIGIN = click.option(
    "--origin",
    default="",
    callback=_origin,
    help="What browsers call it: https://central.example. By default this machine alone.",
)


@contextmanager
def opened(folder: Path, database: str | None) -> Iterator[tuple[Authority, Engine]]:
    """Give the server in a folder and its database. Raises ConfigError, StoreError."""
    authority = load(folder)
    engine = open_store(database or folder)
    try:
        yield authority, engine
    finally:
        engine.dispose()
