"""`kiosk rules`: look at a rule file before a community lives by it."""

import sys
from pathlib import Path

import click

from kiosk.cli import EXIT_NO
from kiosk.core.rules_words import Rules
from kiosk.errors import ConfigError
from kiosk.rulebook.files import rules_of
from kiosk.rulebook.presets import PRESETS
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
@_FILE
def show(name: str) -> None:
    """Print the rules in FILE with every key, also those that it leaves as usual."""
    click.echo(to_yaml(_read(name)), nl=False)


def _read(name: str) -> Rules:
    if name not in PRESETS and not Path(name).is_file():
        raise click.BadParameter(f"{name}: neither a file nor {', '.join(PRESETS)}")
    try:
        return rules_of(name)
    except ConfigError as exc:
        click.echo(str(exc), err=True)
        sys.exit(EXIT_NO)
