"""`kiosk pass`: make keys, issue passes, say what a text is worth, print and revoke cards.

What works on central's books is imported only when called: a gate has no database server.
"""

import click

from kiosk.cli.lazy import LazyGroup

COMMANDS = {
    "card": ("kiosk.cli.passes_cards:card", "Print one large card."),
    "face": ("kiosk.cli.passes_face:command", "Show staff a photograph beside a pass."),
    "invite": ("kiosk.cli.passes_phone:command", "Invite a phone to a pass of its own."),
    "issue": ("kiosk.cli.passes_make:issue_one", "Print the text of a new pass."),
    "issuers": ("kiosk.cli.passes_issuers:command", "Who may sign passes; rotate keys."),
    "keygen": (
        "kiosk.cli.passes_make:keygen",
        "Make root, issuer and trust list.",
    ),
    "reissue": (
        "kiosk.cli.passes_books:reissue",
        "Revoke a lost card, print its like.",
    ),
    "revoke": ("kiosk.cli.passes_books:revoke", "End passes early, by id or card number."),
    "sheet": ("kiosk.cli.passes_cards:sheet", "Print an A4 sheet of cards."),
    "stock": ("kiosk.cli.passes_books:stock", "Print numbered blank cards."),
    "verify": ("kiosk.cli.passes_read:verify", "Say what the text of a code is worth."),
}


@click.group("pass", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Make, check, print and revoke passes."""
