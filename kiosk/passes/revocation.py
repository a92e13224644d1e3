"""The revocation list: ids of passes that ended early, whole or as a difference.

A COSE_Sign1 by the community's status key over `{1: "rl", 2: community, 3: seq, 4: base seq
(0 = full), 5: issued, 6: next update, 7: add, 8: drop, 9: SHA-256 of the resulting list}`;
add, drop and the list are ids of 8 bytes, sorted. Random ids do not compress, so the exact
list is also the simplest one: it has no false alarms.

Look-ups go to a set made when the list is loaded. A bisection in the packed bytes would
save 3 MB for 20,000 ids, but takes ten times as long, and on a small board over 1 us.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.words_pass import Refusal
from kiosk.passes import cose
from kiosk.passes.claims import TIME_MAX_S, is_community
from kiosk.passes.packed import ID_BYTES, is_packed, pack, unpack
from kiosk.passes.strict import load

IDS_MAX = 125_000
REVOCATION_BYTES_MAX = 2**20  # a full list of 125,000 ids and its envelope
SEQ_MAX = 2**63 - 1
_HASH_BYTES = 32
_DEPTH_MAX = 1
_NAME, _COMMUNITY, _SEQ, _BASE, _ISSUED, _NEXT, _ADD, _DROP, _HASH = range(1, 10)
_MAP_KEYS = list(range(1, 10))


class RevocationRefusal(Enum):
    """Why a revocation list is not taken, in the order in which it is asked."""

    LENGTH = "E_RL_LENGTH"
    PROFILE = "E_RL_PROFILE"
    KID = "E_RL_KID"  # signed by another key than the status key
    SIG = "E_RL_SIG"
    CBOR = "E_RL_CBOR"
    SHAPE = "E_RL_SHAPE"  # also ids that are unsorted, repeated or not of 8 bytes
    ROLLBACK = "E_RL_ROLLBACK"
    FORK = "E_RL_FORK"  # another list of the same number
    CHAIN = "E_RL_CHAIN"  # does not fit what is held: a full list is needed


@dataclass(frozen=True, slots=True)
class Revocations:
    """A whole list whose signature and hash held. `ids` are packed: 8 bytes each, sorted."""

    community: str
    seq: int
    issued_s: int  # UTC seconds
    next_s: int  # UTC seconds at which a newer list is due
    ids: bytes
    _known: frozenset[bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the set that is looked up in."""
        object.__setattr__(self, "_known", frozenset(unpack(self.ids)))

    def __contains__(self, cti: object) -> bool:
        """Return whether the pass with this id is revoked."""
        return cti in self._known

    def __len__(self) -> int:
        """Return how many passes are revoked."""
        return len(self._known)

    def __bool__(self) -> bool:
        """Return True: a list without ids is a list."""
        return True


@dataclass(frozen=True, slots=True)
class RevocationPart:
    """What one signed message says: a full list (`base_seq` 0) or a difference."""

    community: str
    seq: int
    base_seq: int
    issued_s: int
    next_s: int
    add: bytes
    drop: bytes
    sha256: bytes  # of the packed ids that must come out


def make_revocations(
    ids: Iterable[bytes],
    *,
    community: str,
    seq: int,
    issued_s: int,
    next_s: int,
    status: Ed25519PrivateKey,
    held: Revocations | None = None,
) -> bytes:
    """Return a signed list of `ids`: in full, or what changed since `held`."""
    packed = pack(ids)
    new, old = set(unpack(packed)), set(unpack(held.ids) if held else ())
    base_seq = held.seq if held else 0
    sha256 = hashlib.sha256(packed).digest()
    part = RevocationPart(
        community, seq, base_seq, issued_s, next_s, pack(new - old), pack(old - new), sha256
    )
    return sign_part(part, status)


