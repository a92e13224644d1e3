"""A pass on the phone: an invitation, used once, becomes a credential for the phone's own key.

The code stands in the link behind `#`: browsers send it to nobody, so no log ever has it. Here
only its hash is kept. The phone proves that it holds the key it names, by signing the code.
"""

import base64
import hashlib
import secrets
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, update

from kiosk.central.deeds import note_deed
from kiosk.central.issuing import Issued, Issuer, Wanted, issue_passes, load_issuer
from kiosk.central.schema_office import invitation, issued
from kiosk.central.store import reading, writing
from kiosk.core.words import PassKind
from kiosk.errors import ConfigError, MessageError
from kiosk.passes.claims import STOCK_PREFIX, Claims, check_label, is_sub
from kiosk.passes.cose import verify_signature
from kiosk.passes.issue import issue_credential
from kiosk.passes.phone import is_usable_key

CODE_BYTES = 16
VALID_MS = 30 * 60_000
PROOF_LABEL = "gate-phone-v1:"
WRONG_PROOFS_MAX = 5  # chosen: a right phone needs one
KEY, PROOF, CODE = "E_HOLDER_KEY", "E_HOLDER_SIG", "E_INVITATION"
REUSED = "E_HOLDER_REUSED"


def invite(db: Connection, wanted: Wanted, *, by: str, now_ms: int) -> str:
    """Return a code, 26 letters, for which one phone gets this pass within half an hour.

    Raises ConfigError for a household or label that no pass may have.
    """
    if not is_sub(wanted.sub) or wanted.sub.startswith(STOCK_PREFIX):
        raise ConfigError([f"{wanted.sub!r}: a household has 8 letters or digits"])
    if check_label(wanted.label) is not None:
        raise ConfigError(["a label is empty or a short masked name such as 张*明"])
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
            wrong_proofs=0,
        )
    )
    note_deed(db, operator=by, deed="invite", subject=wanted.sub, now_ms=now_ms)
    return code


def answer(
    engine: Engine, folder: Path | None, *, code: str, public: str, proof: str, now_ms: int
) -> dict[str, object]:
    """Return what a phone is told that sent its key and proof, in hexadecimal digits.

    `folder` may hold the issuer's key. Raises MessageError with an `E_` code, ConfigError for
    a key that must not be used, StoreError.
    """
    holder, signed = bytes.fromhex(public), bytes.fromhex(proof)
    if not is_usable_key(holder):
        raise MessageError(KEY)
    with reading(engine) as db:  # so that whoever guesses never holds the lock
        _find(db, code, holder, now_ms)
    if not verify_signature(holder, (PROOF_LABEL + code).encode(), signed):
        with writing(engine) as db:
            _note_wrong_proof(db, code)
        raise MessageError(PROOF)
    with writing(engine) as db:
        issuer = None if folder is None else load_issuer(folder, db)
        if issuer is None:
            raise MessageError("E_NO_ISSUER")
        made = accept(db, issuer, code, holder=holder, now_ms=now_ms)
    return {
        "credential": made.credential.hex(),
        "label": made.claims.label,
        "ends_s": made.claims.exp_s,
        "now_s": now_ms // 1000,
    }


def accept(db: Connection, issuer: Issuer, code: str, *, holder: bytes, now_ms: int) -> Issued:
    """Use an invitation up for a key that was proved. Raises MessageError with an `E_` code.

    A phone that lost the answer may ask again with the same key, and gets the same.
    """
    found = _find(db, code, holder, now_ms)
    if found.used_ms is not None:
        return _once_more(db, issuer, found)
    if db.scalar(select(invitation.c.cti).where(invitation.c.holder == holder)) is not None:
        raise MessageError(REUSED)
    wanted = Wanted(
        sub=found.sub,
        kind=PassKind.PHONE,
        grid=found.grid,
        label=found.label,
        nbf_s=found.nbf_s,
        exp_s=found.exp_s,
        holder_public=holder,
    )
    (made,) = issue_passes(db, issuer, [wanted], by=found.made_by, now_ms=now_ms)
    used = {"used_ms": now_ms, "holder": holder, "cti": made.claims.cti}
    db.execute(update(invitation).where(_is(code)).values(**used))
    return made


def _find(db: Connection, code: str, holder: bytes, now_ms: int) -> Row[tuple[object, ...]]:
    """Return an invitation that this key may use.

    One that is unknown, used or late gets one answer: whoever guesses learns nothing.
    """
    found = db.execute(select(invitation).where(_is(code)).with_for_update()).one_or_none()
    if found is None or now_ms > found.until_ms or found.wrong_proofs >= WRONG_PROOFS_MAX:
        raise MessageError(CODE)
    if found.used_ms is not None and found.holder != holder:
        raise MessageError(CODE)
    return found


def _once_more(db: Connection, issuer: Issuer, used: Row[tuple[object, ...]]) -> Issued:
    """Sign the same claims again: Ed25519 gives the same bytes, so none need be kept."""
    row = db.execute(select(issued).where(issued.c.cti == used.cti)).one_or_none()
    if row is None or row.kid != issuer.kid:
        raise MessageError(CODE)
    claims = Claims(
        iss=issuer.community,
        sub=row.sub,
        nbf_s=row.nbf_s,
        exp_s=row.exp_s,
        cti=row.cti,
        kind=PassKind.PHONE,
        grid=row.grid,
        label=row.label,
        holder=used.holder,
    )
    return Issued(claims, credential=issue_credential(claims, issuer.key))


def _note_wrong_proof(db: Connection, code: str) -> None:
    more = {"wrong_proofs": invitation.c.wrong_proofs + 1}
    db.execute(update(invitation).where(_is(code)).values(**more))


def _is(code: str) -> ColumnElement[bool]:
    return invitation.c.code_sha256 == _hash(code)


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
