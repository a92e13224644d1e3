"""What the guard sees of a holder, locked by the pass itself.

A record (masked name, photograph) is sealed by central when a pass is issued, under a key
made from the issuer's signature: 64 bytes that nobody can compute, and that only stand on
the card. A kiosk keeps records, never signatures: without the cards it opens none.
"""

import os

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.core.words import DisplayRecord
from kiosk.errors import MessageError

NAME_CHARS_MAX = 32
PHOTO_BYTES_MAX = 12_000
RECORD, LOOKUP = b"gate-display-v1", b"gate-lookup-v1"
_NONCE_BYTES = 12
_STEP = 64
_JPEG = b"\xff\xd8\xff"


def key_from(signature: bytes, cti: bytes, purpose: bytes) -> bytes:
    """Return the 32-byte key that a pass stands for."""
    return HKDF(SHA256(), length=32, salt=cti, info=purpose).derive(signature)


def seal(plain: bytes, key: bytes, context: bytes) -> bytes:
    """Return `plain`, padded to 64 bytes, under `key`; it opens in this context alone."""
    padded = len(plain).to_bytes(4) + plain
    padded += bytes(-len(padded) % _STEP)
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, padded, context)


def unseal(blob: bytes, key: bytes, context: bytes) -> bytes | None:
    """Return what was sealed, None under another key, in another context, or if altered."""
    nonce, sealed = blob[:_NONCE_BYTES], blob[_NONCE_BYTES:]
    try:
        padded = ChaCha20Poly1305(key).decrypt(nonce, sealed, context)
    except (InvalidTag, ValueError):
        return None
    return padded[4 : 4 + int.from_bytes(padded[:4])]


def seal_record(record: DisplayRecord, *, signature: bytes, cti: bytes) -> bytes:
    """Return a record that opens with the pass alone. Raises MessageError for what is none."""
    if not _is_record([record.name, record.photo]):
        raise MessageError(
            f"a record is a name of at most {NAME_CHARS_MAX} signs and a JPEG of at most "
            f"{PHOTO_BYTES_MAX} bytes"
        )
    plain = cbor2.dumps([record.name, record.photo], canonical=True)
    return seal(plain, key_from(signature, cti, RECORD), cti)


def open_record(blob: bytes, *, signature: bytes, cti: bytes) -> DisplayRecord | None:
    """Return the record of the pass that is in view, None when this is not its record."""
    plain = unseal(blob, key_from(signature, cti, RECORD), cti)
    if plain is None:
        return None
    try:
        fields = cbor2.loads(plain, max_depth=1)
    except cbor2.CBORError:
        return None
    return DisplayRecord(*fields) if _is_record(fields) else None


def _is_record(fields: object) -> bool:
    if not isinstance(fields, list) or [type(field) for field in fields] != [str, bytes]:
        return False
    name, photo = fields
    is_picture = not photo or (photo.startswith(_JPEG) and len(photo) <= PHOTO_BYTES_MAX)
    return len(name) <= NAME_CHARS_MAX and is_picture
