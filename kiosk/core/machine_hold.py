"""Staff ask somebody to wait, and let them go on. Pure.

A hold is on one pass at this gate. While it stands no reading, no typed temperature and no
second showing opens: a person lifts it, or decides with an override, by name. Whoever comes
next is served as always. To the public it is "one moment", as for any other reason.
"""

from dataclasses import replace

from kiosk.core.machine_case import (
    HELD_TRACE,
    AwaitingReading,
    AwaitingTyped,
    Idle,
    Showing,
    State,
    Step,
    entry_of,
    record,
    ref_of,
    show,
)
from kiosk.core.machine_entries import entry_by_staff
from kiosk.core.messages import (
    Command,
    HoldPass,
    PassPresented,
    RecordEntry,
    ReleasePass,
    StopReading,
)
from kiosk.core.messages_staff import HoldLifted, HoldPlaced
from kiosk.core.rules_words import Rules
from kiosk.core.wording import Page
from kiosk.core.words import (
    Entry,
    EntryKind,
    Facts,
    Held,
    Reason,
    Referred,
)


def hold_placed(state: State, event: HoldPlaced, facts: Facts, rules: Rules) -> Step:
    """Write the hold down, then keep the gate shut for this pass, then tell it."""
    staff = event.staff
    if event.held is not None or staff is None:
        return state, ()  # somebody else of the staff was faster
    held = _whom(state, event, staff)
    cti = held.cti
    entry = _entry(event, facts, "placed", held, rules)
    acts: tuple[Command, ...] = (RecordEntry(entry), HoldPass(held))
    if isinstance(state, AwaitingReading | AwaitingTyped) and _is_of(state, cti):
        return _stopped(state, event, acts, rules)
    if isinstance(state, Showing) and cti is not None and state.ref == cti:
        then, told = show(Page.HOLD, event.at, scan_id=event.scan_id, ref=cti, entry=entry)
        return _marked(replace(then, following=state.following), cti, is_held=True), (
            *acts,
            *told,
        )
    return _marked(state, cti, is_held=True), acts


def hold_lifted(state: State, event: HoldLifted, facts: Facts, rules: Rules) -> Step:
    """Write down that the hold is over; the pass is served again when it is shown."""
    held = event.held
    if held is None:
        return state, ()  # somebody else of the staff was faster
    entry = _entry(event, facts, "lifted", held, rules)
    kept = (RecordEntry(entry), ReleasePass(held.scan_id, held.cti))
    return _marked(state, held.cti, is_held=False), kept


def _whom(state: State, event: HoldPlaced, staff: str) -> Held:
    """Return who is held: of a written case, of the one at the gate, or nobody known."""
    about, shown = event.about, _at_the_gate(state, event)
    if about is not None:
        return Held(event.scan_id, event.at, staff, about.cti, about.sub, about.label)
    if shown is None:
        return Held(event.scan_id, event.at, staff)
    of, ref = shown.outcome, ref_of(shown.outcome)
    return Held(event.scan_id, event.at, staff, ref, of.sub, of.label)


def _entry(
    event: HoldPlaced | HoldLifted, facts: Facts, said: str, held: Held, rules: Rules
) -> Entry:
    entry = entry_by_staff(event.at, facts, EntryKind.HOLD, ("hold", said), rules)
    return replace(
        entry,
        scan_id=held.scan_id,
        cti=held.cti,
        sub=held.sub,
        label=held.label,
        staff=event.staff,
        details=(("held", int(said == "placed")),),
    )


def _at_the_gate(state: State, event: HoldPlaced) -> PassPresented | None:
    """Return the pass that is being served, where the hold is about it."""
    if not isinstance(state, AwaitingReading | AwaitingTyped):
        return None
    return state.shown if state.shown.scan_id == event.scan_id else None


def _is_of(state: AwaitingReading | AwaitingTyped, cti: bytes | None) -> bool:
    return cti is not None and ref_of(state.shown.outcome) == cti


def _stopped(
    state: AwaitingReading | AwaitingTyped,
    event: HoldPlaced,
    acts: tuple[Command, ...],
    rules: Rules,
) -> Step:
    """End the case that is being served: referred, as long as the hold stands."""
    shown = state.shown
    decision = Referred(Reason.HELD)
    case = entry_of(shown, event.at, decision, state.readings, trace=HELD_TRACE, rules=rules)
    ref = ref_of(shown.outcome)
    then, told = show(Page.HOLD, event.at, scan_id=shown.scan_id, ref=ref, entry=case)
    stop = (StopReading(shown.scan_id),) if isinstance(state, AwaitingReading) else ()
    then = replace(then, following=state.following)
    return _marked(then, ref, is_held=True), (*stop, record(case, shown), *acts, *told)


def _marked(state: State, cti: bytes | None, *, is_held: bool) -> State:
    """Return the state with what its next pass is told of the hold."""
    if isinstance(state, Idle) or state.following is None or cti is None:
        return state
    following = state.following
    if ref_of(following.outcome) != cti:
        return state
    known = replace(following.facts, is_held=is_held)
    return replace(state, following=replace(following, facts=known))
