"""A kiosk's request -> a signed answer. What is acknowledged is on disk.

An entry is known by (device, epoch, seq), so anything may be sent again. The chain of heads
shows what is missing and what was changed afterwards: then the journal is frozen, and a
person looks. Urgent entries may come ahead of their place, also of a frozen journal: a
fever does not wait for an inquiry.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from kiosk import log
from kiosk.central import rows
from kiosk.central.authority import Authority
from kiosk.central.chain import Broken, Fork, Fresh, Gap, check_part
from kiosk.central.store import reading, writing
from kiosk.errors import MessageError
from kiosk.passes import cose
from kiosk.wire import (
    BULK,
    LogPart,
    SyncReply,
    SyncRequest,
    decode_request,
    encode_reply,
)

COUNTER_MAX = 2**62


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is answered with "no"."""

    code: str
    expected_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What was new in a request, and its answer."""

    reply: SyncReply
    seqs: tuple[int, ...] = ()


def utc_now_ms() -> int:
    """Return central's clock in UTC milliseconds."""
    return int(datetime.now(UTC).timestamp() * 1000)


class Intake:
    """Answers requests. Any thread: the database's write lock puts them in order."""

    def __init__(
        self, engine: Engine, authority: Authority, now_ms: Callable[[], int] = utc_now_ms
    ) -> None:
        self._engine = engine
        self._authority = authority
        self._now_ms = now_ms

    def answer(self, message: bytes) -> bytes:
        """Return the signed answer to a request.

        Raises MessageError for what is no request at all, StoreError when nothing was kept.
        """
        envelope = cose.parse(message)
        if envelope is None:
            raise MessageError("not a signed message")
        request = decode_request(envelope.payload)
        taken = self._check_sender(envelope, request) or self._take(request)
        if isinstance(taken, Refusal):
            taken = Taken(self._refused(request, taken))
        _log_stored(request, taken)
        return cose.sign(encode_reply(taken.reply), self._authority.status)

    def _check_sender(self, envelope: cose.Envelope, request: SyncRequest) -> Refusal | None:
        with reading(self._engine) as db:
            known = rows.devices_by_kid(db, envelope.kid)
        sender = next((row for row in known if row.id == request.device), None)
        if sender is None or request.server != self._authority.server:
            return Refusal("E_DEV_UNKNOWN")
        return None if cose.is_signed_by(envelope, sender.public) else Refusal("E_DEV_SIG")

    def _take(self, request: SyncRequest) -> Taken | Refusal:
        """Keep what a request carries; also a "no" uses up its counter."""
        with writing(self._engine) as db:
            counter = rows.lock_counter(db, request.device)
            if counter is None:
                return Refusal("E_DEV_UNKNOWN")
            if not counter < request.counter <= COUNTER_MAX:
                return Refusal("E_COUNTER", counter + 1)
            now_ms = self._now_ms()
            rows.note_device(db, request, now_ms)
            reply = SyncReply(
                request.device,
                request.counter,
                now_ms,
                trust=rows.newer_trust(db, request.have[0]),
            )
            journal = rows.find_log(db, request, now_ms)
            if request.lane != BULK or request.log is None:
                return _take_urgent(db, journal, request, reply)
            return _take_chain(db, journal, request.log, reply)

    def _refused(self, request: SyncRequest, why: Refusal) -> SyncReply:
        log.warning(
            log.Event.INTAKE_REFUSED,
            device=request.device,
            code=why.code,
            expected_seq=why.expected_seq,
        )
        return SyncReply(
            request.device,
            request.counter,
            self._now_ms(),
            error=why.code,
            expected_seq=why.expected_seq,
        )


def _take_urgent(
    db: Connection, journal: rows.LogRow, request: SyncRequest, reply: SyncReply
) -> Taken:
    """Keep copies of single entries, ahead of their place in the chain."""
    here = rows.find_entries(db, journal.id, [seq for seq, _ in request.urgent])
    bodies = {seq: kept.body for seq, kept in here.items()}
    new: list[int] = []
    rejected: list[tuple[int, str]] = []
    for seq, body in request.urgent:
        if seq not in bodies:
            code = rows.add_urgent(db, journal.id, seq, body, reply.utc_ms)
            if code is None:
                bodies[seq] = body
                new.append(seq)
            else:
                rejected.append((seq, code))
        elif bodies[seq] != body:
            rows.note_fork(db, journal.id, Fork(seq, body), reply.utc_ms)
            rejected.append((seq, "E_LOG_FORK"))
    refused = {seq for seq, _ in rejected}
    acked = tuple(seq for seq, _ in request.urgent if seq not in refused)
    return Taken(replace(reply, urgent_acked=acked, rejected=tuple(rejected)), tuple(new))


def _take_chain(
    db: Connection, journal: rows.LogRow, part: LogPart, reply: SyncReply
) -> Taken | Refusal:
    """Keep a run of entries that goes on from what is here."""
    if journal.forked_seq is not None:
        return Refusal("E_LOG_FORK", journal.forked_seq)
    verdict = check_part(part, rows.held(db, journal, part))
    if isinstance(verdict, Gap):
        return Refusal("E_LOG_GAP", verdict.expected_seq)
    if isinstance(verdict, Broken):
        return Refusal("E_LOG_CHAIN", part.from_seq)
    if isinstance(verdict, Fork):
        rows.note_fork(db, journal.id, verdict, reply.utc_ms)
        log.error(log.Event.INTAKE_CONFLICT, device=journal.device, seq=verdict.seq)
        return Refusal("E_LOG_FORK", verdict.seq)
    rows.note_newest(db, journal.id, part.to_seq, reply.utc_ms)
    return _add(db, journal, verdict, reply)


def _add(
    db: Connection, journal: rows.LogRow, fresh: tuple[Fresh, ...], reply: SyncReply
) -> Taken:
    refused = rows.add_chain(db, journal, fresh, reply.utc_ms)
    acked = (fresh[-1].seq, fresh[-1].head) if fresh else (journal.seq, journal.head)
    new = tuple(one.seq for one in fresh if not one.has_copy)
    return Taken(replace(reply, acked=acked, rejected=tuple(refused.items())), new)


def _log_stored(request: SyncRequest, taken: Taken) -> None:
    if taken.seqs:
        log.event(
            log.Event.INTAKE_STORED,
            device=request.device,
            epoch=request.epoch.hex(),
            lane=request.lane,
            from_seq=min(taken.seqs),
            to_seq=max(taken.seqs),
            count=len(taken.seqs),
        )
