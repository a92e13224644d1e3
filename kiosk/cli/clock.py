"""`kiosk clock`: what watches the kernel's clock beside the gate."""

import os
import signal
import threading
from pathlib import Path

import click

from kiosk.kernel_clock import TOLD
from kiosk.runtime.clock_watch import watch


@click.group("clock")
def command() -> None:
    """The clock of this machine."""


@command.command("watch")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write; by default clock.json in $RUNTIME_DIRECTORY.",
)
def watch_command(file: Path | None) -> None:
    """Tell the gate whether the kernel's clock is synchronised, until SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    folder = os.environ.get("RUNTIME_DIRECTORY")
    path = file or (Path(folder) / TOLD.name if folder else TOLD)
    try:
        watch(path, stop)
    except OSError as exc:
        raise click.ClickException(f"{path}: {exc.strerror}") from exc
