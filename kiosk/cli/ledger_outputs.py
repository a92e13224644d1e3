"""What `kiosk entries ledger` and `kiosk central ledger` share: the day, and the files."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from kiosk.cli.options import JSON
from kiosk.ledger.catalogue import load_words
from kiosk.ledger.counting import Day, DayLedger, day_of
from kiosk.ledger.plain import to_text
from kiosk.ledger.printed import About, to_html
from kiosk.ledger.sheets import to_csv, to_xlsx
from kiosk.ledger.tables import notes_of, tables_of, to_json

_NEAR = {"today": 0, "yesterday": -1}
_NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a ledger goes; with no file named, to the terminal."""

    csv_file: Path | None
    xlsx_file: Path | None
    html_file: Path | None
    as_json: bool


def asked(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the day and the files as its arguments."""
    for one in (
        JSON,
        click.option("--html", "html_file", type=_NEW_FILE, help="A page to print and sign."),
        click.option("--xlsx", "xlsx_file", type=_NEW_FILE, help="A workbook."),
        click.option("--csv", "csv_file", type=_NEW_FILE, help="One table, UTF-8 for Excel."),
        click.option("--since", "since_text", help="Day from which who is inside counts."),
        click.argument("day_text", metavar="DAY"),
    ):
        command = one(command)
    return command


def read_day(day_text: str, since_text: str | None, zone: ZoneInfo) -> Day:
    """Return the day asked for. Wrong usage where it has not begun or is none."""
    today = datetime.now(UTC).astimezone(zone).date()
    day = _date(day_text, today)
    since = None if since_text is None else _date(since_text, today)
    if day > today:
        raise click.UsageError(f"{day_text}: that day has not begun")
    if since is not None and since > day:
        raise click.UsageError(f"--since {since_text}: is after {day_text}")
    try:
        return day_of(day, zone, since=since)
    except (ValueError, OverflowError) as exc:
        raise click.UsageError(f"{day_text}: no day that a gate has seen") from exc


def _date(text: str, today: date) -> date:
    if text in _NEAR:
        return today + timedelta(days=_NEAR[text])
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as exc:
        raise click.UsageError(f"{text!r}: give a day as 2027-01-05, today, yesterday") from exc


def put_out(ledger: DayLedger, community: str, outputs: Outputs) -> None:
    """Write the files that were asked for, and print what is left to print."""
    words, day = load_words(), ledger.day
    tables = tables_of(ledger, words)
    written = 0
    if outputs.csv_file is not None:
        text = to_csv(tables, day.on.isoformat(), words)
        written += _write(outputs.csv_file, text.encode("utf-8", "replace"))
    if outputs.xlsx_file is not None:
        written += _write(outputs.xlsx_file, to_xlsx(tables, day.on.isoformat()))
    if outputs.html_file is not None:
        made = f"{datetime.now(UTC).astimezone(day.zone):%Y-%m-%d %H:%M}"
        page = to_html(ledger, About(community, made), words)
        written += _write(outputs.html_file, page.encode("utf-8", "replace"))
    if outputs.as_json:
        values: dict[str, Any] = {"community": community, **to_json(ledger)}
        click.echo(json.dumps(values, ensure_ascii=False))
    elif not written:
        click.echo(f"{community}  {day.on.isoformat()}  {day.zone.key}\n")
        click.echo(to_text(tables, notes_of(ledger, words)))


def _write(path: Path, content: bytes) -> int:
    try:
        path.write_bytes(content)
    except OSError as exc:
        raise click.ClickException(f"{path}: {exc.strerror}; name another file") from exc
    click.echo(str(path), err=True)
    return 1
