"""A pass on the phone: an invitation, used once, becomes a credential for the phone's own key.

The code stands in the link behind `#`: browsers send it to nobody, so no log ever has it. Here
only its hash is kept. The phone proves that it holds the key it names, by signing the code.
"""

import base64
import hashlib
import secrets
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select, update

from kiosk.central.deeds import note_deed
from kiosk.central.issuing import Issued, Issuer, Wanted, issue_passes, load_issuer
from kiosk.central.schema_office import invitation
from kiosk.central.store import writing
from kiosk.core.words import PassKind
from kiosk.errors import MessageError
from kiosk.passes.cose import verify_signature
from kiosk.passes.phone import is_usable_key

CODE_BYTES = 16
VALID_MS = 30 * 60_000
PROOF_LABEL = "gate-phone-v1:"
KEY, PROOF, CODE = "E_HOLDER_KEY", "E_HOLDER_SIG", "E_INVITATION"


def invite(db: Connection, wanted: Wanted, *, by: str, now_ms: int) -> str:
    """Return a code, 26 letters, for which one phone gets this pass within half an hour."""
    code = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().rstrip("=").lower()
    db.execute(
        insert(invitation).values(
            code_sha256=_hash(code),
            sub=wanted.sub,
            grid=wanted.grid,
            label=wanted.label,
            nbf_s=wanted.nbf_s,
            exp_s=wanted.exp_s,
            until_ms=now_ms + VALID_MS,
            made_by=by,
        )
    )
    note_deed(db, operator=by, deed="invite", subject=wanted.sub, now_ms=now_ms)
    return code


def accept(
    db: Connection, issuer: Issuer, code: str, *, public: bytes, proof: bytes, now_ms: int
) -> Issued:
    """Use an invitation up and return the credential. Raises MessageError with an `E_` code.

    A code that is unknown, used or late gets one answer: whoever guesses learns nothing.
    """
    if not is_usable_key(public):
        raise MessageError(KEY)
    if not verify_signature(public, (PROOF_LABEL + code).encode(), proof):
        raise MessageError(PROOF)
    mine = invitation.c.code_sha256 == _hash(code)
    found = db.execute(select(invitation).where(mine).with_for_update()).one_or_none()
    if found is None or found.used_ms is not None or now_ms > found.until_ms:
        raise MessageError(CODE)
    db.execute(update(invitation).where(mine).values(used_ms=now_ms))
    wanted = Wanted(
        sub=found.sub,
        kind=PassKind.PHONE,
        grid=found.grid,
        label=found.label,
        nbf_s=found.nbf_s,
        exp_s=found.exp_s,
        holder_public=public,
    )
    (made,) = issue_passes(db, issuer, [wanted], by=found.made_by, now_ms=now_ms)
    return made


def answer(
    engine: Engine, folder: Path | None, *, code: str, public: str, proof: str, now_ms: int
) -> dict[str, object]:
    """Return what a phone is told that sent its key and proof, in hexadecimal digits.

    `folder` may hold the issuer's key. Raises MessageError with an `E_` code, ConfigError for
    a key that must not be used, StoreError.
    """
    key, signed = bytes.fromhex(public), bytes.fromhex(proof)
    with writing(engine) as db:
        issuer = None if folder is None else load_issuer(folder, db)
        if issuer is None:
            raise MessageError("E_NO_ISSUER")
        made = accept(db, issuer, code, public=key, proof=signed, now_ms=now_ms)
    return {
        "credential": made.credential.hex(),
        "label": made.claims.label,
        "ends_s": made.claims.exp_s,
        "now_s": now_ms // 1000,
    }


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
