"""What staff do at the gate against or beside the rules: let through, talk back in, hand out.

Pure. An override and an emergency open first and are written down when they can be: a disk
that is full must keep nobody in. Everything else is written first.
"""

from dataclasses import replace

from kiosk.core.machine_case import (
    AwaitingReading,
    AwaitingTyped,
    Idle,
    State,
    Step,
    show,
)
from kiosk.core.machine_entries import entry_by_staff
from kiosk.core.machine_help import telling
from kiosk.core.machine_hold import hold_lifted, hold_placed
from kiosk.core.messages import (
    Command,
    HandOut,
    PassPresented,
    PulseGate,
    RecordEntry,
    ReleasePass,
    StopReading,
    Warn,
)
from kiosk.core.messages_staff import (
    ActEvent,
    EmergencyOpened,
    HoldLifted,
    HoldPlaced,
    OccupantTyped,
    OverrideGiven,
    Persuaded,
    SuppliesChosen,
    VehicleWritten,
    Why,
)
from kiosk.core.rules import decide
from kiosk.core.rules_community import OutsideVehicles
from kiosk.core.rules_temperature import typed
from kiosk.core.rules_words import Case, Rules
from kiosk.core.wording import Page
from kiosk.core.words import (
    Credential,
    Decision,
    Denied,
    Direction,
    Entry,
    EntryKind,
    Facts,
    Granted,
    Held,
    PassKind,
    PassWarning,
    Reading,
    Reason,
    Referred,
)
from kiosk.core.words_home import OpenVehicle
from kiosk.timing import Stamp

_NOBODY = Credential(b"\0" * 8, "", "", PassKind.VISITOR, 0, "", 0)  # no pass was shown


def acted(state: State, event: ActEvent, rules: Rules) -> Step:
    """Do what staff ask for, in an entry of its own."""
    if event.facts is None or (event.staff is None and not isinstance(event, EmergencyOpened)):
        return state, ()
    match event:
        case OverrideGiven():
            return _override(state, event, event.facts, rules)
        case EmergencyOpened():
            return _emergency(state, event, event.facts, rules)
        case Persuaded():
            return _persuaded(state, event, event.facts, rules)
        case SuppliesChosen():
            return state, (HandOut(event.item),)
        case VehicleWritten():
            return _vehicle(state, event, event.facts, rules)
        case OccupantTyped():
            return _occupant(state, event, event.facts, rules)
        case HoldPlaced():
            return hold_placed(state, event, event.facts, rules)
        case HoldLifted():
            return hold_lifted(state, event, event.facts, rules)


def hand_out(shown: PassPresented, rules: Rules) -> Step | None:
    """Write down that a household takes what is handed out; None: nothing is, or not to it."""
    outcome, item = shown.outcome, shown.facts.supplies
    if item is None or not isinstance(outcome, Credential):
        return None
    if outcome.kind in (PassKind.STAFF, PassKind.VISITOR):
        return None
    if shown.facts.has_supplies:
        then, told = show(Page.SECOND_SCAN, shown.at, scan_id=shown.scan_id, ref=outcome.cti)
        return then, (Warn(shown.scan_id, PassWarning.REPEAT), *told)
    said = ("supplies", "handed_out")
    entry = entry_by_staff(shown.at, shown.facts, EntryKind.SUPPLIES, said, rules)
    entry = replace(
        entry,
        scan_id=shown.scan_id,
        cti=outcome.cti,
        sub=outcome.sub,
        label=outcome.label,
        staff=shown.voucher,
        details=(("item", item),),
    )
    then, told = show(
        Page.SUPPLIES, shown.at, scan_id=shown.scan_id, ref=outcome.cti, entry=entry
    )
    return then, (RecordEntry(entry), *told)


def _override(state: State, event: OverrideGiven, facts: Facts, rules: Rules) -> Step:
    """Let the person of a case through; it counts as a way out like any other."""
    about = event.about
    if about is None or isinstance(about.decision, Granted):
        return state, ()  # somebody else of the staff was faster
    if about.kind is EntryKind.PERSUADED:
        return state, ()  # or talked them back in
    entry = _let_through(event, facts, event.why, rules)
    is_trip = facts.direction is Direction.OUT and _is_on_quota(about)
    entry = replace(
        entry,
        cti=about.cti,
        sub=about.sub,
        label=about.label,
        details=(*entry.details, *((("trip", 1),) if is_trip else ())),
    )
    return _opened(state, event, entry, event.held)


def _is_on_quota(about: Entry) -> bool:
    """Whether a case is a resident's, without a dated permission."""
    known = dict(about.details)
    is_residents = known.get("kind", PassKind.RESIDENT) in (PassKind.RESIDENT, PassKind.PHONE)
    return about.sub is not None and is_residents and "exempt" not in known


def _emergency(state: State, event: EmergencyOpened, facts: Facts, rules: Rules) -> Step:
    """Open for whoever must get out; the rules are asked so that their trace is kept."""
    ruling = decide(Case(_NOBODY, facts, event.at, is_emergency=True), rules)
    entry = _let_through(event, facts, Why.EMERGENCY, rules)
    return _opened(state, event, replace(entry, trace=ruling.trace))


def _let_through(
    event: OverrideGiven | EmergencyOpened, facts: Facts, why: Why, rules: Rules
) -> Entry:
    said = ("override", why.value)
    entry = entry_by_staff(event.at, facts, EntryKind.OVERRIDE, said, rules)
    return replace(
        entry,
        scan_id=event.scan_id,
        decision=Granted(),
        staff=event.staff,
        details=(("why", why.value),),
    )


