"""The signed rule sets of a kiosk: the one in force and those that wait for their date.

Each lies in a file of its own as central signed it, and is checked again when it is read. A
rule set whose version counts no more is dropped when a newer one has come into force.
"""

import contextlib
from pathlib import Path

from kiosk import log
from kiosk.core.rules_words import Rules
from kiosk.files import write_whole
from kiosk.passes.issue import PUBLIC_MODE
from kiosk.rulebook.envelope import DOCUMENT_BYTES_MAX, RulesRefusal, open_rules
from kiosk.rulebook.kept import in_force, still_needed
from kiosk.rulebook.reading import UTC_OFFSET_S
from kiosk.sync.revoked import NO_KEY
from kiosk.timing import Clock, Stamp

KEPT_MAX = 8
_NAME = "{:010}.cose"


class RulesStore:
    """Rule sets as central signed them. The sync thread adds, any thread reads."""

    def __init__(
        self, folder: Path, *, community: str, clock: Clock, utc_offset_s: int = UTC_OFFSET_S
    ) -> None:
        """`utc_offset_s` is that of the local dates in the rules."""
        self._folder, self._community, self._clock = folder, community, clock
        self._utc_offset_s = utc_offset_s
        self._status: bytes | None = None
        self._held: tuple[Rules, ...] = ()
        self._documents: dict[int, bytes] = {}

    @property
    def held(self) -> tuple[Rules, ...]:
        """Return every version here."""
        return self._held

    @property
    def have(self) -> int:
        """Return the highest version here, 0 without any."""
        return max((rules.version for rules in self._held), default=0)

    def current(self, at: Stamp) -> Rules:
        """Return the rules that count at an instant; the usual ones where none were sent."""
        return in_force(self._held, _utc_ms(at)) or Rules()

    def open(self, status_public: bytes | None) -> None:
        """Take what lies on disk and was signed by this status key (raw)."""
        if status_public is None or status_public == self._status:
            return
        self._status = status_public
        found = [
            pair for path in sorted(self._folder.glob("*.cose")) if (pair := self._on(path))
        ]
        self._documents = {rules.version: document for document, rules in found}
        self._held = tuple(rules for _, rules in found)

    def take(self, documents: tuple[bytes, ...]) -> str:
        """Keep newer versions, on disk first. Returns "" or why one of them is not taken."""
        told = [self._take_one(document) for document in documents]
        return next((why for why in told if why), "")

    def _take_one(self, document: bytes) -> str:
        offered = self._read(document)
        if isinstance(offered, str):
            return offered
        if self._documents.get(offered.version) == document:
            return ""
        if offered.version == self.have:
            return RulesRefusal.FORK.value
        if offered.version < self.have:
            return RulesRefusal.ROLLBACK.value
        return self._keep(document, offered)

    def _keep(self, document: bytes, offered: Rules) -> str:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._folder / _NAME.format(offered.version)
            write_whole(path, document, mode=PUBLIC_MODE)
        except OSError as exc:
            return f"cannot be written: {exc.strerror}"
        self._documents = {**self._documents, offered.version: document}
        self._held = (*self._held, offered)
        log.event(log.Event.RULES_TAKEN, version=offered.version)
        self._drop_old()
        return ""

    def _drop_old(self) -> None:
        """What a newer version has taken the place of goes; then what waits in excess."""
        needed = still_needed(self._held, _utc_ms(self._clock.now()))
        kept = [*needed[:1], *needed[1:][-(KEPT_MAX - 1) :]]
        versions = {rules.version for rules in kept}
        for version in self._documents.keys() - versions:
            with contextlib.suppress(OSError):  # it counts no more wherever it lies
                (self._folder / _NAME.format(version)).unlink()
        self._documents = {v: d for v, d in self._documents.items() if v in versions}
        self._held = tuple(kept)

    def _on(self, path: Path) -> tuple[bytes, Rules] | None:
        try:
            with path.open("rb") as file:
                document = file.read(DOCUMENT_BYTES_MAX + 1)
            rules = self._read(document)
        except OSError as exc:
            rules = str(exc.strerror)
        if isinstance(rules, str):
            log.warning(log.Event.LISTS_DAMAGED, file=path.name, reason=rules)
            return None
        return document, rules

    def _read(self, document: bytes) -> Rules | str:
        if self._status is None:
            return NO_KEY
        offset_s = self._utc_offset_s
        found = open_rules(document, self._status, self._community, utc_offset_s=offset_s)
        return found.value if isinstance(found, RulesRefusal) else found


def _utc_ms(at: Stamp) -> int:
    return int(at.utc.timestamp() * 1000)
