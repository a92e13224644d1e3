"""`kiosk central roster`: who is to be at which gate, and who was."""

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from kiosk.central import duty_hours, gates_now, roster, standing
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import reading, writing
from kiosk.cli import EXIT_NO
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.cli.central_roster_say import (
    print_coverage,
    print_import,
    print_worked,
    say_now,
    to_json_coverage,
    to_json_import,
)
from kiosk.cli.options import JSON
from kiosk.core.duty_roster import Opening, day_of_ms, midnight_ms
from kiosk.register.roster_table import YEARS, NoTable, read_roster
from kiosk.rulebook.times import read_window

DAYS_MAX = 400
_DAYS = click.option("--days", type=click.IntRange(1, DAYS_MAX), default=7, show_default=True)
_FROM = click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="Local day; today by default."
)


@click.group("roster")
def command() -> None:
    """Who is to be at which gate, and who was. Staff have short names such as w01."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@BY
@STATE
@DATABASE
@JSON
def import_file(
    *, file: Path, by: str, folder: Path, database: str | None, as_json: bool
) -> None:
    """Take the shifts in FILE, CSV or XLSX; gates take them by themselves.

    Headings gate, staff, from, until, and date where the times say no day (门岗, 工号, 开始,
    结束, 日期). They replace the shifts of the same gates from the first day in the file to
    the last. Ends with 1 when a row was refused; with no good row the old roster stays.
    """
    try:
        rows = read_roster(file.read_bytes(), utc_offset_s=standing.UTC_OFFSET_S)
    except NoTable as exc:
        raise click.BadParameter(str(exc), param_hint="FILE") from exc
    done = None
    if rows.shifts:
        try:
            with opened(folder, database) as (_, engine), writing(engine) as db:
                done = roster.replace_shifts(db, rows.shifts, by=by, now_ms=utc_now_ms())
        except roster.TooMany as exc:
            raise click.ClickException(f"{exc}; the old roster stays") from exc
    if as_json:
        click.echo(json.dumps(to_json_import(rows, done), ensure_ascii=False))
    else:
        print_import(rows, done)
    if rows.refused or done is None:
        sys.exit(EXIT_NO)


@command.command("show")
@_FROM
@_DAYS
@STATE
@DATABASE
@JSON
def show(
    *, first: datetime | None, days: int, folder: Path, database: str | None, as_json: bool
) -> None:
    """Show the shifts of some days, and who keeps which gate now."""
    begins, last = _span(first, days)
    now_ms = utc_now_ms()
    with opened(folder, database) as (_, engine), reading(engine) as db:
        shifts = roster.shifts_of(db, begins, last)
        kept = gates_now.gates(db, now_ms)
    if as_json:
        told = [[s.gate, s.staff, s.from_ms, s.until_ms] for s in shifts]
        now = [[k.gate, k.staff, k.covered_by, k.unattended_ms, k.heard_ms] for k in kept]
        click.echo(json.dumps({"shifts": told, "now": now}, ensure_ascii=False))
        return
    for one in kept:
        click.echo(say_now(one, now_ms))
    for shift in shifts:
        from_, until = _local(shift.from_ms), _local(shift.until_ms)
        click.echo(f"{from_:%Y-%m-%d %H:%M} - {until:%H:%M}  {shift.staff}  {shift.gate}")


@command.command("coverage")
@_FROM
@_DAYS
@STATE
@DATABASE
@JSON
def coverage(
    *, first: datetime | None, days: int, folder: Path, database: str | None, as_json: bool
) -> None:
    """Show when an open gate has nobody, and whom the roster asks too much of.

    Ends with 1 where there is a gap, somebody in two places, a day of more than 12 hours or
    more than 6 days in a row.
    """
    begins, last = _span(first, days)
    with opened(folder, database) as (_, engine), reading(engine) as db:
        found = roster.coverage(db, begins, last)
    if as_json:
        click.echo(json.dumps(to_json_coverage(found), ensure_ascii=False))
    else:
        print_coverage(found)
    is_bad = any(load.long_days or load.is_without_rest for load in found.loads)
    if found.gaps or found.doubles or is_bad:
        sys.exit(EXIT_NO)


@command.command("worked")
@_FROM
@_DAYS
@STATE
@DATABASE
def worked(*, first: datetime | None, days: int, folder: Path, database: str | None) -> None:
    """Show who was really on duty, from the gates' entries; "?" where a clock was in doubt."""
    begins, last = _span(first, days)
    span = (
        midnight_ms(begins, standing.UTC_OFFSET_S),
        midnight_ms(last, standing.UTC_OFFSET_S) + roster.DAY_MS,
    )
    with opened(folder, database) as (_, engine), reading(engine) as db:
        print_worked(duty_hours.worked(db, *span))


@command.command("hours")
@click.argument("gate")
@click.argument("hours", metavar="HH:MM-HH:MM")
@BY
@STATE
@DATABASE
def hours(*, gate: str, hours: str, by: str, folder: Path, database: str | None) -> None:
    """Say when GATE is open; 07:00-22:00 until then, 00:00-24:00 for day and night."""
    opening = _opening(hours)
    with opened(folder, database) as (_, engine), writing(engine) as db:
        roster.set_opening(db, gate, opening, by=by, now_ms=utc_now_ms())


def _opening(hours: str) -> Opening:
    try:
        windows = read_window(hours)
    except ValueError as exc:
        raise click.BadParameter(f"{hours} {exc}", param_hint="HOURS") from exc
    return Opening(windows[-1][0], windows[0][1])


def _span(first: datetime | None, days: int) -> tuple[date, date]:
    begins = day_of_ms(utc_now_ms(), standing.UTC_OFFSET_S) if first is None else first.date()
    if not YEARS[0] <= begins.year < YEARS[1]:
        raise click.BadParameter("no day of a roster", param_hint="--from")
    return begins, begins + timedelta(days=days - 1)


def _local(utc_ms: int) -> datetime:
    return datetime.fromtimestamp(utc_ms / 1000 + standing.UTC_OFFSET_S, UTC)
