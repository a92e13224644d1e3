"""A question to a journal, or one sentence that says why it has no answer."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

T = TypeVar("T")


def ask(path: Path, question: Callable[[], T]) -> T:
    """Return the answer of the journal at `path`, or end with one sentence and code 1."""
    if not path.exists():
        raise click.ClickException(f"there is no journal at {path}; give --state the folder")
    try:
        return question()
    except sqlite3.Error as exc:
        reason = f"cannot read {path} ({exc}); look at who may read it, or copy the file away"
        raise click.ClickException(reason) from exc
