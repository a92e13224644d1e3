"""`kiosk entries verify`: the hash chain of the journal, walked from end to end."""

import json
from pathlib import Path
from typing import Any

import click

from kiosk.cli import EXIT_NO
from kiosk.cli.entries_ask import ask
from kiosk.cli.options import JSON, STATE
from kiosk.config import StateDir
from kiosk.journal.chain import ChainCheck, check_chain, read_epoch
from kiosk.register.passages import newest_noted


@click.command("verify")
@JSON
@STATE
def command(as_json: bool, state_folder: Path) -> None:
    """Walk the whole hash chain. Ends with 1 when it is broken, and says at which entry."""
    state = StateDir(state_folder)
    checked = ask(state.journal, lambda: _check(state))
    if as_json:
        click.echo(json.dumps(_verdict(checked)))
    elif checked.broken_seq is None:
        kept = checked.newest_seq - checked.pruned
        pruned = f", {checked.pruned} older ones were pruned" if checked.pruned else ""
        click.echo(f"whole: {kept} entries, the newest is {checked.newest_seq}{pruned}")
    else:
        click.echo(f"broken at entry {checked.broken_seq}: {checked.why}", err=True)
    if checked.broken_seq is not None:
        click.get_current_context().exit(EXIT_NO)


def _check(state: StateDir) -> ChainCheck:
    """Walk the chain, and hold its end against the newest entry that the index has seen."""
    noted = newest_noted(state.passages, read_epoch(state.journal))
    checked = check_chain(state.journal)
    if checked.broken_seq is not None or noted <= checked.newest_seq:
        return checked
    why = f"entry {noted} was written, and the journal ends at {checked.newest_seq}"
    return ChainCheck(checked.newest_seq, checked.pruned, checked.newest_seq + 1, why)


def _verdict(checked: ChainCheck) -> dict[str, Any]:
    return {
        "outcome": "whole" if checked.broken_seq is None else "broken",
        "entries": checked.newest_seq - checked.pruned,
        "newest": checked.newest_seq,
        "pruned": checked.pruned,
        "broken_at": checked.broken_seq,
        "why": checked.why,
    }