def sign_part(part: RevocationPart, status: Ed25519PrivateKey) -> bytes:
    """Return the signed message that says `part`."""
    tree = {
        _NAME: "rl",
        _COMMUNITY: part.community,
        _SEQ: part.seq,
        _BASE: part.base_seq,
        _ISSUED: part.issued_s,
        _NEXT: part.next_s,
        _ADD: part.add,
        _DROP: part.drop,
        _HASH: part.sha256,
    }
    return cose.sign(cbor2.dumps(tree, canonical=True), status)


def read_revocations(
    message: bytes, status_public: bytes
) -> RevocationPart | RevocationRefusal:
    """Return what `message` says if the status key (raw) signed it and its form is right."""
    if len(message) > REVOCATION_BYTES_MAX:
        return RevocationRefusal.LENGTH
    envelope = cose.parse(message)
    if envelope is None:
        return RevocationRefusal.PROFILE
    if envelope.kid != cose.kid_of(status_public):
        return RevocationRefusal.KID
    if not cose.is_signed_by(envelope, status_public):
        return RevocationRefusal.SIG
    tree = load(envelope.payload, depth_max=_DEPTH_MAX)
    if isinstance(tree, Refusal):
        return RevocationRefusal.CBOR
    return _read_tree(tree)


def apply(held: Revocations | None, part: RevocationPart) -> Revocations | RevocationRefusal:
    """Return the list that comes out when `part` is laid on `held`; `held` if it is no news."""
    if held is None:
        return _result(b"", part) if part.base_seq == 0 else RevocationRefusal.CHAIN
    if part.seq < held.seq or part.community != held.community:
        return RevocationRefusal.ROLLBACK
    if part.seq == held.seq:
        is_same = part.sha256 == hashlib.sha256(held.ids).digest()
        return held if is_same else RevocationRefusal.FORK
    if part.base_seq not in (0, held.seq):
        return RevocationRefusal.CHAIN
    return _result(held.ids if part.base_seq else b"", part)


def resume(part: RevocationPart, ids: bytes) -> Revocations | RevocationRefusal:
    """Return the list of a newest part and the `ids` kept with it, if its hash holds."""
    if not is_packed(ids):
        return RevocationRefusal.SHAPE
    if len(ids) > IDS_MAX * ID_BYTES:
        return RevocationRefusal.LENGTH
    if hashlib.sha256(ids).digest() != part.sha256:
        return RevocationRefusal.CHAIN
    return Revocations(part.community, part.seq, part.issued_s, part.next_s, ids)


def _result(ids: bytes, part: RevocationPart) -> Revocations | RevocationRefusal:
    if part.base_seq == 0:
        return resume(part, part.add)
    left = set(unpack(ids)) - set(unpack(part.drop))
    return resume(part, pack(left | set(unpack(part.add))))


def _read_tree(tree: Any) -> RevocationPart | RevocationRefusal:
    if type(tree) is not dict or list(tree) != _MAP_KEYS or tree[_NAME] != "rl":
        return RevocationRefusal.SHAPE
    community, seq, base, issued, due, add, drop, sha256 = (tree[k] for k in _MAP_KEYS[1:])
    if not _are_numbers(seq, base, issued, due) or not _is_code(community):
        return RevocationRefusal.SHAPE
    if not is_packed(add) or not is_packed(drop) or (base == 0 and drop):
        return RevocationRefusal.SHAPE
    if type(sha256) is not bytes or len(sha256) != _HASH_BYTES:
        return RevocationRefusal.SHAPE
    if max(len(add), len(drop)) > IDS_MAX * ID_BYTES:
        return RevocationRefusal.LENGTH
    return RevocationPart(community, seq, base, issued, due, add, drop, sha256)


def _are_numbers(seq: Any, base: Any, issued: Any, due: Any) -> bool:
    """A list begins at number 1 and builds on an older one; it is issued before it is due."""
    if any(type(value) is not int for value in (seq, base, issued, due)):
        return False
    return bool(0 <= base < seq <= SEQ_MAX and 0 <= issued <= due <= TIME_MAX_S)


def _is_code(value: Any) -> bool:
    return type(value) is str and is_community(value)
