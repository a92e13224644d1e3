"""What a person tells at the gate is sealed at once, and only the office can read it.

HPKE (RFC 9180, base mode: X25519, HKDF-SHA256, ChaCha20-Poly1305) to the office's public
key, whose private half never is on a kiosk or on a server. `info` binds a field to the
kiosk, to its form and to its name: a field cannot be passed off as another. (The number of
the entry is not known yet when a form is sealed, so a form has a random id of its own; the
entry holds the hash of its sealed fields, and the chain holds the entry.)

A blob is one byte of version, four bytes that name the office's key, and the ciphertext of
the length, the text and zeros up to a step of 64 bytes: an ID number and a telephone number
are of one length. It is 55 bytes longer than what it seals.

Python cannot wipe a string from memory. What was typed lives until it is collected; swap is
off and a crash leaves no dump, see `kiosk check`.
"""

import hashlib
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from kiosk.core.words import Sealed
from kiosk.errors import MessageError

FIELDS = ("name", "id_number", "phone", "plate", "note")
FIELD_BYTES_MAX = 500  # UTF-8
FORM_BYTES = 16
KEY_ID_BYTES = 4
_VERSION = b"\x01"
_STEP = 64
_LABEL = b"gate-pii-v1"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def new_form() -> bytes:
    """Return the id of a form nobody has filled in yet."""
    return secrets.token_bytes(FORM_BYTES)


def key_id_of(public: bytes) -> bytes:
    """Return the 4 bytes that name an office's raw X25519 key."""
    return hashlib.sha256(public).digest()[:KEY_ID_BYTES]


def seal_form(
    told: Mapping[str, str], *, office_public: bytes, device: str
) -> tuple[Sealed, ...]:
    """Seal what was told, each field by itself; empty ones are left out.

    Raises MessageError for a field that no form has, for one that is too long, and when the
    key of the office is none.
    """
    form = new_form()
    return tuple(
        Sealed(form, field, _seal(text, office_public, _info(device, form, field)))
        for field, text in told.items()
        if _checked(field, text)
    )


def open_field(sealed: Sealed, *, office: X25519PrivateKey, device: str) -> str:
    """Return what was told. Raises MessageError for another key, kiosk, form or field."""
    public = office.public_key().public_bytes_raw()
    head = _VERSION + key_id_of(public)
    if not sealed.blob.startswith(head):
        raise MessageError("sealed to another key")
    info = _info(device, sealed.form, sealed.field)
    try:
        padded = _SUITE.decrypt(sealed.blob[len(head) :], office, info=info)
    except (InvalidTag, ValueError) as exc:
        raise MessageError("altered, or of another kiosk, form or field") from exc
    size = int.from_bytes(padded[:2])
    return padded[2 : 2 + size].decode("utf-8", "replace")


def _checked(field: str, text: str) -> bool:
    """Return whether there is something to seal. The text never stands in an error."""
    if field not in FIELDS:
        raise MessageError(f"no form has a field {field!r}")
    if len(text.encode("utf-8", "replace")) > FIELD_BYTES_MAX:
        raise MessageError(f"{field}: longer than {FIELD_BYTES_MAX} bytes")
    return bool(text)


def _seal(text: str, office_public: bytes, info: bytes) -> bytes:
    plain = text.encode("utf-8", "replace")
    told = len(plain).to_bytes(2) + plain
    padded = told + bytes(-len(told) % _STEP)
    try:
        key = X25519PublicKey.from_public_bytes(office_public)
        sealed = _SUITE.encrypt(padded, key, info=info)
    except ValueError as exc:
        raise MessageError("the office's key is none") from exc
    return _VERSION + key_id_of(office_public) + sealed


def _info(device: str, form: bytes, field: str) -> bytes:
    return b"\0".join((_LABEL, device.encode(), form, field.encode()))
