"""The commands that the documents print can be typed: each exists, with each of its options."""

import re
import shlex
from pathlib import Path

import click
import pytest

from kiosk.cli import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "systemd/README.md", "kiosk/README.md", ".github/SECURITY.md")
CODE = re.compile(r"^```sh\n(.*?)^```|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
TYPED = re.compile(r"(?:^|[;&/(]\s*|-- )kiosk (?!/)((?:'[^']*'|[^#;&<>\n'])*)", re.MULTILINE)


def commands_in(text: str) -> list[str]:
    """Return what stands behind `kiosk` in a document's code."""
    code = (block or line for block, line in CODE.findall(text))
    return [found.strip() for part in code for found in TYPED.findall(part)]


def mistakes_in(typed: str) -> list[str]:
    """Return what of a command does not exist; `a|b` stands for both."""
    words = shlex.split(typed)
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        names = words.pop(0).split("|")
        found = [command.get_command(click.Context(command), name) for name in names]
        if None in found:
            return [f"{typed}: no {names[found.index(None)]}"]
        command = next(one for one in found if one is not None)
    known = {option for parameter in command.params for option in parameter.opts}
    options = [word for word in words if re.match(r"--[a-z]", word)]
    return [f"{typed}: no {option}" for option in options if option not in known]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_of_a_document_can_be_typed(name: str) -> None:
    typed = commands_in((ROOT / name).read_text("utf-8"))
    assert typed or name == "kiosk/README.md"
    assert [mistake for one in typed for mistake in mistakes_in(one)] == []


def test_a_command_that_is_none_is_seen() -> None:
    assert commands_in("do `kiosk run --confg x` then") == ["run --confg x"]
    assert mistakes_in("run --confg x") == ["run --confg x: no --confg"]
    assert mistakes_in("bench lane|lain") == ["bench lane|lain: no lain"]
