"""The `kiosk` command. Each group is a file here, loaded only when it is called."""

import importlib
import sys

import click

from kiosk import __version__
from kiosk.errors import ConfigError, KioskError

EXIT_NO, EXIT_USAGE, EXIT_CONFIG = 1, 2, 78

COMMANDS = {
    "bench": ("kiosk.cli.bench", "Measure, each figure beside what it is compared with."),
    "calibrate": ("kiosk.cli.calibrate", "Hold the thermometer against references."),
    "central": ("kiosk.cli.central", "The central server."),
    "check": ("kiosk.cli.check", "Say what is wrong with this kiosk and what to do."),
    "demo": ("kiosk.cli.demo", "Everything on this machine, without hardware."),
    "entries": ("kiosk.cli.entries", "Read the journal."),
    "outbox": ("kiosk.cli.outbox", "What waits for central."),
    "pass": ("kiosk.cli.passes", "Make, check and print passes."),
    "probe": ("kiosk.cli.probe", "Open one device and print what it says."),
    "register": ("kiosk.cli.register", "Residents and households."),
    "staff": ("kiosk.cli.staff", "Who may sign on at the screen with a PIN."),
    "run": ("kiosk.cli.run", "Run the gate, as systemd starts it."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when called, so that `check` needs no OpenCV."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command in `kiosk.cli.<file>.command`, None when there is no such."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kiosk")
def cli() -> None:
    """Gate kiosk: reads passes, takes temperatures, opens the gate, keeps the entries."""


def main() -> None:
    """Run the command line; a known failure is one sentence on stderr and an exit code."""
    try:
        cli()
    except ConfigError as exc:
        click.echo(str(exc), err=True)
        sys.exit(EXIT_CONFIG)
    except KioskError as exc:
        click.echo(str(exc), err=True)
        sys.exit(EXIT_NO)
