"""The trust list in force: read at start, replaced whole by newer ones, never by older.

It lies in `lists/trust` as its issuer signed it. A kiosk that was just bound, or whose file
is damaged, takes the list that came with its bundle.
"""

from pathlib import Path

from kiosk import log
from kiosk.errors import ConfigError
from kiosk.files import write_whole
from kiosk.passes.issue import PUBLIC_MODE, read_public
from kiosk.passes.trust import (
    TRUST_BYTES_MAX,
    TrustList,
    TrustRefusal,
    check_successor,
    read_trust,
)
from kiosk.sync.identity import read_bundle
from kiosk.wire import Bundle

_TRUST, _ROOT = "trust", "root.pub"


class TrustStore:
    """Which issuers are believed. The sync thread replaces the list, any thread reads it."""

    def __init__(self, lists: Path, *, community: str, keys: Path) -> None:
        """`keys` holds the root's public key: in the bundle, or else as root.pub."""
        self._path, self._keys = lists / _TRUST, keys
        self._community = community
        self._root: bytes | None = None
        self._held: TrustList | None = None
        self.refused = ""  # why the last list was not taken; the sync thread asks
        self.look_again()

    def look_again(self) -> None:
        """Take what lies in the folders: at the start, and when this kiosk is bound later."""
        bundle = _bundle_or_none(self._keys)
        if self._root is None:
            self._root = _root_of(bundle, self._keys)
        self._load(bundle)

    def current(self) -> TrustList | None:
        """Return the list in force; None: no pass can be believed."""
        return self._held

    @property
    def issued_s(self) -> int | None:
        """Return when the list in force was issued, UTC seconds."""
        trust = self.current()
        return trust.issued_s if trust is not None else None

    @property
    def seq(self) -> int:
        """Return the number of the list in force, 0 without one."""
        trust = self.current()
        return trust.seq if trust is not None else 0

    def take(self, content: bytes) -> bool:
        """Put a newer list in force, on disk first. Returns False when the old one stays."""
        offered = self._read(content)
        if isinstance(offered, str):
            self.refused = offered
            return False
        held = self._held
        if held is not None and (reason := check_successor(held, offered)) is not None:
            self.refused = reason.value
            return False
        if held != offered:
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_whole(self._path, content, mode=PUBLIC_MODE)
            except OSError as exc:
                self.refused = f"cannot be written: {exc.strerror}"
                return False
            self._held = offered
            log.event(log.Event.TRUST_TAKEN, seq=offered.seq, keys=len(offered.keys))
        self.refused = ""
        return True

    def _load(self, bundle: Bundle | None) -> None:
        """Take the newest sound list of those at hand."""
        kept = self._on_disk()
        for content in (kept, bundle.trust if bundle else None):
            offered = self._read(content) if content is not None else None
            if isinstance(offered, TrustList) and self._is_newer(offered):
                self._held = offered
            elif isinstance(offered, str) and content is kept and self._root is not None:
                log.warning(log.Event.LISTS_DAMAGED, file=_TRUST, reason=offered)

    def _is_newer(self, offered: TrustList) -> bool:
        return self._held is None or offered.seq > self._held.seq

    def _on_disk(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                return file.read(TRUST_BYTES_MAX + 1)
        except OSError:
            return None

    def _read(self, content: bytes) -> TrustList | str:
        """Return a list that is signed and of our community, or why it is none."""
        if self._root is None:
            return "no root key to check it with"
        trust = read_trust(content, self._root)
        if isinstance(trust, TrustRefusal):
            return trust.value
        return trust if trust.community == self._community else "of another community"


def _bundle_or_none(keys: Path) -> Bundle | None:
    """A damaged bundle stops the sync, which says so; the gate goes on with what it has."""
    try:
        return read_bundle(keys)
    except ConfigError:
        return None


def _root_of(bundle: Bundle | None, keys: Path) -> bytes | None:
    if bundle is not None and bundle.root_public is not None:
        return bundle.root_public
    try:
        return read_public(keys / _ROOT)
    except ConfigError:
        return None
