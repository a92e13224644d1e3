"""One scan, from a presented pass to a decision. Pure: no clock, I/O or randomness.

Four states. Idle: nobody is served. AwaitingReading: the pass is good, a reading is due.
AwaitingTyped: it is good, staff measure and type. Showing: the decision is on the screen.
Time comes in with the events; deadlines are Ticks. `machine_case` says how a case ends,
`machine_staff` what staff do.

No gate opens for an entry that was not kept. The one pulse without an entry of its own is
for a repeat: its entry was written moments ago, and nobody has been seen going through.
"""

from dataclasses import replace

from kiosk.core import machine_staff as staff
from kiosk.core.machine_acts import acted, hand_out
from kiosk.core.machine_case import (
    AwaitingReading,
    AwaitingTyped,
    Idle,
    Showing,
    State,
    Step,
    case_of,
    conclude,
    entry_of,
    held_back,
    record,
    ref_of,
    show,
)
from kiosk.core.machine_forms import form_written, with_card
from kiosk.core.machine_help import code_unreadable, help_answered, help_asked, page_chosen
from kiosk.core.matters_acts import matter_acted
from kiosk.core.messages import (
    CommandFailed,
    Event,
    MeasuringChosen,
    PassPresented,
    PulseGate,
    ReadingTaken,
    RepeatAsked,
    Show,
    SignedOff,
    SignedOn,
    StopReading,
    TakeReading,
    TemperatureTyped,
    Tick,
    Warn,
)
from kiosk.core.messages_screen import CodeUnreadable, HelpAnswered, HelpAsked, PageChosen
from kiosk.core.messages_staff import (
    CardReturned,
    CoverChosen,
    EmergencyOpened,
    HoldLifted,
    HoldPlaced,
    IncidentCalled,
    IsolationOrdered,
    MatterActed,
    NoteWritten,
    OccupantTyped,
    OverrideGiven,
    PassForgotten,
    Persuaded,
    RegularCame,
    ResidentWritten,
    ReturneeWritten,
    SuppliesChosen,
    VehicleWritten,
    VisitorWritten,
)
from kiosk.core.rules import Rules, decide
from kiosk.core.rules_weather import waits_until_s
from kiosk.core.wording import Page, page_of
from kiosk.core.words import (
    Credential,
    Entry,
    Granted,
    LastPassage,
    Missing,
    NoReading,
    PassKind,
    PassWarning,
    Reading,
    Reason,
    Referred,
    Refusal,
    Refused,
    Retest,
    StaffMeasures,
    TraceLine,
)
from kiosk.timing import Stamp

__all__ = [
    "AwaitingReading",
    "AwaitingTyped",
    "Idle",
    "Showing",
    "State",
    "present_entry",
    "step",
    "waiting_entry",
]

# Reasons that say nothing about the person: the same pass shown again starts anew.
_FRESH_START = frozenset({Reason.INTERRUPTED, Reason.STORAGE, Reason.HELD})


def step(state: State, event: Event, rules: Rules) -> Step:
    """Return the next state and the commands to run, in order."""
    match state, event:
        case _, PassPresented() if staff.is_duty_card(event):
            return staff.duty_card_shown(state, event, rules)
        case Idle(), PassPresented():
            return _begin(event, event.at, rules)
        case AwaitingReading() | AwaitingTyped(), PassPresented():
            return _other_pass_while_waiting(state, event, rules)
        case AwaitingReading(), ReadingTaken() if _is_answer(state, event):
            return _measured(state, event, rules)
        case AwaitingReading() | AwaitingTyped(), Tick(at):
            return _time_while_waiting(state, at, rules)
        case Showing(), PassPresented():
            return _pass_while_showing(state, event, rules)
        case Showing(), Tick(at):
            return _time_while_showing(state, at, rules)
        case Showing(), CommandFailed(at, scan_id) if scan_id == state.scan_id:
            return show(Page.HOLD, at, scan_id=scan_id, ref=state.ref)
        case _, TemperatureTyped():
            return staff.temperature_typed(state, event, rules)
        case _, RepeatAsked():
            return staff.repeat_asked(state, event, rules)
        case _, SignedOn() | SignedOff() | MeasuringChosen():
            return staff.duty_changed(state, event, rules)
        case _, NoteWritten() | CoverChosen():
            return staff.duty_changed(state, event, rules)
        case _, RegularCame():
            return _regular_came(state, event, rules)
        case _, PassForgotten():
            return _pass_forgotten(state, event, rules)
        case _, VisitorWritten() | ResidentWritten() | CardReturned():
            return form_written(state, event, rules)
        case _, IsolationOrdered() | ReturneeWritten():
            return form_written(state, event, rules)
        case _, OverrideGiven() | EmergencyOpened() | Persuaded() | SuppliesChosen():
            return acted(state, event, rules)
        case _, VehicleWritten() | OccupantTyped() | HoldPlaced() | HoldLifted():
            return acted(state, event, rules)
        case _, CodeUnreadable():
            return code_unreadable(state, event)
        case _, HelpAsked():
            return help_asked(state, event)
        case _, HelpAnswered():
            return help_answered(state, event, rules)
        case _, PageChosen():
            return page_chosen(state, event)
        case _, IncidentCalled() | MatterActed():
            return matter_acted(state, event, rules)
    return state, ()  # a late reading, a passage or a strange failure changes nothing


