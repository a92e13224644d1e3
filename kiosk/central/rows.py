"""What intake reads and writes, inside a transaction that is already open."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from kiosk.central.chain import Fork, Fresh, Held, Kept
from kiosk.central.schema import conflict, device, entry, log, setting
from kiosk.errors import MessageError
from kiosk.wire import LogPart, SyncRequest, WireEntry, decode_entry, first_head

BAD_ENTRY = "E_ENTRY"
CONFLICTS_MAX = 100  # chosen: evidence enough; a broken kiosk must not fill the disk
TEXT_CHARS_MAX = 200
INTEGER_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A kiosk that may send."""

    id: str
    public: bytes


@dataclass(frozen=True, slots=True)
class LogRow:
    """One journal of a kiosk: how far it is here, and whether it is frozen."""

    id: int
    device: str
    epoch: bytes
    seq: int
    head: bytes
    forked_seq: int | None


def devices_by_kid(db: Connection, kid: bytes) -> list[DeviceRow]:
    """Return the devices that a key id may mean."""
    wanted = select(device.c.id, device.c.public).where(device.c.kid == kid)
    return [DeviceRow(*row) for row in db.execute(wanted)]


def is_blocked(db: Connection, device_id: str) -> bool:
    """Whether a person said that nothing of this kiosk is taken any more."""
    return bool(db.scalar(select(device.c.is_blocked).where(device.c.id == device_id)))


def lock_counter(db: Connection, device_id: str) -> int | None:
    """Return the counter of a device's newest request; others of it wait until the commit."""
    return db.scalar(select(device.c.counter).where(device.c.id == device_id).with_for_update())


def note_device(db: Connection, request: SyncRequest, now_ms: int) -> None:
    """Keep the counter, and what the request says of the kiosk."""
    db.execute(
        update(device)
        .where(device.c.id == request.device)
        .values(
            counter=request.counter,
            seen_ms=now_ms,
            clock=request.clock,
            clock_offset_ms=request.utc_ms - now_ms,
        )
    )


def newer_trust(db: Connection, have_seq: int) -> bytes | None:
    """Return the trust list when the kiosk's is older."""
    named = select(setting.c.value).where(setting.c.name == "trust_seq")
    seq = db.scalar(named)
    if seq is None or int(seq) <= have_seq:
        return None
    return db.scalar(select(setting.c.value).where(setting.c.name == "trust"))


def find_log(db: Connection, request: SyncRequest, now_ms: int) -> LogRow:
    """Return the journal that a request is about; a new one begins at its first head."""
    columns = (log.c.id, log.c.device, log.c.epoch, log.c.seq, log.c.head, log.c.forked_seq)
    wanted = select(*columns).where(
        log.c.device == request.device, log.c.epoch == request.epoch
    )
    if (row := db.execute(wanted).first()) is None:
        db.execute(
            insert(log).values(
                device=request.device,
                epoch=request.epoch,
                seq=0,
                head=first_head(request.device, request.epoch),
                newest_seq=0,
                seen_ms=now_ms,
            )
        )
        row = db.execute(wanted).one()
    return LogRow(*row)


def note_newest(db: Connection, log_id: int, newest_seq: int, now_ms: int) -> None:
    """Keep the newest entry that the kiosk is known to have."""
    db.execute(
        update(log)
        .where(log.c.id == log_id)
        .values(
            newest_seq=func.max(log.c.newest_seq, newest_seq)
            if db.dialect.name == "sqlite"
            else func.greatest(log.c.newest_seq, newest_seq),
            seen_ms=now_ms,
        )
    )


def find_entries(db: Connection, log_id: int, seqs: Iterable[int]) -> dict[int, Kept]:
    """Return those of some entries that are here."""
    wanted = select(entry.c.seq, entry.c.body, entry.c.head, entry.c.refused)
    found = db.execute(wanted.where(entry.c.log == log_id, entry.c.seq.in_(list(seqs))))
    return {seq: Kept(body, head, code) for seq, body, head, code in found}


