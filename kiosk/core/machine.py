"""One scan, from a presented pass to a decision. Pure: no clock, I/O or randomness.

Three states. Idle: nobody is served. AwaitingReading: the pass is good, a reading is due.
Showing: the decision is on the screen. Time comes in with the events; deadlines are Ticks.

The order of commands is a safety rule: the shell drops whatever follows a command that
fails, so `RecordEntry` stands before `PulseGate` and no gate opens for an entry that was
not kept. The one pulse without an entry of its own is for a repeat: its entry was written
moments ago, and nobody has been seen going through since.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from kiosk.core.messages import (
    Command,
    CommandFailed,
    Event,
    PassPresented,
    PulseGate,
    ReadingTaken,
    RecordEntry,
    Show,
    StopReading,
    TakeReading,
    Tick,
    Warn,
)
from kiosk.core.rules import Case, Rules, Ruling, decide
from kiosk.core.wording import DWELL_S, Page, page_of
from kiosk.core.words import (
    Credential,
    Decision,
    Entry,
    EntryKind,
    Granted,
    LastPassage,
    Missing,
    NoReading,
    PassWarning,
    Reading,
    Reason,
    Referred,
    Refusal,
    Refused,
    Retest,
    TraceLine,
)
from kiosk.timing import Stamp


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is being served. The next pass starts a scan."""


@dataclass(frozen=True, slots=True)
class AwaitingReading:
    """The credential is good; its reading is due before `deadline_s` (monotonic).

    `following` is the pass of somebody else that was shown meanwhile, the newest.
    """

    shown: PassPresented
    since_s: float
    deadline_s: float
    readings: tuple[Reading | NoReading, ...] = ()
    following: PassPresented | None = None


@dataclass(frozen=True, slots=True)
class Showing:
    """A decision stays on the screen until `until_s` (monotonic)."""

    scan_id: UUID
    ref: bytes
    since_s: float
    until_s: float
    following: PassPresented | None = None


State = Idle | AwaitingReading | Showing
Step = tuple[State, tuple[Command, ...]]

# Reasons that say nothing about the person: the same pass shown again starts anew.
_FRESH_START = frozenset({Reason.INTERRUPTED, Reason.STORAGE})


def step(state: State, event: Event, rules: Rules) -> Step:
    """Return the next state and the commands to run, in order."""
    match state, event:
        case Idle(), PassPresented():
            return _begin(event, event.at, rules)
        case AwaitingReading(), PassPresented():
            return _other_pass_while_measuring(state, event, rules)
        case AwaitingReading(), ReadingTaken() if _is_answer(state, event):
            return _measured(state, event, rules)
        case AwaitingReading(), Tick(at):
            return _time_while_measuring(state, at, rules)
        case Showing(), PassPresented():
            return _pass_while_showing(state, event, rules)
        case Showing(), Tick(at):
            return _time_while_showing(state, at, rules)
        case Showing(), CommandFailed(at, scan_id) if scan_id == state.scan_id:
            return _show(Page.HOLD, at, scan_id=scan_id, ref=state.ref)
    return state, ()  # a late reading, a passage or a strange failure changes nothing


def _begin(shown: PassPresented, at: Stamp, rules: Rules) -> Step:
    outcome, ref = shown.outcome, _ref(shown.outcome)
    if isinstance(outcome, Refused) and outcome.is_foreign:
        return _show(Page.UNKNOWN, at, scan_id=shown.scan_id, ref=ref)
    if (last := shown.facts.last) is not None and _is_repeat(shown, last, rules):
        return _repeat(shown, last, at)
    ruling = decide(Case(outcome, shown.facts), rules)
    if ruling.verdict is None:
        return _ask(AwaitingReading(shown, at.mono_s, 0.0), at, rules, Page.LOOK_TEMP)
    return _conclude(shown, at, ruling, (), rules)


def _is_repeat(shown: PassPresented, last: LastPassage, rules: Rules) -> bool:
    """Whether this pass was decided moments ago, on the same grounds."""
    if last.boot_id != shown.at.boot_id or last.direction is not shown.facts.direction:
        return False
    is_recent = 0 <= shown.at.mono_s - last.at_s <= rules.repeat_window_s
    if isinstance(last.decision, Granted):
        return is_recent and isinstance(shown.outcome, Credential)
    reason = last.decision.reason
    if isinstance(shown.outcome, Refused):
        return is_recent and reason is shown.outcome.reason
    return is_recent and not isinstance(reason, Refusal) and reason not in _FRESH_START


def _repeat(shown: PassPresented, last: LastPassage, at: Stamp) -> Step:
    """Show what was decided moments ago; open again only for whoever has not gone through."""
    ref, warn = _ref(shown.outcome), Warn(shown.scan_id, PassWarning.REPEAT)
    if not isinstance(last.decision, Granted):
        page, when_s = page_of(last.decision, last.direction), _when_s(shown.outcome)
        state, show = _show(page, at, scan_id=shown.scan_id, ref=ref, when_s=when_s)
        return state, (warn, *show)
    state, show = _show(Page.SECOND_SCAN, at, scan_id=shown.scan_id, ref=ref)
    pulse = () if last.has_passed else (PulseGate(shown.scan_id),)
    return state, (warn, *pulse, *show)


def _ask(state: AwaitingReading, at: Stamp, rules: Rules, page: Page) -> Step:
    """Ask the thermometer for the next round of this case."""
    due = replace(state, deadline_s=at.mono_s + rules.reading_wait_s)
    take = TakeReading(state.shown.scan_id, len(state.readings) + 1)
    return due, (take, Show(page, at.mono_s, None))


def _is_answer(state: AwaitingReading, event: ReadingTaken) -> bool:
    is_ours = event.scan_id == state.shown.scan_id
    return is_ours and event.round_no == len(state.readings) + 1


