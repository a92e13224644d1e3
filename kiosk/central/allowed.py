"""Allow-lists of burnt issuer keys: what was really issued under them, signed for kiosks.

Made on purpose, by a person: what was issued elsewhere is not in `issued` and would be
refused. The lists of all keys are numbered in one row, so that one number says what a kiosk
has; it gets the oldest one above that.
"""

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select

from kiosk.central.schema import setting
from kiosk.central.schema_office import issued
from kiosk.central.store import put_setting
from kiosk.errors import ConfigError
from kiosk.passes.allowed import AllowList, make_allowed, read_allowed
from kiosk.passes.revocation import IDS_MAX
from kiosk.passes.trust import KeyStatus, TrustList, read_trust

_SEQS, _LIST = "al_seqs", "al:{}"


def handed_trust(db: Connection) -> TrustList | None:
    """Return the trust list that kiosks are handed, None without one."""
    kept = _setting(db, "trust"), _setting(db, "root")
    if kept[0] is None or kept[1] is None:
        return None
    trust = read_trust(kept[0], kept[1])
    return trust if isinstance(trust, TrustList) else None


def burnt_kids(trust: TrustList) -> list[bytes]:
    """Return the ids of the keys that are marked as compromised."""
    return [kid for kid, key in trust.keys.items() if key.status is KeyStatus.COMPROMISED]


def allow(db: Connection, status: Ed25519PrivateKey, kid: bytes, *, now_ms: int) -> AllowList:
    """Sign what was issued under a burnt key and has not ended, for kiosks to take.

    Raises ConfigError when the trust list does not mark the key as compromised, and for more
    passes than a list holds.
    """
    trust = handed_trust(db)
    if trust is None or kid not in burnt_kids(trust):
        raise ConfigError(
            [f"{kid.hex()}: not marked as burnt; hand out such a trust list first"]
        )
    marks = _marks(db, kid, now_ms // 1000)
    if len(marks) > IDS_MAX:
        raise ConfigError([f"{len(marks)} passes under {kid.hex()}, a list holds {IDS_MAX}"])
    seqs = _seqs(db)
    seq = max(max(seqs.values(), default=0) + 1, now_ms // 1000)
    message = make_allowed(
        marks,
        community=trust.community,
        seq=seq,
        kid=kid,
        issued_s=now_ms // 1000,
        status=status,
    )
    made = read_allowed(message, status.public_key().public_bytes_raw())
    assert isinstance(made, AllowList), made
    put_setting(db, _LIST.format(kid.hex()), message)
    put_setting(db, _SEQS, cbor2.dumps({**seqs, kid: seq}))
    return made


def newer_allowed(db: Connection, have_seq: int) -> bytes | None:
    """Return the oldest allow-list that a kiosk does not have."""
    newer = {seq: kid for kid, seq in _seqs(db).items() if seq > have_seq}
    return _setting(db, _LIST.format(newer[min(newer)].hex())) if newer else None


def _marks(db: Connection, kid: bytes, now_s: int) -> list[bytes]:
    of_key = select(issued.c.payload_sha8).where(issued.c.kid == kid, issued.c.exp_s > now_s)
    return list(db.scalars(of_key))


def _seqs(db: Connection) -> dict[bytes, int]:
    kept = _setting(db, _SEQS)
    return {} if kept is None else dict(cbor2.loads(kept))


def _setting(db: Connection, name: str) -> bytes | None:
    return db.scalar(select(setting.c.value).where(setting.c.name == name))
