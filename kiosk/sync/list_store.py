"""All signed lists of a kiosk: what central sends, what passes are held against."""

import contextlib
from pathlib import Path
from typing import Protocol

from kiosk.errors import ConfigError
from kiosk.passes.lists import Lists
from kiosk.sync.allowed import AllowStore
from kiosk.sync.identity import read_bundle
from kiosk.sync.lists import TrustStore
from kiosk.sync.neighbours import Neighbours
from kiosk.sync.revoked import RevocationStore
from kiosk.sync.rules_kept import RulesStore
from kiosk.timing import boot_seconds
from kiosk.wire import DirectoryPart, ElsewherePart, Have, RegisterPart, SyncReply

TRUST, REVOKED, ALLOWED, DIRECTORY = "trust", "revoked", "allowed", "directory"
ELSEWHERE, RULES, REGISTER = "elsewhere", "rules", "register"


class DirectoryKeeper(Protocol):
    """Where locked rows about residents are kept."""

    @property
    def seq(self) -> int:
        """Return the number of the newest row, 0 without any."""

    def take(self, part: DirectoryPart) -> str:
        """Keep rows. Returns why not, empty when they are kept."""


class RegisterKeeper(Protocol):
    """Where the register of households is kept."""

    @property
    def version(self) -> int:
        """Return the number of the register that is here, 0 without any of central's."""

    def take(self, part: RegisterPart) -> str:
        """Put a register in force. Returns why not, empty when it is."""


class ElsewhereKeeper(Protocol):
    """Where passages at other gates are kept."""

    @property
    def seq(self) -> int:
        """Return the number of the newest row, 0 without any."""

    def take(self, part: ElsewherePart) -> str:
        """Keep rows. Returns why not, empty when they are kept."""


class ListStore:
    """The lists in force. The sync thread replaces them, any thread reads them."""

    def __init__(
        self,
        lists: Path,
        *,
        community: str,
        keys: Path,
        directory: DirectoryKeeper | None = None,
        elsewhere: ElsewhereKeeper | None = None,
        rules: RulesStore | None = None,
        register: RegisterKeeper | None = None,
        neighbours: Neighbours | None = None,
    ) -> None:
        """`keys` holds the bundle, and in it the keys that lists are checked with."""
        self._directory, self._elsewhere = directory, elsewhere
        self.neighbours = neighbours or Neighbours()
        _sweep(lists)
        self._keys, self._rules, self._register = keys, rules, register
        self.trust = TrustStore(lists, community=community, keys=keys)
        self.revoked = RevocationStore(lists / REVOKED, community=community)
        self.allowed = AllowStore(lists / ALLOWED, community=community)
        self._open()

    def look_again(self) -> None:
        """Take what lies in the folders: when this kiosk is bound later, or bound anew."""
        self.trust.look_again()
        self._open()

    def current(self) -> Lists:
        """Return what a pass is held against now."""
        return Lists(self.trust.current(), self.revoked.current(), self.allowed.current())

    @property
    def have(self) -> Have:
        """Return the numbers central is told, in the order of `wire.Have`."""
        directory_seq = self._directory.seq if self._directory is not None else 0
        elsewhere_seq = self._elsewhere.seq if self._elsewhere is not None else 0
        lists = (self.trust.seq, self.revoked.have, directory_seq, self.allowed.have)
        rules_version = self._rules.have if self._rules is not None else 0
        register_version = self._register.version if self._register is not None else 0
        return (*lists, register_version, elsewhere_seq, rules_version)

    def take(self, reply: SyncReply) -> dict[str, str]:
        """Put newer lists in force. Returns why those that were offered are not taken."""
        told: dict[str, str] = {}
        if reply.gates is not None:
            self.neighbours.take(reply.gates, boot_seconds())
        if reply.trust is not None:
            told[TRUST] = "" if self.trust.take(reply.trust) else self.trust.refused
        if reply.revocations is not None:
            told[REVOKED] = self.revoked.take(reply.revocations)
        if reply.allowed is not None:
            told[ALLOWED] = self.allowed.take(reply.allowed)
        if reply.directory is not None and self._directory is not None:
            told[DIRECTORY] = self._directory.take(reply.directory)
        if reply.elsewhere is not None and self._elsewhere is not None:
            told[ELSEWHERE] = self._elsewhere.take(reply.elsewhere)
        if reply.register is not None and self._register is not None:
            told[REGISTER] = self._register.take(reply.register)
        if reply.rules and self._rules is not None:
            told[RULES] = self._rules.take(reply.rules)
        return {name: why for name, why in told.items() if why}

    def _open(self) -> None:
        with contextlib.suppress(ConfigError):  # the sync says that the bundle is damaged
            bundle = read_bundle(self._keys)
            status_public = bundle.status_public if bundle is not None else None
            self.revoked.open(status_public)
            self.allowed.open(status_public)
            if self._rules is not None:
                self._rules.open(status_public)


def _sweep(lists: Path) -> None:
    """Take away what a power cut left of a file that was being written."""
    for name in (f".{TRUST}.*", f".{REVOKED}.*", f".{ALLOWED}.*", f"{RULES}/.*"):
        for left in lists.glob(name):
            with contextlib.suppress(OSError):
                left.unlink()
