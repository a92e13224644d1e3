"""Options that many commands share, so that they are the same everywhere."""

from pathlib import Path

import click

from kiosk.cli.belongings import state_folder

STATE = click.option(
    "--state",
    "state_folder",
    type=click.Path(path_type=Path),
    default="/var/lib/kiosk",
    show_default=True,
    callback=state_folder,
    help="Folder of the kiosk's state.",
)
CONFIG = click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="config.yaml"
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
