"""`kiosk rules`: look at a rule file before a community lives by it."""

import sys
from pathlib import Path

import click

from kiosk.cli import EXIT_NO
from kiosk.cli.options import CONFIG, STATE
from kiosk.cli.rules_here import rules_here
from kiosk.config import StateDir, find_config, read_config
from kiosk.core.rules_words import Rules
from kiosk.errors import ConfigError
from kiosk.rulebook.files import rules_of
from kiosk.rulebook.presets import PRESETS
from kiosk.rulebook.reading import UTC_OFFSET_S
from kiosk.rulebook.times import date_text
from kiosk.rulebook.writing import to_yaml

_FILE = click.argument("name", metavar="FILE")


@click.group("rules")
def command() -> None:
    """The community's rules. FILE is a rule file, or one of open, controlled, closed."""


@command.command("check")
@_FILE
def check(name: str) -> None:
    """Say every mistake in FILE, each with its path. Ends with 1 when there is one."""
    rules = _read(name)
    click.echo(f"version {rules.version}, {rules.name or 'without a name'}: good")


@command.command("show")
@click.argument("name", metavar="[FILE]", required=False)
@CONFIG
@STATE
def show(name: str | None, config_file: Path | None, state_folder: Path) -> None:
    """Print the rules in FILE with every key, also those that it leaves as usual.

    Without FILE, the rules that this gate lives by now, and which versions wait.
    """
    if name is not None:
        click.echo(to_yaml(_read(name)), nl=False)
        return
    rules, waiting = rules_here(read_config(find_config(config_file)), StateDir(state_folder))
    click.echo(to_yaml(rules), nl=False)
    for one in waiting:
        begins = date_text(one.from_ms, UTC_OFFSET_S)
        click.echo(f"# version {one.version} waits until {begins}")


def _read(name: str) -> Rules:
    if name not in PRESETS and not Path(name).is_file():
        raise click.BadParameter(f"{name}: neither a file nor {', '.join(PRESETS)}")
    try:
        return rules_of(name)
    except ConfigError as exc:
        click.echo(str(exc), err=True)
        sys.exit(EXIT_NO)