def held(db: Connection, known: LogRow, part: LogPart) -> Held:
    """Return what is here around a run of entries."""
    wanted = select(entry.c.seq, entry.c.body, entry.c.head, entry.c.refused).where(
        entry.c.log == known.id, entry.c.seq.between(part.from_seq - 1, part.to_seq)
    )
    kept = {seq: Kept(body, head, code) for seq, body, head, code in db.execute(wanted)}
    return Held(known.seq, known.head, first_head(known.device, known.epoch), kept)


def add_urgent(db: Connection, log_id: int, seq: int, body: bytes, now_ms: int) -> str | None:
    """Keep a copy of one entry. Returns the code of one that is none; then it is not kept."""
    columns = _columns(seq, body)
    if isinstance(columns, str):
        return columns
    here = {"log": log_id, "seq": seq, "body": body, "stored_ms": now_ms, "is_urgent": True}
    db.execute(insert(entry).values(**here, **columns))
    return None


def add_chain(
    db: Connection, known: LogRow, fresh: Sequence[Fresh], now_ms: int
) -> dict[int, str]:
    """Put entries behind the others. Returns the codes of those that are not believed."""
    if not fresh:
        return {}
    refused: dict[int, str] = {}
    new: list[dict[str, Any]] = []
    for one in fresh:
        columns = _columns(one.seq, one.body)
        code = one.code or (columns if isinstance(columns, str) else None)
        if code is not None:
            refused[one.seq] = code
        row = {"log": known.id, "seq": one.seq, "head": one.head, "refused": code}
        if one.has_copy:
            _complete(db, row)
            continue
        decoded = _NOTHING if isinstance(columns, str) else columns
        stored = {"body": one.body, "stored_ms": now_ms, "is_urgent": False}
        new.append({**row, **stored, **decoded})
    if new:
        db.execute(insert(entry), new)
    last = fresh[-1]
    db.execute(update(log).where(log.c.id == known.id).values(seq=last.seq, head=last.head))
    return refused


def note_fork(db: Connection, log_id: int, fork: Fork, now_ms: int) -> bool:
    """Freeze a journal and keep the second history's entry as evidence.

    Returns whether it was not frozen before.
    """
    free = update(log).where(log.c.id == log_id, log.c.forked_seq.is_(None))
    is_new = bool(db.execute(free.values(forked_seq=fork.seq)).rowcount)
    if fork.body is not None:
        _keep_evidence(db, log_id, fork.seq, fork.body, now_ms)
    return is_new


def _keep_evidence(db: Connection, log_id: int, seq: int, body: bytes, now_ms: int) -> None:
    digest = hashlib.sha256(body).digest()
    of_log = select(func.count()).select_from(conflict).where(conflict.c.log == log_id)
    same = of_log.where(conflict.c.seq == seq, conflict.c.sha256 == digest)
    if db.scalar(same) or (db.scalar(of_log) or 0) >= CONFLICTS_MAX:
        return
    row = {"log": log_id, "seq": seq, "sha256": digest, "body": body}
    db.execute(insert(conflict).values(**row, seen_ms=now_ms))


def _complete(db: Connection, row: Mapping[str, Any]) -> None:
    """Give an urgent copy its place in the chain."""
    which = (entry.c.log == bindparam("of_log"), entry.c.seq == bindparam("at_seq"))
    change = update(entry).where(*which)
    db.execute(
        change.values(head=row["head"], refused=row["refused"]),
        {"of_log": row["log"], "at_seq": row["seq"]},
    )


_COLUMNS = ("kind", "utc_ms", "clock", "gate", "direction", "decision", "reason", "cti")
_NOTHING: dict[str, Any] = dict.fromkeys(_COLUMNS)


def _columns(seq: int, body: bytes) -> dict[str, Any] | str:
    """Return the columns of an entry, or the code of one that is none."""
    try:
        fields = decode_entry(body)
    except MessageError:
        return BAD_ENTRY
    if fields.seq != seq or not _is_storable(fields):
        return BAD_ENTRY
    return {name: getattr(fields, name) for name in _COLUMNS}


def _is_storable(fields: WireEntry) -> bool:
    """Whether both databases can hold its words: a zero character they cannot."""
    texts = (fields.kind, fields.gate, fields.direction, fields.decision, fields.reason)
    return all(
        text is None or (len(text) <= TEXT_CHARS_MAX and "\x00" not in text) for text in texts
    )
