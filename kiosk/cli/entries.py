"""`kiosk entries`: the journal, read. Safe while the gate works; no names, no pass texts."""

import json
import os
from pathlib import Path

import click

from kiosk.cli.entries_ask import ask
from kiosk.cli.entries_story import languages, to_story
from kiosk.cli.entries_words import to_json, to_line, to_page
from kiosk.cli.lazy import LazyGroup
from kiosk.cli.options import JSON, STATE
from kiosk.config import StateDir
from kiosk.errors import MessageError
from kiosk.journal.duty_rows import on_duty_at
from kiosk.journal.recall import read_newest_rows, read_row
from kiosk.screen.words import load_words
from kiosk.wire import decode_entry

_LAZY = {
    "ledger": ("kiosk.cli.entries_ledger", "Count the entries of a day."),
    "replay": ("kiosk.cli.entries_replay", "Who would be treated otherwise by other rules."),
    "verify": ("kiosk.cli.entries_verify", "Walk the whole hash chain."),
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
    for seq, body, head in ask(path, lambda: read_newest_rows(path, limit)):
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
    row = ask(path, lambda: read_row(path, seq))
    if row is None:
        raise click.ClickException(f"entry {seq} is not kept here; see kiosk entries list")
    _, body, head = row
    on_duty = ask(path, lambda: on_duty_at(path, seq))
    try:
        wire = decode_entry(body)
    except MessageError as exc:
        raise click.ClickException(
            f"entry {seq} cannot be read ({exc}); run kiosk entries verify"
        ) from exc
    if as_json:
        values = {**to_json(wire, head), "on_duty": on_duty}
        click.echo(json.dumps(values, ensure_ascii=False))
    else:
        spoken = languages(lang, os.environ)
        story = to_story(wire, load_words(), spoken)
        duty = f"{'on_duty':<14} {on_duty or 'nobody'}"
        click.echo("\n".join([*story, *to_page(wire, head), duty]))
