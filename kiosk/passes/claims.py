"""What a pass says: its claims, in one map of deterministic CBOR (RFC 8949 section 4.2).

The keys are those of RFC 8392: iss 1, sub 2, exp 4, nbf 5, cti 7; and, in the range it
leaves to private use, -65537: `[kind, grid, label]`. A pass has exactly these; a phone's one
more, cnf 8 (RFC 8747): the key of its holder. Names are masked, the household is a random
reference, and there is nothing else about a person.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, TypeGuard

import cbor2

from kiosk.core.words_pass import PassKind, Refusal
from kiosk.passes.strict import load

ISS, SUB, EXP, NBF, CTI, CNF, GATE = 1, 2, 4, 5, 7, 8, -65537
KEYS = [ISS, SUB, EXP, NBF, CTI, GATE]
PHONE_KEYS = [ISS, SUB, EXP, NBF, CTI, CNF, GATE]
HOLDER_BYTES = 32
CTI_BYTES = 8
SUB_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
SUB_CHARS = 8
TIME_MAX_S = 2**32 - 1
LIFE_MAX_S = 400 * 86_400
GRID_MAX = 65_535
LABEL_BYTES_MAX = 9
STOCK_PREFIX = "0000"  # of numbered blank cards; a household's reference never begins so
STOCK_NUMBER_MAX = 32**4 - 1
_DEPTH_MAX = 2  # the map, and the array of the gate claim
_PHONE_DEPTH_MAX = 3  # the map, cnf, and the key in it
_COMMUNITY = re.compile(r"[a-z0-9-]{2,8}")
_SUB = re.compile(r"[0-9A-HJKMNP-TV-Z]{8}")
_LABEL = re.compile(r"[A-Z\u3400-\u4dbf\u4e00-\u9fff*\u00b7]{1,5}")
_FULL_NAME = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\u00b7]{2,}")
_STARS_MAX = 3  # as many as fit into a label between two letters


@dataclass(frozen=True, slots=True)
class Claims:
    """What a pass says, in the right types and ranges. Only a signature makes it true."""

    iss: str  # community code
    sub: str  # household reference
    nbf_s: int  # UTC seconds from which it counts
    exp_s: int  # UTC seconds at which it ends
    cti: bytes  # pass id
    kind: PassKind
    grid: int
    label: str = ""  # masked name such as 张*明, or empty
    holder: bytes = b""  # of a phone's credential: the raw Ed25519 key that signs its proofs


def encode_claims(claims: Claims) -> bytes:
    """Return the payload that says `claims`."""
    tree: dict[int, Any] = {
        ISS: claims.iss,
        SUB: claims.sub,
        EXP: claims.exp_s,
        NBF: claims.nbf_s,
        CTI: claims.cti,
        GATE: [int(claims.kind), claims.grid, claims.label],
    }
    if claims.holder:
        tree[CNF] = {1: {1: 1, -1: 6, -2: claims.holder}}
    return cbor2.dumps(tree, canonical=True)


def decode_claims(payload: bytes) -> Claims | Refusal:
    """Return the claims in a payload, or CBOR, CLAIMS, LABEL: the first thing that is wrong.

    The label is held against its rule last, see `check_label`.
    """
    tree = load(payload, depth_max=_DEPTH_MAX)
    return _checked(tree, KEYS, b"")


def decode_credential(payload: bytes) -> Claims | Refusal:
    """Return the claims in the payload of a phone's credential, as `decode_claims` does."""
    tree = load(payload, depth_max=_PHONE_DEPTH_MAX)
    holder = _holder_in(tree)
    return tree if isinstance(tree, Refusal) else _checked(tree, PHONE_KEYS, holder)


def _checked(tree: Any, keys: list[int], holder: bytes | None) -> Claims | Refusal:
    if isinstance(tree, Refusal):
        return tree
    if not isinstance(tree, dict):
        return Refusal.CBOR
    claims = _typed(tree, keys, holder) if holder is not None else None
    return claims if claims is not None and _is_in_range(claims) else Refusal.CLAIMS


