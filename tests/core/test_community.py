"""What staff write down, give out and decide at the gate: each is an entry, and then an act."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core import passing
from kiosk.core.machine import Idle, State, step
from kiosk.core.messages import Command, Event, HandOut, PassPresented, PulseGate, RecordEntry
from kiosk.core.messages_staff import (
    CardReturned,
    EmergencyOpened,
    HoldPlaced,
    IsolationOrdered,
    OccupantTyped,
    OverrideGiven,
    Persuaded,
    RegularCame,
    ResidentWritten,
    ReturneeWritten,
    SuppliesChosen,
    VehicleWritten,
    VisitorWritten,
    Why,
)
from kiosk.core.rules import Case, Rules, decide
from kiosk.core.rules_community import (
    OutsideVehicles,
    Per,
    Quota,
    Returnees,
    Vehicles,
    Visitors,
    VisitorsAdmitted,
)
from kiosk.core.wording import Page
from kiosk.core.words import (
    Denied,
    Direction,
    Entry,
    EntryKind,
    Granted,
    PassKind,
    Reason,
    Recorded,
    Referred,
    Sealed,
    Source,
)
from kiosk.core.words_home import (
    Binding,
    CardState,
    Exemption,
    ExemptionKind,
    Home,
    Isolation,
    LentCard,
    OpenVehicle,
    RiskClass,
    Trip,
    Visit,
    WaitingForm,
    local_day,
    midnight_after,
)
from tests.core.making import (
    ANA,
    BO,
    FACTS,
    OTHER,
    RULES,
    SCAN,
    START,
    at,
    pages,
    play,
    pulses,
    taken,
)

NOW_MS = int(START.utc.timestamp() * 1000)
HOUR_MS, DAY_MS, OFFSET_S = 3_600_000, 86_400_000, 8 * 3600
OUT = replace(FACTS, direction=Direction.OUT)
FORM = b"form-001"
VISITOR_CARD = replace(ANA, cti=b"card-017", kind=PassKind.VISITOR, card_no=17, label="")
STOCK_CARD = replace(ANA, cti=b"card-099", sub="00000003", card_no=99, label="")
SEALED = (Sealed(b"f" * 16, "name", b"sealed"),)
WAITING = WaitingForm(FORM, NOW_MS - 5_000, 7, NOW_MS + 4 * HOUR_MS, "H3M25PQ7")
VISIT = Visit(FORM, NOW_MS - HOUR_MS, NOW_MS + HOUR_MS, "H3M25PQ7")


def entries(commands: tuple[Command, ...] | list[Command]) -> list[Entry]:
    return [c.entry for c in commands if isinstance(c, RecordEntry)]


def do(event: Event, rules: Rules = RULES, state: State = Idle()) -> tuple[Command, ...]:  # noqa: B008  # a value
    return step(state, event, rules)[1]


def presented(who: object, home: Home, facts: object = FACTS) -> PassPresented:
    return PassPresented(at(0), SCAN, who, replace(facts, home=home))  # type: ignore[arg-type, type-var]


def verdict(home: Home, rules: Rules = RULES, who: object = ANA, facts: object = OUT) -> object:
    return decide(Case(who, replace(facts, home=home), START), rules).verdict  # type: ignore[arg-type, type-var]


ABOUT = Entry(
    EntryKind.PASSAGE, START, SCAN, "南门", Direction.OUT, Denied(Reason.QUOTA), ANA.cti,
    ANA.sub, "张*明", 1,
)  # fmt: skip


def test_visitor_is_lent_the_next_card_and_let_in_on_a_temperature() -> None:
    (written,) = entries(do(VisitorWritten(at(0), OTHER, SEALED, "H3M25PQ7", staff="zhang",
                                           facts=FACTS)))  # fmt: skip
    assert written.kind is EntryKind.VISITOR and written.sealed == SEALED
    asked = play(presented(VISITOR_CARD, Home(waiting=WAITING)), taken(1.5, 36.4))
    lent, passage = entries(asked)
    assert (lent.kind, lent.cti, dict(lent.details)["card"]) == (
        EntryKind.CARD,
        b"card-017",
        17,
    )
    assert lent.refers_to_seq == WAITING.seq
    assert passage.decision == Granted() and dict(passage.details)["visit"] == FORM.hex()
    assert pulses(asked) == 1 and pages(asked)[-1] is Page.VISITOR_OK


@pytest.mark.parametrize(
    ("home", "reason"),
    [
        (Home(), Reason.NO_VISIT),
        (Home(waiting=replace(WAITING, written_ms=NOW_MS - 181_000)), Reason.NO_VISIT),
        (Home(visit=replace(VISIT, until_ms=NOW_MS)), Reason.OVERSTAY),
        (Home(visit=replace(VISIT, host=None)), Reason.NO_HOST),
    ],
)
def test_visitors_card_without_a_visit_is_for_a_person(home: Home, reason: Reason) -> None:
    asked = play(presented(VISITOR_CARD, home))
    assert [e.decision for e in entries(asked)] == [Referred(reason)] and pulses(asked) == 0


OTHERS_VISIT = replace(VISIT, form=b"form-000")


def test_card_that_is_lent_is_not_lent_again() -> None:
    """Nobody goes in on somebody else's visit; the form waits on for another card."""
    home = Home(visit=OTHERS_VISIT, waiting=WAITING)
    asked = play(presented(VISITOR_CARD, home), taken(1.5, 36.4))
    assert [e.kind for e in entries(asked)] == [EntryKind.PASSAGE]
    assert entries(asked)[0].decision == Referred(Reason.CARD_LENT) and pulses(asked) == 0


