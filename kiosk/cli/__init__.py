"""The `kiosk` command. Each group is a file here, loaded only when it is called."""

import sys

import click

from kiosk import __version__
from kiosk.cli.lazy import LazyGroup
from kiosk.errors import ConfigError, KioskError

EXIT_NO, EXIT_USAGE, EXIT_CONFIG = 1, 2, 78

COMMANDS = {
    "bench": ("kiosk.cli.bench", "Measure, each figure beside what it is compared with."),
    "calibrate": ("kiosk.cli.calibrate", "Hold the thermometer against references."),
    "central": ("kiosk.cli.central", "The central server."),
    "check": ("kiosk.cli.check", "Say what is wrong with this kiosk and what to do."),
    "clock": ("kiosk.cli.clock", "Watch this machine's clock."),
    "demo": ("kiosk.cli.demo", "Everything on this machine, without hardware."),
    "enrol": ("kiosk.cli.enrol", "Bind this kiosk to its site with a one-time code."),
    "entries": ("kiosk.cli.entries", "Read the journal."),
    "outbox": ("kiosk.cli.outbox", "What waits for central."),
    "pass": ("kiosk.cli.passes", "Make, check and print passes."),
    "probe": ("kiosk.cli.probe", "Open one device and print what it says."),
    "register": ("kiosk.cli.register", "Residents and households."),
    "rules": ("kiosk.cli.rules", "The community's rules, before it lives by them."),
    "staff": ("kiosk.cli.staff", "Who may sign on, and from which tablets."),
    "voice": ("kiosk.cli.voice", "What the gate says: rendered, recorded, heard."),
    "run": ("kiosk.cli.run", "Run the gate, as systemd starts it."),
}


@click.group(
    cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
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
