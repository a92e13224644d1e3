"""Who this kiosk is, and which central server it is bound to: the files of `keys/`.

`device.key` (PKCS8 PEM, its owner's alone) is made once; `device.pub` goes to the people who
run central, or `kiosk enrol` sends it; `bundle` is what they give back. A key that is to follow
lies in `device.key.next` until a bundle that names it is in place: that is the one moment at
which the kiosk becomes another device, whatever the power does.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.errors import ConfigError, MessageError
from kiosk.files import sync_folder, write_beside, write_whole
from kiosk.passes.cose import device_id_of
from kiosk.passes.issue import PRIVATE_MODE, PUBLIC_MODE, read_private
from kiosk.wire import Bundle, decode_bundle

KEY, NEXT_KEY, _PUBLIC, BUNDLE = "device.key", "device.key.next", "device.pub", "bundle"
_BUNDLE_BYTES_MAX = 16_384  # a bundle with a full trust list is below 5 kB


@dataclass(frozen=True, slots=True)
class Identity:
    """This kiosk's key and the central server it speaks to."""

    device: str
    private: Ed25519PrivateKey
    server: str
    status_public: bytes  # raw Ed25519 key that signs replies
    site: str
    trust: bytes | None = None  # the trust list that came with the bundle
    root_public: bytes | None = None


def make_identity(keys: Path) -> None:
    """Make the device key unless there is one, and the file of its public half.

    A power cut leaves either no key or a whole one. Raises ConfigError when the files can
    not be written, or what is there is not a key.
    """
    try:
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (keys / KEY).exists():
            _place_key(keys, KEY)
        _follow(keys)
        public = _public_line(read_private(keys / KEY))
        if _read_or_none(keys / _PUBLIC) != public:
            write_whole(keys / _PUBLIC, public, mode=PUBLIC_MODE)
    except OSError as exc:
        raise ConfigError([f"{keys}: {exc.strerror}; the kiosk must be able to write"]) from exc


def make_next_key(keys: Path) -> None:
    """Make the key that is to follow, unless there is one. Raises ConfigError."""
    try:
        if not (keys / NEXT_KEY).exists():
            _place_key(keys, NEXT_KEY)
    except OSError as exc:
        raise ConfigError([f"{keys}: {exc.strerror}; the kiosk must be able to write"]) from exc


def device_id(keys: Path) -> str:
    """Return the 16 hexadecimal digits that name this kiosk. Raises ConfigError."""
    return device_id_of(read_private(keys / KEY).public_key().public_bytes_raw())


def read_bundle(keys: Path) -> Bundle | None:
    """Return what binds this kiosk to its central, None without one. Raises ConfigError."""
    path = keys / BUNDLE
    try:
        with path.open("rb") as file:
            content = file.read(_BUNDLE_BYTES_MAX + 1)
        return decode_bundle(content)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise ConfigError([f"{path}: {exc.strerror}"]) from exc
    except MessageError as exc:
        raise ConfigError(
            [f"{path}: not a bundle ({exc}); make it again with `kiosk central device add`"]
        ) from exc


def read_identity(keys: Path) -> Identity | None:
    """Return who this kiosk is; None while it is not bound to a central server.

    Raises ConfigError for a damaged file and for the bundle of another kiosk.
    """
    bundle = read_bundle(keys)
    if bundle is None:
        return None
    private = read_private(keys / KEY)
    device = device_id_of(private.public_key().public_bytes_raw())
    if bundle.device != device:
        raise ConfigError([f"{keys / BUNDLE}: made for another kiosk; this one is {device}"])
    return Identity(
        device,
        private,
        bundle.server,
        bundle.status_public,
        bundle.site,
        bundle.trust,
        bundle.root_public,
    )


def _follow(keys: Path) -> None:
    """Put the next key in place once the bundle is its own. Raises OSError."""
    if not (keys / NEXT_KEY).exists():
        return
    with contextlib.suppress(ConfigError):
        public = read_private(keys / NEXT_KEY).public_key().public_bytes_raw()
        bundle = read_bundle(keys)
        if bundle is not None and bundle.device == device_id_of(public):
            (keys / NEXT_KEY).replace(keys / KEY)
            sync_folder(keys)


def _place_key(keys: Path, name: str) -> None:
    """A link fails where a key has come into being meanwhile: the first one stays."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    fresh = write_beside(keys / name, pem, PRIVATE_MODE)
    try:
        with contextlib.suppress(FileExistsError):
            (keys / name).hardlink_to(fresh)
    finally:
        fresh.unlink()
    sync_folder(keys)


def _public_line(key: Ed25519PrivateKey) -> bytes:
    return f"{key.public_key().public_bytes_raw().hex()}\n".encode()


def _read_or_none(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
