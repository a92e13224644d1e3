"""Claims -> signed text, and the keys that sign. Here nothing of a person is made up or kept.

Private keys are PKCS8 PEM files that their owner alone may read; public keys are one line
of 64 hexadecimal digits, the raw Ed25519 key (RFC 8032).
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from kiosk.core.words_pass import Refusal
from kiosk.errors import ConfigError, MessageError
from kiosk.passes import base45, cose
from kiosk.passes.claims import (
    CTI_BYTES,
    STOCK_PREFIX,
    SUB_ALPHABET,
    SUB_CHARS,
    Claims,
    check_kind,
    check_label,
    decode_claims,
    decode_credential,
    encode_claims,
)
from kiosk.passes.phone import is_usable_key
from kiosk.passes.text import PREFIX

PRIVATE_MODE, PUBLIC_MODE = 0o600, 0o644
_KEY_FILE_BYTES_MAX = 4096  # a PEM of one key is about 120 bytes


def issue(claims: Claims, key: Ed25519PrivateKey) -> str:
    """Return the text of a pass. Raises MessageError when no gate would take these claims."""
    return PREFIX + base45.encode(_sign(claims, key, decode_claims))


def issue_credential(claims: Claims, key: Ed25519PrivateKey) -> bytes:
    """Return what a phone keeps and shows inside its proofs; `claims.holder` is its key.

    Raises MessageError when no gate would take these claims, or the holder's key.
    """
    if not is_usable_key(claims.holder):
        raise MessageError(f"no gate would take this pass: {Refusal.HOLDER_KEY.value}")
    return _sign(claims, key, decode_credential)


def _sign(
    claims: Claims, key: Ed25519PrivateKey, decode: Callable[[bytes], Claims | Refusal]
) -> bytes:
    payload = encode_claims(claims)
    outcome = decode(payload)
    if isinstance(outcome, Refusal):
        raise MessageError(f"no gate would take this pass: {outcome.value}")
    if reason := check_label(claims.label) or check_kind(claims):
        raise MessageError(f"no gate would take this pass: {reason.value}")
    return cose.sign(payload, key)


def new_cti() -> bytes:
    """Return a pass id nobody can guess."""
    return secrets.token_bytes(CTI_BYTES)


def new_sub() -> str:
    """Return a household reference that says nothing about the household."""
    sub = "".join(secrets.choice(SUB_ALPHABET) for _ in range(SUB_CHARS))
    return new_sub() if sub.startswith(STOCK_PREFIX) else sub


def write_key_pair(folder: Path, name: str) -> Ed25519PrivateKey:
    """Make a key; write `name`.key (mode 0600) and `name`.pub into `folder`, and return it.

    Raises ConfigError when either file exists: a key is never written over.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes_raw().hex() + "\n"
    write_new(folder / f"{name}.key", pem, mode=PRIVATE_MODE)
    write_new(folder / f"{name}.pub", public.encode(), mode=PUBLIC_MODE)
    return key


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that must not exist yet, and flush it to the disk. Raises ConfigError."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as exc:
        raise ConfigError([f"{path}: {exc.strerror}; choose another folder"]) from exc
    with os.fdopen(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(number)


def read_private(path: Path) -> Ed25519PrivateKey:
    """Return the key in a PEM file. Raises ConfigError."""
    try:
        key = load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise ConfigError([f"{path}: not an Ed25519 key; give the .key file"]) from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError([f"{path}: not an Ed25519 key; give the .key file"])
    return key


def read_public(path: Path) -> bytes:
    """Return the raw public key in a file of 64 hexadecimal digits. Raises ConfigError."""
    try:
        public = bytes.fromhex(_read(path).decode("ascii").strip())
    except ValueError as exc:
        raise ConfigError([f"{path}: not 64 hexadecimal digits; give the .pub file"]) from exc
    if len(public) != 32:
        raise ConfigError([f"{path}: not 64 hexadecimal digits; give the .pub file"])
    return public


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_KEY_FILE_BYTES_MAX)
    except OSError as exc:
        raise ConfigError(
            [f"{path}: {exc.strerror}; give a key file that can be read"]
        ) from exc