def _holder_in(tree: Any) -> bytes | None:
    """Return the key in a cnf claim that says exactly `{1: {1: 1, -1: 6, -2: key}}`."""
    cnf = tree.get(CNF) if isinstance(tree, dict) else None
    key = cnf.get(1) if _has_keys(cnf, [1]) else None
    if not _has_keys(key, [1, -1, -2]):
        return None
    kty, curve, x = key.values()
    if [type(value) for value in (kty, curve, x)] != [int, int, bytes]:
        return None
    return x if (kty, curve, len(x)) == (1, 6, HOLDER_BYTES) else None


def _has_keys(tree: Any, keys: list[int]) -> TypeGuard[dict[int, Any]]:
    is_map = isinstance(tree, dict) and list(tree) == keys
    return is_map and all(type(key) is int for key in tree)


def _typed(tree: dict[Any, Any], keys: list[int], holder: bytes) -> Claims | None:
    """Return claims of the right types: True is no 1 here, and 1.0 neither."""
    if not _has_keys(tree, keys):
        return None
    iss, sub, exp, nbf, cti, gate = (tree[key] for key in KEYS)
    if type(gate) is not list or len(gate) != 3:
        return None
    kind, grid, label = gate
    if any(type(number) is not int for number in (exp, nbf, kind, grid)):
        return None
    if any(type(text) is not str for text in (iss, sub, label)) or type(cti) is not bytes:
        return None
    if kind not in tuple(PassKind):
        return None
    return Claims(iss, sub, nbf, exp, cti, PassKind(kind), grid, label, holder)


def _is_in_range(claims: Claims) -> bool:
    return (
        is_community(claims.iss)
        and is_sub(claims.sub)
        and len(claims.cti) == CTI_BYTES
        and 0 <= claims.nbf_s < claims.exp_s <= TIME_MAX_S
        and claims.exp_s - claims.nbf_s <= LIFE_MAX_S
        and 0 <= claims.grid <= GRID_MAX
    )


def is_community(code: str) -> bool:
    """Return whether `code` can name a community: 2 to 8 of a-z, 0-9 and the hyphen."""
    return _COMMUNITY.fullmatch(code) is not None


def is_sub(sub: str) -> bool:
    """Return whether `sub` can be a household reference: 8 letters of Crockford's 32."""
    return _SUB.fullmatch(sub) is not None


def stock_sub(number: int) -> str:
    """Return the reference of the blank card with this printed number, 0 to 1,048,575."""
    letters = (SUB_ALPHABET[number >> shift & 31] for shift in (15, 10, 5, 0))
    return STOCK_PREFIX + "".join(letters)


def stock_number(sub: str) -> int | None:
    """Return the number printed on a card of the stock, None for anybody's own pass."""
    if not sub.startswith(STOCK_PREFIX) or not is_sub(sub):
        return None
    number = 0
    for letter in sub[len(STOCK_PREFIX) :]:
        number = number * 32 + SUB_ALPHABET.index(letter)
    return number


def check_label(label: str) -> Refusal | None:
    """Return LABEL unless it is empty or up to 5 harmless letters in at most 9 bytes, NFC.

    What is left cannot write markup, turn the direction of text, or begin a formula.
    """
    is_right = not label or (
        len(label) <= LABEL_BYTES_MAX
        and _LABEL.fullmatch(label) is not None
        and len(label.encode()) <= LABEL_BYTES_MAX
        and unicodedata.is_normalized("NFC", label)
    )
    return None if is_right else Refusal.LABEL


def masked(name: str) -> str:
    """Return a full Chinese name with its middle covered, 张*明 or 王*; all else as it is."""
    if _FULL_NAME.fullmatch(name) is None:
        return name
    stars = "*" * min(max(len(name) - 2, 1), _STARS_MAX)
    return name[0] + stars + name[-1] if len(name) > 2 else name[0] + stars


def check_kind(claims: Claims) -> Refusal | None:
    """Return KIND unless a phone's pass, and no other, names the key of its holder."""
    is_phone = claims.kind is PassKind.PHONE
    return None if is_phone == bool(claims.holder) else Refusal.KIND
