"""`kiosk pass`: make keys, issue passes, say what a text is worth, print cards."""

import click

from kiosk.cli.passes_make import issue_one, keygen
from kiosk.cli.passes_read import sheet, verify


@click.group("pass")
def command() -> None:
    """Make, check and print passes."""


for each in (keygen, issue_one, verify, sheet):
    command.add_command(each)
