"""Which trust list a command verifies with: one that is named, else the site's."""

from pathlib import Path

from kiosk.config import StateDir
from kiosk.errors import ConfigError
from kiosk.passes.issue import read_public
from kiosk.passes.trust import TrustList, read_trust
from kiosk.sync.identity import read_bundle


def find_trust(file: Path | None, root: Path | None, state: Path) -> TrustList | None:
    """Return the list in `file`, or the site's; None where there is none: no key is known.

    The site's is the one in lists/, else the one that came with the bundle. Raises
    ConfigError for a list that its root key did not sign.
    """
    if file is not None:
        return _read(file, file.read_bytes(), read_public(root or file.with_name("root.pub")))
    site = StateDir(state)
    bundle, key, trust = read_bundle(site.keys), site.keys / "root.pub", site.lists / "trust"
    root_public = bundle.root_public if bundle else None
    if root_public is None and key.is_file():
        root_public = read_public(key)
    content = bundle.trust if bundle else None
    if trust.is_file():
        content = trust.read_bytes()
    return _read(trust, content, root_public) if content and root_public else None


def _read(file: Path, content: bytes, root_public: bytes) -> TrustList:
    trust = read_trust(content, root_public)
    if not isinstance(trust, TrustList):
        raise ConfigError([f"{file}: {trust.value}; is root.pub the key of its root?"])
    return trust
