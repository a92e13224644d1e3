"""Passes are issued here, and written down: what was printed is always known to central.

The issuer's key lies in `issuer.key` of central's folder, or nowhere: then passes are made
elsewhere. No text of a pass is kept; what is kept tells one pass from another, and lets an
allow-list be made when the key is burnt.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, func, insert, select

from kiosk.central import revocations
from kiosk.central.deeds import note_deed
from kiosk.central.directory import lock_display
from kiosk.central.issuer import KEY, Issuer, load_issuer
from kiosk.central.schema_office import issued, revoked
from kiosk.core.words import DisplayRecord, PassKind
from kiosk.errors import ConfigError
from kiosk.passes.claims import (
    LIFE_MAX_S,
    STOCK_NUMBER_MAX,
    Claims,
    encode_claims,
    stock_number,
    stock_sub,
)
from kiosk.passes.issue import issue, issue_credential, new_cti

__all__ = [
    "KEY",
    "STOCK_MAX",
    "Issued",
    "Issuer",
    "Wanted",
    "find_passes",
    "issue_passes",
    "keep_passes",
    "keep_stock",
    "load_issuer",
    "reissue",
    "revoke_numbers",
    "revoke_passes",
    "sign_passes",
    "sign_stock",
]

STOCK_MAX = 1000  # chosen: of one order; a hundred sheets
DAY_S = 86_400
_SHA_BYTES = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pass to be issued. `holder_public` is the raw key of a phone; `card_no` of a blank."""

    sub: str
    kind: PassKind
    grid: int
    label: str
    nbf_s: int
    exp_s: int
    card_no: int | None = None
    holder_public: bytes = b""
    display: DisplayRecord | None = None  # for staff, while the pass is before the camera


@dataclass(frozen=True, slots=True)
class Issued:
    """A pass that was issued: `text` for paper, `credential` for a phone. Kept nowhere."""

    claims: Claims
    text: str = ""
    credential: bytes = b""
    card_no: int | None = None


def issue_passes(
    db: Connection, issuer: Issuer, wanted: Sequence[Wanted], *, by: str, now_ms: int
) -> list[Issued]:
    """Issue passes and write them down. Raises MessageError for what no gate would take."""
    made = sign_passes(issuer, wanted)
    keep_passes(db, issuer, made, by=by, now_ms=now_ms)
    for one, told in zip(made, wanted, strict=True):
        if told.display is not None:
            signed = one.credential or one.text
            lock_display(db, one.claims.cti, signed, told.display)
    return made


def sign_passes(issuer: Issuer, wanted: Sequence[Wanted]) -> list[Issued]:
    """Return signed passes that stand in no book yet: print them, then keep them.

    Raises MessageError for what no gate would take.
    """
    return [_issue(issuer, one) for one in wanted]


def keep_passes(
    db: Connection, issuer: Issuer, made: Sequence[Issued], *, by: str, now_ms: int
) -> None:
    """Write signed passes down: from now on they are issued."""
    _keep(db, issuer, made, by=by, now_ms=now_ms)
    for one in made:
        note_deed(db, operator=by, deed="issue", subject=_subject(one), now_ms=now_ms)


def reissue(
    db: Connection, issuer: Issuer, cti: bytes, *, by: str, reason: str, now_ms: int
) -> Issued:
    """Revoke a paper pass and issue its like, with the same end.

    Raises ConfigError for a pass that is not known here, has ended, or is a phone's.
    """
    old = db.execute(select(issued).where(issued.c.cti == cti)).one_or_none()
    if old is None:
        raise ConfigError([f"{cti.hex()}: no such pass; look it up by household"])
    now_s = now_ms // 1000
    if old.exp_s <= now_s:
        raise ConfigError([f"{cti.hex()}: has ended; issue a new one"])
    if old.kind == PassKind.PHONE:
        raise ConfigError([f"{cti.hex()}: is on a phone; revoke it and invite the phone anew"])
    revocations.revoke(db, [cti], by=by, reason=reason, now_ms=now_ms)
    made = _issue(issuer, _like(db, old, now_s))
    _keep(db, issuer, [made], by=by, now_ms=now_ms, replaces=cti)
    subject = f"{cti.hex()} -> {_subject(made)}"
    note_deed(db, operator=by, deed="reissue", subject=subject, now_ms=now_ms)
    return made


def sign_stock(
    db: Connection,
    issuer: Issuer,
    count: int,
    *,
    kind: PassKind,
    grid: int,
    exp_s: int,
    now_ms: int,
) -> list[Issued]:
    """Return signed blank cards, in no book yet; their numbers go on from the highest.

    Raises ConfigError for too many, or when the numbers are used up.
    """
    if not 1 <= count <= STOCK_MAX:
        raise ConfigError([f"{count} cards: 1 to {STOCK_MAX} at a time"])
    first = _next_number(db)
    if first + count - 1 > STOCK_NUMBER_MAX:
        raise ConfigError([f"the stock ends at number {STOCK_NUMBER_MAX}"])
    now_s = now_ms // 1000
    wanted = [
        _blank(number, kind, grid, now_s, exp_s) for number in range(first, first + count)
    ]
    return sign_passes(issuer, wanted)


