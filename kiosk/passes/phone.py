"""The phone's pass `GD1:`: a credential inside a proof that its holder's key signed just now.

The proof is a COSE_Sign1 of fixed offsets: `d2 84 43 a1 01 32 a0`, payload
`{6: iat, -65538: credential}`, signature by the key that the credential names (`cnf`, RFC
8747). A picture of such a code ages within seconds, and no code is taken twice.

A holder chooses the key, so it is not trusted: under a key of small order anybody can sign,
and libraries accept that. Such keys, and those written in a second way, are refused.
"""

from collections import OrderedDict
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.passes import base45, cose

PREFIX = "GD1:"
GD1_CHARS_MAX = 420  # version 12 at level M
GD1_BYTES_MIN, GD1_BYTES_MAX = 200, 277
PROTECTED = b"\xa1\x01\x32"  # {1: -19}
_START = b"\xd2\x84\x43" + PROTECTED + b"\xa0\x58"
_LENGTH_AT = len(_START)
_IAT_HEAD = b"\xa2\x06\x1a"
_CREDENTIAL_HEAD = b"\x3a\x00\x01\x00\x01\x58"  # claim -65538, a byte string of one length byte
_SIGNATURE_HEAD = b"\x58\x40"
_HEADS = len(_IAT_HEAD) + 4 + len(_CREDENTIAL_HEAD) + 1

WINDOW_S = 30.0  # a proof older or newer than this is no proof
DRIFT_S_PER_DAY = 2.0  # of a kiosk whose clock runs on its own
WINDOW_MAX_S = 120.0
KNOWN_MAX = 4096  # chosen: more phones than pass a gate within the widest window

_FIELD = 2**255 - 19  # RFC 8032 section 5.1
_SIGN_BIT = 1 << 255
# The y of all points of order 1, 2, 4 and 8; either sign of x counts.
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    }
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a phone says beside its credential. Nothing in it is trusted yet."""

    iat_s: int  # the phone's time, UTC seconds
    payload: bytes
    signature: bytes


def make_proof(credential: bytes, holder: Ed25519PrivateKey, *, iat_s: int) -> str:
    """Return the text that a phone shows at `iat_s`."""
    payload = b"".join(
        (
            _IAT_HEAD,
            iat_s.to_bytes(4),
            _CREDENTIAL_HEAD,
            len(credential).to_bytes(1),
            credential,
        )
    )
    signature = holder.sign(cose.to_be_signed(PROTECTED, payload))
    head = _START + len(payload).to_bytes(1)
    return PREFIX + base45.encode(head + payload + _SIGNATURE_HEAD + signature)


def split_proof(message: bytes) -> tuple[Proof, bytes] | None:
    """Return the proof and the credential in it, None when a fixed byte is not in its place."""
    payload_at = _LENGTH_AT + 1
    if not message.startswith(_START) or len(message) <= payload_at:
        return None
    end = payload_at + message[_LENGTH_AT]
    payload, tail = message[payload_at:end], message[end:]
    if len(tail) != len(_SIGNATURE_HEAD) + cose.SIGNATURE_BYTES:
        return None
    if not tail.startswith(_SIGNATURE_HEAD) or len(payload) <= _HEADS:
        return None
    iat_end = len(_IAT_HEAD) + 4
    has_heads = payload.startswith(_IAT_HEAD) and payload.startswith(_CREDENTIAL_HEAD, iat_end)
    if not has_heads or payload[_HEADS - 1] != len(payload) - _HEADS:
        return None
    iat_s = int.from_bytes(payload[len(_IAT_HEAD) : iat_end])
    return Proof(iat_s, payload, tail[len(_SIGNATURE_HEAD) :]), payload[_HEADS:]


def is_usable_key(public: bytes) -> bool:
    """Return whether a raw Ed25519 key may be a holder's: canonical, and not of small order."""
    y = int.from_bytes(public, "little") & (_SIGN_BIT - 1)
    return len(public) == 32 and y < _FIELD and y not in _SMALL_ORDER_Y


def is_signed(proof: Proof, holder: bytes) -> bool:
    """Return whether the raw key `holder` signed the proof."""
    signed = cose.to_be_signed(PROTECTED, proof.payload)
    return cose.verify_signature(holder, signed, proof.signature)


def window_s(since_set_s: float) -> float:
    """Return how far a proof may be from our time, `since_set_s` after our clock was set."""
    return min(WINDOW_MAX_S, WINDOW_S + DRIFT_S_PER_DAY * since_set_s / 86_400)


class Proofs:
    """Which proof of each pass was taken last. One thread notes, any thread asks.

    It lives in memory: after a restart a picture may count again while its window lasts.
    """

    def __init__(self) -> None:
        self._iat_s: OrderedDict[bytes, int] = OrderedDict()

    def is_new(self, cti: bytes, iat_s: int) -> bool:
        """Return whether no proof as new as this one was taken."""
        return iat_s > self._iat_s.get(cti, -1)

    def note(self, cti: bytes, iat_s: int) -> None:
        """Remember a proof that was taken."""
        self._iat_s[cti] = iat_s
        self._iat_s.move_to_end(cti)
        if len(self._iat_s) > KNOWN_MAX:
            self._iat_s.popitem(last=False)
