"""How `kiosk central roster` tells what it found: lines for people, values for programs."""

from datetime import UTC, datetime
from typing import Any

import click

from kiosk.central.duty_hours import Worked
from kiosk.central.gates_now import Kept
from kiosk.central.roster import Coverage, Replaced
from kiosk.central.standing import UTC_OFFSET_S
from kiosk.core.duty_roster import DAYS_RUNNING_MAX, HOURS_A_DAY_MAX, Load
from kiosk.register.roster_table import RosterRows

REFUSED_SHOWN = 20  # more are counted; --json has all of them
HOUR_MS = 3_600_000


def to_json_import(rows: RosterRows, done: Replaced | None) -> dict[str, Any]:
    """Return the whole report of an import."""
    return {
        "rows": rows.rows,
        "taken": len(rows.shifts),
        "again": rows.again,
        "refused": [
            {"line": r.line, "column": r.column, "reason": r.reason} for r in rows.refused
        ],
        "replaced": None if done is None else done.gone,
        "first": None if done is None else done.first.isoformat(),
        "last": None if done is None else done.last.isoformat(),
        "gates_without_kiosk": [] if done is None else list(done.unknown_gates),
    }


def print_import(rows: RosterRows, done: Replaced | None) -> None:
    """Print it for a person."""
    click.echo(f"shifts taken: {len(rows.shifts)} of {rows.rows} rows")
    if rows.again:
        click.echo(f"rows that say the same again: {rows.again}")
    if done is not None:
        click.echo(f"{done.first} to {done.last}, in place of {done.gone} shifts")
        for gate in done.unknown_gates:
            click.echo(f"no kiosk has reported as {gate} yet", err=True)
    for row in rows.refused[:REFUSED_SHOWN]:
        column = f", {row.column}" if row.column else ""
        click.echo(f"line {row.line}{column}: {row.reason}", err=True)
    if (more := len(rows.refused) - REFUSED_SHOWN) > 0:
        click.echo(f"and {more} more rows refused; --json lists them all", err=True)
    if done is None:
        click.echo("no row could be taken; the old roster stays", err=True)


def to_json_coverage(found: Coverage) -> dict[str, Any]:
    """Return what a roster leaves open."""
    return {
        "gaps": [[gap.gate, gap.from_ms, gap.until_ms] for gap in found.gaps],
        "doubles": [
            [d.one.staff, d.one.gate, d.other.gate, d.other.from_ms] for d in found.doubles
        ],
        "loads": [
            {
                "staff": load.staff,
                "hours": round(load.hours, 1),
                "days_running": load.running,
                "long_days": [day.isoformat() for day in load.long_days],
            }
            for load in found.loads
        ],
    }


def print_coverage(found: Coverage) -> None:
    """Print what a roster leaves open, and what it asks of whom."""
    for gap in found.gaps:
        hours = (gap.until_ms - gap.from_ms) / HOUR_MS
        span = f"{_local(gap.from_ms):%Y-%m-%d %H:%M} - {_local(gap.until_ms):%H:%M}"
        click.echo(f"nobody: {gap.gate}  {span}  ({hours:.1f} h)")
    for double in found.doubles:
        one, other = double.one, double.other
        at = f"{_local(other.from_ms):%Y-%m-%d %H:%M}"
        click.echo(f"twice: {other.staff} at {one.gate} and at {other.gate}, {at}")
    for load in found.loads:
        click.echo(f"{load.staff}: {load.hours:.1f} h{_too_much(load)}")
    if not found.gaps and not found.doubles:
        click.echo("no gap, nobody in two places")


def _too_much(load: Load) -> str:
    long_days = "".join(f"; {day}: more than {HOURS_A_DAY_MAX} h" for day in load.long_days)
    if load.is_without_rest:
        since = f" from {load.running_from}"
        return f"{long_days}; {load.running} days in a row{since}, at most {DAYS_RUNNING_MAX}"
    return long_days


def print_worked(periods: list[Worked]) -> None:
    """Print who was on duty, then the hours of each; "?" marks a time that is not sure."""
    hours: dict[str, float] = {}
    for one in periods:
        doubt = "" if one.is_sure else " ?"
        until = "still" if one.until_ms is None else f"{_local(one.until_ms):%m-%d %H:%M}"
        span = f"{_local(one.from_ms):%Y-%m-%d %H:%M} - {until}{doubt}"
        click.echo(f"{span}  {one.staff}  {one.gate}")
        if one.until_ms is not None:
            more = (one.until_ms - one.from_ms) / HOUR_MS
            hours[one.staff] = hours.get(one.staff, 0.0) + more
    for staff, sum_h in sorted(hours.items()):
        click.echo(f"{staff}: {sum_h:.1f} h")


def say_now(one: Kept, now_ms: int) -> str:
    """Return who keeps a gate now, in one line."""
    age = f"heard {max(0, now_ms - one.heard_ms) // 1000} s ago"
    if one.staff is not None:
        return f"{one.gate}: {one.staff} since {_local(one.since_ms):%m-%d %H:%M}; {age}"
    if one.is_attended:
        return f"{one.gate}: looked after from {one.covered_by}; {age}"
    since = one.unattended_ms or one.since_ms
    return f"{one.gate}: NOBODY since {_local(since):%m-%d %H:%M}; {age}"


def _local(utc_ms: int) -> datetime:
    return datetime.fromtimestamp(utc_ms / 1000 + UTC_OFFSET_S, UTC)
