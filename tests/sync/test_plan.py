"""The plan keeps its promise over any network: each entry once, in order, nothing forgotten.

A model of journal, network and central is driven by scripts nobody thought of: requests and
answers get lost or come late, central is busy, lies with a valid signature, is restored from
an old copy; the kiosk is killed. Then all is well for a while, and everything has arrived.
"""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk.core.faults import Fault
from kiosk.errors import CaptivePortal, ServerBusy, ServerRefused, ServerUnreachable, SyncError
from kiosk.sync import plan
from kiosk.sync.plan import Moment, Outlook, Pace, SendBulk, SendUrgent, Sent, State, Wait
from kiosk.wire import BULK, URGENT, SyncReply

PACE = Pace()
DRAWS = st.floats(0, 1, exclude_max=True)
FAILURES: list[SyncError] = [
    ServerUnreachable("refused"),
    ServerUnreachable("slow", is_slow=True),
    CaptivePortal("html"),
    ServerBusy("503", 30.0),
    ServerBusy("429"),
    ServerRefused("E_TOO_BIG"),
]


def head_of(seq: int) -> bytes:
    return hashlib.sha256(b"%d" % seq).digest()


class Network(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0
        self.urgent_entries: set[int] = set()
        self.newest = 0
        self.state = State()
        self.durable: tuple[int, frozenset[int]] = (0, frozenset())
        self.hwm = self.most_hwm = 0
        self.urgent_stored: set[int] = set()
        self.late: list[tuple[int, int]] = []

    # What happens at the gate.

    @rule(count=st.integers(1, 300), is_urgent=st.booleans())
    def write(self, count: int, is_urgent: bool) -> None:
        self.newest += count
        if is_urgent:
            self.urgent_entries.add(self.newest)

    @rule(seconds=st.floats(0.1, 400))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds

    @rule()
    def kiosk_is_killed(self) -> None:
        cursor, done = self.durable
        self.state = State(cursor=cursor, sent_to=cursor, urgent_done=done)

    # What happens on the way, and at the other end.

    @rule(draw=DRAWS)
    def exchange(self, draw: float) -> None:
        sent = self.send()
        if sent is not None:
            self.hear(sent, self.central(sent), draw)

    @rule(why=st.sampled_from(FAILURES), arrives=st.booleans(), draw=DRAWS)
    def exchange_without_answer(self, why: SyncError, arrives: bool, draw: float) -> None:
        sent = self.send()
        if sent is None:
            return
        if arrives:
            self.central(sent)
        elif not sent.is_empty:
            self.late.append((sent.from_seq, sent.to_seq))
        self.state = plan.failed(self.state, sent, why, self.moment(draw))

    @precondition(lambda self: self.late)
    @rule()
    def late_request_arrives(self) -> None:
        self.store(*self.late.pop())

    @rule(
        draw=DRAWS,
        acked=st.one_of(
            st.none(),
            st.tuples(st.integers(-2, 2000), st.just(b"\0" * 32)),
        ),
        code=st.sampled_from([None, None, "E_DEV_BLOCKED", "E_LOG_FORK", "E_COUNTER"]),
    )
    def lie_with_a_valid_signature(
        self, draw: float, acked: tuple[int, bytes] | None, code: str | None
    ) -> None:
        sent = self.send()
        if sent is not None:
            lie = SyncReply("d", 1, 1, acked=acked, error=code, urgent_acked=(2**40, -1))
            self.hear(sent, lie, draw)

    @precondition(lambda self: self.hwm > 0)
    @rule(lost=st.integers(1, 500))
    def central_is_restored_from_a_copy(self, lost: int) -> None:
        self.hwm = max(0, self.hwm - lost)

    # The parts.

    def send(self) -> Sent | None:
        done = self.state.urgent_done
        waiting = {s for s in self.urgent_entries if s > self.state.cursor} - done
        outlook = Outlook(self.newest, tuple(sorted(waiting)))
        self.state = plan.notice(self.state, outlook, self.now_s)
        match plan.next_step(self.state, outlook, self.now_s, PACE):
            case Wait(seconds):
                assert 0 < seconds <= max(PACE.bulk_cap_s, PACE.heartbeat_s) * 1.2
                return None
            case SendUrgent(seqs):
                assert set(seqs) <= waiting
                return Sent(URGENT, urgent=seqs)
            case SendBulk(after_seq, limit):
                assert 1 <= limit <= 500
                to_seq = min(after_seq + limit, self.newest)
                return Sent(BULK, after_seq + 1, to_seq, newest=self.newest)

    def central(self, sent: Sent) -> SyncReply:
        reply = SyncReply("d", 1, 1)
        if sent.lane == URGENT:
            self.urgent_stored |= set(sent.urgent)
            return replace(reply, urgent_acked=sent.urgent)
        if sent.from_seq > self.hwm + 1:
            return replace(reply, error="E_LOG_GAP", expected_seq=self.hwm + 1)
        self.store(sent.from_seq, sent.to_seq)
        return replace(reply, acked=(self.hwm, head_of(self.hwm)))

    def store(self, from_seq: int, to_seq: int) -> None:
        """What stands above the high-water mark is added; a hole is never accepted."""
        if from_seq <= self.hwm + 1:
            self.hwm = max(self.hwm, to_seq)
            self.most_hwm = max(self.most_hwm, self.hwm)

    def hear(self, sent: Sent, reply: SyncReply, draw: float) -> None:
        seq = plan.asked_seq(reply)
        is_held = seq is not None and 0 <= seq <= self.newest
        ours = head_of(seq) if is_held else None
        outcome = plan.answered(self.state, sent, reply, ours, self.moment(draw))
        cursor, done = self.durable
        cursor = cursor if outcome.cursor is None else outcome.cursor
        kept = frozenset(s for s in done | set(outcome.urgent_done) if s > cursor)
        self.durable = cursor, kept
        self.state = outcome.state

    def moment(self, draw: float) -> Moment:
        return Moment(self.now_s, draw, PACE)

    @invariant()
    def nothing_is_acknowledged_that_was_not_stored(self) -> None:
        assert self.state.cursor <= self.most_hwm
        assert self.state.urgent_done <= self.urgent_stored

    @invariant()
    def what_is_on_disk_is_what_is_known(self) -> None:
        assert self.durable == (self.state.cursor, self.state.urgent_done)

    def teardown(self) -> None:
        for _ in range(400):
            if self.state.cursor == self.hwm == self.newest:
                break
            sent = self.send()
            if sent is None:
                self.now_s += 310
            else:
                self.hear(sent, self.central(sent), 0.5)
        assert self.state.cursor == self.hwm == self.newest


Network.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestNetwork = Network.TestCase


def play(state: State, outlook: Outlook, now_s: float) -> object:
    return plan.next_step(plan.notice(state, outlook, now_s), outlook, now_s, PACE)


QUIET = State(heartbeat_due_s=60.0)


def test_entry_goes_out_a_second_after_it_was_written() -> None:
    state = plan.notice(QUIET, Outlook(1), 10.0)
    assert plan.next_step(state, Outlook(1), 10.0, PACE) == Wait(1.0)
    assert plan.next_step(state, Outlook(1), 10.4, PACE) == Wait(pytest.approx(0.6))
    assert plan.next_step(state, Outlook(3), 11.0, PACE) == SendBulk(0, 200)


def test_fifty_entries_do_not_wait_for_more() -> None:
    assert play(QUIET, Outlook(50), 10.0) == SendBulk(0, 200)


def test_urgent_entry_goes_out_at_once() -> None:
    assert play(QUIET, Outlook(7, (7,)), 10.0) == SendUrgent((7,))


def test_quiet_gate_is_heard_of_within_a_minute() -> None:
    sent = Sent(BULK, 1, 0)
    reply = SyncReply("d", 1, 1, acked=(0, head_of(0)))
    for draw in (0.0, 0.5, 0.99):
        at = Moment(100.0, draw, PACE)
        state = plan.answered(QUIET, sent, reply, head_of(0), at).state
        step = play(state, Outlook(0), 100.0)
        assert isinstance(step, Wait) and 48.0 <= step.seconds <= 60.0


def test_server_that_is_away_is_asked_ever_more_rarely() -> None:
    state, now_s, waits = QUIET, 100.0, []
    for _ in range(12):
        at = Moment(now_s, 0.999, PACE)
        state = plan.failed(state, Sent(BULK, 1, 3), ServerUnreachable("away"), at)
        step = play(state, Outlook(3), now_s)
        assert isinstance(step, Wait)
        waits.append(step.seconds)
        now_s += step.seconds
    assert waits[:3] == pytest.approx([2.0, 4.0, 8.0], rel=0.01)
    assert waits[-1] == pytest.approx(300.0, rel=0.01) and waits == sorted(waits)


def test_urgent_entry_never_waits_longer_than_half_a_minute() -> None:
    state, sent = QUIET, Sent(URGENT, urgent=(3,))
    for why in (*[ServerUnreachable("away")] * 20, ServerBusy("busy", 3600.0)):
        state = plan.failed(state, sent, why, Moment(100.0, 0.999, PACE))
        state = plan.failed(state, Sent(BULK, 1, 3), why, Moment(100.0, 0.999, PACE))
    step = play(state, Outlook(3, (3,)), 100.0)
    assert isinstance(step, Wait) and step.seconds <= 30.0


def test_patience_that_is_asked_for_is_kept_up_to_an_hour() -> None:
    sent = Sent(BULK, 1, 3)
    for asked_s, least_s, most_s in ((7.0, 7.0, 9.0), (1e9, 3600.0, 3602.0)):
        why = ServerBusy("429", asked_s)
        state = plan.failed(QUIET, sent, why, Moment(10.0, 0.9, PACE))
        step = play(state, Outlook(3), 10.0)
        assert isinstance(step, Wait) and least_s <= step.seconds <= most_s


def test_line_that_works_again_ends_the_wait_of_the_other_lane() -> None:
    state = QUIET
    for _ in range(15):
        at = Moment(100.0, 0.999, PACE)
        state = plan.failed(state, Sent(BULK, 1, 3), CaptivePortal("html"), at)
    reply = SyncReply("d", 1, 1, urgent_acked=(3,))
    at = Moment(101.0, 0.999, PACE)
    state = plan.answered(state, Sent(URGENT, urgent=(3,)), reply, None, at).state
    step = play(state, Outlook(3), 101.0)
    assert isinstance(step, Wait) and step.seconds <= 2.0
    assert state.bulk.fault is None


def test_batch_is_halved_when_the_line_is_slow_and_grows_back() -> None:
    at = Moment(100.0, 0.5, PACE)
    state = plan.failed(QUIET, Sent(BULK, 1, 200), ServerUnreachable("s", is_slow=True), at)
    assert state.batch == 100
    sent = Sent(BULK, 1, 100, newest=1000)
    reply = SyncReply("d", 1, 1, acked=(100, head_of(100)))
    state = plan.answered(state, sent, reply, head_of(100), at).state
    assert state.batch == 125
    reply = replace(reply, batch_max=20)
    state = plan.answered(state, sent, reply, head_of(100), at).state
    assert state.batch == 20


def test_refused_single_entry_is_told_and_not_dropped() -> None:
    at, sent = Moment(100.0, 0.5, PACE), Sent(BULK, 1, 1, newest=1)
    state = replace(QUIET, batch=1)
    state = plan.failed(state, sent, ServerRefused("E_TOO_BIG"), at)
    assert state.bulk.fault is Fault.SERVER_REFUSED and state.cursor == 0


def test_central_that_went_back_is_not_hammered() -> None:
    state = replace(QUIET, cursor=500, sent_to=500)
    sent = Sent(BULK, 501, 500, newest=500)
    reply = SyncReply("d", 1, 1, acked=(10, head_of(10)))
    outcome = plan.answered(state, sent, reply, head_of(10), Moment(5.0, 0.5, PACE))
    assert outcome.cursor == 10 and outcome.state.bulk.fault is None
    assert play(outcome.state, Outlook(500), 5.0) == Wait(1.0)
    assert play(outcome.state, Outlook(500), 6.0) == SendBulk(10, 200)


def test_entry_after_a_push_is_gathered_anew() -> None:
    state = plan.notice(QUIET, Outlook(1), 10.0)
    sent = Sent(BULK, 1, 1, newest=1)
    reply = SyncReply("d", 1, 1, acked=(1, head_of(1)))
    state = plan.answered(state, sent, reply, head_of(1), Moment(11.0, 0.5, PACE)).state
    assert play(state, Outlook(2), 12.0) == Wait(1.0)


def test_backlog_goes_out_without_a_pause() -> None:
    state = plan.notice(QUIET, Outlook(500), 10.0)
    sent = Sent(BULK, 1, 200, newest=500)
    reply = SyncReply("d", 1, 1, acked=(200, head_of(200)))
    state = plan.answered(state, sent, reply, head_of(200), Moment(11.0, 0.5, PACE)).state
    assert play(state, Outlook(500), 11.0) == SendBulk(200, 250)


def test_pause_that_central_asks_for_with_a_yes_is_kept() -> None:
    sent = Sent(BULK, 1, 200, newest=500)
    reply = SyncReply("d", 1, 1, acked=(200, head_of(200)), retry_after_s=20)
    state = plan.answered(QUIET, sent, reply, head_of(200), Moment(11.0, 0.5, PACE)).state
    assert play(state, Outlook(500), 11.0) == Wait(20.0)
