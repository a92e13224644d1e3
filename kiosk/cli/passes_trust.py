"""Which trust list a command verifies with: one that is named, else the site's."""

from pathlib import Path

from kiosk.config import StateDir
from kiosk.errors import ConfigError
from kiosk.passes.issue import read_public
from kiosk.passes.trust import TrustList, read_trust
from kiosk.sync.identity import read_bundle


def find_trust(file: Path | None, root: Path | None, state: Path) -> TrustList | None:
    """Return the list in `file`, or the site's; None where there is none: no key is known.

    Raises ConfigError for a list that its root key did not sign.
    """
    if file is not None:
        return _read(file, read_public(root or file.with_name("root.pub")))
    site = StateDir(state)
    key = site.keys / "root.pub"
    bundle = None if key.is_file() else read_bundle(site.keys)
    root_public = read_public(key) if key.is_file() else bundle and bundle.root_public
    trust = site.lists / "trust"
    return _read(trust, root_public) if root_public and trust.is_file() else None


def _read(file: Path, root_public: bytes) -> TrustList:
    trust = read_trust(file.read_bytes(), root_public)
    if not isinstance(trust, TrustList):
        raise ConfigError([f"{file}: {trust.value}; is root.pub the key of its root?"])
    return trust
