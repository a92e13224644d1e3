"""The community's rules at their edges: the last minute, the other permission, the free day."""

from dataclasses import replace

import pytest

from kiosk.core.rules import Case, Rules, decide
from kiosk.core.rules_community import Beyond, Hours, Per, Quota, Visitors
from kiosk.core.rules_home import is_last_trip, next_trip_ms
from kiosk.core.words import Denied, Direction, PassKind, Reason, Referred
from kiosk.core.words_home import (
    Exemption,
    ExemptionKind,
    Home,
    Isolation,
    Trip,
    Visit,
    WaitingForm,
    midnight_after,
)
from kiosk.timing import ClockState
from tests.core.making import ANA, FACTS, RULES, START

NOW_MS = int(START.utc.timestamp() * 1000)
HOUR_MS, DAY_MS, OFFSET_S = 3_600_000, 86_400_000, 8 * 3600
OUT = replace(FACTS, direction=Direction.OUT)
IN_ORDER = Isolation(b"order-01", NOW_MS + DAY_MS, "li")
TODAY_MS = midnight_after(NOW_MS, -1, OFFSET_S)  # at which the local day began
MINUTE = (NOW_MS - TODAY_MS) // 60_000


def case(home: Home, facts: object = OUT, who: object = ANA, at: object = START) -> Case:
    return Case(who, replace(facts, home=home), at)  # type: ignore[arg-type, type-var]


def said(home: Home, rules: Rules = RULES, **other: object) -> object:
    return decide(case(home, **other), rules).verdict


def permit(kind: ExemptionKind) -> Exemption:
    return Exemption(kind, NOW_MS - 1, NOW_MS + 1, "li")


@pytest.mark.parametrize("kind", ExemptionKind)
def test_a_medical_permission_and_no_other_opens_an_order(kind: ExemptionKind) -> None:
    verdict = said(Home(isolation=IN_ORDER, exemption=permit(kind)))
    is_medical = kind is ExemptionKind.MEDICAL
    assert verdict == (None if is_medical else Denied(Reason.ISOLATION))


def test_an_order_that_is_over_holds_on_while_nobody_knows_the_time() -> None:
    over = replace(IN_ORDER, until_ms=NOW_MS)
    unsure = replace(START, clock=ClockState.UNSURE)
    assert said(Home(isolation=over)) is None
    assert said(Home(isolation=over), at=unsure) == Denied(Reason.ISOLATION)


@pytest.mark.parametrize(
    ("window", "is_open"),
    [
        ((MINUTE, MINUTE + 1), True),
        ((MINUTE - 1, MINUTE), False),
        ((MINUTE + 1, MINUTE + 2), False),
    ],
)
def test_a_window_holds_its_first_minute_and_not_the_one_after_its_last(
    window: tuple[int, int], is_open: bool
) -> None:
    rules = replace(RULES, hours=(Hours((window,)),))
    assert said(Home(), rules) == (None if is_open else Referred(Reason.HOURS))


def test_the_night_refers_or_denies_as_the_rules_say() -> None:
    for beyond, verdict in (
        (Beyond.REFER, Referred(Reason.HOURS)),
        (Beyond.DENY, Denied(Reason.HOURS)),
    ):
        assert said(Home(), replace(RULES, hours=(Hours((), outside=beyond),))) == verdict


def test_rules_tighten_with_the_age_of_the_register() -> None:
    rules = replace(RULES, register_age_max_s=7 * 86_400.0)
    assert said(Home(register_age_s=7 * 86_400.0), rules) is None
    assert said(Home(register_age_s=7 * 86_400.0 + 1), rules) == Referred(Reason.REGISTER_STALE)
    assert said(Home(register_age_s=None), rules) is None, "there is no register to be old"


def trips(*days_ago: int, cti: bytes = ANA.cti) -> Home:
    return Home(trips=tuple(Trip(cti, NOW_MS - ago * DAY_MS) for ago in days_ago))