@pytest.mark.parametrize(
    ("visit", "facts", "reason"),
    [
        (OTHERS_VISIT, FACTS, Reason.CARD_LENT),
        (OTHERS_VISIT, OUT, None),  # who leaves is not kept in
        (replace(OTHERS_VISIT, is_regular=True), FACTS, None),  # a courier who comes daily
        (replace(OTHERS_VISIT, until_ms=NOW_MS), FACTS, Reason.CARD_LENT),
        (VISIT, FACTS, None),  # the card of this very form, shown again
    ],
)
def test_who_may_use_a_lent_card_while_a_form_waits(
    visit: Visit, facts: object, reason: Reason | None
) -> None:
    said = verdict(Home(visit=visit, waiting=WAITING), who=VISITOR_CARD, facts=facts)
    assert getattr(said, "reason", None) is reason


def test_person_who_was_talked_back_in_is_not_let_through_by_the_second_of_staff() -> None:
    stayed = replace(ABOUT, kind=EntryKind.PERSUADED, decision=None)
    given = OverrideGiven(at(1), SCAN, Why.KNOWN, staff="li", facts=OUT, about=stayed)
    assert do(given) == ()


def test_visitors_by_appointment_and_no_visitors() -> None:
    by_appointment = replace(RULES, visitors=Visitors(VisitorsAdmitted.APPOINTMENT))
    nobody = replace(RULES, visitors=Visitors(VisitorsAdmitted.NONE))
    home, expected = Home(visit=VISIT), Home(visit=replace(VISIT, is_expected=True))
    assert verdict(home, by_appointment, VISITOR_CARD, FACTS) == Referred(Reason.NO_APPOINTMENT)
    assert verdict(expected, by_appointment, VISITOR_CARD, FACTS) is None
    assert verdict(expected, nobody, VISITOR_CARD, FACTS) == Denied(Reason.NO_VISITORS)


def test_visitor_leaves_without_a_temperature_and_the_card_is_back() -> None:
    asked = play(presented(VISITOR_CARD, Home(visit=VISIT), OUT))
    passage, back = entries(asked)
    assert passage.decision == Granted() and pulses(asked) == 1
    assert dict(back.details) == {"visit": FORM.hex(), "returned": 1}


def test_courier_is_measured_once_a_period_and_keeps_the_card() -> None:
    regular = replace(VISIT, is_regular=True, measured_ms=NOW_MS - 11 * HOUR_MS)
    again = play(presented(VISITOR_CARD, Home(visit=regular)))
    assert [e.decision for e in entries(again)] == [Granted()] and pulses(again) == 1
    stale = replace(regular, measured_ms=NOW_MS - 12 * HOUR_MS)
    assert verdict(Home(visit=stale), who=VISITOR_CARD, facts=FACTS) is None, "measured anew"
    leaves = play(presented(VISITOR_CARD, Home(visit=regular), OUT))
    assert len(entries(leaves)) == 1, "the card stays lent"
    lent = LentCard(b"card-017", 17, regular)
    facts = replace(FACTS, home=Home(visit=regular))
    tapped = do(RegularCame(at(0), SCAN, 17, "zhang", facts, lent))
    assert [e.decision for e in entries(tapped)] == [Granted()] and pulses(list(tapped)) == 1


