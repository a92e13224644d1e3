"""`kiosk central rules`: the rules that every kiosk of the community lives by."""

from pathlib import Path

import click

from kiosk.central import rules_out
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import reading, writing
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.rulebook.files import text_of
from kiosk.rulebook.reading import UTC_OFFSET_S
from kiosk.rulebook.sections import VERSION_MAX
from kiosk.rulebook.times import date_text


@click.group("rules")
def command() -> None:
    """Hand out rules, and see which were handed out."""


@command.command("publish")
@click.argument("file", metavar="FILE")
@BY
@STATE
@DATABASE
def publish(*, file: str, by: str, folder: Path, database: str | None) -> None:
    """Sign the rules in FILE, or in a preset, for all kiosks; the version must be higher.

    Kiosks take them within a minute, and live by them from their date.
    """
    with opened(folder, database) as (authority, engine), writing(engine) as db:
        now_ms = utc_now_ms()
        rules = rules_out.publish(db, authority.status, text_of(file), by=by, now_ms=now_ms)
    click.echo(f"version {rules.version}, {_from(rules.from_ms)}")


@command.command("list")
@STATE
@DATABASE
def list_versions(*, folder: Path, database: str | None) -> None:
    """Print every version, the newest first: from when, published when and by whom."""
    with opened(folder, database) as (_, engine), reading(engine) as db:
        found = rules_out.published(db)
    for one in found:
        when = date_text(one.published_ms, UTC_OFFSET_S)
        parts = f"{one.version}\t{one.name}\t{_from(one.from_ms)}\t{when}\t{one.published_by}"
        click.echo(parts)


@command.command("show")
@click.argument("version", type=click.IntRange(1, VERSION_MAX))
@STATE
@DATABASE
def show(*, version: int, folder: Path, database: str | None) -> None:
    """Print the rule file of a version, as it was published."""
    with opened(folder, database) as (_, engine), reading(engine) as db:
        text = rules_out.text_of(db, version)
    if text is None:
        raise click.ClickException(f"no version {version}")
    click.echo(text, nl=False)


def _from(from_ms: int) -> str:
    return f"from {date_text(from_ms, UTC_OFFSET_S)}" if from_ms else "at once"
