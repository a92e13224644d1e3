"""`kiosk central contacts` and `kiosk central webhook`: who is called, and by what."""

from pathlib import Path

import click

from kiosk.central.cases_calls import Call
from kiosk.central.cases_contacts import add_contact, contacts, remove_contact
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import reading, writing
from kiosk.central.webhook import CallFailed, make_call
from kiosk.central.webhook_set import (
    drop_webhook,
    note_well,
    read_webhook,
    set_webhook,
    webhook_trouble,
    webhook_url,
)
from kiosk.cli.central_options import BY, DATABASE, STATE, opened
from kiosk.core.matters import Contact

TEST_CASE = 0


@click.group("contacts")
def people() -> None:
    """Whom gates and central call about a fever or an incident, and after how long."""


@people.command("add")
@click.argument("name")
@click.argument("phone")
@click.option("--role", default="", help="What they are: coordinator, grid worker.")
@click.option("--order", "place", type=click.IntRange(1, 99), default=50, show_default=True)
@click.option(
    "--after",
    "after_s",
    type=click.IntRange(0, 86_400),
    default=0,
    show_default=True,
    help="Seconds without an answer after which they are called.",
)
@BY
@STATE
@DATABASE
def add(
    name: str,
    phone: str,
    *,
    role: str,
    place: int,
    after_s: int,
    by: str,
    folder: Path,
    database: str | None,
) -> None:
    """Call NAME at PHONE; with a name that is there, change it."""
    new = Contact(name.strip(), phone.strip(), role.strip(), after_s)
    with opened(folder, database) as (_, engine), writing(engine) as db:
        add_contact(db, new, place=place, by=by, now_ms=utc_now_ms())


@people.command("remove")
@click.argument("name")
@BY
@STATE
@DATABASE
def remove(name: str, *, by: str, folder: Path, database: str | None) -> None:
    """Call NAME no more."""
    with opened(folder, database) as (_, engine), writing(engine) as db:
        remove_contact(db, name, by=by, now_ms=utc_now_ms())


@people.command("list")
@STATE
@DATABASE
def show(folder: Path, database: str | None) -> None:
    """Print everybody in the order in which they are called."""
    with opened(folder, database) as (_, engine), reading(engine) as db:
        for one in contacts(db):
            click.echo(
                f"after {one.after_s:>5} s  {one.name}  {one.phone}  {one.role}".rstrip()
            )


@click.group("webhook")
def webhook() -> None:
    """The server that is told of every case until somebody answers it."""


@webhook.command("set")
@click.argument("url")
@click.option(
    "--secret-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="Its first line is the secret by which calls are signed.",
)
@BY
@STATE
@DATABASE
def set_to(url: str, *, secret_file: Path, by: str, folder: Path, database: str | None) -> None:
    """Call URL: https, or http to this machine."""
    secret = secret_file.read_bytes().partition(b"\n")[0].strip()
    with opened(folder, database) as (_, engine), writing(engine) as db:
        set_webhook(db, folder, url, secret, by=by, now_ms=utc_now_ms())


@webhook.command("off")
@BY
@STATE
@DATABASE
def off(*, by: str, folder: Path, database: str | None) -> None:
    """Call no server any more."""
    with opened(folder, database) as (_, engine), writing(engine) as db:
        drop_webhook(db, by=by, now_ms=utc_now_ms())


@webhook.command("show")
@STATE
@DATABASE
def state(folder: Path, database: str | None) -> None:
    """Print what is called, and since when it takes no calls."""
    with opened(folder, database) as (_, engine), reading(engine) as db:
        click.echo(webhook_url(db) or "no webhook is set")
        if (trouble := webhook_trouble(db)) is not None:
            click.echo(f"takes no calls: {trouble.why}")


@webhook.command("test")
@STATE
@DATABASE
def try_it(folder: Path, database: str | None) -> None:
    """Make one call of the kind "test", and say what came of it."""
    with opened(folder, database) as (_, engine):
        with reading(engine) as db:
            receiver = read_webhook(db, folder)
        if receiver is None:
            raise click.ClickException("no webhook is set")
        now_ms = utc_now_ms()
        call = Call(TEST_CASE, 1, "", now_ms, 0, "test", "", now_ms, 1)
        try:
            make_call(receiver, call, "", now_ms // 1000)
        except CallFailed as exc:
            raise click.ClickException(f"the call was not taken: {exc}") from exc
        with writing(engine) as db:
            note_well(db)
    click.echo("the call was taken")
