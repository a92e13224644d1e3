"""`kiosk check` on the list of passes that were withdrawn."""

from datetime import UTC, datetime

from kiosk.cli.check_finding import Finding, State
from kiosk.config import Config, StateDir
from kiosk.errors import ConfigError
from kiosk.passes.revocation import Revocations
from kiosk.sync.identity import read_bundle
from kiosk.sync.list_store import REVOKED
from kiosk.sync.revoked import read_file

_HOUR_S = 3600


def check_revoked(config: Config, state: StateDir) -> list[Finding]:
    """Return how old the list is and how many passes stand on it; nothing while not bound."""
    if not config.central.url:
        return [Finding("revoked", State.OK, "revoked.alone")]
    try:
        bundle = read_bundle(state.keys)
    except ConfigError:
        bundle = None  # another line says so
    if bundle is None:
        return []
    file = state.lists / REVOKED
    found = read_file(file, bundle.status_public, community=config.site.community)
    if found is None:
        return [Finding("revoked", State.WARN, "revoked.none")]
    if not isinstance(found, Revocations):
        return [Finding("revoked", State.WARN, "revoked.damaged", f"{file} ({found})")]
    return [_of_age(found, datetime.now(UTC).timestamp())]


def _of_age(found: Revocations, now_s: float) -> Finding:
    hours = max(0, round((now_s - found.issued_s) / _HOUR_S))
    detail = f"{len(found)}, {hours} h"
    if now_s > found.next_s:
        return Finding("revoked", State.WARN, "revoked.stale", detail)
    return Finding("revoked", State.OK, "revoked.ok", detail)
