"""`kiosk entries ledger`: what came of one day at this gate, counted."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from kiosk.cli.ledger_outputs import Outputs, asked, put_out, read_day
from kiosk.cli.options import CONFIG, STATE
from kiosk.config import StateDir, find_config, read_config
from kiosk.errors import MessageError
from kiosk.journal.schema import connect_reader
from kiosk.ledger.counting import Dated, Tally
from kiosk.timing import ClockState
from kiosk.wire import decode_entry

_NEWEST_FIRST = "SELECT body FROM entry ORDER BY seq DESC"


@click.command("ledger")
@asked
@STATE
@CONFIG
def command(
    *,
    day_text: str,
    since_text: str | None,
    csv_file: Path | None,
    xlsx_file: Path | None,
    html_file: Path | None,
    as_json: bool,
    state_folder: Path,
    config_file: Path | None,
) -> None:
    """Count the entries of DAY (2027-01-05, today, yesterday), in tables that add up.

    Who is inside counts from the oldest entry kept, or from --since.
    """
    site = read_config(find_config(config_file)).site
    day = read_day(day_text, since_text, ZoneInfo(site.timezone))
    state = StateDir(state_folder)
    if not state.journal.exists():
        said = f"there is no journal at {state.journal}; give --state the folder"
        raise click.ClickException(said)
    tally = Tally(day, _grids(state.register))
    try:
        tally.add_journal(_dated(state.journal))
    except sqlite3.Error as exc:
        said = f"cannot read {state.journal} ({exc}); look at who may read it"
        raise click.ClickException(said) from exc
    outputs = Outputs(csv_file, xlsx_file, html_file, as_json)
    put_out(tally.ledger(), site.community, outputs)


def _dated(path: Path) -> Iterator[Dated | None]:
    """Give the entries of a journal, newest first; None for one that cannot be read."""
    with contextlib.closing(connect_reader(path)) as db:
        for (body,) in db.execute(_NEWEST_FIRST):
            try:
                entry = decode_entry(body)
            except MessageError:
                yield None
            else:
                yield Dated(entry, entry.utc_ms, entry.clock != ClockState.UNSURE)


def _grids(path: Path) -> dict[str, int]:
    """Return the grid of each household; a gate without a register knows none."""
    if not path.exists():
        return {}
    try:
        with contextlib.closing(connect_reader(path)) as db:
            return dict(db.execute("SELECT sub, grid FROM household"))
    except sqlite3.Error as exc:
        click.echo(f"the register cannot be read ({exc}); grids are not known", err=True)
        return {}
