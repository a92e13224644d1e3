"""What to send next, and what an answer means: no I/O, no clock, no chance inside.

Two lanes. The urgent lane sends copies of single entries, which central acknowledges one by
one; the bulk lane sends everything in order and alone carries the chain. Central
acknowledges (seq, head): the newest entry below which it lacks nothing. That counts only
when the head is ours at that seq, and never beyond what was sent. It may go back, when
central was restored from a copy: then entries are sent again, and central knows them.

Waits grow from failure to failure and are drawn by lot (full jitter), so that many kiosks
do not come back in step.
"""

from dataclasses import dataclass, replace

from kiosk.core.faults import Fault
from kiosk.errors import (
    BadUpdate,
    CaptivePortal,
    ServerBusy,
    ServerRefused,
    ServerUnreachable,
    SyncError,
)
from kiosk.wire import BATCH_MAX, BATCH_START, BULK, URGENT, SyncReply

URGENT_MAX = 50  # chosen: urgent entries are rare; this many are one small request
COUNTER_TRIES_MAX = 70  # more doublings than a counter has bits
_DOUBLINGS_MAX = 16  # above this every cap has been reached
_LEAST_SHARE = 0.1  # chosen: a lucky draw must not hammer central
_HEARTBEAT_SPREAD = 0.2  # chosen: up to a fifth earlier, so that kiosks do not march in step
# Refused for what is in the batch: smaller ones find the entry that is to blame.
_FEWER = ("E_TOO_BIG", "E_LOG_CHAIN")
_NO_WAY = (Fault.SERVER_UNREACHABLE, Fault.CAPTIVE_PORTAL)
_FAULT_OF: dict[type[SyncError], Fault] = {
    ServerUnreachable: Fault.SERVER_UNREACHABLE,
    CaptivePortal: Fault.CAPTIVE_PORTAL,
    ServerBusy: Fault.SERVER_BUSY,
    BadUpdate: Fault.BAD_UPDATE,
}


@dataclass(frozen=True, slots=True)
class Pace:
    """How often central is asked, and how patiently."""

    gather_s: float = 1.0  # a push waits this long for more entries
    gather_max: int = 50  # or until so many wait
    heartbeat_s: float = 60.0
    back_off_s: float = 2.0  # the first; doubled with each failure
    bulk_cap_s: float = 300.0
    urgent_cap_s: float = 30.0  # also of the other lane, while somebody waits for an answer
    no_way_cap_s: float = 4.0  # of these, without a line: sent 5 s after it is up
    patience_s: float = 3600.0  # the longest Retry-After that is obeyed


@dataclass(frozen=True, slots=True)
class Moment:
    """When something came to be known, and the number from 0 to 1 drawn for it."""

    now_s: float
    draw: float
    pace: Pace


@dataclass(frozen=True, slots=True)
class Lane:
    """Failures in a row, and what was wrong with the last of them."""

    tries: int = 0
    not_before_s: float = 0.0
    fault: Fault | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What the sync thread knows of one journal and of the way to central."""

    cursor: int = 0  # central lacks nothing up to here
    sent_to: int = 0
    urgent_done: frozenset[int] = frozenset()  # above the cursor
    waits_since_s: float | None = None
    heartbeat_due_s: float = 0.0
    asked_s: float = 0.0  # when central last answered on the bulk lane
    ask_every_s: float | None = None  # a fever or incident waits for a named person
    batch: int = BATCH_START
    batch_max: int = BATCH_MAX
    bulk: Lane = Lane()
    urgent: Lane = Lane()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the journal holds: the newest entry, and urgent ones that central has not."""

    newest: int
    urgent: tuple[int, ...] = ()
    ask_every_s: float | None = None  # None: nothing waits for an answer