def test_resident_without_a_pass_is_bound_to_a_card_of_the_stock() -> None:
    form = replace(WAITING, until_ms=None)
    (written,) = entries(do(ResidentWritten(at(0), OTHER, SEALED, "H3M25PQ7", "zhang", FACTS)))
    assert written.kind is EntryKind.CARD and written.sealed == SEALED
    asked = play(presented(STOCK_CARD, Home(waiting=form)), taken(1.5, 36.4))
    bound, passage = entries(asked)
    assert dict(bound.details) == {"card": 99, "bound": 1, "form": FORM.hex()}
    assert bound.sub == "H3M25PQ7" and passage.decision == Granted()
    later = Home(binding=Binding(CardState.CONFIRMED, "H3M25PQ7"))
    assert verdict(later, who=STOCK_CARD, facts=FACTS) is None
    assert verdict(Home(), who=STOCK_CARD, facts=FACTS) == Referred(Reason.BLANK_CARD)
    ended = Home(binding=Binding(CardState.CANCELLED))
    assert verdict(ended, who=STOCK_CARD, facts=FACTS) == Denied(Reason.CARD_CANCELLED)


def test_form_for_a_visitor_takes_no_card_of_the_stock_and_the_other_way_round() -> None:
    assert verdict(Home(waiting=WAITING), who=STOCK_CARD, facts=FACTS) is not None
    asked = play(presented(STOCK_CARD, Home(waiting=WAITING)))
    assert [e.kind for e in entries(asked)] == [EntryKind.PASSAGE]
    residents = replace(WAITING, until_ms=None)
    asked = play(presented(VISITOR_CARD, Home(waiting=residents)))
    assert [e.decision for e in entries(asked)] == [Referred(Reason.NO_VISIT)]


def test_isolated_person_stays_in_until_the_midnight_and_looks_like_anybody() -> None:
    until_ms = midnight_after(NOW_MS, 0, OFFSET_S)
    home = Home(isolation=Isolation(b"order--1", until_ms, "li"))
    asked = play(presented(ANA, home, OUT))
    assert [e.decision for e in entries(asked)] == [Denied(Reason.ISOLATION)]
    assert pages(asked) == [Page.HOLD], "as any one moment"
    assert verdict(home, facts=FACTS) is None, "home is always open"
    over = Home(isolation=Isolation(b"order--1", NOW_MS, "li"))
    assert verdict(over) is None
    medical = Exemption(ExemptionKind.MEDICAL, 0, until_ms, "li")
    assert verdict(replace(home, exemption=medical)) is None
    work = replace(medical, kind=ExemptionKind.WORK)
    assert verdict(replace(home, exemption=work)) == Denied(Reason.ISOLATION)


@given(st.integers(0, 2**41), st.integers(0, 60), st.integers(-12, 14))
def test_order_ends_at_a_local_midnight_after_so_many_whole_days(
    now_ms: int, days: int, hours: int
) -> None:
    until_ms = midnight_after(now_ms, days, hours * 3600)
    assert (until_ms + hours * HOUR_MS) % DAY_MS == 0
    passed = local_day(until_ms, hours * 3600) - local_day(now_ms, hours * 3600)
    assert passed == days + 1 and now_ms + days * DAY_MS < until_ms


def test_returnee_stays_in_as_the_region_says_counted_from_the_arrival() -> None:
    regions = (("42", RiskClass.MEDIUM), ("4201", RiskClass.HIGH), ("11", RiskClass.LOW))
    rules = replace(RULES, returnees=Returnees(0, 7, 14, regions, RiskClass.MEDIUM))

    def ordered(region: str) -> dict[str, int | str]:
        arrived_ms = NOW_MS - 2 * DAY_MS
        event = ReturneeWritten(
            at(0), SCAN, SEALED, region, arrived_ms, None, "zhang", OUT, ABOUT
        )
        (entry,) = entries(do(event, rules))
        assert entry.sealed == SEALED and entry.cti == ANA.cti
        return dict(entry.details)

    assert [ordered(r)["days"] for r in ("420106", "4206", "110101", "65")] == [14, 7, 0, 7]
    high = ordered("420106")
    assert high["until"] == midnight_after(NOW_MS - 2 * DAY_MS, 14, OFFSET_S)
    assert "order" not in ordered("110101"), "written down, and nothing is ordered"


def test_order_of_a_household_needs_no_pass() -> None:
    event = IsolationOrdered(at(0), OTHER, None, "H3M25PQ7", "zhang", FACTS)
    (entry,) = entries(do(event))
    assert (entry.cti, entry.sub, dict(entry.details)["days"]) == (None, "H3M25PQ7", 14)


