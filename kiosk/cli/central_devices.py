"""`kiosk central device slot`, `pending`, `approve`, `refuse`, `block`, `unblock`."""

from pathlib import Path

import click
import segno

from kiosk.central import enrolment
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import reading, writing
from kiosk.cli.central_options import BY, DATABASE, STATE, opened


@click.command("slot")
@click.option("--name", required=True, help="What people call the gate, such as 南门.")
@BY
@STATE
@DATABASE
def slot(*, name: str, by: str, folder: Path, database: str | None) -> None:
    """Make a one-time code with which one new kiosk may enrol, within half an hour."""
    with opened(folder, database) as (authority, engine), writing(engine) as db:
        made = enrolment.open_slot(db, authority, name=name, by=by, now_ms=utc_now_ms())
    segno.make_qr(made.code, error="m").terminal(compact=True)
    click.echo(f"on the kiosk, within 30 minutes:\n  kiosk enrol '{made.code}'")
    click.echo(f"then compare the eight digits: kiosk central device approve {made.id}")


@click.command("pending")
@STATE
@DATABASE
def pending(*, folder: Path, database: str | None) -> None:
    """List the kiosks that wait for approval, each with its eight digits."""
    with opened(folder, database) as (_, engine), reading(engine) as db:
        found = enrolment.slots(db)
    for one in found:
        click.echo(f"{one.id}  {one.digits}  {one.name}  ({one.told})")
    if not found:
        click.echo("no kiosk waits")


@click.command("approve")
@click.argument("slot_id")
@BY
@STATE
@DATABASE
def approve(*, slot_id: str, by: str, folder: Path, database: str | None) -> None:
    """Let the kiosk in a slot report here, after its digits were compared."""
    with opened(folder, database) as (_, engine), writing(engine) as db:
        device_id = enrolment.approve(db, slot_id, by=by, now_ms=utc_now_ms())
    click.echo(f"device {device_id} may report")


@click.command("refuse")
@click.argument("slot_id")
@BY
@STATE
@DATABASE
def refuse(*, slot_id: str, by: str, folder: Path, database: str | None) -> None:
    """Turn a kiosk away: its digits are others, or nobody knows it."""
    with opened(folder, database) as (_, engine), writing(engine) as db:
        enrolment.refuse(db, slot_id, by=by, now_ms=utc_now_ms())
    click.echo(f"{slot_id} was turned away")


def _block(name: str, *, is_blocked: bool, words: str, text: str) -> click.Command:
    @click.command(name, help=text)
    @click.argument("device_id")
    @BY
    @STATE
    @DATABASE
    def command(device_id: str, by: str, folder: Path, database: str | None) -> None:
        with opened(folder, database) as (_, engine), writing(engine) as db:
            now_ms = utc_now_ms()
            enrolment.block_device(db, device_id, by=by, now_ms=now_ms, is_blocked=is_blocked)
        click.echo(f"device {device_id} {words}")

    return command


block = _block(
    "block",
    is_blocked=True,
    words="is blocked",
    text="Take nothing more of a kiosk that was stolen or lost.",
)
unblock = _block(
    "unblock", is_blocked=False, words="may report again", text="Take a kiosk's reports again."
)
COMMANDS = (slot, pending, approve, refuse, block, unblock)
