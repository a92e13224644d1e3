"""What a pass says: its claims, in one map of deterministic CBOR (RFC 8949 section 4.2).

The keys are those of RFC 8392: iss 1, sub 2, exp 4, nbf 5, cti 7; and, in the range it
leaves to private use, -65537: `[kind, grid, label]`. A pass has exactly these. Names are
masked, the household is a random reference, and there is nothing else about a person.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import cbor2

from kiosk.core.words import PassKind, Refusal
from kiosk.passes.strict import load

ISS, SUB, EXP, NBF, CTI, GATE = 1, 2, 4, 5, 7, -65537
KEYS = [ISS, SUB, EXP, NBF, CTI, GATE]
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
_COMMUNITY = re.compile(r"[a-z0-9-]{2,8}")
_SUB = re.compile(r"[0-9A-HJKMNP-TV-Z]{8}")
_LABEL = re.compile(r"[A-Z\u3400-\u4dbf\u4e00-\u9fff*\u00b7]{1,5}")


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


def encode_claims(claims: Claims) -> bytes:
    """Return the payload that says `claims`."""
    tree = {
        ISS: claims.iss,
        SUB: claims.sub,
        EXP: claims.exp_s,
        NBF: claims.nbf_s,
        CTI: claims.cti,
        GATE: [int(claims.kind), claims.grid, claims.label],
    }
    return cbor2.dumps(tree, canonical=True)


def decode_claims(payload: bytes) -> Claims | Refusal:
    """Return the claims in a payload, or CBOR, CLAIMS, LABEL: the first thing that is wrong.

    The label is held against its rule last, see `check_label`.
    """
    tree = load(payload, depth_max=_DEPTH_MAX)
    if isinstance(tree, Refusal):
        return tree
    if not isinstance(tree, dict):
        return Refusal.CBOR
    claims = _typed(tree)
    return claims if claims is not None and _is_in_range(claims) else Refusal.CLAIMS


def _typed(tree: dict[Any, Any]) -> Claims | None:
    """Return claims of the right types: True is no 1 here, and 1.0 neither."""
    if list(tree) != KEYS or any(type(key) is not int for key in tree):
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
    return Claims(iss, sub, nbf, exp, cti, PassKind(kind), grid, label)


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


def check_kind(kind: PassKind) -> Refusal | None:
    """Return KIND for a phone's pass: it names its holder's key, and paper cannot."""
    return Refusal.KIND if kind is PassKind.PHONE else None
