"""`kiosk central ledger`: what came of one day at all gates, counted."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from kiosk.central.day_ledger import day_ledger
from kiosk.central.store import read_setting, reading
from kiosk.cli.central_options import DATABASE, STATE, opened
from kiosk.cli.ledger_outputs import Outputs, asked, put_out, read_day


@click.command("ledger")
@asked
@click.option(
    "--timezone", default="Asia/Shanghai", show_default=True, help="In which a day is a day."
)
@STATE
@DATABASE
def command(
    *,
    day_text: str,
    since_text: str | None,
    csv_file: Path | None,
    xlsx_file: Path | None,
    html_file: Path | None,
    as_json: bool,
    timezone: str,
    folder: Path,
    database: str | None,
) -> None:
    """Count the entries of DAY (2027-01-05, today, yesterday) at all gates.

    Times are those that the gates' clocks were put right to. Grids are those of the register.
    """
    day = read_day(day_text, since_text, _zone(timezone))
    with opened(folder, database) as (_, engine):
        community = (read_setting(engine, "site") or b"").decode("utf-8", "replace")
        with reading(engine) as db:
            ledger = day_ledger(db, day)
    put_out(ledger, community, Outputs(csv_file, xlsx_file, html_file, as_json))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise click.UsageError(f"--timezone {name}: no such zone") from exc
