"""Rules about the household: on the register, isolation, hours, quota, which way.

A way home is never barred by isolation, quota or register: only a way out is. What is not
known for certain (an old register, a clock that is not believed) is looked at by a person.
"""

from kiosk.core.rules_community import Beyond, Hours, Per, Quota
from kiosk.core.rules_words import Case, Rules, Verdict
from kiosk.core.words import (
    Credential,
    Denied,
    Direction,
    Granted,
    PassKind,
    Reason,
    Referred,
    Refusal,
)
from kiosk.core.words_home import ExemptionKind, local_day, local_minute
from kiosk.timing import ClockState


def emergency(case: Case, rules: Rules) -> Verdict:
    """Whoever must get out gets out, whatever else is known."""
    return Granted() if case.is_emergency else None


def register_age(case: Case, rules: Rules) -> Verdict:
    """What is known of households is too old to be believed: a person looks."""
    age_s, max_s = case.facts.home.register_age_s, rules.register_age_max_s
    is_old = age_s is not None and max_s is not None and age_s > max_s
    return Referred(Reason.REGISTER_STALE) if is_old and _is_resident(case) else None


def household(case: Case, rules: Rules) -> Verdict:
    """A household that is not on the register, where the community wants to know.

    Of whom staff vouch for without a household that anybody found, its orders are not known.
    """
    home = case.facts.home
    is_lost = not case.outcome.sub and home.register_age_s is not None
    is_unknown = (rules.refers_unknown or is_lost) and not home.is_known
    return Referred(Reason.NOT_ON_REGISTER) if is_unknown and _is_resident(case) else None


def isolation(case: Case, rules: Rules) -> Verdict:
    """Who is to stay at home does not go out, unless a medical permission says so."""
    home = case.facts.home
    order = home.isolation
    if order is None or not _goes_out(case):
        return None
    is_over = case.at.clock is not ClockState.UNSURE and _now_ms(case) >= order.until_ms
    is_medical = home.exemption is not None and home.exemption.kind is ExemptionKind.MEDICAL
    return None if is_over or is_medical else Denied(Reason.ISOLATION)


def hours(case: Case, rules: Rules) -> Verdict:
    """Outside the gate's hours the night rule holds; a dated permission stands above it."""
    if not _is_resident(case) or case.facts.home.exemption is not None:
        return None
    here = [one for one in rules.hours if case.facts.direction in one.ways]
    if not here:
        return None
    if case.at.clock is ClockState.UNSURE:
        return Referred(Reason.CLOCK)
    is_open = any(_is_within(case, one) for one in here)
    return None if is_open else _beyond(here[0].outside, Reason.HOURS)


def quota(case: Case, rules: Rules) -> Verdict:
    """So many trips in so many days; a dated permission uses none up."""
    if not _goes_out(case) or not _is_resident(case) or not rules.quotas:
        return None
    if case.facts.home.exemption is not None:
        return None
    if case.at.clock is ClockState.UNSURE:
        return Referred(Reason.CLOCK)
    spent = [one for one in rules.quotas if _trips(case, one) >= one.trips]
    return _beyond(_strictest(spent), Reason.QUOTA) if spent else None


def direction(case: Case, rules: Rules) -> Verdict:
    """Out, and out again without having come in between: the pass may be with two people."""
    is_twice = _goes_out(case) and case.facts.home.is_out is True and _is_resident(case)
    return Referred(Reason.ALREADY_OUT) if rules.refers_already_out and is_twice else None


def unmeasured(case: Case, rules: Rules) -> Verdict:
    """Admit without a temperature where the community asks for none in this direction."""
    is_good = isinstance(case.outcome, Credential) and not case.readings
    is_asked = case.facts.direction in rules.measured
    return Granted() if is_good and not is_asked else None


def uses_trip(case: Case) -> bool:
    """Whether a way out that is granted now counts against a quota."""
    return _goes_out(case) and _is_resident(case) and case.facts.home.exemption is None


def is_last_trip(case: Case, rules: Rules) -> bool:
    """Whether a trip that is granted now uses up a quota."""
    return any(_trips(case, one) + 1 == one.trips for one in rules.quotas)


def next_trip_ms(case: Case, rules: Rules) -> int | None:
    """Return the UTC ms from which every quota has room again; None: not by waiting."""
    home, starts = case.facts.home, [_now_ms(case)]
    for one in rules.quotas:
        days = sorted(_trip_days(case, one))
        if one.trips == 0:
            return None
        if len(days) >= one.trips:
            free_day = days[-one.trips] + one.days
            starts.append(free_day * 86_400_000 - home.utc_offset_s * 1000)
    return max(starts)


def _trips(case: Case, one: Quota) -> int:
    today = local_day(_now_ms(case), case.facts.home.utc_offset_s)
    return sum(today - one.days < day <= today for day in _trip_days(case, one))


def _trip_days(case: Case, one: Quota) -> list[int]:
    home, who = case.facts.home, case.outcome
    assert isinstance(who, Credential)  # whoever goes out on a quota has a pass
    counted = [t for t in home.trips if one.per is Per.HOUSEHOLD or t.cti == who.cti]
    return [local_day(trip.utc_ms, home.utc_offset_s) for trip in counted]


def _strictest(spent: list[Quota]) -> Beyond:
    return Beyond.DENY if any(q.beyond is Beyond.DENY for q in spent) else Beyond.REFER


def _is_within(case: Case, one: Hours) -> bool:
    minute = local_minute(_now_ms(case), case.facts.home.utc_offset_s)
    return any(start <= minute < end for start, end in one.windows)


def _beyond(what: Beyond, reason: Reason | Refusal) -> Verdict:
    return Denied(reason) if what is Beyond.DENY else Referred(reason)


def _goes_out(case: Case) -> bool:
    return isinstance(case.outcome, Credential) and case.facts.direction is Direction.OUT


def _is_resident(case: Case) -> bool:
    outcome = case.outcome
    return isinstance(outcome, Credential) and outcome.kind in (
        PassKind.RESIDENT,
        PassKind.PHONE,
    )


def _now_ms(case: Case) -> int:
    return int(case.at.utc.timestamp() * 1000)