@dataclass(frozen=True, slots=True)
class SendUrgent:
    """Send these entries on the urgent lane."""

    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SendBulk:
    """Send up to `limit` entries above the cursor; none of them is a heartbeat."""

    after_seq: int
    limit: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is due for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request carried. `to_seq` is `from_seq` - 1 for a heartbeat.

    `newest` is the newest entry of the journal at that time.
    """

    lane: str
    from_seq: int = 1
    to_seq: int = 0
    urgent: tuple[int, ...] = ()
    newest: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether it carried no entry of the chain."""
        return self.to_seq < self.from_seq


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from an answer: what is to be remembered, beside the new state."""

    state: State
    cursor: int | None = None  # the cursor moved here
    urgent_done: tuple[int, ...] = ()
    set_aside: tuple[tuple[int, str], ...] = ()  # (seq, code) that central will not take
    counter_least: int | None = None


def notice(state: State, outlook: Outlook, now_s: float) -> State:
    """Take note of what waits. A lane without anything to send has no troubles."""
    state = replace(state, ask_every_s=outlook.ask_every_s)
    if not outlook.urgent:
        state = replace(state, urgent=Lane())
    if outlook.newest <= state.cursor:
        return replace(state, waits_since_s=None)
    return state if state.waits_since_s is not None else replace(state, waits_since_s=now_s)


def heartbeat_by(state: State, due_s: float) -> State:
    """Ask central by `due_s`, where its turn would come later."""
    return replace(state, heartbeat_due_s=min(state.heartbeat_due_s, due_s))


def next_step(
    state: State, outlook: Outlook, now_s: float, pace: Pace
) -> SendUrgent | SendBulk | Wait:
    """Return what is due at `now_s`, urgent first."""
    if outlook.urgent and now_s >= state.urgent.not_before_s:
        return SendUrgent(outlook.urgent[:URGENT_MAX])
    due_s = max(_bulk_due_s(state, outlook, pace), state.bulk.not_before_s)
    if now_s >= due_s:
        return SendBulk(state.cursor, state.batch)
    if outlook.urgent:
        due_s = min(due_s, state.urgent.not_before_s)
    return Wait(due_s - now_s)


def _bulk_due_s(state: State, outlook: Outlook, pace: Pace) -> float:
    heartbeat_due_s = state.heartbeat_due_s
    if outlook.ask_every_s is not None:
        heartbeat_due_s = min(heartbeat_due_s, state.asked_s + outlook.ask_every_s)
    if state.waits_since_s is None:
        return heartbeat_due_s
    is_many = outlook.newest - state.cursor >= pace.gather_max
    gathered_s = state.waits_since_s + (0.0 if is_many else pace.gather_s)
    return min(gathered_s, heartbeat_due_s)


def failed(state: State, sent: Sent, why: SyncError, at: Moment) -> State:
    """Return the state after an exchange that brought no answer of central's."""
    if isinstance(why, ServerRefused):
        return _with_fewer(state, sent, why.code, at)
    if isinstance(why, ServerUnreachable) and why.is_slow:
        state = _with_smaller_batch(state, sent)
    patience_s = why.retry_after_s if isinstance(why, ServerBusy) else None
    fault = _FAULT_OF.get(type(why), Fault.SERVER_UNREACHABLE)
    return _hold_off(state, sent.lane, fault, at, why=str(why), patience_s=patience_s)


def answered(
    state: State, sent: Sent, reply: SyncReply, ours: bytes | None, at: Moment
) -> Outcome:
    """Return what follows from central's answer.

    `ours` is the head that we hold at `asked_seq(reply)`, None when we hold none there.
    """
    state = _line_is_up(state, at)
    if reply.error is not None:
        return _refused(state, sent, reply, ours, at)
    if reply.batch_max is not None:
        most = min(max(1, reply.batch_max), BATCH_MAX)
        state = replace(state, batch_max=most, batch=min(state.batch, most))
    if sent.lane == URGENT:
        outcome = _urgent_answered(state, sent, reply, at)
    else:
        outcome = _bulk_answered(state, sent, reply, ours, at)
    if reply.retry_after_s is None:
        return outcome
    return replace(outcome, state=_later(outcome.state, reply.retry_after_s, at))


def asked_seq(reply: SyncReply) -> int | None:
    """Return the entry whose head decides what the reply is worth."""
    if reply.error is not None:
        return None if reply.expected_seq is None else reply.expected_seq - 1
    return reply.acked[0] if reply.acked is not None else None


def _bulk_answered(
    state: State, sent: Sent, reply: SyncReply, ours: bytes | None, at: Moment
) -> Outcome:
    heartbeat_s = at.pace.heartbeat_s * (1 - _HEARTBEAT_SPREAD * at.draw)
    state = replace(
        state,
        heartbeat_due_s=at.now_s + heartbeat_s,
        asked_s=at.now_s,
        sent_to=max(state.sent_to, sent.to_seq),
    )
    if reply.acked is None:
        if sent.is_empty:
            return Outcome(replace(state, bulk=Lane()))
        why = "central acknowledges nothing"
        return Outcome(_hold_off(state, BULK, Fault.BAD_UPDATE, at, why=why))
    seq, head = reply.acked
    if ours is None or head != ours:
        why = f"entry {seq} as central acknowledges it is not in our journal"
        return Outcome(_hold_off(state, BULK, Fault.BAD_UPDATE, at, why=why))
    return _moved(state, sent, reply, min(seq, max(state.cursor, state.sent_to)), at)


def _moved(state: State, sent: Sent, reply: SyncReply, cursor: int, at: Moment) -> Outcome:
    """Central's word on `cursor` is good: forward, where it was, or back."""
    refused = [pair for pair in reply.rejected if sent.from_seq <= pair[0] <= sent.to_seq]
    aside = tuple(pair for pair in refused if pair[0] <= cursor)
    moved = _at_cursor(state, cursor)
    if cursor > state.cursor or (sent.is_empty and cursor == state.cursor):
        moved = replace(_with_larger_batch(moved, sent), bulk=Lane())
        if cursor >= sent.newest:
            moved = replace(moved, waits_since_s=None)
    elif cursor < state.cursor:
        moved = _hold_off(moved, BULK, None, at)
    elif refused:
        why = f"central will not take entry {refused[0][0]}: {refused[0][1]}"
        moved = _hold_off(moved, BULK, Fault.SERVER_REFUSED, at, why=why)
    else:
        moved = _hold_off(
            moved, BULK, Fault.BAD_UPDATE, at, why="central acknowledges nothing new"
        )
    has_moved = cursor != state.cursor
    return Outcome(moved, cursor=cursor if has_moved else None, set_aside=aside)


