"""One turn of the sync: look at the journal, send what is due, keep what central answered.

At most one exchange a turn, bounded by the client's limits. The counter is on disk before a
request leaves, the cursor before anybody is told. Whatever is lost on the way is sent again:
central knows an entry by (device, epoch, seq).
"""

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kiosk import log
from kiosk.config import CentralConfig
from kiosk.core.faults import Fault
from kiosk.errors import JournalError, SyncError
from kiosk.ports import FaultReport, Outbox, SyncStatus, Waiting
from kiosk.sync import plan
from kiosk.sync.client import Answer, Client, Limits
from kiosk.sync.identity import Identity
from kiosk.sync.lists import TrustStore
from kiosk.sync.plan import Moment, Outcome, Outlook, Pace, SendBulk, SendUrgent, Sent, Wait
from kiosk.sync.store import SetAside, SyncStore
from kiosk.timing import ClockState, SystemClock
from kiosk.wire import BATCH_BYTES_MAX, BULK, URGENT, LogPart, SyncReply, SyncRequest

JOURNAL_WAIT_S = 2.0  # while the journal cannot be read; its owner says so and mends it
TIME_TOOK_MAX_S = 2.0  # chosen: half of it is the error of a signed time
_LANE_FAULTS = (
    Fault.SERVER_UNREACHABLE,
    Fault.CAPTIVE_PORTAL,
    Fault.SERVER_BUSY,
    Fault.SERVER_REFUSED,
)
_UTC_MS_MAX = 253_402_300_799_000  # the last second of the year 9999


