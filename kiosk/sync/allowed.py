"""The allow-lists in force, one for each burnt issuer key, in one file as central signed them.

Central numbers them in one row, so that a single number says what a kiosk has. They lie in
one file for the same reason: what is damaged is lost as a whole, and asked for as a whole.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cbor2

from kiosk import log
from kiosk.files import write_whole
from kiosk.passes.allowed import (
    ALLOWED_BYTES_MAX,
    AllowList,
    AllowRefusal,
    check_newer,
    read_allowed,
)
from kiosk.passes.issue import PUBLIC_MODE
from kiosk.passes.strict import load
from kiosk.passes.trust import KEYS_MAX
from kiosk.sync.revoked import ELSEWHERE, NO_KEY

_FILE_BYTES_MAX = KEYS_MAX * ALLOWED_BYTES_MAX
_DEPTH_MAX = 1


class AllowStore:
    """What burnt keys really signed. The sync thread replaces lists, any thread reads them."""

    def __init__(self, path: Path, *, community: str) -> None:
        self._path, self._community = path, community
        self._status: bytes | None = None
        self._messages: dict[bytes, bytes] = {}  # by key id, as they were signed
        self._held: Mapping[bytes, AllowList] = MappingProxyType({})

    def current(self) -> Mapping[bytes, AllowList]:
        """Return the lists in force, by key id."""
        return self._held

    @property
    def have(self) -> int:
        """Return the newest number here, 0 without a list."""
        return max((held.seq for held in self._held.values()), default=0)

    def open(self, status_public: bytes | None) -> None:
        """Take what lies on disk, if this status key (raw) signed all of it."""
        if status_public is None or status_public == self._status:
            return
        self._status = status_public
        found = self._on_disk()
        if isinstance(found, str):
            log.warning(log.Event.LISTS_DAMAGED, file=self._path.name, reason=found)
            return
        self._messages = {kid: message for kid, (message, _) in found.items()}
        self._held = MappingProxyType({kid: held for kid, (_, held) in found.items()})

    def take(self, content: bytes) -> str:
        """Put a newer list in force, on disk first. Returns "" or why the old one stays."""
        offered = self._read(content)
        if isinstance(offered, str):
            return offered
        held = self._held.get(offered.kid)
        if held is not None and (reason := check_newer(held, offered)) is not None:
            return reason.value
        if held is None and len(self._held) >= KEYS_MAX:
            return AllowRefusal.LENGTH.value
        return "" if held == offered else self._keep(content, offered)

    def _keep(self, content: bytes, offered: AllowList) -> str:
        messages = {**self._messages, offered.kid: content}
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path, cbor2.dumps([*messages.values()]), mode=PUBLIC_MODE)
        except OSError as exc:
            return f"cannot be written: {exc.strerror}"
        self._messages = messages
        self._held = MappingProxyType({**self._held, offered.kid: offered})
        log.event(log.Event.ALLOWED_TAKEN, seq=offered.seq, count=len(offered))
        return ""

    def _on_disk(self) -> dict[bytes, tuple[bytes, AllowList]] | str:
        """Return what is kept with what it says, by key id, or why it cannot be believed."""
        try:
            with self._path.open("rb") as file:
                kept: Any = load(file.read(_FILE_BYTES_MAX + 1), depth_max=_DEPTH_MAX)
        except FileNotFoundError:
            return {}
        except OSError as exc:
            return str(exc.strerror)
        if not isinstance(kept, list) or not all(type(one) is bytes for one in kept):
            return "no allow-lists"
        found = {}
        for message in kept:
            held = self._read(message)
            if isinstance(held, str):
                return held
            found[held.kid] = message, held
        return found

    def _read(self, content: bytes) -> AllowList | str:
        if self._status is None:
            return NO_KEY
        offered = read_allowed(content, self._status)
        if isinstance(offered, AllowRefusal):
            return offered.value
        return offered if offered.community == self._community else ELSEWHERE
