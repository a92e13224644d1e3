"""The one signing envelope: COSE_Sign1 (RFC 9052) with Ed25519 for passes, lists, messages.

The form is fixed to the byte, so an envelope is checked without a parser:
`d2 84`, protected header `{1: -19, 4: kid}` (alg Ed25519, RFC 9864), empty unprotected
header, payload as a byte string, signature of 64 bytes. A key id is the first bytes of the
SHA-256 of the deterministic COSE_Key `{1: 1, -1: 6, -2: x}` (RFC 9679 thumbprint, cut).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

KID_BYTES = 4
SIGNATURE_BYTES = 64
DEVICE_ID_BYTES = 8
_START = b"\xd2\x84\x49\xa2\x01\x32\x04\x44"  # tag 18, array of 4, bstr 9, {1: -19, 4: h'kid'}
_PROTECTED_AT = 3
_UNPROTECTED_AT = len(_START) + KID_BYTES
_PAYLOAD_AT = _UNPROTECTED_AT + 1
_SIGNATURE_HEAD = b"\x58\x40"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The parts of a Sign1 message of our form. Nothing in it is trusted yet."""

    kid: bytes
    payload: bytes
    signature: bytes
    protected: bytes


def thumbprint(public: bytes) -> bytes:
    """Return the 32-byte RFC 9679 thumbprint of a raw Ed25519 public key."""
    return hashlib.sha256(cbor2.dumps({1: 1, -1: 6, -2: public}, canonical=True)).digest()


def kid_of(public: bytes) -> bytes:
    """Return the 4-byte key id of a raw public key."""
    return thumbprint(public)[:KID_BYTES]


def device_id_of(public: bytes) -> str:
    """Return the device id that stands for a raw device key: 16 hex digits."""
    return thumbprint(public)[:DEVICE_ID_BYTES].hex()


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure of RFC 9052 section 4.4 for a Sign1 without external data."""
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)


def sign(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return `payload` in a signed envelope."""
    kid = kid_of(key.public_key().public_bytes_raw())
    protected = _START[_PROTECTED_AT:] + kid
    signature = key.sign(to_be_signed(protected, payload))
    return _START + kid + b"\xa0" + cbor2.dumps(payload) + _SIGNATURE_HEAD + signature


def parse(message: bytes) -> Envelope | None:
    """Return the parts of an envelope, None when it is not exactly of our form."""
    if not message.startswith(_START) or message[_UNPROTECTED_AT:_PAYLOAD_AT] != b"\xa0":
        return None
    payload_at, size = _bytes_head(message, _PAYLOAD_AT)
    end = payload_at + size
    tail = message[end:]
    if len(tail) != len(_SIGNATURE_HEAD) + SIGNATURE_BYTES or not tail.startswith(
        _SIGNATURE_HEAD
    ):
        return None
    return Envelope(
        kid=message[len(_START) : _UNPROTECTED_AT],
        payload=message[payload_at:end],
        signature=tail[len(_SIGNATURE_HEAD) :],
        protected=message[_PROTECTED_AT:_UNPROTECTED_AT],
    )


def _bytes_head(message: bytes, at: int) -> tuple[int, int]:
    """Return (offset, length) of the CBOR byte string at `at`, in its shortest form."""
    head = message[at] if at < len(message) else 0
    if 0x40 <= head <= 0x57:
        return at + 1, head - 0x40
    for mark, width, least in ((0x58, 1, 24), (0x59, 2, 256), (0x5A, 4, 65536)):
        size = int.from_bytes(message[at + 1 : at + 1 + width])
        if head == mark and size >= least:
            return at + 1 + width, size
    return len(message), len(message)  # no byte string: the tail check refuses it


def is_signed_by(envelope: Envelope, public: bytes) -> bool:
    """Return whether the raw public key made the envelope's signature."""
    signed = to_be_signed(envelope.protected, envelope.payload)
    return verify_signature(public, signed, envelope.signature)


def verify_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether `signature` over `message` verifies under a raw Ed25519 public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def open_envelope(message: bytes, keys: Mapping[bytes, bytes]) -> bytes | None:
    """Return the payload when the envelope names and was signed by one of `keys` (kid: raw)."""
    envelope = parse(message)
    if envelope is None or (public := keys.get(envelope.kid)) is None:
        return None
    return envelope.payload if is_signed_by(envelope, public) else None