def _opened(
    state: State,
    event: OverrideGiven | EmergencyOpened,
    entry: Entry,
    held: Held | None = None,
) -> Step:
    """Open, write it down, tell it; a case at the gate that it is about has ended."""
    at, ref = event.at, entry.cti or b""
    acts: tuple[Command, ...] = (PulseGate(event.scan_id), RecordEntry(entry, may_wait=True))
    if held is not None:
        acts = (*acts, ReleasePass(held.scan_id, held.cti))
    if (
        isinstance(state, AwaitingReading | AwaitingTyped)
        and state.shown.scan_id != event.scan_id
    ):
        return state, acts  # somebody else is being served, and goes on being served
    then, told = show(Page.OVERRIDE, at, scan_id=event.scan_id, ref=ref, entry=entry)
    stop = (StopReading(event.scan_id),) if isinstance(state, AwaitingReading) else ()
    following = None if isinstance(state, Idle) else state.following
    return replace(then, following=following), (*stop, *acts, *told)


def _persuaded(state: State, event: Persuaded, facts: Facts, rules: Rules) -> Step:
    """Count who was talked back in. A way out that was granted did not happen."""
    about = event.about
    if about is not None and about.kind is EntryKind.PERSUADED:
        return state, ()  # a second tap
    said = ("persuaded", "stayed")
    entry = entry_by_staff(event.at, facts, EntryKind.PERSUADED, said, rules)
    entry = replace(entry, staff=event.staff)
    if about is None:
        return state, (RecordEntry(entry),)
    entry = replace(
        entry, scan_id=event.scan_id, cti=about.cti, sub=about.sub, label=about.label
    )
    if isinstance(about.decision, Granted) and about.direction is Direction.OUT:
        taken_back = withdrawn(about, event.at, facts, rules, said="persuaded")
        return state, (RecordEntry(replace(taken_back, staff=event.staff)), RecordEntry(entry))
    return state, (RecordEntry(entry),)


def withdrawn(about: Entry, at: Stamp, facts: Facts, rules: Rules, *, said: str) -> Entry:
    """Return the entry that says of a granted one: nobody passed."""
    entry = entry_by_staff(at, facts, EntryKind.WITHDRAWN, ("withdrawn", said), rules)
    return replace(entry, scan_id=about.scan_id, cti=about.cti, sub=about.sub)


def _vehicle(state: State, event: VehicleWritten, facts: Facts, rules: Rules) -> Step:
    """Write a vehicle down; it is let in when everybody in it was measured."""
    decision = _of_vehicle(event, rules)
    verdict = "-" if decision is None else type(decision).__name__.lower()
    entry = entry_by_staff(event.at, facts, EntryKind.VEHICLE, ("vehicle", verdict), rules)
    details = (("vehicle", event.scan_id.bytes[-8:].hex()), ("seats", event.occupants))
    entry = replace(
        entry,
        scan_id=event.scan_id,
        decision=decision,
        sub=event.host,
        staff=event.staff,
        sealed=event.sealed,
        details=(*details, ("outside", int(event.is_outside))),
    )
    then, told = telling(state, Page.VEHICLE, event.at)
    return then, (RecordEntry(entry), *told)


def _of_vehicle(event: VehicleWritten, rules: Rules) -> Decision | None:
    """Return what stands against a vehicle before anybody in it is measured."""
    admitted = rules.vehicles.outside
    if not 1 <= event.occupants <= rules.vehicles.occupants_max:
        return Referred(Reason.VEHICLE)
    if not event.is_outside or admitted is OutsideVehicles.ALL:
        return None
    if admitted is OutsideVehicles.NONE:
        return Denied(Reason.VEHICLE)
    return Referred(Reason.NO_HOST) if event.host is None else None


def _occupant(state: State, event: OccupantTyped, facts: Facts, rules: Rules) -> Step:
    """Write down one of a vehicle; the last who is well opens the gate for it."""
    vehicle = event.open_vehicle
    if vehicle is None or vehicle.well >= vehicle.occupants:
        return state, ()
    value_c, at_s = round(event.value_c, 1), event.at.mono_s
    reading = Reading(value_c, value_c, 0.0, 0, at_s, at_s, None, "", event.source)
    decision = _of_occupant(event, facts, reading, rules)
    entry = entry_by_staff(
        event.at, facts, EntryKind.OCCUPANT, ("typed", _word(decision)), rules
    )
    entry = replace(
        entry,
        scan_id=event.scan_id,
        decision=decision,
        readings=(reading,),
        staff=event.staff,
        refers_to_seq=vehicle.seq,
        details=(("vehicle", event.vehicle.hex()),),
    )
    kept: tuple[Command, ...] = (RecordEntry(entry),)
    if _is_last(vehicle, decision):
        kept = (*kept, PulseGate(event.scan_id))
    return state, kept


def _of_occupant(
    event: OccupantTyped, facts: Facts, reading: Reading, rules: Rules
) -> Decision:
    """Judge a typed value as at the gate; a doubtful one needs an instrument that is sure.

    Cabin heat gives false fevers and hides true ones, so only what is typed counts here.
    """
    verdict = typed(Case(_NOBODY, facts, event.at, (reading,)), rules)
    match verdict:
        case Granted() | Referred() | Denied():
            return verdict
        case _:
            is_high = reading.estimate_c >= rules.wrist_doubt_c
            return Referred(Reason.BORDERLINE if is_high else Reason.COLD_SKIN)


def _is_last(vehicle: OpenVehicle, decision: Decision) -> bool:
    is_well = isinstance(decision, Granted)
    return is_well and vehicle.is_admitted and vehicle.well + 1 == vehicle.occupants


def _word(decision: Decision) -> str:
    return {Granted: "admit", Referred: "refer", Denied: "deny"}[type(decision)]
