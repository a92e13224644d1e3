"""Which lists a command verifies with: a trust list that is named, else all of the site's."""

from pathlib import Path

from kiosk.config import StateDir
from kiosk.errors import ConfigError
from kiosk.passes.issue import read_public
from kiosk.passes.lists import Lists
from kiosk.passes.trust import TrustList, read_trust
from kiosk.sync.allowed import AllowStore
from kiosk.sync.identity import read_bundle
from kiosk.sync.list_store import ALLOWED, REVOKED
from kiosk.sync.revoked import RevocationStore


def find_trust(file: Path | None, root: Path | None, state: Path) -> TrustList | None:
    """Return the list in `file`, or the site's; None where there is none: no key is known.

    The site's is the one in lists/, else the one that came with the bundle. Raises
    ConfigError for a list that its root key did not sign.
    """
    if file is not None:
        return read_list(file, root or file.with_name("root.pub"))
    site = StateDir(state)
    bundle, key, trust = read_bundle(site.keys), site.keys / "root.pub", site.lists / "trust"
    root_public = bundle.root_public if bundle else None
    if root_public is None and key.is_file():
        root_public = read_public(key)
    content = bundle.trust if bundle else None
    if trust.is_file():
        content = trust.read_bytes()
    return _read(trust, content, root_public) if content and root_public else None


def find_lists(file: Path | None, root: Path | None, state: Path) -> Lists:
    """Return the trust list in `file` alone, or the site's with what central sent beside it.

    Raises ConfigError for a trust list that its root key did not sign; what else is damaged
    counts as not there, as at the gate.
    """
    trust, site = find_trust(file, root, state), StateDir(state)
    bundle = read_bundle(site.keys) if file is None else None
    if trust is None or bundle is None:
        return Lists(trust)
    revoked = RevocationStore(site.lists / REVOKED, community=trust.community)
    allowed = AllowStore(site.lists / ALLOWED, community=trust.community)
    revoked.open(bundle.status_public)
    allowed.open(bundle.status_public)
    return Lists(trust, revoked.current(), allowed.current())


def read_list(file: Path, root: Path) -> TrustList:
    """Return the list in a file. Raises ConfigError when the key in `root` did not sign it."""
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise ConfigError([f"{file}: {exc.strerror}"]) from exc
    return _read(file, content, read_public(root))


def _read(file: Path, content: bytes, root_public: bytes) -> TrustList:
    trust = read_trust(content, root_public)
    if not isinstance(trust, TrustList):
        raise ConfigError([f"{file}: {trust.value}; is root.pub the key of its root?"])
    return trust
