"""A kiosk's request -> a signed answer. What is acknowledged is on disk.

An entry is known by (device, epoch, seq), so anything may be sent again. The chain of heads
shows what is missing and what was changed afterwards: then the journal is frozen, and a
person looks. Urgent entries may come ahead of their place, also of a frozen journal: a
fever does not wait for an inquiry.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from sqlalchemy import Connection, Engine

from kiosk import log
from kiosk.central import (
    anchors,
    cases_contacts,
    clock_offset,
    from_entries,
    gates_now,
    lists_out,
    rows,
    sealed,
)
from kiosk.central.authority import Authority
from kiosk.central.chain import Broken, Fork, Fresh, Gap, check_part
from kiosk.central.sender import NO_TIME_MS, Stranger, is_too_big, read_request
from kiosk.central.store import reading, writing
from kiosk.central.troubles import Troubles
from kiosk.errors import MessageError
from kiosk.passes import cose
from kiosk.wire import (
    BATCH_MAX,
    BULK,
    LogPart,
    SyncReply,
    SyncRequest,
    encode_reply,
)

COUNTER_MAX = 2**62
STRANGERS = "strangers"  # all who proved nothing, in the log


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is answered with "no". The lists go out all the same."""

    code: str
    expected_seq: int | None = None
    lists: SyncReply | None = None


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
        self.troubles = Troubles()

    def answer(self, message: bytes) -> bytes:
        """Return the signed answer to a request.

        Raises MessageError for what is no request at all, StoreError when nothing was kept.
        """
        envelope = cose.parse(message)
        if envelope is None:
            raise MessageError("not a signed message")
        with reading(self._engine) as db:
            known = rows.devices_by_kid(db, envelope.kid)
        request = read_request(envelope, known)
        if isinstance(request, Stranger):
            return self._sign(self._turn_away(request))
        taken = self._check(request) or self._take(request)
        if isinstance(taken, Refusal):
            return self._sign(self._refused(request, taken))
        self.troubles.ended(request.device)
        _log_stored(request, taken)
        return self._sign(taken.reply)

    def _sign(self, reply: SyncReply) -> bytes:
        return cose.sign(encode_reply(reply), self._authority.status)

    def _turn_away(self, who: Stranger) -> SyncReply:
        self.troubles.began(STRANGERS, who.code)
        return SyncReply(who.device, who.counter, NO_TIME_MS, error=who.code)

    def _check(self, request: SyncRequest) -> Refusal | None:
        if request.server != self._authority.server:
            return Refusal("E_DEV_UNKNOWN")
        return Refusal("E_TOO_BIG") if is_too_big(request) else None

    def _take(self, request: SyncRequest) -> Taken | Refusal:
        """Keep what a request carries; also a "no" uses up its counter."""
        with writing(self._engine) as db:
            counter = rows.lock_counter(db, request.device)
            if counter is None:
                return Refusal("E_DEV_UNKNOWN")
            if not counter < request.counter <= COUNTER_MAX:
                return Refusal("E_COUNTER", counter + 1)
            if rows.is_blocked(db, request.device):
                return Refusal("E_DEV_BLOCKED")
            now_ms = self._now_ms()
            clock_offset.tell_offset(db, request, now_ms)
            rows.note_device(db, request, now_ms)
            lists_out.note_have(db, request, now_ms)
            gates_now.note_gate(db, request, now_ms)
            anchors.keep_anchors(db, request)
            empty = SyncReply(request.device, request.counter, now_ms, batch_max=BATCH_MAX)
            reply = lists_out.add_lists(db, self._authority.status, request, empty)
            journal = rows.find_log(db, request, now_ms)
            if request.lane != BULK or request.log is None:
                taken = _take_urgent(db, journal, request, reply)
                return _with_cases(db, request, journal, taken)
            chained = _take_chain(db, journal, request.log, reply)
            if isinstance(chained, Refusal):
                return replace(chained, lists=reply)
            taken = self._with_sealed(db, request, journal, chained)
            return _with_cases(db, request, journal, taken)

    def _with_sealed(
        self, db: Connection, request: SyncRequest, journal: rows.LogRow, taken: Taken
    ) -> Taken:
        """Keep sealed fields too; those that are not their entry's are named and left."""
        acked, refused = sealed.take_sealed(db, request, journal.id, taken.reply.utc_ms)
        if refused:
            self.troubles.began(request.device, sealed.E_SEALED, expected_seq=refused[0])
        return replace(taken, reply=replace(taken.reply, sealed_acked=acked))

    def _refused(self, request: SyncRequest, why: Refusal) -> SyncReply:
        self.troubles.began(request.device, why.code, expected_seq=why.expected_seq)
        reply = why.lists or SyncReply(request.device, request.counter, self._now_ms())
        return replace(reply, batch_max=None, error=why.code, expected_seq=why.expected_seq)


