"""The allow-list of a burnt issuer key: which of the passes under it are genuine.

A COSE_Sign1 by the community's status key over `{1: "al", 2: community, 3: seq, 4: kid,
5: issued, 7: marks}`. A mark is the first 8 bytes of the SHA-256 of a pass's payload, not its
id: who copies a genuine id and changes another claim is not on the list. 100,000 marks are
800 kB; they are searched where they lie, since such a list is rare and a set would take 15 MB.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.words_pass import Refusal
from kiosk.passes import cose
from kiosk.passes.claims import TIME_MAX_S, is_community
from kiosk.passes.packed import ID_BYTES, is_packed, pack
from kiosk.passes.revocation import IDS_MAX, REVOCATION_BYTES_MAX, SEQ_MAX
from kiosk.passes.strict import load

ALLOWED_BYTES_MAX = REVOCATION_BYTES_MAX
_NAME, _COMMUNITY, _SEQ, _KID, _ISSUED, _MARKS = 1, 2, 3, 4, 5, 7
_MAP_KEYS = [_NAME, _COMMUNITY, _SEQ, _KID, _ISSUED, _MARKS]
_DEPTH_MAX = 1


class AllowRefusal(Enum):
    """Why an allow-list is not taken, in the order in which it is asked."""

    LENGTH = "E_AL_LENGTH"
    PROFILE = "E_AL_PROFILE"
    KID = "E_AL_KID"  # signed by another key than the status key
    SIG = "E_AL_SIG"
    CBOR = "E_AL_CBOR"
    SHAPE = "E_AL_SHAPE"  # also marks that are unsorted, repeated or not of 8 bytes
    ROLLBACK = "E_AL_ROLLBACK"
    FORK = "E_AL_FORK"


@dataclass(frozen=True, slots=True)
class AllowList:
    """The genuine passes under one issuer key. `marks` are packed: 8 bytes each, sorted."""

    community: str
    seq: int
    kid: bytes  # of the issuer's key
    issued_s: int  # UTC seconds
    marks: bytes

    def holds(self, payload: bytes) -> bool:
        """Return whether a pass with this payload was issued."""
        mark = mark_of(payload)
        found = bisect_left(range(len(self)), mark, key=self._mark)
        return found < len(self) and self._mark(found) == mark

    def __len__(self) -> int:
        """Return how many passes are genuine."""
        return len(self.marks) // ID_BYTES

    def __bool__(self) -> bool:
        """Return True: a list without marks is a list."""
        return True

    def _mark(self, place: int) -> bytes:
        return self.marks[place * ID_BYTES : (place + 1) * ID_BYTES]


def mark_of(payload: bytes) -> bytes:
    """Return the 8 bytes by which an allow-list knows a pass."""
    return hashlib.sha256(payload).digest()[:ID_BYTES]


def make_allowed(
    marks: Iterable[bytes],
    *,
    community: str,
    seq: int,
    kid: bytes,
    issued_s: int,
    status: Ed25519PrivateKey,
) -> bytes:
    """Return a signed allow-list of the passes with these marks, see `mark_of`."""
    tree = {
        _NAME: "al",
        _COMMUNITY: community,
        _SEQ: seq,
        _KID: kid,
        _ISSUED: issued_s,
        _MARKS: pack(marks),
    }
    return cose.sign(cbor2.dumps(tree, canonical=True), status)


def read_allowed(message: bytes, status_public: bytes) -> AllowList | AllowRefusal:
    """Return the list in `message` if the status key (raw) signed it and all of it is right."""
    if len(message) > ALLOWED_BYTES_MAX:
        return AllowRefusal.LENGTH
    envelope = cose.parse(message)
    if envelope is None:
        return AllowRefusal.PROFILE
    if envelope.kid != cose.kid_of(status_public):
        return AllowRefusal.KID
    if not cose.is_signed_by(envelope, status_public):
        return AllowRefusal.SIG
    tree = load(envelope.payload, depth_max=_DEPTH_MAX)
    if isinstance(tree, Refusal):
        return AllowRefusal.CBOR
    return _read_tree(tree)


def check_newer(held: AllowList, offered: AllowList) -> AllowRefusal | None:
    """Return why `offered` must not replace `held`, a list for the same key."""
    if offered.seq < held.seq or offered.community != held.community:
        return AllowRefusal.ROLLBACK
    if offered.seq == held.seq and offered != held:
        return AllowRefusal.FORK
    return None


def _read_tree(tree: Any) -> AllowList | AllowRefusal:
    if type(tree) is not dict or list(tree) != _MAP_KEYS or tree[_NAME] != "al":
        return AllowRefusal.SHAPE
    community, seq, kid, issued, marks = (tree[key] for key in _MAP_KEYS[1:])
    if type(seq) is not int or type(issued) is not int or type(kid) is not bytes:
        return AllowRefusal.SHAPE
    if not 1 <= seq <= SEQ_MAX or not 0 <= issued <= TIME_MAX_S or len(kid) != cose.KID_BYTES:
        return AllowRefusal.SHAPE
    if type(community) is not str or not is_community(community) or not is_packed(marks):
        return AllowRefusal.SHAPE
    if len(marks) > IDS_MAX * ID_BYTES:
        return AllowRefusal.LENGTH
    return AllowList(community, seq, kid, issued, marks)
