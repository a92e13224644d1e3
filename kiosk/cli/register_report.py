"""The report of an import: what was taken, and each refused row by its place."""

import click

from kiosk.register.residents import Residents

REFUSED_SHOWN = 20  # more are counted; --json has all of them


def report_of(residents: Residents, *, is_replaced: bool) -> dict[str, object]:
    """Return the whole report, for a program."""
    return {
        "rows": residents.rows,
        "taken": residents.rows - len(residents.refused),
        "households": len(residents.households),
        "again": residents.again,
        "fresh": residents.fresh,
        "refused": [
            {"line": r.line, "column": r.column, "reason": r.reason} for r in residents.refused
        ],
        "columns_left_out": residents.columns_left_out,
        "replaced": is_replaced,
    }


def print_report(residents: Residents, *, is_replaced: bool) -> None:
    """Print it for a person."""
    taken = residents.rows - len(residents.refused)
    click.echo(f"rows taken: {taken} of {residents.rows}")
    click.echo(f"households: {len(residents.households)}")
    if residents.fresh:
        click.echo(f"of them with a new reference: {residents.fresh}")
    if residents.again:
        click.echo(f"rows that repeat one of their household: {residents.again}")
    if residents.columns_left_out:
        click.echo(f"columns not kept: {residents.columns_left_out}")
    for row in residents.refused[:REFUSED_SHOWN]:
        column = f", {row.column}" if row.column else ""
        click.echo(f"line {row.line}{column}: {row.reason}", err=True)
    if (more := len(residents.refused) - REFUSED_SHOWN) > 0:
        click.echo(f"and {more} more rows refused; --json lists them all", err=True)
    if not is_replaced:
        click.echo("no row could be taken; the old register stays", err=True)