def _begin(shown: PassPresented, at: Stamp, rules: Rules) -> Step:
    outcome, ref = shown.outcome, ref_of(shown.outcome)
    if outcome.is_foreign:
        return show(Page.UNKNOWN, at, scan_id=shown.scan_id, ref=ref)
    if shown.facts.is_held:
        return _held(shown, at, rules)
    if (handed_out := hand_out(shown, rules)) is not None:
        return handed_out
    if (bound := with_card(shown, rules)) is not None:
        served, entries = bound
        then, commands = _begin(served, at, rules)
        return then, (*entries, *commands)
    if (until_s := _waits_until_s(shown, rules)) is not None:
        when_s = int(at.utc.timestamp() + until_s - at.mono_s)
        told = show(Page.WARM_UP, at, scan_id=shown.scan_id, ref=ref, when_s=when_s)
        return _warned(shown, told)
    if (last := shown.facts.last) is not None and _is_repeat(shown, last, rules):
        return _repeat(shown, last, at)
    ruling = decide(case_of(shown), rules)
    if ruling.verdict is None:
        return _ask(AwaitingReading(shown, at.mono_s, 0.0), at, rules, Page.LOOK_TEMP)
    if isinstance(ruling.verdict, StaffMeasures):
        return staff.wait_for_staff(shown, at, (), rules)
    return conclude(shown, at, ruling, (), rules)


def _regular_came(state: State, event: RegularCame, rules: Rules) -> Step:
    """Serve a courier whose card is out as if the card had been shown."""
    lent = event.lent
    if event.facts is None or event.staff is None or lent is None:
        return state, ()
    if isinstance(state, AwaitingReading | AwaitingTyped):
        return state, ()  # somebody is being served: tap again afterwards
    card = Credential(
        lent.cti, "", "", PassKind.VISITOR, 0, "", lent.visit.until_ms // 1000,
        card_no=lent.card_no,
    )  # fmt: skip
    return _begin(PassPresented(event.at, event.scan_id, card, event.facts), event.at, rules)


def _pass_forgotten(state: State, event: PassForgotten, rules: Rules) -> Step:
    """Serve whom staff vouch for as if the pass had been shown: every rule is asked."""
    if event.facts is None or event.staff is None:
        return state, ()
    shown = PassPresented(
        event.at, event.scan_id, event.holder, event.facts, voucher=event.staff
    )
    return step(state, shown, rules)


def _is_repeat(shown: PassPresented, last: LastPassage, rules: Rules) -> bool:
    """Whether this pass was decided moments ago, on the same grounds."""
    if last.boot_id != shown.at.boot_id or last.direction is not shown.facts.direction:
        return False
    is_recent = 0 <= shown.at.mono_s - last.at_s <= rules.repeat_window_s
    if isinstance(last.decision, Granted):
        return is_recent and _is_same_holder(shown.outcome)
    reason = last.decision.reason
    if isinstance(shown.outcome, Refused):
        return is_recent and reason is shown.outcome.reason
    return is_recent and not isinstance(reason, Refusal) and reason not in _FRESH_START


def _held(shown: PassPresented, at: Stamp, rules: Rules) -> Step:
    """Refer a pass that staff hold; shown again at once it adds no entry."""
    if (last := shown.facts.last) is not None and _is_held_again(shown, rules):
        return _repeat(shown, last, at)
    return held_back(shown, at, rules)


def _is_held_again(shown: PassPresented, rules: Rules) -> bool:
    """Whether a pass that is held was referred for it moments ago: no second entry."""
    last = shown.facts.last
    if last is None or last.decision != Referred(Reason.HELD):
        return False
    is_ours = last.boot_id == shown.at.boot_id and last.direction is shown.facts.direction
    return is_ours and 0 <= shown.at.mono_s - last.at_s <= rules.repeat_window_s


def _is_same_holder(outcome: Credential | Refused) -> bool:
    """Whether this is the pass that was granted: good, or a phone's code not yet redrawn."""
    return isinstance(outcome, Credential) or outcome.reason is Refusal.PROOF_REPLAY


def _waits_until_s(shown: PassPresented, rules: Rules) -> float | None:
    """Return until when the holder warms up; None: nothing is waited for."""
    is_good = isinstance(shown.outcome, Credential)
    return waits_until_s(case_of(shown), rules) if is_good else None