def test_a_quota_of_persons_counts_that_person_alone() -> None:
    person = replace(RULES, quotas=(Quota(Per.PERSON, 1, 1),))
    home = replace(RULES, quotas=(Quota(Per.HOUSEHOLD, 1, 1),))
    others = trips(0, cti=b"somebody")
    assert said(others, person) is None and said(others, home) == Denied(Reason.QUOTA)
    assert said(trips(0), person) == Denied(Reason.QUOTA)


def test_the_strictest_of_two_spent_quotas_decides() -> None:
    refers, denies = Quota(Per.PERSON, 1, 1, Beyond.REFER), Quota(Per.HOUSEHOLD, 1, 1)
    assert said(trips(0), replace(RULES, quotas=(refers,))) == Referred(Reason.QUOTA)
    assert said(trips(0), replace(RULES, quotas=(refers, denies))) == Denied(Reason.QUOTA)


@pytest.mark.parametrize(
    ("days_ago", "quotas", "free_after_days"),
    [
        ((0,), (Quota(Per.HOUSEHOLD, 1, 2),), 2),
        ((1,), (Quota(Per.HOUSEHOLD, 1, 2),), 1),
        ((0, 2), (Quota(Per.HOUSEHOLD, 2, 4),), 2),
        ((0, 1, 3), (Quota(Per.HOUSEHOLD, 2, 4),), 3),  # staff let through beyond the quota
        ((0,), (Quota(Per.HOUSEHOLD, 1, 2), Quota(Per.HOUSEHOLD, 1, 5)), 5),
    ],
)
def test_people_are_told_from_which_midnight_a_trip_is_free(
    days_ago: tuple[int, ...], quotas: tuple[Quota, ...], free_after_days: int
) -> None:
    rules = replace(RULES, quotas=quotas)
    free_ms = TODAY_MS + free_after_days * DAY_MS
    assert next_trip_ms(case(trips(*days_ago)), rules) == free_ms


def test_nobody_is_promised_a_day_where_no_trip_is_ever_free() -> None:
    rules = replace(RULES, quotas=(Quota(Per.HOUSEHOLD, 0, 1),))
    assert next_trip_ms(case(trips()), rules) is None


def test_the_trip_that_uses_a_quota_up_is_the_last_and_no_other() -> None:
    rules = replace(RULES, quotas=(Quota(Per.HOUSEHOLD, 2, 7),))
    assert [is_last_trip(case(trips(*days)), rules) for days in ((), (0,), (0, 1))] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("is_out", "verdict"), [(True, Referred(Reason.ALREADY_OUT)), (False, None), (None, None)]
)
def test_out_twice_is_looked_at_and_out_after_in_or_for_the_first_time_is_not(
    is_out: bool | None, verdict: object
) -> None:
    assert said(Home(is_out=is_out), replace(RULES, refers_already_out=True)) == verdict


VISITOR = replace(ANA, kind=PassKind.VISITOR, card_no=17)
VISIT = Visit(b"form-001", NOW_MS - HOUR_MS, NOW_MS + HOUR_MS)
REGULAR = replace(VISIT, host="H3M25PQ7", is_regular=True)


def test_a_visitor_without_a_household_is_welcome_where_none_is_asked_for() -> None:
    no_host = replace(RULES, visitors=Visitors(needs_host=False))
    assert said(Home(visit=VISIT), no_host, who=VISITOR, facts=FACTS) is None
    assert said(Home(visit=VISIT), who=VISITOR, facts=FACTS) == Referred(Reason.NO_HOST)


def test_a_reading_from_the_future_spares_no_courier_the_thermometer() -> None:
    ahead = replace(REGULAR, measured_ms=NOW_MS + 1)
    assert said(Home(visit=ahead), who=VISITOR, facts=FACTS) is None


def test_a_form_that_waits_for_its_own_card_bars_nobody() -> None:
    waiting = WaitingForm(REGULAR.form, NOW_MS, 7, NOW_MS + HOUR_MS)
    home = Home(visit=replace(REGULAR, is_regular=False), waiting=waiting)
    assert said(home, who=VISITOR, facts=FACTS) is None