def _urgent_answered(state: State, sent: Sent, reply: SyncReply, at: Moment) -> Outcome:
    """One that is refused here is done, too: the bulk lane brings it with its chain."""
    heard = {*reply.urgent_acked, *(seq for seq, _ in reply.rejected)}
    done = tuple(seq for seq in sent.urgent if seq in heard)
    if not done:
        why = "central acknowledges nothing"
        return Outcome(_hold_off(state, URGENT, Fault.BAD_UPDATE, at, why=why))
    return Outcome(
        replace(state, urgent_done=state.urgent_done | set(done), urgent=Lane()),
        urgent_done=done,
    )


def _refused(
    state: State, sent: Sent, reply: SyncReply, ours: bytes | None, at: Moment
) -> Outcome:
    """Central says no and signs it."""
    code, expected = reply.error or "", reply.expected_seq
    tries = _lane(state, sent.lane).tries
    if code in _FEWER:
        return Outcome(_with_fewer(state, sent, code, at))
    if code == "E_COUNTER" and tries < COUNTER_TRIES_MAX:
        # sync.db was lost: central says where the counter stands, or it is found by doubling.
        soon = Lane(tries + 1, at.now_s + _LEAST_SHARE * at.pace.back_off_s)
        least = expected if expected is not None else 2 * reply.counter
        return Outcome(_with_lane(state, sent.lane, soon), counter_least=least)
    if code == "E_LOG_GAP" and expected is not None and expected <= state.cursor and ours:
        back = _hold_off(_at_cursor(state, expected - 1), sent.lane, None, at)
        return Outcome(back, cursor=expected - 1)
    fault = Fault.SERVER_REFUSED if reply.retry_after_s is None else Fault.SERVER_BUSY
    detail = code if expected is None else f"{code}, central waits for {expected}"
    return Outcome(
        _hold_off(state, sent.lane, fault, at, why=detail, patience_s=reply.retry_after_s)
    )


def _with_fewer(state: State, sent: Sent, code: str, at: Moment) -> State:
    """Try again at once with half as many; one alone cannot be halved."""
    smaller = _with_smaller_batch(state, sent)
    if smaller.batch < state.batch:
        return smaller
    return _hold_off(state, sent.lane, Fault.SERVER_REFUSED, at, why=code)


def _with_smaller_batch(state: State, sent: Sent) -> State:
    if sent.lane == URGENT or sent.is_empty:
        return state
    return replace(state, batch=max(1, (sent.to_seq - sent.from_seq + 1) // 2))


def _with_larger_batch(state: State, sent: Sent) -> State:
    if sent.to_seq - sent.from_seq + 1 < state.batch:
        return state
    return replace(state, batch=min(state.batch_max, state.batch + max(1, state.batch // 4)))


def _at_cursor(state: State, cursor: int) -> State:
    done = frozenset(seq for seq in state.urgent_done if seq > cursor)
    return replace(state, cursor=cursor, urgent_done=done)


def _line_is_up(state: State, at: Moment) -> State:
    """There is a way to central again: a lane that waited for one need not wait longer."""
    for name in (BULK, URGENT):
        lane = _lane(state, name)
        if lane.fault in _NO_WAY:
            soon_s = min(lane.not_before_s, at.now_s + at.draw * at.pace.back_off_s)
            state = _with_lane(state, name, Lane(not_before_s=soon_s))
    return state


def _hold_off(
    state: State,
    name: str,
    fault: Fault | None,
    at: Moment,
    *,
    why: str = "",
    patience_s: float | None = None,
) -> State:
    """Count a failure of a lane and let it wait; `patience_s` is what central asked for."""
    pace, tries = at.pace, _lane(state, name).tries + 1
    is_urgent = name == URGENT or state.ask_every_s is not None
    cap_s = pace.urgent_cap_s if is_urgent else pace.bulk_cap_s
    if is_urgent and fault in _NO_WAY:
        cap_s = min(cap_s, pace.no_way_cap_s)
    wait_s = min(cap_s, pace.back_off_s * 2.0 ** min(tries - 1, _DOUBLINGS_MAX))
    wait_s *= max(_LEAST_SHARE, at.draw)
    if patience_s is not None:
        wait_s += min(max(0.0, patience_s), pace.patience_s)
    if name == URGENT:
        wait_s = min(wait_s, cap_s)
    return _with_lane(state, name, Lane(tries, at.now_s + wait_s, fault, why))


def _later(state: State, retry_after_s: int, at: Moment) -> State:
    """Central took what was sent and asks for a pause."""
    until_s = at.now_s + min(max(0, retry_after_s), at.pace.patience_s)
    return replace(
        state,
        bulk=replace(state.bulk, not_before_s=max(state.bulk.not_before_s, until_s)),
    )


def _lane(state: State, name: str) -> Lane:
    return state.urgent if name == URGENT else state.bulk


def _with_lane(state: State, name: str, lane: Lane) -> State:
    return replace(state, urgent=lane) if name == URGENT else replace(state, bulk=lane)
