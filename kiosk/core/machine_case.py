"""The states of one scan, and how a case ends: written down, acted upon, told. Pure.

The order of commands is a safety rule: the shell drops whatever follows a command that
fails, so `RecordEntry` stands before `PulseGate` and no gate opens for an entry that was
not kept.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from kiosk.core.machine_entries import Details, returned
from kiosk.core.messages import (
    Command,
    OpenCase,
    PassPresented,
    PulseGate,
    RecordEntry,
    Show,
)
from kiosk.core.rules_home import is_last_trip, next_trip_ms, uses_trip
from kiosk.core.rules_weather import is_out_of_reach, warm_up_s
from kiosk.core.rules_words import Case, Rules, Ruling
from kiosk.core.wording import DWELL_S, Page, page_of
from kiosk.core.words import (
    Credential,
    Decision,
    Denied,
    Direction,
    Entry,
    EntryKind,
    Granted,
    LastPassage,
    NoReading,
    PassKind,
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

# A typed temperature may still end these.
MEASURABLE = frozenset(
    {
        Reason.ELEVATED,
        Reason.BORDERLINE,
        Reason.INCONSISTENT,
        Reason.COLD_SKIN,
        Reason.TOO_COLD,
        Reason.NOT_TYPED,
        Reason.WARMING_UP,
        Reason.NO_VALID_READING,
        Reason.THERMOMETER,
        Reason.INTERRUPTED,
    }
)


HELD_TRACE = (TraceLine("held", "refer"),)  # of whoever staff asked to wait


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
class AwaitingTyped:
    """The credential is good; staff measure and type, until `deadline_s` (monotonic)."""

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
    gives_way: bool = False  # to the next pass at once: nobody is being told a decision


State = Idle | AwaitingReading | AwaitingTyped | Showing
Step = tuple[State, tuple[Command, ...]]


def case_of(shown: PassPresented, readings: tuple[Reading | NoReading, ...] = ()) -> Case:
    """Return what the rules are asked about."""
    return Case(shown.outcome, shown.facts, shown.at, readings)


def conclude(
    shown: PassPresented,
    at: Stamp,
    ruling: Ruling,
    readings: tuple[Reading | NoReading, ...],
    rules: Rules,
    *,
    staff: str | None = None,
) -> Step:
    """Write the decision down, then act on it, then tell it."""
    is_cold = is_out_of_reach(shown.facts, rules)
    decision = _unless_held(shown, _decision(ruling, readings, rules, is_cold=is_cold))
    entry = entry_of(shown, at, decision, readings, trace=ruling.trace, rules=rules)
    entry = replace(entry, staff=staff or shown.voucher)
    page = _page(shown, decision, rules)
    ref = ref_of(shown.outcome)
    when_s = _when_s(shown, decision, at, rules)
    state, told = show(page, at, scan_id=shown.scan_id, ref=ref, entry=entry, when_s=when_s)
    pulse = (PulseGate(shown.scan_id),) if isinstance(decision, Granted) else ()
    handed_back = _handed_back(shown, at, decision, rules)
    return state, (record(entry, shown), *pulse, *told, *handed_back)


def held_back(shown: PassPresented, at: Stamp, rules: Rules) -> Step:
    """Refer a pass that staff hold, whatever the rules would say."""
    return conclude(shown, at, Ruling(Referred(Reason.HELD), HELD_TRACE), (), rules)


def _unless_held(shown: PassPresented, decision: Decision) -> Decision:
    """Whoever staff asked to wait is let through by staff alone."""
    is_held = shown.facts.is_held and isinstance(decision, Granted)
    return Referred(Reason.HELD) if is_held else decision


def _details(shown: PassPresented, decision: Decision | None) -> Details:
    """Return what else is kept of a passage: another kind of pass, a trip, a visit."""
    outcome, visit = shown.outcome, shown.facts.home.visit
    vouched: Details = (("voucher", shown.voucher),) if shown.voucher is not None else ()
    if not isinstance(outcome, Credential):
        return vouched
    kind = (("kind", int(outcome.kind)),) if outcome.kind is not PassKind.RESIDENT else ()
    is_trip = isinstance(decision, Granted) and uses_trip(case_of(shown))
    trip = (("trip", 1),) if is_trip else ()
    exempt = (("exempt", 1),) if shown.facts.home.exemption is not None else ()
    visiting = (("visit", visit.form.hex()),) if visit is not None else ()
    return (*kind, *trip, *exempt, *visiting, *_missed(shown, decision), *vouched)


def _missed(shown: PassPresented, decision: Decision | None) -> Details:
    """Mark a passage whose counterpart nobody saw: in after in, or out after out.

    The pass was lent or copied, or a gate did not see the way between: central's people look
    at those that are marked often. Nobody is held up for it here.
    """
    before = shown.facts.granted
    if before is None or not isinstance(decision, Granted):
        return ()
    way = shown.facts.direction
    if before.direction is not way:
        return ()
    return (("missed", "exit" if way is Direction.IN else "entry"),)


def _page(shown: PassPresented, decision: Decision, rules: Rules) -> Page:
    if not isinstance(decision, Granted) or not isinstance(shown.outcome, Credential):
        return page_of(decision, shown.facts.direction)
    if shown.facts.direction is Direction.IN and shown.outcome.kind is PassKind.VISITOR:
        return Page.VISITOR_OK
    if uses_trip(case_of(shown)) and is_last_trip(case_of(shown), rules):
        return Page.PASS_LAST
    return page_of(decision, shown.facts.direction)


def _handed_back(
    shown: PassPresented, at: Stamp, decision: Decision, rules: Rules
) -> tuple[RecordEntry, ...]:
    """A visitor who left gave the card back; a courier keeps it for the day."""
    outcome, visit = shown.outcome, shown.facts.home.visit
    is_out = shown.facts.direction is Direction.OUT and isinstance(decision, Granted)
    if visit is None or visit.is_regular or not is_out or not isinstance(outcome, Credential):
        return ()
    return (RecordEntry(returned(at, shown.facts, outcome.cti, visit, rules)),)


def record(entry: Entry, shown: PassPresented) -> RecordEntry:
    """Return the command that keeps an entry, and its case where staff may still end it."""
    reason = getattr(entry.decision, "reason", None)
    is_open = isinstance(shown.outcome, Credential) and reason in MEASURABLE
    return RecordEntry(entry, OpenCase(shown, entry.readings) if is_open else None)


def _decision(
    ruling: Ruling, readings: tuple[Reading | NoReading, ...], rules: Rules, *, is_cold: bool
) -> Decision:
    """Return the decision of a ruling; one that admits nobody and refers nobody is referred."""
    if isinstance(ruling.verdict, StaffMeasures):
        last = readings[-1] if readings else None
        if not isinstance(last, Reading):
            return Referred(Reason.TOO_COLD if is_cold else Reason.NOT_TYPED)
        is_high = last.estimate_c >= rules.wrist_doubt_c
        return Referred(Reason.BORDERLINE if is_high else Reason.COLD_SKIN)
    if ruling.verdict is None or isinstance(ruling.verdict, Retest):
        return Referred(Reason.NO_VALID_READING)
    return ruling.verdict


def entry_of(
    shown: PassPresented,
    at: Stamp,
    decision: Decision | None,
    readings: tuple[Reading | NoReading, ...],
    *,
    trace: tuple[TraceLine, ...],
    rules: Rules,
) -> Entry:
    """Return what is written down of a passage; `decision` None: it is still open."""
    return Entry(
        kind=EntryKind.PASSAGE,
        at=at,
        scan_id=shown.scan_id,
        gate=shown.facts.gate,
        direction=shown.facts.direction,
        decision=decision,
        cti=ref_of(shown.outcome),
        sub=shown.outcome.sub,
        label=shown.outcome.label,
        rules_version=rules.version,
        readings=readings,
        trace=trace,
        staff=shown.voucher,
        earlier=_earlier(shown, decision),
        details=_details(shown, decision),
    )


def _earlier(shown: PassPresented, decision: Decision | None) -> LastPassage | None:
    """Return the passage that a person should be told of: when and where it was."""
    reason = getattr(decision, "reason", None)
    is_about_it = reason in (Reason.PASSBACK, Refusal.PROOF_REPLAY)
    return shown.facts.granted if is_about_it else None


def show(
    page: Page,
    at: Stamp,
    *,
    scan_id: UUID,
    ref: bytes,
    entry: Entry | None = None,
    when_s: int | None = None,
) -> tuple[Showing, tuple[Show]]:
    """Put a page on the screen for as long as such a page stays."""
    until_s = at.mono_s + DWELL_S[page]
    return Showing(scan_id, ref, at.mono_s, until_s), (
        Show(page, at.mono_s, until_s, entry, when_s),
    )


def ref_of(outcome: Credential | Refused) -> bytes:
    """Return what an entry holds of a pass: its id, or what stands for one."""
    return outcome.cti if isinstance(outcome, Credential) else outcome.ref


def _when_s(shown: PassPresented, decision: Decision, at: Stamp, rules: Rules) -> int | None:
    """Return the UTC second that the page names: a pass's end, or that of a wait."""
    if isinstance(shown.outcome, Refused):
        return shown.outcome.when_s
    visit = shown.facts.home.visit
    if isinstance(decision, Granted) and visit is not None:
        return visit.until_ms // 1000
    order = shown.facts.home.isolation
    if decision == Denied(Reason.ISOLATION) and order is not None:
        return order.until_ms // 1000  # for staff alone: the public page has no room for it
    if getattr(decision, "reason", None) is Reason.QUOTA:
        free_ms = next_trip_ms(case_of(shown), rules)
        return free_ms // 1000 if free_ms is not None else None
    if decision == Referred(Reason.WARMING_UP):
        return int(at.utc.timestamp() + warm_up_s(rules))
    return None