def _with_cases(
    db: Connection, request: SyncRequest, journal: rows.LogRow, taken: Taken
) -> Taken:
    """Tell who answered, of the fevers and incidents that the kiosk asks for."""
    said = cases_contacts.told(db, journal.id, request.asked)
    return replace(taken, reply=replace(taken.reply, cases=said))


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
            _freeze(db, journal, Fork(seq, body), reply.utc_ms)
            rejected.append((seq, "E_LOG_FORK"))
    from_entries.take_urgent(db, journal.id, [bodies[seq] for seq in new], reply.utc_ms)
    refused = {seq for seq, _ in rejected}
    acked = tuple(seq for seq, _ in request.urgent if seq not in refused)
    return Taken(replace(reply, urgent_acked=acked, rejected=tuple(rejected)), tuple(new))


def _take_chain(
    db: Connection, journal: rows.LogRow, part: LogPart, reply: SyncReply
) -> Taken | Refusal:
    """Keep a run of entries that goes on from what is here."""
    if journal.forked_seq is not None:
        return Refusal("E_LOG_FORK", journal.forked_seq)
    held = rows.held(db, journal, part)
    verdict = check_part(part, held)
    if isinstance(verdict, Gap):
        return Refusal("E_LOG_GAP", verdict.expected_seq)
    if isinstance(verdict, Broken):
        return Refusal("E_LOG_CHAIN", part.from_seq)
    if isinstance(verdict, Fork):
        _freeze(db, journal, verdict, reply.utc_ms)
        return Refusal("E_LOG_FORK", verdict.seq)
    rows.note_newest(db, journal.id, part.to_seq, reply.utc_ms)
    known = {
        seq: kept.code
        for seq, kept in held.kept.items()
        if kept.code is not None and seq >= part.from_seq
    }
    return _add(db, journal, verdict, replace(reply, rejected=tuple(known.items())))


def _add(
    db: Connection, journal: rows.LogRow, fresh: tuple[Fresh, ...], reply: SyncReply
) -> Taken:
    """Put what is new behind the others; what was refused before is named again."""
    refused = rows.add_chain(db, journal, fresh, reply.utc_ms)
    believed = [one.body for one in fresh if one.seq not in refused]
    from_entries.take_standing(db, journal.device, journal.id, believed, reply.utc_ms)
    acked = (fresh[-1].seq, fresh[-1].head) if fresh else (journal.seq, journal.head)
    new = tuple(one.seq for one in fresh if not one.has_copy and one.seq not in refused)
    rejected = (*reply.rejected, *refused.items())
    return Taken(replace(reply, acked=acked, rejected=rejected), new)


def _freeze(db: Connection, journal: rows.LogRow, fork: Fork, now_ms: int) -> None:
    """Take no more of a journal with two histories until a person has looked."""
    if rows.note_fork(db, journal.id, fork, now_ms):
        log.error(
            log.Event.INTAKE_CONFLICT,
            device=journal.device,
            epoch=journal.epoch.hex(),
            seq=fork.seq,
        )


def _log_stored(request: SyncRequest, taken: Taken) -> None:
    """Log what is on disk now, a line for each run of entries."""
    for from_seq, to_seq in _runs(sorted(taken.seqs)):
        log.event(
            log.Event.INTAKE_STORED,
            device=request.device,
            epoch=request.epoch.hex(),
            lane=request.lane,
            from_seq=from_seq,
            to_seq=to_seq,
            count=to_seq - from_seq + 1,
        )


def _runs(seqs: Sequence[int]) -> list[tuple[int, int]]:
    """Return sorted numbers as (first, last) of each run without a hole."""
    if not seqs:
        return []
    breaks = [(a, b) for a, b in pairwise(seqs) if b != a + 1]
    firsts, lasts = [seqs[0], *(b for _, b in breaks)], [*(a for a, _ in breaks), seqs[-1]]
    return list(zip(firsts, lasts, strict=True))
