"""`kiosk central`: the server that many kiosks report to. Each command is in a file here."""

import click

from kiosk.cli.lazy import LazyGroup

_COMMANDS = {
    "allow": ("kiosk.cli.central_lists:allow_passes", "Passes of a burnt key that count on."),
    "announce": ("kiosk.cli.central_announce:command", "What everybody is told at the gates."),
    "backup": ("kiosk.cli.central_backup", "Copy the server while it works."),
    "contacts": ("kiosk.cli.central_contacts:people", "Whom to call about a case."),
    "device": ("kiosk.cli.central_setup:device", "Kiosks that may report here."),
    "directory": ("kiosk.cli.central_directory:command", "The locked look-up directory."),
    "init": ("kiosk.cli.central_setup:init", "Make the server's folder, key and database."),
    "odd": ("kiosk.cli.central_odd:command", "Passes that were lent, copied, or at two gates."),
    "ledger": ("kiosk.cli.central_ledger", "Count the entries of a day at all gates."),
    "office": ("kiosk.cli.central_office:office", "Whom gates seal personal data to."),
    "office-key": ("kiosk.cli.central_office:office_key", "Make the office's key, off line."),
    "orders": ("kiosk.cli.central_orders:command", "Isolation, permissions, lent cards."),
    "register": ("kiosk.cli.central_register:command", "The households, for every gate."),
    "restore": ("kiosk.cli.central_lists:restore_passes", "Let revoked passes count again."),
    "revoke": ("kiosk.cli.central_lists:revoke", "End passes early."),
    "roster": ("kiosk.cli.central_roster:command", "Who is to be at which gate, who was."),
    "rules": ("kiosk.cli.central_rules:command", "The rules that kiosks live by."),
    "run": ("kiosk.cli.central_run:run", "Run the server until SIGTERM."),
    "unseal": ("kiosk.cli.central_unseal:unseal", "Read what gates sealed, in the office."),
    "trust": ("kiosk.cli.central_setup:trust_list", "Hand out a newer list of issuers."),
    "webhook": ("kiosk.cli.central_contacts:webhook", "A server that is told of cases."),
    "user": ("kiosk.cli.central_users:user", "People who may work at the desk."),
}


@click.group("central", cls=LazyGroup, lazy=_COMMANDS)
def command() -> None:
    """Keep what many kiosks report, and hand out what they need."""
