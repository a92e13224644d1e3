"""One turn of the sync: look at the journal, send what is due, keep what central answered.

At most one exchange a turn, bounded by the client's limits. The counter is on disk before a
request leaves, the cursor before anybody is told. Whatever is lost on the way is sent again:
central knows an entry by (device, epoch, seq).
"""

import random
from dataclasses import replace
from pathlib import Path

from kiosk.config import CentralConfig
from kiosk.errors import CertificateDates, JournalError, SyncError
from kiosk.ports import FaultReport, Outbox, SyncStatus, Waiting
from kiosk.sync import cases, plan
from kiosk.sync.client import Answer, Client, Limits
from kiosk.sync.clock import anchor_of, mind_dates, take_time
from kiosk.sync.identity import Identity
from kiosk.sync.list_store import ListStore
from kiosk.sync.store import SetAside, SyncStore
from kiosk.sync.telling import log_outcome, tell_faults
from kiosk.timing import Fix, SystemClock
from kiosk.wire import (
    BATCH_BYTES_MAX,
    BULK,
    URGENT,
    LogPart,
    SealedField,
    SyncReply,
    SyncRequest,
)

JOURNAL_WAIT_S = 2.0  # while the journal cannot be read; its owner says so and mends it


class SyncEngine:
    """Entries to central and lists from it. One thread owns it; `status` is for all."""

    def __init__(
        self,
        config: CentralConfig,
        *,
        identity: Identity,
        outbox: Outbox,
        sync_path: Path,
        lists: ListStore,
        clock: SystemClock,
        troubles: FaultReport,
        asking: cases.Ask = cases.nothing_open,
        rng: random.Random | None = None,
        pace: plan.Pace = plan.Pace(),  # noqa: B008  # a value
        limits: Limits = Limits(),  # noqa: B008  # a value
    ) -> None:
        """`asking` says what waits for an answer. Raises SyncError without a counter."""
        self._identity, self._outbox, self._lists = identity, outbox, lists
        self._clock, self._troubles, self._pace = clock, troubles, pace
        self._rng = rng or random.Random()
        self._store = SyncStore(sync_path)
        self._cases = cases.CasesAtCentral(self._store, asking)
        self._client = Client(config, identity, clock, limits)
        self._epoch = b""
        self._state = plan.State()
        self._anchors: tuple[Fix, ...] = ()
        self._aside = len(self._store.aside())
        self._bad_list = ""
        self._status = SyncStatus()

    def turn(self) -> float:
        """Do what is due, at most one exchange, and return seconds until the next turn.

        It may be called early: then it looks whether an entry was written. Raises SyncError
        when the counter or the cursor can not be kept.
        """
        try:
            return self._turn()
        except JournalError:
            return JOURNAL_WAIT_S

    def status(self) -> SyncStatus:
        """Return what is known of central. Any thread."""
        return self._status

    def close(self) -> None:
        """Give connection and files back. May be called again."""
        self._client.close()
        self._store.close()
        self._outbox.close()

    def _turn(self) -> float:
        now_s = self._clock.mono_s()
        outlook = self._look()
        self._note_anchors()
        before = self._state
        self._state = plan.notice(before, outlook, now_s)
        asks_s = now_s + self._lists.neighbours.wait_s(now_s)
        self._state = plan.heartbeat_by(self._state, asks_s)
        if self._state.urgent != before.urgent:
            self._tell_faults()
        self._tell_waiting(outlook.newest)
        step = plan.next_step(self._state, outlook, now_s, self._pace)
        if isinstance(step, plan.Wait):
            return step.seconds
        if isinstance(step, plan.SendUrgent):
            self._send_urgent(step)
        else:
            self._send_bulk(step, outlook.newest)
        return 0.0

    def _look(self) -> plan.Outlook:
        """Return what the journal holds; a new journal has cursors of its own."""
        epoch = self._outbox.epoch
        if epoch != self._epoch:
            kept = self._store.read(epoch)
            self._state = replace(
                self._state,
                cursor=kept.seq,
                sent_to=kept.seq,
                urgent_done=kept.urgent_done,
                waits_since_s=None,
            )
            self._epoch = epoch
            self._cases.open(epoch)
        urgent = tuple(row.seq for row in self._urgent_rows())
        every_s = self._cases.every_s(self._clock.mono_s())
        return plan.Outlook(self._outbox.newest()[0], urgent, every_s)

    def _note_anchors(self) -> None:
        """Keep when this boot learnt the time: central corrects our entries by it."""
        if (anchors := self._clock.anchors) != self._anchors:
            boot_id = self._clock.now().boot_id
            self._store.note_anchors(anchor_of(fix, boot_id) for fix in anchors)
            self._anchors = anchors

    def _urgent_rows(self) -> list[Waiting]:
        done = self._state.urgent_done
        rows = self._outbox.urgent(self._state.cursor, plan.URGENT_MAX + len(done))
        return [row for row in rows if row.seq not in done]

    def _send_urgent(self, step: plan.SendUrgent) -> None:
        rows = [row for row in self._urgent_rows() if row.seq in step.seqs]
        sent = plan.Sent(URGENT, urgent=tuple(row.seq for row in rows))
        request = self._request(URGENT, urgent=tuple((row.seq, row.body) for row in rows))
        self._exchange(sent, request, rows)

    def _send_bulk(self, step: plan.SendBulk, newest: int) -> None:
        rows = self._outbox.pending(step.after_seq, step.limit, BATCH_BYTES_MAX)
        rows = [row for place, row in enumerate(rows) if row.seq == rows[0].seq + place]
        part = self._log_part(rows)
        sent = plan.Sent(BULK, part.from_seq, part.to_seq, newest=newest)
        self._exchange(sent, self._request(BULK, part, sealed=self._sealed(part.to_seq)), rows)

    def _sealed(self, to_seq: int) -> tuple[SealedField, ...]:
        """Return sealed fields that central lacks, of entries that it has or gets with them."""
        done = self._store.sealed_done(self._epoch)
        fields = self._outbox.sealed(to_seq, BATCH_BYTES_MAX, done)
        return tuple(SealedField(seq, one.form, one.field, one.blob) for seq, one in fields)

    def _log_part(self, rows: list[Waiting]) -> LogPart:
        """Return entries with the heads around them; without any, where the journal ends."""
        if not rows:
            seq, head = self._outbox.newest()
            return LogPart(seq + 1, seq, head, head)
        prev_head = self._outbox.head_at(rows[0].seq - 1)
        if prev_head is None:
            raise JournalError(f"the head before entry {rows[0].seq} is not kept")
        bodies = tuple(row.body for row in rows)
        return LogPart(rows[0].seq, rows[-1].seq, prev_head, rows[-1].head, bodies)

    def _request(
        self,
        lane: str,
        part: LogPart | None = None,
        urgent: tuple[tuple[int, bytes], ...] = (),
        sealed: tuple[SealedField, ...] = (),
    ) -> SyncRequest:
        """Return a request with a counter of its own. What it carries was read before.

        Raises JournalError when the journal was replaced meanwhile: entries of the new one
        must not go out under the old one's name.
        """
        boots = self._outbox.boots()
        if self._outbox.epoch != self._epoch:
            raise JournalError("the journal was replaced")
        now = self._clock.now()
        return SyncRequest(
            device=self._identity.device,
            server=self._identity.server,
            counter=self._store.next_counter(),
            boot_id=now.boot_id,
            clock=int(now.clock),
            utc_ms=int(now.utc.timestamp() * 1000),
            have=self._lists.have,
            epoch=self._epoch,
            lane=lane,
            log=part,
            urgent=urgent,
            sealed=sealed,
            anchors=self._store.anchors_for(self._epoch, boots),
            here=self._lists.neighbours.told(now.mono_s),
            asked=self._cases.asked(self._is_there),
        )

    def _is_there(self, seq: int) -> bool:
        """Whether central said that it has an entry."""
        return seq <= self._state.cursor or seq in self._state.urgent_done

    def _exchange(self, sent: plan.Sent, request: SyncRequest, rows: list[Waiting]) -> None:
        try:
            answer = self._client.exchange(request)
        except SyncError as exc:
            self._state = plan.failed(self._state, sent, exc, self._moment())
            if isinstance(exc, CertificateDates):
                mind_dates(self._clock, self._client)
        else:
            take_time(self._clock, answer)
            self._note_anchors()  # at once: the power may go before the next turn
            self._take_lists(sent, answer.reply)
            self._take_reply(sent, answer, rows)
            self._take_sealed(request, answer.reply)
            self._take_cases(request, answer.reply)
            if answer.reply.error is None and request.anchors:
                now_in = request.boot_id
                self._store.anchors_taken(request.epoch, request.anchors, now_in=now_in)
        self._tell_faults()

    def _take_sealed(self, request: SyncRequest, reply: SyncReply) -> None:
        """Note of which entries central keeps the sealed fields: they may go here."""
        done = {field.seq for field in request.sealed}.intersection(reply.sealed_acked)
        if done and request.epoch == self._outbox.epoch:
            here = self._outbox.sealed_seqs()
            self._store.note_sealed(request.epoch, done, still_here=here)

    def _take_cases(self, request: SyncRequest, reply: SyncReply) -> None:
        """Keep who answered; what central lost is sent again."""
        if reply.error is not None or request.epoch != self._epoch:
            return
        lost = self._cases.take(request.asked, reply.cases)
        if lost := lost & self._state.urgent_done:
            self._store.forget_urgent(self._epoch, lost)
            self._state = replace(self._state, urgent_done=self._state.urgent_done - lost)
        self._tell_waiting(self._outbox.newest()[0])

    def _take_lists(self, sent: plan.Sent, reply: SyncReply) -> None:
        """Name what is not taken, until an answer that may carry lists brings no bad one."""
        refused = self._lists.take(reply)
        if refused or (sent.lane == BULK and reply.error is None):
            self._bad_list = ", ".join(f"{name} {why}" for name, why in refused.items())

    def _take_reply(self, sent: plan.Sent, answer: Answer, rows: list[Waiting]) -> None:
        """Keep what the answer says of this journal; of one set aside meanwhile, nothing."""
        if self._outbox.epoch != self._epoch:
            return
        reply = answer.reply
        ours = self._head_at(plan.asked_seq(reply))
        outcome = plan.answered(self._state, sent, reply, ours, self._moment())
        self._keep(outcome, rows)
        log_outcome(sent, outcome, before=self._state, took_s=answer.took_s)
        self._state = outcome.state
        if reply.error is None:
            self._status = replace(self._status, answered_s=self._clock.mono_s())
        self._tell_waiting(self._outbox.newest()[0])

    def _head_at(self, seq: int | None) -> bytes | None:
        if seq is None or not 0 <= seq <= self._outbox.newest()[0]:
            return None
        return self._outbox.head_at(seq)

    def _keep(self, outcome: plan.Outcome, rows: list[Waiting]) -> None:
        """Write down what the answer means, before it counts."""
        if outcome.counter_least is not None:
            self._store.raise_counter(outcome.counter_least)
        if outcome.set_aside:
            bodies = {row.seq: row.body for row in rows}
            aside = tuple(SetAside(seq, code, bodies[seq]) for seq, code in outcome.set_aside)
            self._store.set_aside(self._epoch, aside)
            self._aside += len(aside)
        cursor = None
        if outcome.cursor is not None:
            cursor = outcome.cursor, self._head_at(outcome.cursor) or b""
        if cursor is not None or outcome.urgent_done:
            self._store.note(self._epoch, cursor, outcome.urgent_done)

    def _moment(self) -> plan.Moment:
        return plan.Moment(self._clock.mono_s(), self._rng.random(), self._pace)

    def _tell_waiting(self, newest: int) -> None:
        state, at_central = self._state, self._cases
        self._status = replace(
            self._status,
            waiting=max(0, newest - state.cursor),
            sent_to=state.cursor,
            sent=state.urgent_done,
            words=at_central.words,
            contacts=at_central.contacts,
        )

    def _tell_faults(self) -> None:
        tell_faults(self._troubles, self._state, bad_list=self._bad_list, aside=self._aside)
