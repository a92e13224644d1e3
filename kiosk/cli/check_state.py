"""`kiosk check` on what is on disk and on the way to central."""

import os
import shutil
import socket
import ssl
import stat
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.cli.check_finding import Finding, State
from kiosk.cli.passes_trust import find_trust
from kiosk.config import CentralConfig, Config, StateDir
from kiosk.errors import ConfigError, MessageError
from kiosk.wire.bundle import decode_bundle

DISK_LOW_MB = 500  # chosen: a month of entries is below 50 MB; time left to react
DISK_FULL_MB = 50  # chosen: SQLite's log and a checkpoint need a few
CONNECT_S = 3.0
_HTTPS, _HTTP = 443, 80
_NOT_YET_VALID = 9  # X509_V_ERR_CERT_NOT_YET_VALID: perhaps it is our clock


def check_keys(config: Config, state: StateDir) -> list[Finding]:
    """Return whether this kiosk is bound to its central, and whether its key is its own."""
    if not config.central.url:
        return [Finding("keys", State.OK, "keys.alone")]
    bundle, key = state.keys / "bundle", state.keys / "device.key"
    findings = []
    if not key.is_file():
        findings.append(Finding("keys", State.WRONG, "keys.no_key", str(key)))
    elif stat.S_IMODE(key.stat().st_mode) & 0o077:
        findings.append(Finding("keys", State.WARN, "keys.open", str(key)))
    if not bundle.is_file():
        return [*findings, Finding("keys", State.WRONG, "keys.no_bundle", str(bundle))]
    try:
        device = decode_bundle(bundle.read_bytes()).device
    except (OSError, MessageError) as exc:
        return [*findings, Finding("keys", State.WRONG, "keys.unreadable", f"{bundle} ({exc})")]
    return [*findings, Finding("keys", State.OK, "keys.bound", device)]


def check_trust(state: StateDir) -> Finding:
    """Return whether there is a list of issuers that its root signed."""
    file = state.lists / "trust"
    try:
        trust = find_trust(None, None, state.root)
    except ConfigError as exc:
        return Finding("trust", State.WRONG, "trust.missing", str(exc))
    if trust is None:
        return Finding("trust", State.WRONG, "trust.missing", str(file))
    return Finding("trust", State.OK, "trust.ok", f"{file} ({trust.seq})")


def check_disk(state: StateDir) -> Finding:
    """Return whether entries can be written, and for how long."""
    folder = _nearest(state.root)
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if not state.root.is_dir():
        return Finding("disk", State.WARN, "state.missing", str(state.root))
    if not os.access(state.root, os.W_OK):
        return Finding("disk", State.WRONG, "disk.readonly", str(state.root))
    if free_mb < DISK_FULL_MB:
        return Finding("disk", State.WRONG, "disk.full", str(free_mb))
    if free_mb < DISK_LOW_MB:
        return Finding("disk", State.WARN, "disk.low", str(free_mb))
    return Finding("disk", State.OK, "disk.ok", str(free_mb))


def _nearest(path: Path) -> Path:
    """Return the path itself, or its nearest parent that exists."""
    return next(p for p in (path, *path.absolute().parents) if p.exists())


def check_central(central: CentralConfig) -> Finding:
    """Return whether somebody listens where central should be. Nothing is sent."""
    if not central.url:
        return Finding("central", State.OK, "central.alone")
    if central.ca_file and not _is_certificate(Path(central.ca_file)):
        return Finding("central", State.WRONG, "central.ca", central.ca_file)
    parts = urlsplit(central.url)
    port = parts.port or (_HTTPS if parts.scheme == "https" else _HTTP)
    try:
        with socket.create_connection((parts.hostname or "", port), CONNECT_S) as line:
            if parts.scheme == "https":
                _shake_hands(line, parts.hostname or "", central.ca_file)
    except ssl.SSLError as exc:
        return _not_believed(central.url, exc)
    except OSError:
        return Finding("central", State.WARN, "central.away", central.url)
    return Finding("central", State.OK, "central.ok", central.url)


def _shake_hands(line: socket.socket, name: str, ca_file: str | None) -> None:
    """Ask who answers. Raises ssl.SSLError where that is not to be believed."""
    context = ssl.create_default_context(cafile=ca_file)
    context.wrap_socket(line, server_hostname=name).close()


def _not_believed(url: str, exc: ssl.SSLError) -> Finding:
    """Return what is wrong with who answers; a day that may be our own clock's is no more."""
    why = getattr(exc, "verify_message", "") or exc.reason or "no TLS"
    is_day = getattr(exc, "verify_code", 0) == _NOT_YET_VALID
    state = State.WARN if is_day else State.WRONG
    return Finding("central", state, "central.certificate", f"{url} ({why})")


def _is_certificate(file: Path) -> bool:
    try:
        ssl.create_default_context(cafile=file)
    except OSError:  # ssl.SSLError is one
        return False
    return True
