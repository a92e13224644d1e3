"""`kiosk outbox`: what waits for central."""

import json
from contextlib import closing
from pathlib import Path

import click

from kiosk.cli.options import JSON, STATE
from kiosk.config import StateDir
from kiosk.errors import JournalError
from kiosk.journal.outbox import SqliteOutbox, open_outbox
from kiosk.runtime.new_key import put_journal_away, waiting_in
from kiosk.runtime.startup import SoleRight
from kiosk.sync.store import acknowledged

URGENT_COUNTED = 1000


@click.group("outbox")
def command() -> None:
    """What waits for central."""


@command.command("show")
@JSON
@STATE
def show(as_json: bool, state_folder: Path) -> None:
    """Show how many entries central has not acknowledged yet. Safe while the gate works."""
    state = StateDir(state_folder)
    try:
        outbox = open_outbox(state.journal)
        try:
            waiting = count_waiting(outbox, acknowledged(state.sync, outbox.epoch))
        finally:
            outbox.close()
    except JournalError as exc:
        reason = f"cannot read the journal ({exc}); give --state the kiosk's folder"
        raise click.ClickException(reason) from exc
    if as_json:
        click.echo(json.dumps(waiting))
        return
    for name, value in waiting.items():
        click.echo(f"{name:<14} {value}")


@command.command("anew")
@STATE
def anew(state_folder: Path) -> None:
    """Begin a new journal where central does not take the old one: E_LOG_FORK.

    So it is when this kiosk's card was put back to an older copy. Somebody at central has
    looked into it; the gate is stopped. The old journal is kept beside the new one.
    """
    state = StateDir(state_folder)
    if not state.journal.exists():
        raise click.ClickException(f"{state.journal}: no journal; give --state")
    try:
        with closing(SoleRight(state)):
            waiting, epoch = waiting_in(state)
            kept = put_journal_away(state, epoch)
    except JournalError as exc:
        raise click.ClickException(f"{exc}; stop the gate first") from exc
    click.echo(f"{kept.name} is kept: {waiting} of its entries are here and not at central")
    click.echo("start the gate; at the desk of central, take its reports again")


def count_waiting(outbox: SqliteOutbox, cursor: int) -> dict[str, object]:
    """Return what waits above the acknowledged `cursor`. Raises JournalError."""
    newest, head = outbox.newest()
    return {
        "device": outbox.device,
        "epoch": outbox.epoch.hex(),
        "newest": newest,
        "head": head.hex(),
        "acknowledged": cursor,
        "waiting": max(0, newest - cursor),
        "urgent": len(outbox.urgent(cursor, URGENT_COUNTED)),
    }
