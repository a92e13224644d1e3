"""`kiosk bench`: each figure beside what it is compared with, in one run."""

import importlib

import click

BENCHES = {
    "journal": "What an entry costs the card, beside a plain insert loop.",
    "lane": "The whole lane, beside a tutorial's loop.",
    "passes": "What a pass costs to verify, beside its bare signature.",
    "reader": "Photographs of codes, beside plain pyzbar.",
    "thermometer": "Made-up people before the sensor, beside a tutorial's way.",
}


class Benches(click.Group):
    """Each bench is a file of `kiosk.bench`, imported only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all benches."""
        return sorted(BENCHES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a bench, None when there is no such."""
        if cmd_name not in BENCHES:
            return None
        command: click.Command = importlib.import_module(f"kiosk.bench.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(BENCHES.items()))


@click.command("bench", cls=Benches)
def command() -> None:
    """Measure, each figure beside what it is compared with."""
