"""The trust list: which keys may sign passes, for which community, begun between which dates.

A COSE_Sign1 by the community's root key over
`{1: "tl", 2: community, 3: seq, 5: issued, 10: [[kid, iss, public, from, to, status]]}`.
A list is taken whole or not at all, and a key is never learnt from anywhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.words_pass import Refusal
from kiosk.passes import cose
from kiosk.passes.claims import TIME_MAX_S, is_community
from kiosk.passes.strict import load

KEYS_MAX = 16
TRUST_BYTES_MAX = 4096
_NAME, _COMMUNITY, _SEQ, _ISSUED, _KEYS = 1, 2, 3, 5, 10
_MAP_KEYS = [_NAME, _COMMUNITY, _SEQ, _ISSUED, _KEYS]
_DEPTH_MAX = 3  # the map, the array of keys, the array of one key
_SEQ_MAX = 2**63 - 1
_PUBLIC_BYTES = 32


class KeyStatus(IntEnum):
    """What an issuer's key is good for."""

    ACTIVE = 0
    VERIFY_ONLY = 1
    COMPROMISED = 2


class TrustRefusal(Enum):
    """Why a trust list is not taken, in the order in which it is asked."""

    LENGTH = "E_TL_LENGTH"
    PROFILE = "E_TL_PROFILE"
    KID = "E_TL_KID"  # signed by another key than the root
    SIG = "E_TL_SIG"
    CBOR = "E_TL_CBOR"
    SHAPE = "E_TL_SHAPE"
    DUPLICATE = "E_TL_DUPLICATE"
    KEY = "E_TL_KEY"  # a key id that is not the key's
    ROLLBACK = "E_TL_ROLLBACK"
    FORK = "E_TL_FORK"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One issuer key. A pass under it must begin between `from_s` and `to_s`, UTC seconds."""

    kid: bytes
    iss: str
    public: bytes  # raw Ed25519
    from_s: int
    to_s: int
    status: KeyStatus = KeyStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class TrustList:
    """A list whose root signature held. `keys` by kid, not to be changed."""

    community: str
    seq: int
    issued_s: int
    keys: Mapping[bytes, TrustedKey]


def make_key(public: bytes, *, iss: str, from_s: int, to_s: int) -> TrustedKey:
    """Return the entry of an active key, with its key id."""
    return TrustedKey(cose.kid_of(public), iss, public, from_s, to_s)


def make_trust(
    keys: Sequence[TrustedKey],
    *,
    community: str,
    seq: int,
    issued_s: int,
    root: Ed25519PrivateKey,
) -> bytes:
    """Return a trust list signed by the root."""
    rows = [[k.kid, k.iss, k.public, k.from_s, k.to_s, int(k.status)] for k in keys]
    tree = {_NAME: "tl", _COMMUNITY: community, _SEQ: seq, _ISSUED: issued_s, _KEYS: rows}
    return cose.sign(cbor2.dumps(tree, canonical=True), root)


def read_trust(message: bytes, root_public: bytes) -> TrustList | TrustRefusal:
    """Return the list in `message` if the root (raw key) signed it and all of it is right."""
    if len(message) > TRUST_BYTES_MAX:
        return TrustRefusal.LENGTH
    envelope = cose.parse(message)
    if envelope is None:
        return TrustRefusal.PROFILE
    if envelope.kid != cose.kid_of(root_public):
        return TrustRefusal.KID
    if not cose.is_signed_by(envelope, root_public):
        return TrustRefusal.SIG
    tree = load(envelope.payload, depth_max=_DEPTH_MAX)
    if isinstance(tree, Refusal):
        return TrustRefusal.CBOR
    return _read_tree(tree)


def check_successor(held: TrustList, offered: TrustList) -> TrustRefusal | None:
    """Return why `offered` must not replace `held`: older, or another list of the same seq."""
    if offered.seq < held.seq or offered.community != held.community:
        return TrustRefusal.ROLLBACK
    if offered.seq == held.seq and offered != held:
        return TrustRefusal.FORK
    return None


def _read_tree(tree: Any) -> TrustList | TrustRefusal:
    if type(tree) is not dict or list(tree) != _MAP_KEYS or tree[_NAME] != "tl":
        return TrustRefusal.SHAPE
    community, seq, issued, rows = (tree[key] for key in _MAP_KEYS[1:])
    if not _is_code(community) or not _is_uint(seq, _SEQ_MAX) or not _is_uint(issued):
        return TrustRefusal.SHAPE
    if type(rows) is not list or len(rows) > KEYS_MAX or not all(map(_is_row, rows)):
        return TrustRefusal.SHAPE
    keys = [
        TrustedKey(kid, iss, public, from_s, to_s, KeyStatus(status))
        for kid, iss, public, from_s, to_s, status in rows
    ]
    by_kid = {key.kid: key for key in keys}
    if len(by_kid) != len(keys):
        return TrustRefusal.DUPLICATE
    if any(key.kid != cose.kid_of(key.public) for key in keys):
        return TrustRefusal.KEY
    return TrustList(community, seq, issued, MappingProxyType(by_kid))


def _is_row(row: Any) -> bool:
    if type(row) is not list or len(row) != 6:
        return False
    kid, iss, public, from_s, to_s, status = row
    return (
        _is_bytes(kid, cose.KID_BYTES)
        and _is_code(iss)
        and _is_bytes(public, _PUBLIC_BYTES)
        and _is_uint(from_s)
        and _is_uint(to_s)
        and from_s <= to_s
        and _is_uint(status, max(KeyStatus))
    )


def _is_code(value: Any) -> bool:
    return type(value) is str and is_community(value)


def _is_bytes(value: Any, length: int) -> bool:
    return type(value) is bytes and len(value) == length


def _is_uint(value: Any, most: int = TIME_MAX_S) -> bool:
    return type(value) is int and 0 <= value <= most