def test_quota_counts_local_days_and_a_permission_uses_none_up() -> None:
    rules = replace(RULES, quotas=(Quota(Per.HOUSEHOLD, 1, 2),))
    yesterday = Home(trips=(Trip(b"somebody", NOW_MS - DAY_MS),))
    before = Home(trips=(Trip(b"somebody", NOW_MS - 2 * DAY_MS),))
    assert verdict(yesterday, rules) == Denied(Reason.QUOTA)
    assert verdict(before, rules) is None and verdict(yesterday, rules, facts=FACTS) is None
    permit = Exemption(ExemptionKind.CARING, 0, NOW_MS + 1, "li")
    assert verdict(replace(yesterday, exemption=permit), rules) is None
    person = replace(RULES, quotas=(Quota(Per.PERSON, 1, 2),))
    assert verdict(yesterday, person) is None, "it was somebody else's trip"
    asked = play(presented(ANA, before, OUT), taken(1.5, 36.4), rules=rules)
    assert dict(entries(asked)[0].details)["trip"] == 1 and pages(asked)[-1] is Page.PASS_LAST


def test_override_opens_first_is_written_with_why_and_only_once() -> None:
    given_ = OverrideGiven(at(3), SCAN, Why.MEDICAL, "zhang", OUT, ABOUT)
    commands = do(given_)
    assert isinstance(commands[0], PulseGate)
    (entry,) = entries(commands)
    assert (entry.kind, entry.staff, entry.decision) == (EntryKind.OVERRIDE, "zhang", Granted())
    assert dict(entry.details) == {"why": "medical", "trip": 1}
    let_in = replace(given_, about=replace(ABOUT, decision=Granted()))
    assert do(let_in) == (), "a colleague was faster"
    assert do(replace(given_, staff=None)) == () == do(replace(given_, about=None))


def test_a_case_that_was_cut_short_is_still_a_visit_or_a_permitted_way_out() -> None:
    """Held or interrupted: whoever lets the person through counts no trip of a household."""
    permit = Exemption(ExemptionKind.CARING, 0, NOW_MS + 1, "li")
    hold = HoldPlaced(at(0.5), SCAN, "li", OUT)
    other = replace(presented(BO, Home(), OUT), at=at(9.0), scan_id=OTHER)
    for who, home, kept in (
        (ANA, Home(exemption=permit), {"exempt": 1}),
        (
            VISITOR_CARD,
            Home(visit=VISIT),
            {"kind": int(PassKind.VISITOR), "visit": VISIT.form.hex()},
        ),
    ):
        shown = presented(who, home, FACTS)
        for cut_by in (hold, other):
            (case,) = (e for e in entries(play(shown, cut_by)) if e.kind is EntryKind.PASSAGE)
            assert isinstance(case.decision, Referred) and dict(case.details) == kept
            (through,) = entries(do(OverrideGiven(at(12), SCAN, Why.KNOWN, "li", OUT, case)))
            assert "trip" not in dict(through.details)


def test_emergency_opens_without_anybody_signed_on_whatever_is_known() -> None:
    commands = do(EmergencyOpened(at(0), SCAN, None, OUT))
    assert isinstance(commands[0], PulseGate)
    (entry,) = entries(commands)
    assert entry.decision == Granted() and entry.trace[0].rule == "emergency"
    assert dict(entry.details) == {"why": "emergency"}


def test_person_who_is_talked_back_in_uses_no_trip() -> None:
    granted = replace(ABOUT, decision=Granted())
    back, stayed = entries(do(Persuaded(at(2), SCAN, "zhang", OUT, granted)))
    assert (back.kind, stayed.kind) == (EntryKind.WITHDRAWN, EntryKind.PERSUADED)
    assert back.scan_id == SCAN == stayed.scan_id
    (only,) = entries(do(Persuaded(at(2), SCAN, "zhang", OUT, ABOUT)))
    assert only.kind is EntryKind.PERSUADED
    assert do(Persuaded(at(3), SCAN, "zhang", OUT, stayed)) == (), "a second tap"


def test_supplies_go_to_each_household_once_and_open_nothing() -> None:
    assert do(SuppliesChosen(at(0), "口罩", "zhang", FACTS)) == (HandOut("口罩"),)
    facts = replace(FACTS, supplies="口罩")
    first = play(PassPresented(at(0), SCAN, ANA, facts))
    (entry,) = entries(first)
    assert (entry.kind, entry.sub) == (EntryKind.SUPPLIES, ANA.sub)
    assert dict(entry.details) == {"item": "口罩"} and pulses(first) == 0
    again = play(PassPresented(at(0), SCAN, ANA, replace(facts, has_supplies=True)))
    assert entries(again) == [] and pages(again) == [Page.SECOND_SCAN]


