"""`kiosk entries`: the journal, read. Safe while the gate works; no names, no pass texts."""

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kiosk.cli import EXIT_NO
from kiosk.cli.entries_story import languages, to_story
from kiosk.cli.entries_words import to_json, to_line, to_page
from kiosk.cli.lazy import LazyGroup
from kiosk.cli.options import JSON, STATE
from kiosk.config import StateDir
from kiosk.errors import MessageError
from kiosk.journal.chain import ChainCheck, check_chain, read_epoch
from kiosk.journal.recall import read_newest_rows, read_row
from kiosk.register.passages import newest_noted
from kiosk.screen.words import load_words
from kiosk.wire import decode_entry

T = TypeVar("T")


_LAZY = {
    "ledger": ("kiosk.cli.entries_ledger", "Count the entries of a day."),
    "replay": ("kiosk.cli.entries_replay", "Who would be treated otherwise by other rules."),
}


@click.group("entries", cls=LazyGroup, lazy=_LAZY)
def command() -> None:
    """Read the journal."""


@command.command("list")
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    default=20,
    show_default=True,
    help="How many.",
)
@JSON
@STATE
def list_entries(limit: int, as_json: bool, state_folder: Path) -> None:
    """List the newest entries, newest first."""
    path = StateDir(state_folder).journal
    for seq, body, head in _ask(path, lambda: read_newest_rows(path, limit)):
        try:
            wire = decode_entry(body)
        except MessageError as exc:
            click.echo(f"entry {seq} cannot be read: {exc}", err=True)
            continue
        if as_json:
            click.echo(json.dumps(to_json(wire, head), ensure_ascii=False))
        else:
            click.echo(to_line(wire))


@command.command("show")
@click.argument("seq", type=click.IntRange(min=1))
@click.option("--lang", type=click.Choice(["zh", "en"]), help="The language of the sentences.")
@JSON
@STATE
def show_entry(seq: int, lang: str | None, as_json: bool, state_folder: Path) -> None:
    """Show one entry with its readings and what each rule said."""
    path = StateDir(state_folder).journal
    row = _ask(path, lambda: read_row(path, seq))
    if row is None:
        raise click.ClickException(f"entry {seq} is not kept here; see kiosk entries list")
    _, body, head = row
    try:
        wire = decode_entry(body)
    except MessageError as exc:
        raise click.ClickException(
            f"entry {seq} cannot be read ({exc}); run kiosk entries verify"
        ) from exc
    if as_json:
        click.echo(json.dumps(to_json(wire, head), ensure_ascii=False))
    else:
        spoken = languages(lang, os.environ)
        click.echo("\n".join([*to_story(wire, load_words(), spoken), *to_page(wire, head)]))


@command.command("verify")
@JSON
@STATE
def verify(as_json: bool, state_folder: Path) -> None:
    """Walk the whole hash chain. Ends with 1 when it is broken, and says at which entry."""
    state = StateDir(state_folder)
    checked = _ask(state.journal, lambda: _check(state))
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


def _ask(path: Path, question: Callable[[], T]) -> T:
    """Return the answer of the journal at `path`, or end with one sentence and code 1."""
    if not path.exists():
        raise click.ClickException(f"there is no journal at {path}; give --state the folder")
    try:
        return question()
    except sqlite3.Error as exc:
        reason = f"cannot read {path} ({exc}); look at who may read it, or copy the file away"
        raise click.ClickException(reason) from exc
