"""The revocation list in force: laid on the last one, on disk first, checked when it is read.

`lists/revoked` holds the newest part as central signed it, and the ids that came out of it.
The part's signed hash speaks for the ids, so that a list which grew from many differences is
as well founded as one that came in full. Number and list are one file: no power cut comes
between them. What does not check is not believed; central is asked for a full list.
"""

from pathlib import Path

import cbor2

from kiosk import log
from kiosk.core.words import Refusal
from kiosk.files import write_whole
from kiosk.passes.issue import PUBLIC_MODE
from kiosk.passes.packed import ID_BYTES
from kiosk.passes.revocation import (
    IDS_MAX,
    REVOCATION_BYTES_MAX,
    RevocationPart,
    RevocationRefusal,
    Revocations,
    apply,
    read_revocations,
    resume,
)
from kiosk.passes.strict import load

ELSEWHERE = "of another community"
NO_KEY = "no status key to check it with"
_FILE_BYTES_MAX = REVOCATION_BYTES_MAX + IDS_MAX * ID_BYTES + 64
_DEPTH_MAX = 1
_NOT_KEPT = "cannot be written: {}"


class RevocationStore:
    """Which passes ended early. The sync thread replaces the list, any thread reads it."""

    def __init__(self, path: Path, *, community: str) -> None:
        self._path, self._community = path, community
        self._status: bytes | None = None
        self._held: Revocations | None = None
        self._needs_full = False

    def current(self) -> Revocations | None:
        """Return the list in force, None without one."""
        return self._held

    @property
    def have(self) -> int:
        """Return the number that central is told: 0 asks for a full list."""
        return 0 if self._held is None or self._needs_full else self._held.seq

    def open(self, status_public: bytes | None) -> None:
        """Take what lies on disk, if this status key (raw) signed it."""
        if status_public is None or status_public == self._status:
            return
        self._status = status_public
        found = read_file(self._path, status_public, community=self._community)
        if isinstance(found, Revocations):
            self._held = found
        elif found is not None:
            log.warning(log.Event.LISTS_DAMAGED, file=self._path.name, reason=found)

    def take(self, content: bytes) -> str:
        """Put a newer list in force, on disk first. Returns "" or why the old one stays."""
        part = self._read(content)
        if isinstance(part, str):
            return part
        result = apply(self._held, part)
        if isinstance(result, RevocationRefusal):
            self._needs_full = result is RevocationRefusal.CHAIN
            return result.value
        if result is not self._held and (trouble := self._keep(content, part, result)):
            return trouble
        self._needs_full = False
        return ""

    def _read(self, content: bytes) -> RevocationPart | str:
        if self._status is None:
            return NO_KEY
        part = read_revocations(content, self._status)
        if isinstance(part, RevocationRefusal):
            return part.value
        return part if part.community == self._community else ELSEWHERE

    def _keep(self, content: bytes, part: RevocationPart, result: Revocations) -> str:
        ids = result.ids if part.base_seq else b""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path, cbor2.dumps([content, ids]), mode=PUBLIC_MODE)
        except OSError as exc:
            return _NOT_KEPT.format(exc.strerror)
        self._held = result
        log.event(log.Event.REVOCATIONS_TAKEN, seq=result.seq, count=len(result))
        return ""


def read_file(path: Path, status_public: bytes, *, community: str) -> Revocations | str | None:
    """Return the list kept in a file, why it is none, or None where there is no file."""
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as exc:
        return str(exc.strerror)
    kept = load(content, depth_max=_DEPTH_MAX)
    if isinstance(kept, Refusal) or not _is_kept(kept):
        return "no list of revocations"
    found = _resumed(kept[0], kept[1], status_public)
    if isinstance(found, RevocationRefusal):
        return found.value
    return found if found.community == community else ELSEWHERE


def _is_kept(kept: object) -> bool:
    return isinstance(kept, list) and [type(part) for part in kept] == [bytes, bytes]


def _resumed(
    message: bytes, ids: bytes, status_public: bytes
) -> Revocations | RevocationRefusal:
    part = read_revocations(message, status_public)
    if isinstance(part, RevocationRefusal):
        return part
    return resume(part, ids if part.base_seq else part.add)
