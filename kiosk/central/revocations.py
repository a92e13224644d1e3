"""Which passes ended early, and the signed lists that tell kiosks so.

`revoked` keeps the number of the list that added an id and of the one that dropped it, so
that the difference from any older list can be made. A list is issued anew every six hours,
also without a change: its age tells a gate how long it has heard nothing; then what is kept
of passes that ended a week ago goes too. Numbers rise with the clock, not one by one: a
central that came back from a backup goes on above whatever it had handed out before.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from kiosk.central.directory import forget_records
from kiosk.central.schema import setting
from kiosk.central.schema_office import issued, revoked
from kiosk.errors import ConfigError
from kiosk.passes.packed import ID_BYTES, pack
from kiosk.passes.revocation import IDS_MAX, RevocationPart, sign_part

DAY_S = 86_400
NEXT_S = DAY_S  # a gate that heard nothing for a day says so
REISSUE_S = 6 * 3600  # chosen: four small lists a day, and at least 18 hours without central
KEPT_S = 7 * DAY_S  # after its end a pass stays listed: a gate's clock may be behind
HURRY_S = 600  # a kiosk that claims a newer list than ours cannot make more than six an hour
_BATCH = 500
_SEQ, _ISSUED, _HASH = "rl_seq", "rl_issued_s", "rl_sha256"


@dataclass(frozen=True, slots=True)
class Issue:
    """The newest list: its number, when it was issued (UTC seconds), the hash of its ids."""

    seq: int
    issued_s: int
    sha256: bytes


_NONE = Issue(0, 0, hashlib.sha256(b"").digest())
_ON_LIST = revoked.c.dropped_seq.is_(None)


def revoke(db: Connection, ctis: Sequence[bytes], *, by: str, reason: str, now_ms: int) -> int:
    """End passes early. Returns the number of the list that says so.

    What is revoked already stays as it is. Raises ConfigError for an id that is none, and
    when the list would not fit a kiosk any more.
    """
    wanted = _checked(ctis)
    newest = _newest(db)
    new = wanted - _among(db, wanted, _ON_LIST)
    if not new:
        return newest.seq
    _need_room(db, len(new))
    seq = _next_seq(newest, now_ms)
    deed = {"revoked_ms": now_ms, "revoked_by": by, "reason": reason}
    again = _among(db, new, revoked.c.dropped_seq.is_not(None))
    row = {"added_seq": seq, "dropped_seq": None, **deed}
    for some in _batches(again):
        db.execute(update(revoked).where(revoked.c.cti.in_(some)).values(**row))
    for some in _batches(new - again):
        db.execute(insert(revoked), [{"cti": cti, **row} for cti in some])
    return _issue(db, seq, now_ms)


def restore(db: Connection, ctis: Sequence[bytes], *, by: str, now_ms: int) -> int:
    """Let revoked passes count again. Returns the number of the list that says so.

    `revoked_by` and the reason are kept; who restored stands behind them. Raises
    ConfigError for an id that is none.
    """
    here = _among(db, _checked(ctis), _ON_LIST)
    newest = _newest(db)
    if not here:
        return newest.seq
    seq = _next_seq(newest, now_ms)
    note = revoked.c.reason + f" | restored by {by}"
    for some in _batches(here):
        change = update(revoked).where(revoked.c.cti.in_(some))
        db.execute(change.values(dropped_seq=seq, reason=note))
    return _issue(db, seq, now_ms)


def signed_list(
    db: Connection, status: Ed25519PrivateKey, community: str, have_seq: int, now_ms: int
) -> bytes | None:
    """Return what a kiosk with list `have_seq` needs: a difference, a full list, or None.

    A list that is due is issued on the way.
    """
    newest = _newest(db)
    base_seq = have_seq if 0 < have_seq <= newest.seq else 0
    if _is_due(newest, have_seq, now_ms // 1000):
        newest = _reissue(db, newest, have_seq, now_ms)
    if base_seq == newest.seq:
        return None
    return sign_part(_part(db, newest, community, base_seq), status)


def count_revoked(db: Connection) -> int:
    """Return how many passes are on the list."""
    return db.scalar(select(func.count()).select_from(revoked).where(_ON_LIST)) or 0


def _is_due(newest: Issue, have_seq: int, now_s: int) -> bool:
    """A list gets old; and one number above ours was ours, before a backup was put back.

    Such a claim counts when it may be true, and not over and over: numbers are finite.
    """
    age_s = now_s - newest.issued_s
    if newest.seq == 0 or not 0 <= age_s < REISSUE_S:
        return True
    return newest.seq < have_seq <= now_s + DAY_S and age_s >= HURRY_S


def _reissue(db: Connection, newest: Issue, have_seq: int, now_ms: int) -> Issue:
    now_s = now_ms // 1000
    base = have_seq if newest.seq < have_seq <= now_s + DAY_S else newest.seq
    seq = _next_seq(Issue(base, newest.issued_s, newest.sha256), now_ms)
    ended = select(issued.c.cti).where(issued.c.exp_s <= now_s - KEPT_S)
    old = update(revoked).where(_ON_LIST, revoked.c.cti.in_(ended))
    db.execute(old.values(dropped_seq=seq))
    forget_records(db, ended)
    _issue(db, seq, now_ms)
    return _newest(db)


def _part(db: Connection, newest: Issue, community: str, base_seq: int) -> RevocationPart:
    """Return the difference from a list, or the full list where that is shorter."""
    add = _ids(db, revoked.c.added_seq > base_seq, _ON_LIST)
    drop = _ids(db, revoked.c.dropped_seq > base_seq) if base_seq else []
    if base_seq and len(add) + len(drop) > count_revoked(db):
        base_seq, add, drop = 0, _ids(db, _ON_LIST), []
    return RevocationPart(
        community,
        newest.seq,
        base_seq,
        newest.issued_s,
        newest.issued_s + NEXT_S,
        pack(add),
        pack(drop),
        newest.sha256,
    )


def _newest(db: Connection) -> Issue:
    """Return the newest list; whoever asks holds its number until the transaction ends."""
    named = select(setting.c.name, setting.c.value)
    if db.execute(named.where(setting.c.name == _SEQ).with_for_update()).first() is None:
        return _NONE
    rows = db.execute(named.where(setting.c.name.in_((_SEQ, _ISSUED, _HASH))))
    kept = {row.name: row.value for row in rows}
    return Issue(int(kept[_SEQ]), int(kept[_ISSUED]), kept[_HASH])


def _next_seq(newest: Issue, now_ms: int) -> int:
    return max(newest.seq + 1, now_ms // 1000)


def _issue(db: Connection, seq: int, now_ms: int) -> int:
    sha256 = hashlib.sha256(pack(_ids(db, _ON_LIST))).digest()
    for name, value in (
        (_SEQ, str(seq).encode()),
        (_ISSUED, str(now_ms // 1000).encode()),
        (_HASH, sha256),
    ):
        _put(db, name, value)
    return seq


def _put(db: Connection, name: str, value: bytes) -> None:
    """Set in place: whoever waits for the row must find it there."""
    done = db.execute(update(setting).where(setting.c.name == name).values(value=value))
    if done.rowcount == 0:
        db.execute(insert(setting).values(name=name, value=value))


def _ids(db: Connection, *which: ColumnElement[bool]) -> list[bytes]:
    return list(db.scalars(select(revoked.c.cti).where(*which)))


def _among(
    db: Connection, ctis: frozenset[bytes], which: ColumnElement[bool]
) -> frozenset[bytes]:
    """Return those of some ids whose row is so."""
    return frozenset(
        cti for some in _batches(ctis) for cti in _ids(db, revoked.c.cti.in_(some), which)
    )


def _batches(ctis: frozenset[bytes]) -> Iterator[list[bytes]]:
    ordered = sorted(ctis)
    return (ordered[at : at + _BATCH] for at in range(0, len(ordered), _BATCH))


def _checked(ctis: Sequence[bytes]) -> frozenset[bytes]:
    wrong = [cti for cti in ctis if len(cti) != ID_BYTES]
    if wrong:
        raise ConfigError([f"{cti.hex()}: not the id of a pass, 16 digits" for cti in wrong])
    return frozenset(ctis)


def _need_room(db: Connection, more: int) -> None:
    if count_revoked(db) + more > IDS_MAX:
        raise ConfigError(
            [f"a list holds {IDS_MAX} passes; make a new issuer key and retire the old one"]
        )
