"""`kiosk bench`: each figure beside what it is compared with, in one run."""

import click

from kiosk.cli.lazy import LazyGroup

BENCHES = {
    "journal": "What an entry costs the card, beside a plain insert loop.",
    "lane": "The whole lane, beside a tutorial's loop.",
    "lists": "A list of revoked passes, beside a set of ids from JSON.",
    "passes": "What a pass costs to verify, beside its bare signature.",
    "reader": "Photographs of codes, beside plain pyzbar.",
    "register": "The import of a big table, beside reading its cells.",
    "replay": "A month held against other rules, beside reading it through.",
    "rules": "Look-up and decision in a big community, beside an empty one.",
    "screen": "The resident's page in a browser, beside one that polls.",
    "thermometer": "Made-up people before the sensor, beside a tutorial's way.",
}
_COMMANDS = {name: (f"kiosk.bench.{name}", line) for name, line in BENCHES.items()}


@click.group("bench", cls=LazyGroup, lazy=_COMMANDS)
def command() -> None:
    """Measure, each figure beside what it is compared with."""