def vehicle_entry(occupants: int, host: str | None, rules: Rules = RULES) -> Entry:
    event = VehicleWritten(at(0), OTHER, SEALED, occupants, host, staff="zhang", facts=FACTS)
    (entry,) = entries(do(event, rules))
    return entry


def test_vehicle_needs_a_host_and_as_many_people_as_it_may_hold() -> None:
    assert vehicle_entry(2, "H3M25PQ7").decision is None
    assert vehicle_entry(2, None).decision == Referred(Reason.NO_HOST)
    assert vehicle_entry(0, "H3M25PQ7").decision == Referred(Reason.VEHICLE)
    nobody = replace(RULES, vehicles=Vehicles(OutsideVehicles.NONE))
    assert vehicle_entry(1, "H3M25PQ7", nobody).decision == Denied(Reason.VEHICLE)


def test_gate_opens_for_a_vehicle_when_the_last_one_in_it_is_well() -> None:
    car = OpenVehicle(b"vehicle1", 2, 0, is_admitted=True, seq=9)

    def typed(value_c: float, vehicle: OpenVehicle) -> tuple[Command, ...]:
        source = Source.TYPED_EAR
        return do(
            OccupantTyped(at(0), SCAN, car.vehicle, value_c, source, "zhang", FACTS, vehicle)
        )

    first = typed(36.5, car)
    assert pulses(list(first)) == 0 and entries(first)[0].refers_to_seq == 9
    assert pulses(list(typed(36.6, replace(car, well=1)))) == 1
    ill = typed(37.4, replace(car, well=1))
    assert entries(ill)[0].decision == Referred(Reason.ELEVATED) and pulses(list(ill)) == 0
    assert pulses(list(typed(36.6, replace(car, well=1, is_admitted=False)))) == 0
    assert typed(36.6, replace(car, well=2)) == (), "nobody is left to measure"


def test_nothing_happens_without_somebody_signed_on() -> None:
    for event in (
        VisitorWritten(at(0), OTHER, SEALED, facts=FACTS),
        ResidentWritten(at(0), OTHER, SEALED, facts=FACTS),
        CardReturned(at(0), 17, facts=FACTS, lent=LentCard(b"card-017", 17, VISIT)),
        RegularCame(at(0), SCAN, 17, facts=FACTS, lent=LentCard(b"card-017", 17, VISIT)),
        IsolationOrdered(at(0), SCAN, facts=FACTS, about=ABOUT),
        ReturneeWritten(at(0), SCAN, SEALED, "42", NOW_MS, facts=FACTS, about=ABOUT),
        Persuaded(at(0), SCAN, facts=FACTS, about=ABOUT),
        SuppliesChosen(at(0), "口罩", facts=FACTS),
        VehicleWritten(at(0), OTHER, SEALED, 1, facts=FACTS),
    ):
        assert do(event) == ()


def recorded(seq: int, cti: bytes = ANA.cti) -> Recorded:
    entry = replace(ABOUT, decision=Granted(), cti=cti, scan_id=UUID(int=seq))
    return Recorded(entry, seq, b"h" * 32)


def test_grant_that_nobody_used_is_taken_back_and_no_other() -> None:
    waiting = passing.granted((), recorded(1), at(0), RULES)
    waiting = passing.granted(waiting, recorded(2, b"other---"), at(2), RULES)
    waiting = passing.passed(waiting)
    kept, none = passing.overdue(waiting, at(16.9), RULES)
    assert none == () and len(kept) == 1
    kept, back = passing.overdue(waiting, at(17), RULES)
    assert kept == () and [c.entry.refers_to_seq for c in back] == [2]
    assert back[0].entry.kind is EntryKind.WITHDRAWN and back[0].entry.sub == ANA.sub


def test_person_for_whom_the_gate_opened_again_is_waited_for_anew() -> None:
    waiting = passing.granted((), recorded(1), at(0), RULES)
    waiting = passing.opened_again(waiting, ANA.cti, at(10), RULES)
    assert passing.overdue(waiting, at(24), RULES)[1] == ()
    assert len(passing.overdue(waiting, at(25), RULES)[1]) == 1
    assert passing.left(waiting, UUID(int=1)) == ()
