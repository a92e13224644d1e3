"""Options that the commands of `kiosk central` share, and the database they name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine

from kiosk.central.authority import Authority, load
from kiosk.central.store import open_store

DEFAULT_STATE = "/var/lib/kiosk-central"

STATE = click.option(
    "--state",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_STATE,
    show_default=True,
    help="Folder of the server.",
)
DATABASE = click.option(
    "--database", help="postgresql+psycopg://...; SQLite in --state by default."
)
BY = click.option("--by", required=True, help="Who does this; it is kept.")


@contextmanager
def opened(folder: Path, database: str | None) -> Iterator[tuple[Authority, Engine]]:
    """Give the server in a folder and its database. Raises ConfigError, StoreError."""
    authority = load(folder)
    engine = open_store(database or folder)
    try:
        yield authority, engine
    finally:
        engine.dispose()