def keep_stock(
    db: Connection, issuer: Issuer, made: Sequence[Issued], *, by: str, now_ms: int
) -> None:
    """Write signed blank cards down. Raises ConfigError when others have their numbers."""
    first, last = made[0].card_no, made[-1].card_no
    if first != _next_number(db):
        raise ConfigError(["somebody else made cards with these numbers: make yours again"])
    _keep(db, issuer, made, by=by, now_ms=now_ms)
    note_deed(db, operator=by, deed="stock", subject=f"No. {first} - {last}", now_ms=now_ms)


def revoke_passes(
    db: Connection, ctis: Sequence[bytes], *, by: str, reason: str, now_ms: int
) -> int:
    """Revoke passes by id. Returns the number of the new list. Raises ConfigError."""
    seq = revocations.revoke(db, ctis, by=by, reason=reason, now_ms=now_ms)
    for cti in ctis:
        note_deed(db, operator=by, deed="revoke", subject=cti.hex(), now_ms=now_ms)
    return seq


def revoke_numbers(
    db: Connection, first: int, last: int, *, by: str, reason: str, now_ms: int
) -> int:
    """Revoke the cards of the stock from `first` to `last`. Returns how many there were.

    Raises ConfigError when none of them was issued.
    """
    wanted = select(issued.c.cti).where(issued.c.card_no.between(first, last))
    ctis = list(db.scalars(wanted))
    if not ctis:
        raise ConfigError([f"No. {first} - {last}: no such cards were issued"])
    revocations.revoke(db, ctis, by=by, reason=reason, now_ms=now_ms)
    subject = f"No. {first} - {last}"
    note_deed(db, operator=by, deed="revoke stock", subject=subject, now_ms=now_ms)
    return len(ctis)


def find_passes(
    db: Connection,
    *,
    sub: str = "",
    card_no: int | None = None,
    cti: bytes = b"",
    label: str = "",
) -> list[Row[tuple[object, ...]]]:
    """Return passes of a household, a card number, an id or a masked name, the newest first.

    Each row has `is_revoked` beside the columns of `issued`.
    """
    ended = select(revoked.c.cti).where(revoked.c.dropped_seq.is_(None))
    wanted = select(issued, issued.c.cti.in_(ended).label("is_revoked"))
    if cti:
        wanted = wanted.where(issued.c.cti == cti)
    elif card_no is not None:
        wanted = wanted.where(issued.c.card_no == card_no)
    elif label:
        wanted = wanted.where(issued.c.label == label)
    else:
        wanted = wanted.where(issued.c.sub == sub)
    return list(db.execute(wanted.order_by(issued.c.issued_ms.desc()).limit(100)))


def _issue(issuer: Issuer, wanted: Wanted) -> Issued:
    claims = Claims(
        iss=issuer.community,
        sub=wanted.sub,
        nbf_s=wanted.nbf_s,
        exp_s=wanted.exp_s,
        cti=new_cti(),
        kind=wanted.kind,
        grid=wanted.grid,
        label=wanted.label,
        holder=wanted.holder_public,
    )
    if wanted.kind is PassKind.PHONE:
        return Issued(claims, credential=issue_credential(claims, issuer.key))
    return Issued(claims, issue(claims, issuer.key), card_no=wanted.card_no)


def _keep(
    db: Connection,
    issuer: Issuer,
    made: Sequence[Issued],
    *,
    by: str,
    now_ms: int,
    replaces: bytes | None = None,
) -> None:
    rows = [
        {
            "cti": one.claims.cti,
            "kid": issuer.kid,
            "payload_sha8": hashlib.sha256(encode_claims(one.claims)).digest()[:_SHA_BYTES],
            "sub": one.claims.sub,
            "kind": int(one.claims.kind),
            "grid": one.claims.grid,
            "label": one.claims.label,
            "nbf_s": one.claims.nbf_s,
            "exp_s": one.claims.exp_s,
            "card_no": one.card_no,
            "issued_ms": now_ms,
            "issued_by": by,
            "replaces": replaces,
        }
        for one in made
    ]
    if rows:
        db.execute(insert(issued), rows)


def _like(db: Connection, old: Row[tuple[object, ...]], now_s: int) -> Wanted:
    """Return a pass like an old one; a card of the stock gets the next number."""
    kind, exp_s = PassKind(old.kind), min(old.exp_s, now_s + LIFE_MAX_S)
    if stock_number(old.sub) is not None:
        return _blank(_next_number(db), kind, old.grid, now_s, exp_s)
    return Wanted(old.sub, kind, old.grid, old.label, now_s, exp_s)


def _blank(number: int, kind: PassKind, grid: int, now_s: int, exp_s: int) -> Wanted:
    return Wanted(stock_sub(number), kind, grid, "", now_s, exp_s, card_no=number)


def _next_number(db: Connection) -> int:
    return (db.scalar(select(func.max(issued.c.card_no))) or 0) + 1


def _subject(one: Issued) -> str:
    return f"{one.claims.cti.hex()} {one.claims.kind.name.lower()} {one.claims.sub}"
