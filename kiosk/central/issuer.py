"""The issuer's key of central's folder: with it passes are made here, without it elsewhere."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from kiosk.central.allowed import handed_trust
from kiosk.errors import ConfigError
from kiosk.passes import cose
from kiosk.passes.issue import read_private
from kiosk.passes.trust import KeyStatus

KEY = "issuer.key"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs passes, for which community."""

    key: Ed25519PrivateKey
    community: str

    @property
    def kid(self) -> bytes:
        """The id of the key."""
        return cose.kid_of(self.key.public_key().public_bytes_raw())


def load_issuer(folder: Path, db: Connection) -> Issuer | None:
    """Return who issues passes in `folder`, None when passes are made elsewhere.

    Raises ConfigError for a key that no trust list here names.
    """
    path = folder / KEY
    if not path.is_file():
        return None
    key = read_private(path)
    listed = handed_trust(db)
    kid = cose.kid_of(key.public_key().public_bytes_raw())
    if listed is None or kid not in listed.keys:
        raise ConfigError([f"{path}: not a key of the trust list; `kiosk central trust` it"])
    if listed.keys[kid].status is not KeyStatus.ACTIVE:
        raise ConfigError([f"{path}: this key signs no more passes; put the new one here"])
    return Issuer(key, listed.keys[kid].iss)