def _measured(state: AwaitingReading, event: ReadingTaken, rules: Rules) -> Step:
    """Take the answer for this round, unless it may be of the person behind."""
    following, began_s = state.following, event.reading.presence_s
    if following is not None and began_s is not None and began_s >= following.at.mono_s:
        return _interrupt(state, following, event.at, rules)
    readings = (*state.readings, event.reading)
    ruling = decide(Case(state.shown.outcome, state.shown.facts, readings), rules)
    if isinstance(ruling.verdict, Retest):
        page = Page.AGAIN if isinstance(event.reading, Reading) else Page.NO_TEMP
        return _ask(replace(state, readings=readings), event.at, rules, page)
    ended, commands = _conclude(state.shown, event.at, ruling, readings, rules)
    return _with_following(ended, following), commands


def _other_pass_while_measuring(
    state: AwaitingReading, event: PassPresented, rules: Rules
) -> Step:
    """Another resident's pass ends a case that waits; a strange code never does."""
    if _is_strange(event) or _ref(event.outcome) == _ref(state.shown.outcome):
        return state, ()
    if event.at.mono_s - state.since_s < rules.page_min_s:
        return replace(state, following=event), ()
    return _interrupt(state, event, event.at, rules)


def _time_while_measuring(state: AwaitingReading, at: Stamp, rules: Rules) -> Step:
    if state.following is not None and at.mono_s - state.since_s >= rules.page_min_s:
        return _interrupt(state, state.following, at, rules)
    if at.mono_s < state.deadline_s:
        return state, ()
    silence = NoReading(Missing.LOST, is_fault=True, at_s=at.mono_s)
    round_no = len(state.readings) + 1
    return _measured(state, ReadingTaken(at, state.shown.scan_id, round_no, silence), rules)


def _interrupt(
    state: AwaitingReading, following: PassPresented, at: Stamp, rules: Rules
) -> Step:
    """Nobody can tell whose forehead comes next: end this case, serve the newer pass."""
    decision = Referred(Reason.INTERRUPTED)
    trace = (TraceLine("interrupted", "refer"),)
    entry = _entry(state.shown, at, decision, state.readings, trace=trace, rules=rules)
    then, begun = _begin(following, at, rules)
    return then, (StopReading(state.shown.scan_id), RecordEntry(entry), *begun)


def _pass_while_showing(state: Showing, event: PassPresented, rules: Rules) -> Step:
    if _is_strange(event) and state.following is not None:
        return state, ()
    if _is_strange(event) or event.at.mono_s - state.since_s < rules.page_min_s:
        return replace(state, following=event), ()
    return _begin(event, event.at, rules)


def _time_while_showing(state: Showing, at: Stamp, rules: Rules) -> Step:
    following = state.following
    is_over = at.mono_s >= state.until_s
    if following is not None:
        is_due = at.mono_s - state.since_s >= rules.page_min_s and not _is_strange(following)
        return _begin(following, at, rules) if is_due or is_over else (state, ())
    return (Idle(), (Show(Page.IDLE, at.mono_s, None),)) if is_over else (state, ())


def _conclude(
    shown: PassPresented,
    at: Stamp,
    ruling: Ruling,
    readings: tuple[Reading | NoReading, ...],
    rules: Rules,
) -> Step:
    """Write the decision down, then act on it, then tell it."""
    decision = _decision(ruling)
    entry = _entry(shown, at, decision, readings, trace=ruling.trace, rules=rules)
    page = page_of(decision, shown.facts.direction)
    when_s, ref = _when_s(shown.outcome), _ref(shown.outcome)
    state, show = _show(page, at, scan_id=shown.scan_id, ref=ref, entry=entry, when_s=when_s)
    pulse = (PulseGate(shown.scan_id),) if isinstance(decision, Granted) else ()
    return state, (RecordEntry(entry), *pulse, *show)


def _decision(ruling: Ruling) -> Decision:
    """Return the decision of a ruling; one that admits nobody and refers nobody is referred."""
    if ruling.verdict is None or isinstance(ruling.verdict, Retest):
        return Referred(Reason.NO_VALID_READING)
    return ruling.verdict


def _entry(
    shown: PassPresented,
    at: Stamp,
    decision: Decision,
    readings: tuple[Reading | NoReading, ...],
    *,
    trace: tuple[TraceLine, ...],
    rules: Rules,
) -> Entry:
    return Entry(
        kind=EntryKind.PASSAGE,
        at=at,
        scan_id=shown.scan_id,
        gate=shown.facts.gate,
        direction=shown.facts.direction,
        decision=decision,
        cti=_ref(shown.outcome),
        sub=shown.outcome.sub,
        label=shown.outcome.label,
        rules_version=rules.version,
        readings=readings,
        trace=trace,
    )


def _show(
    page: Page,
    at: Stamp,
    *,
    scan_id: UUID,
    ref: bytes,
    entry: Entry | None = None,
    when_s: int | None = None,
) -> tuple[Showing, tuple[Show]]:
    until_s = at.mono_s + DWELL_S[page]
    return Showing(scan_id, ref, at.mono_s, until_s), (
        Show(page, at.mono_s, until_s, entry, when_s),
    )


def _with_following(state: State, following: PassPresented | None) -> State:
    return replace(state, following=following) if isinstance(state, Showing) else state


def _is_strange(event: PassPresented) -> bool:
    return isinstance(event.outcome, Refused) and event.outcome.is_foreign


def _ref(outcome: Credential | Refused) -> bytes:
    return outcome.cti if isinstance(outcome, Credential) else outcome.ref


def _when_s(outcome: Credential | Refused) -> int | None:
    return outcome.when_s if isinstance(outcome, Refused) else None
