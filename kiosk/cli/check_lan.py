"""`kiosk check` on the way in for tablets: closed, or open at an address of this machine."""

import socket
from pathlib import Path

from kiosk.cli.check_finding import Finding, State
from kiosk.config import LanConfig, StateDir
from kiosk.errors import ConfigError
from kiosk.screen.lan_certificate import load_chain
from kiosk.screen.lan_tablets import Tablets


def check_lan(config: LanConfig, state: StateDir) -> Finding:
    """Return whether tablets can reach the staff page. Nothing is left listening."""
    if not config.address:
        return Finding("tablets", State.OK, "tablets.closed")
    family = socket.AF_INET6 if ":" in config.address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((config.address, 0))
    except OSError:
        return Finding("tablets", State.WRONG, "tablets.no_address", config.address)
    if config.certificate is not None and config.key is not None:
        try:
            load_chain(Path(config.certificate), Path(config.key))
        except (OSError, ValueError) as exc:
            return Finding("tablets", State.WRONG, "tablets.certificate", str(exc))
    try:
        names = ", ".join(sorted(tablet.name for tablet in Tablets(state.tablets).all()))
    except ConfigError as exc:
        return Finding("tablets", State.WARN, "tablets.damaged", str(exc))
    shown = f"{config.address}:{config.port} ({names or '-'})"
    return Finding("tablets", State.OK, "tablets.open", shown)
