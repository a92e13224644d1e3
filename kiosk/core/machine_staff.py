"""What staff do at the gate: type a temperature, measure again, sign on, choose. Pure.

Each is an event that goes through `step` like any other, is written down with who did it,
and only then acts. Without somebody signed on nothing is typed and nothing is chosen.
"""

from dataclasses import replace
from uuid import UUID

from kiosk.core.duty import OFF, ON
from kiosk.core.machine_case import (
    AwaitingReading,
    AwaitingTyped,
    Idle,
    Showing,
    State,
    Step,
    case_of,
    conclude,
    ref_of,
    show,
)
from kiosk.core.machine_duty import duty_noted, handed_over, taken_over
from kiosk.core.messages import (
    Attend,
    ChooseMeasuring,
    Command,
    Measuring,
    MeasuringChosen,
    OpenCase,
    PassPresented,
    RecordEntry,
    RepeatAsked,
    Show,
    SignedOff,
    SignedOn,
    StopReading,
    TakeReading,
    TemperatureTyped,
)
from kiosk.core.messages_staff import CoverChosen, DutyEvent, NoteWritten
from kiosk.core.rules import Rules, decide
from kiosk.core.wording import Page
from kiosk.core.words import (
    Credential,
    Entry,
    EntryKind,
    Facts,
    NoReading,
    PassKind,
    Reading,
    StaffMeasures,
    TraceLine,
)
from kiosk.timing import Stamp

NO_SCAN = UUID(int=0)  # of entries that are about nobody at the gate
Readings = tuple[Reading | NoReading, ...]


def wait_for_staff(shown: PassPresented, at: Stamp, readings: Readings, rules: Rules) -> Step:
    """Ask the person to wait, and staff for a temperature."""
    due = AwaitingTyped(shown, at.mono_s, at.mono_s + rules.staff_wait_s, readings)
    return due, (Show(Page.STAFF_MEASURES, at.mono_s, None),)


def temperature_typed(state: State, event: TemperatureTyped, rules: Rules) -> Step:
    """Decide by what staff typed; a case that has left the gate is ended beside the present."""
    found = _case(state, event)
    if event.staff is None or found is None:
        return state, ()
    shown, readings = found.shown, (*found.readings, _reading(event))
    ruling = decide(case_of(shown, readings), rules)
    is_here = _is_about(state, event.scan_id)
    if is_here and isinstance(ruling.verdict, StaffMeasures):
        then, asked = wait_for_staff(shown, event.at, readings, rules)
        return _with_following(then, state), (*_stop(state), *asked)
    ended, commands = conclude(shown, event.at, ruling, readings, rules, staff=event.staff)
    if is_here:
        return _with_following(ended, state), (*_stop(state), *commands)
    return state, _without_page(commands)


def repeat_asked(state: State, event: RepeatAsked, rules: Rules) -> Step:
    """Measure once more while the case has rounds left; after that staff measure."""
    found = event.case
    is_free = isinstance(state, Idle | Showing) or _is_about(state, event.scan_id)
    if found is None or not is_free or isinstance(state, AwaitingReading):
        return state, ()
    if found.shown.facts.is_held:
        return state, ()
    at, shown, readings = event.at, found.shown, found.readings
    is_allowed = decide(case_of(shown), rules).verdict is None
    if not is_allowed or len(readings) >= rules.rounds_max:
        then, asked = wait_for_staff(shown, at, readings, rules)
        return _with_following(then, state), asked
    due = AwaitingReading(shown, at.mono_s, at.mono_s + rules.reading_wait_s, readings)
    take = TakeReading(shown.scan_id, len(readings) + 1)
    return _with_following(due, state), (take, Show(Page.AGAIN, at.mono_s, None))


def is_duty_card(event: PassPresented) -> bool:
    """Whether a valid card of the staff is shown: it signs on and lets nobody through."""
    outcome = event.outcome
    return isinstance(outcome, Credential) and outcome.kind is PassKind.STAFF