class SyncEngine:
    """Entries to central and lists from it. One thread owns it; `status` is for all."""

    def __init__(
        self,
        config: CentralConfig,
        *,
        identity: Identity,
        outbox: Outbox,
        sync_path: Path,
        trust: TrustStore,
        clock: SystemClock,
        troubles: FaultReport,
        rng: random.Random | None = None,
        pace: Pace = Pace(),  # noqa: B008  # a value
        limits: Limits = Limits(),  # noqa: B008  # a value
    ) -> None:
        """Raises SyncError when the counter can not be kept."""
        self._identity, self._outbox, self._trust = identity, outbox, trust
        self._clock, self._troubles, self._pace = clock, troubles, pace
        self._rng = rng or random.Random()
        self._store = SyncStore(sync_path)
        self._client = Client(config, identity, clock, limits)
        self._epoch = b""
        self._state = plan.State()
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
        before = self._state
        self._state = plan.notice(before, outlook, now_s)
        if self._state.urgent != before.urgent:
            self._tell_faults()
        self._tell_waiting(outlook.newest)
        step = plan.next_step(self._state, outlook, now_s, self._pace)
        if isinstance(step, Wait):
            return step.seconds
        if isinstance(step, SendUrgent):
            self._send_urgent(step)
        else:
            self._send_bulk(step, outlook.newest)
        return 0.0

    def _look(self) -> Outlook:
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
        urgent = tuple(row.seq for row in self._urgent_rows())
        return Outlook(self._outbox.newest()[0], urgent)

    def _urgent_rows(self) -> list[Waiting]:
        done = self._state.urgent_done
        rows = self._outbox.urgent(self._state.cursor, plan.URGENT_MAX + len(done))
        return [row for row in rows if row.seq not in done]

    def _send_urgent(self, step: SendUrgent) -> None:
        rows = [row for row in self._urgent_rows() if row.seq in step.seqs]
        sent = Sent(URGENT, urgent=tuple(row.seq for row in rows))
        request = self._request(URGENT, urgent=tuple((row.seq, row.body) for row in rows))
        self._exchange(sent, request, rows)

    def _send_bulk(self, step: SendBulk, newest: int) -> None:
        rows = self._outbox.pending(step.after_seq, step.limit, BATCH_BYTES_MAX)
        rows = [row for place, row in enumerate(rows) if row.seq == rows[0].seq + place]
        part = self._log_part(rows)
        sent = Sent(BULK, part.from_seq, part.to_seq, newest=newest)
        self._exchange(sent, self._request(BULK, part), rows)

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
    ) -> SyncRequest:
        """Return a request with a counter of its own. What it carries was read before.

        Raises JournalError when the journal was replaced meanwhile: entries of the new one
        must not go out under the old one's name.
        """
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
            have=(self._trust.seq, 0, 0),
            epoch=self._epoch,
            lane=lane,
            log=part,
            urgent=urgent,
        )

    def _exchange(self, sent: Sent, request: SyncRequest, rows: list[Waiting]) -> None:
        try:
            answer = self._client.exchange(request)
        except SyncError as exc:
            self._state = plan.failed(self._state, sent, exc, self._moment())
        else:
            self._take_time(answer)
            self._take_trust(answer.reply)
            self._take_reply(sent, answer, rows)
        self._tell_faults()

    def _take_time(self, answer: Answer) -> None:
        """Believe the signed time, unless it took so long that we know better."""
        is_sure = self._clock.now().clock is not ClockState.UNSURE
        if not 0 < answer.reply.utc_ms < _UTC_MS_MAX:
            return
        if is_sure and answer.took_s > TIME_TOOK_MAX_S:
            return
        utc = datetime.fromtimestamp(answer.reply.utc_ms / 1000, UTC)
        self._clock.trust(utc, answer.mid_s)
        if not is_sure:
            log.event(log.Event.CLOCK_TRUSTED)

    def _take_trust(self, reply: SyncReply) -> None:
        if reply.trust is not None:
            self._bad_list = "" if self._trust.take(reply.trust) else self._trust.refused
        elif reply.error is None:
            self._bad_list = ""

    def _take_reply(self, sent: Sent, answer: Answer, rows: list[Waiting]) -> None:
        """Keep what the answer says of this journal; of one set aside meanwhile, nothing."""
        if self._outbox.epoch != self._epoch:
            return
        reply = answer.reply
        ours = self._head_at(plan.asked_seq(reply))
        outcome = plan.answered(self._state, sent, reply, ours, self._moment())
        self._keep(outcome, rows)
        self._tell_pushed(sent, outcome, answer.took_s)
        self._state = outcome.state
        if reply.error is None:
            self._status = replace(self._status, answered_s=self._clock.mono_s())
        self._tell_waiting(self._outbox.newest()[0])

    def _head_at(self, seq: int | None) -> bytes | None:
        if seq is None or not 0 <= seq <= self._outbox.newest()[0]:
            return None
        return self._outbox.head_at(seq)

    def _keep(self, outcome: Outcome, rows: list[Waiting]) -> None:
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

    def _moment(self) -> Moment:
        return Moment(self._clock.mono_s(), self._rng.random(), self._pace)

    def _tell_waiting(self, newest: int) -> None:
        waiting = max(0, newest - self._state.cursor)
        self._status = replace(self._status, waiting=waiting)

    def _tell_pushed(self, sent: Sent, outcome: Outcome, took_s: float) -> None:
        """Log what arrived; a heartbeat is no news."""
        took_ms = round(took_s * 1000, 1)
        if outcome.urgent_done:
            seqs = list(outcome.urgent_done)
            log.event(log.Event.SYNC_PUSHED, lane=sent.lane, seqs=seqs, took_ms=took_ms)
        if outcome.cursor is None:
            return
        if outcome.cursor < self._state.cursor:
            log.warning(log.Event.SYNC_WENT_BACK, acked=outcome.cursor)
            return
        log.event(
            log.Event.SYNC_PUSHED,
            lane=sent.lane,
            from_seq=sent.from_seq,
            to_seq=sent.to_seq,
            acked=outcome.cursor,
            took_ms=took_ms,
        )

    def _tell_faults(self) -> None:
        told = {lane.fault: lane.detail for lane in (self._state.urgent, self._state.bulk)}
        for fault in _LANE_FAULTS:
            self._troubles(fault, is_on=fault in told, detail=told.get(fault, ""))
        detail = self._bad_list or told.get(Fault.BAD_UPDATE, "")
        self._troubles(Fault.BAD_UPDATE, is_on=bool(detail), detail=detail)
        detail = f"{self._aside} entries" if self._aside else ""
        self._troubles(Fault.ENTRY_SET_ASIDE, is_on=bool(detail), detail=detail)
