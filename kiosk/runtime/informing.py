"""What the main thread adds to an event before `step`: who is on duty, what is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from kiosk.core import machine
from kiosk.core.duty import DutyFacts
from kiosk.core.machine_case import Idle, Showing, State, Step, ref_of
from kiosk.core.messages import (
    Event,
    Measuring,
    MeasuringChosen,
    OpenCase,
    PassPresented,
    ReadingTaken,
    RepeatAsked,
    SignedOff,
    SignedOn,
    TemperatureTyped,
)
from kiosk.core.messages_screen import HelpAnswered, PageChosen
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
from kiosk.core.rules_words import Rules
from kiosk.core.words import Credential, Entry, Facts, PassKind, Surroundings
from kiosk.ports import Register
from kiosk.runtime.execute import Executor, Ports
from kiosk.timing import Stamp

Duty = Callable[[Stamp, str | None, int], DutyFacts]  # who comes, how many cases wait


def _no_duty(_at: Stamp, _staff: str | None, _cases: int) -> DutyFacts:
    """Nothing is handed over here."""
    return DutyFacts()


@dataclass(frozen=True, slots=True)
class Informer:
    """Adds facts to events. The main thread's alone."""

    ports: Ports
    executor: Executor
    surroundings: Callable[[], Surroundings]
    list_age_s: Callable[[Stamp], float | None]
    duty: Duty = _no_duty

    @property
    def register(self) -> Register:
        """Return where it is looked up."""
        return self.ports.register

    def step(self, state: State, event: Event, rules: Rules) -> Step:
        """Take an event through the core, by what is known at this instant."""
        return machine.step(self._still_known(state, event), self.informed(event), rules)

    def informed(self, event: Event) -> Event:
        """Return an event with what the rules, and whoever reads its entry, need to know."""
        return self.executor.holds.informed(self._informed(event))

    def _informed(self, event: Event) -> Event:
        done = self.executor
        match event:
            case PassPresented():
                return self._known(event)
            case TemperatureTyped(at=at, scan_id=scan_id):
                return replace(event, staff=done.staff, case=self._case(scan_id, at))
            case RepeatAsked(at=at, scan_id=scan_id):
                return replace(event, case=self._case(scan_id, at))
            case SignedOn(staff=staff):
                return replace(event, facts=self._change(event.at, staff))
            case SignedOff():
                return replace(event, staff=done.staff, facts=self._change(event.at, None))
            case NoteWritten() | CoverChosen():
                return replace(event, staff=done.staff, facts=self.lane(event.at))
            case MeasuringChosen() | ResidentWritten() | VehicleWritten():
                return replace(event, staff=done.staff, facts=self.lane(event.at))
            case PageChosen():
                return replace(event, staff=done.staff)
            case EmergencyOpened() | SuppliesChosen() | HelpAnswered():
                return replace(event, staff=done.staff, facts=self.lane(event.at))
            case HoldLifted():
                return replace(event, staff=done.staff, facts=self.lane(event.at))
            case (
                HoldPlaced()
                | OverrideGiven()
                | Persuaded()
                | IsolationOrdered()
                | ReturneeWritten()
            ):
                lane, about = self.lane(event.at), self._about(event.scan_id)
                return replace(event, staff=done.staff, facts=lane, about=about)
            case PassForgotten(at=at, scan_id=scan_id, holder=holder):
                known = self._known(PassPresented(at, scan_id, holder, self.lane(at)))
                return replace(event, staff=done.staff, facts=known.facts)
            case VisitorWritten() | CardReturned() | RegularCame() | OccupantTyped():
                return self._about_a_visit(event)
            case IncidentCalled() if done.is_call_owed:
                return event  # it is about the call that is not written down yet
            case IncidentCalled(at=at):
                running = done.matters.running(at)
                return replace(event, staff=done.staff, facts=self.lane(at), running=running)
            case MatterActed(at=at, seq=seq):
                found = done.matters.find(seq)
                return replace(event, staff=done.staff, facts=self.lane(at), matter=found)
        return event

    def _still_known(self, state: State, event: Event) -> State:
        """Return the state with what is known now of whoever this event may let through."""
        if isinstance(state, Idle):
            return state
        if (behind := state.following) is not None:
            facts = self._facts(replace(behind, at=event.at))
            state = replace(state, following=replace(behind, facts=facts))
        if isinstance(state, Showing) or not isinstance(event, ReadingTaken | TemperatureTyped):
            return state
        return replace(state, shown=self._again(state.shown, event.at))

    def lane(self, at: Stamp) -> Facts:
        """Return the gate as it stands: how warm it is, how staff want temperatures taken."""
        return self._here(self.register.lane(at))

    def _change(self, at: Stamp, staff: str | None) -> Facts:
        """Return the gate with what is handed over when `staff` come, or go (None)."""
        cases = len(self.executor.open_cases.entries(at))
        return replace(self.lane(at), duty=self.duty(at, staff, cases))

    def _about_a_visit(
        self, event: VisitorWritten | CardReturned | RegularCame | OccupantTyped
    ) -> Event:
        staff, lane = self.executor.staff, self.lane(event.at)
        match event:
            case VisitorWritten(host=host):
                is_expected = host is not None and self.register.has_appointment(host, event.at)
                return replace(event, staff=staff, facts=lane, is_expected=is_expected)
            case CardReturned(card_no=card_no):
                lent = self.register.lent_card(card_no)
                return replace(event, staff=staff, facts=lane, lent=lent)
            case OccupantTyped():
                vehicle = self.register.open_vehicle(event.at)
                is_same = vehicle is not None and vehicle.vehicle == event.vehicle
                found = vehicle if is_same else None
                return replace(event, staff=staff, facts=lane, open_vehicle=found)
            case RegularCame(card_no=card_no):
                return self._regular(event, card_no)

    def _regular(self, event: RegularCame, card_no: int) -> Event:
        """Look a courier's card up as if it had been shown."""
        lent = self.register.lent_card(card_no)
        if lent is None or not lent.visit.is_regular:
            return replace(event, staff=self.executor.staff)
        card = Credential(lent.cti, "", "", PassKind.VISITOR, 0, "", 0, card_no=card_no)
        shown = PassPresented(event.at, event.scan_id, card, self.lane(event.at))
        return replace(event, staff=self.executor.staff, facts=self._facts(shown), lent=lent)

    def _known(self, event: PassPresented) -> PassPresented:
        """Add what is known of the holder; a phone's proof counts once, from here on."""
        facts, outcome = self._facts(event), event.outcome
        if isinstance(outcome, Credential) and outcome.proof_s is not None:
            self.ports.note_proof(outcome.cti, outcome.proof_s)
        if isinstance(outcome, Credential) and outcome.kind is PassKind.STAFF:
            facts = replace(facts, duty=self._change(event.at, outcome.sub).duty)
        return replace(event, facts=facts)

    def _about(self, scan_id: UUID) -> Entry | None:
        """Return the newest entry of a case, also one that could not be written down yet."""
        recorded = self.executor.open_cases.written(scan_id)
        owed = (one for one in reversed(self.executor.owed) if one.scan_id == scan_id)
        return next(owed, recorded.entry if recorded is not None else None)

    def _facts(self, event: PassPresented) -> Facts:
        facts = self.register.facts(event, supplies=self.executor.supplies)
        done, ref, age_s = self.executor, ref_of(event.outcome), self.list_age_s(event.at)
        visit = facts.home.visit
        has_fever = done.matters.has_fever(ref, visit.since_ms if visit is not None else 0)
        facts = replace(facts, is_held=done.holds.on(ref) is not None, has_fever=has_fever)
        return replace(self._here(facts), list_age_s=age_s)

    def _case(self, scan_id: UUID, at: Stamp) -> OpenCase | None:
        """Return an open case with what is known now."""
        found = self.executor.open_cases.find(scan_id)
        return replace(found, shown=self._again(found.shown, at)) if found is not None else None

    def _again(self, begun: PassPresented, at: Stamp) -> PassPresented:
        """Look up once more: orders, trips and choices count that were made since.

        What a case began with stays: the entry before it, the form that waited for its card.
        """
        facts, before = self._facts(replace(begun, at=at)), begun.facts
        home = replace(facts.home, waiting=before.home.waiting)
        return replace(begun, facts=replace(facts, last=before.last, home=home))

    def _here(self, facts: Facts) -> Facts:
        is_chosen = self.executor.measuring is Measuring.TYPED
        return replace(facts, surroundings=self.surroundings(), is_typed_chosen=is_chosen)
