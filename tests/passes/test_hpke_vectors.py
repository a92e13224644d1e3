"""What we seal is HPKE as others write it: RFC 9180's own vector, and another program's blob.

The receiver below is written from the RFC's sections 4 and 5 alone, on primitives of one
step each. It is held against appendix A.2.1 first, and opens our blobs then.
"""

import hmac
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from kiosk.core.words import Sealed
from kiosk.passes.sealing import KEY_ID_BYTES, key_id_of, open_field, seal_form

OFFICE = X25519PrivateKey.from_private_bytes(b"o" * 32)
PUBLIC = OFFICE.public_key().public_bytes_raw()
DEVICE = "0123456789abcdef"
HEAD = 1 + KEY_ID_BYTES

# RFC 9180, A.2.1 and A.2.1.1, sequence number 0.
A2_PRIVATE = "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"
A2_ENC = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
A2_INFO = b"Ode on a Grecian Urn"
A2_SEALED = (
    "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
)

# Made with pyhpke 0.6.5 on 2026-11-24: the field id_number of form 00..0f, to OFFICE.
FOREIGN = bytes.fromhex(
    "01780c5942a2f886bafb18548729939308a34ead78f0dd6b9acacc0f898bae1ca4ddc87a4be809c9b730"
    "ac9b14f26f1db63bd30a91315d2ce3a1446e9fede9cff3deaac93b68d14f6ae4b42a3f3c746f1a3a0719"
    "bb15b37eb565cc68ce37400b1cfaa74ded419bbd448eff0528ddad4ee3b84c5fce"
)
FOREIGN_TOLD = "110101199003070011"

_KEM = b"KEM" + bytes.fromhex("0020")
_HPKE = b"HPKE" + bytes.fromhex("002000010003")


def extract(salt: bytes, label: bytes, ikm: bytes, suite: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def expand(prk: bytes, label: bytes, info: bytes, length: int, suite: bytes) -> bytes:
    labelled = length.to_bytes(2) + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\x01", "sha256")[:length]  # one block is enough


def receive(
    private: X25519PrivateKey, enc: bytes, sealed: bytes, info: bytes, aad: bytes = b""
) -> bytes:
    """Base mode, one message."""
    shared = private.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + private.public_key().public_bytes_raw()
    prk = extract(b"", b"eae_prk", shared, _KEM)
    secret = expand(prk, b"shared_secret", context, 32, _KEM)
    schedule = b"\0" + extract(b"", b"psk_id_hash", b"", _HPKE)
    schedule += extract(b"", b"info_hash", info, _HPKE)
    prk = extract(secret, b"secret", b"", _HPKE)
    key = expand(prk, b"key", schedule, 32, _HPKE)
    nonce = expand(prk, b"base_nonce", schedule, 12, _HPKE)
    return ChaCha20Poly1305(key).decrypt(nonce, sealed, aad)


def test_the_receiver_here_is_that_of_the_standard() -> None:
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(A2_PRIVATE))
    enc, sealed = bytes.fromhex(A2_ENC), bytes.fromhex(A2_SEALED)
    plain = receive(private, enc, sealed, A2_INFO, b"Count-0")
    assert plain == b"Beauty is truth, truth beauty"
    with pytest.raises(InvalidTag):
        receive(private, enc, sealed, b"Ode to a Nightingale", b"Count-0")


def test_any_receiver_of_the_standard_opens_what_a_gate_sealed() -> None:
    told = {"name": "张三丰", "phone": "13812345678", "note": "n" * 500}
    for one in seal_form(told, office_public=PUBLIC, device=DEVICE):
        assert one.blob[:HEAD] == b"\x01" + sha256(PUBLIC).digest()[:KEY_ID_BYTES]
        info = b"\0".join((b"gate-pii-v1", DEVICE.encode(), one.form, one.field.encode()))
        enc, sealed = one.blob[HEAD : HEAD + 32], one.blob[HEAD + 32 :]
        padded = receive(OFFICE, enc, sealed, info)
        size = int.from_bytes(padded[:2])
        assert len(padded) % 64 == 0
        assert padded[2 : 2 + size].decode() == told[one.field]
        assert not any(padded[2 + size :])


def test_the_office_opens_what_another_program_sealed() -> None:
    assert FOREIGN[1:HEAD] == key_id_of(PUBLIC)
    one = Sealed(bytes(range(16)), "id_number", FOREIGN)
    assert open_field(one, office=OFFICE, device=DEVICE) == FOREIGN_TOLD