def duty_card_shown(state: State, event: PassPresented, rules: Rules) -> Step:
    """Sign the holder on. Whoever is being served goes on being served."""
    outcome = event.outcome
    assert isinstance(outcome, Credential)  # is_duty_card has asked
    line = TraceLine("duty", ON)
    entry = _entry(event.at, event.facts, line, outcome.sub, rules, cti=outcome.cti)
    kept = handed_over(event.at, event.facts, rules)
    commands: tuple[Command, ...] = (
        *kept,
        RecordEntry(taken_over(entry, event.facts)),
        Attend(outcome.sub),
    )
    if isinstance(state, AwaitingReading | AwaitingTyped):
        return state, commands
    then, told = show(Page.ON_DUTY, event.at, scan_id=event.scan_id, ref=outcome.cti)
    return _with_following(then, state), (*commands, *told)


def duty_changed(
    state: State, event: SignedOn | SignedOff | MeasuringChosen | DutyEvent, rules: Rules
) -> Step:
    """Write down who came, went or chose how temperatures are taken."""
    if event.facts is None or event.staff is None:
        return state, ()
    at, facts = event.at, event.facts
    match event:
        case SignedOn():
            entry = _entry(at, facts, TraceLine("duty", ON), event.staff, rules)
            entry, act = taken_over(entry, facts), Attend(event.staff)
        case SignedOff():
            entry = _entry(at, facts, TraceLine("duty", OFF), event.staff, rules)
            why = (("why", "restart"),) if event.is_restart else ()
            entry, act = replace(entry, details=why), Attend(None)
        case NoteWritten() | CoverChosen():
            return state, duty_noted(event, rules)
        case MeasuringChosen():
            line = TraceLine("measuring", event.measuring.value)
            entry = _entry(at, facts, line, event.staff, rules)
            then, asked = _measured_so(state, event, rules)
            return then, (RecordEntry(entry), ChooseMeasuring(event.measuring), *asked)
    return state, (*handed_over(at, facts, rules), RecordEntry(entry), act)


def _measured_so(state: State, event: MeasuringChosen, rules: Rules) -> Step:
    """Let the choice to type count at once, for whoever is before the thermometer too."""
    if not isinstance(state, AwaitingReading) or event.measuring is not Measuring.TYPED:
        return state, ()
    facts = replace(state.shown.facts, is_typed_chosen=True)
    shown = replace(state.shown, facts=facts)
    then, asked = wait_for_staff(shown, event.at, state.readings, rules)
    return _with_following(then, state), (*_stop(state), *asked)


def _entry(
    at: Stamp,
    facts: Facts,
    line: TraceLine,
    staff: str,
    rules: Rules,
    *,
    cti: bytes | None = None,
) -> Entry:
    return Entry(
        kind=EntryKind.DUTY,
        at=at,
        scan_id=NO_SCAN,
        gate=facts.gate,
        direction=facts.direction,
        decision=None,
        cti=cti,
        sub=None,
        label="",
        rules_version=rules.version,
        trace=(line,),
        staff=staff,
    )


def _reading(event: TemperatureTyped) -> Reading:
    """Return a typed value as a reading: nothing was sampled, corrected or calibrated."""
    value_c, at_s = round(event.value_c, 1), event.at.mono_s
    return Reading(value_c, value_c, 0.0, 0, at_s, at_s, None, "", event.source)


def _case(state: State, event: TemperatureTyped) -> OpenCase | None:
    if isinstance(state, AwaitingReading | AwaitingTyped) and _is_about(state, event.scan_id):
        return OpenCase(state.shown, state.readings)
    return event.case


def _is_about(state: State, scan_id: UUID) -> bool:
    match state:
        case Idle():
            return True
        case Showing():
            return state.scan_id == scan_id
        case AwaitingReading() | AwaitingTyped():
            return state.shown.scan_id == scan_id


def _stop(state: State) -> tuple[Command, ...]:
    return (StopReading(state.shown.scan_id),) if isinstance(state, AwaitingReading) else ()


def _with_following(then: State, before: State) -> State:
    """Return what comes next, with the pass of whoever is waiting behind."""
    following = None if isinstance(before, Idle) else before.following
    if isinstance(then, Idle) or following is None:
        return then
    if isinstance(then, Showing):
        return replace(then, following=following)
    is_same = ref_of(following.outcome) == ref_of(then.shown.outcome)
    is_nobody = following.outcome.is_foreign or is_same
    return then if is_nobody else replace(then, following=following)


def _without_page(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    return tuple(c for c in commands if not isinstance(c, Show))