def _repeat(shown: PassPresented, last: LastPassage, at: Stamp) -> Step:
    """Show what was decided moments ago; open again only for whoever has not gone through."""
    ref, outcome = ref_of(shown.outcome), shown.outcome
    if not isinstance(last.decision, Granted):
        page = page_of(last.decision, last.direction)
        when_s = outcome.when_s if isinstance(outcome, Refused) else None
        told = show(page, at, scan_id=shown.scan_id, ref=ref, when_s=when_s)
        return _warned(shown, told)
    told = show(Page.SECOND_SCAN, at, scan_id=shown.scan_id, ref=ref)
    is_good = isinstance(outcome, Credential)  # a picture of a phone's code opens nothing
    pulse = (PulseGate(shown.scan_id),) if is_good and not last.has_passed else ()
    return _warned(shown, told, *pulse)


def _warned(shown: PassPresented, told: tuple[Showing, tuple[Show]], *pulse: PulseGate) -> Step:
    """Tell the log that this pass was shown again, then open if that is due, then show."""
    state, pages = told
    return state, (Warn(shown.scan_id, PassWarning.REPEAT), *pulse, *pages)


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
    ruling = decide(case_of(state.shown, readings), rules)
    if isinstance(ruling.verdict, Retest):
        page = Page.AGAIN if isinstance(event.reading, Reading) else Page.NO_TEMP
        return _ask(replace(state, readings=readings), event.at, rules, page)
    ended, commands = conclude(state.shown, event.at, ruling, readings, rules)
    return _with_following(ended, following), commands


def _other_pass_while_waiting(
    state: AwaitingReading | AwaitingTyped, event: PassPresented, rules: Rules
) -> Step:
    """Another resident's pass ends a case that waits; a strange code never does."""
    if event.outcome.is_foreign or ref_of(event.outcome) == ref_of(state.shown.outcome):
        return state, ()
    if event.at.mono_s - state.since_s < rules.page_min_s:
        return replace(state, following=event), ()
    return _interrupt(state, event, event.at, rules)


def _time_while_waiting(
    state: AwaitingReading | AwaitingTyped, at: Stamp, rules: Rules
) -> Step:
    if state.following is not None and at.mono_s - state.since_s >= rules.page_min_s:
        return _interrupt(state, state.following, at, rules)
    if at.mono_s < state.deadline_s:
        return state, ()
    if isinstance(state, AwaitingTyped):
        ruling = decide(case_of(state.shown, state.readings), rules)
        return conclude(state.shown, at, ruling, state.readings, rules)
    silence = NoReading(Missing.LOST, is_fault=True, at_s=at.mono_s)
    round_no = len(state.readings) + 1
    return _measured(state, ReadingTaken(at, state.shown.scan_id, round_no, silence), rules)


def _interrupt(
    state: AwaitingReading | AwaitingTyped, following: PassPresented, at: Stamp, rules: Rules
) -> Step:
    """Nobody can tell whose forehead comes next: end this case, serve the newer pass.

    Staff may still end it: a typed value says whose it is.
    """
    decision = Referred(Reason.INTERRUPTED)
    trace = (TraceLine("interrupted", "refer"),)
    entry = entry_of(state.shown, at, decision, state.readings, trace=trace, rules=rules)
    then, begun = _begin(following, at, rules)
    return then, (StopReading(state.shown.scan_id), record(entry, state.shown), *begun)


def waiting_entry(state: State, rules: Rules) -> Entry | None:
    """Return what is known of the case that staff are asked to measure, None: there is none."""
    return present_entry(state, rules) if isinstance(state, AwaitingTyped) else None


def present_entry(state: State, rules: Rules) -> Entry | None:
    """Return what is known of whoever is being served, None: nobody is."""
    if not isinstance(state, AwaitingReading | AwaitingTyped):
        return None
    shown = state.shown
    return entry_of(shown, shown.at, None, state.readings, trace=(), rules=rules)


def _pass_while_showing(state: Showing, event: PassPresented, rules: Rules) -> Step:
    if state.gives_way:
        return _begin(event, event.at, rules)
    is_strange = event.outcome.is_foreign
    if is_strange and state.following is not None:
        return state, ()
    if is_strange or event.at.mono_s - state.since_s < rules.page_min_s:
        return replace(state, following=event), ()
    return _begin(event, event.at, rules)


def _time_while_showing(state: Showing, at: Stamp, rules: Rules) -> Step:
    following = state.following
    is_over = at.mono_s >= state.until_s
    if following is not None:
        is_long = at.mono_s - state.since_s >= rules.page_min_s
        is_due = is_long and not following.outcome.is_foreign
        return _begin(following, at, rules) if is_due or is_over else (state, ())
    return (Idle(), (Show(Page.IDLE, at.mono_s, None),)) if is_over else (state, ())


def _with_following(state: State, following: PassPresented | None) -> State:
    return replace(state, following=following) if isinstance(state, Showing) else state
