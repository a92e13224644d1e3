"""When a forehead counts at all: cold outdoors, waiting in the lobby, staff's own choice.

Healthy staff who came in at -5 to 0 C read 33.2 C on entering, 34.9 after a minute, 36.1
after five and 36.6 after an hour (Dzien 2020): a value alone cannot tell a fever from a
cold forehead, so it is the conditions that are judged.
"""

from kiosk.core.rules_words import Acclimatisation, Case, Rules, Verdict
from kiosk.core.words import (
    Credential,
    Facts,
    LastPassage,
    Placement,
    Reading,
    Reason,
    Referred,
    StaffMeasures,
)
from kiosk.timing import Stamp


def weather(case: Case, rules: Rules) -> Verdict:
    """Ask for no forehead out of the cold, but for what the community puts in its place."""
    if not isinstance(case.outcome, Credential):
        return None
    if is_by_hand(case.facts, rules):
        return StaffMeasures()
    is_waited_for = rules.acclimatisation is Acclimatisation.LOBBY and is_cold(
        case.facts, rules
    )
    if is_waited_for and not has_waited(case, rules):
        return Referred(Reason.WARMING_UP)
    return None


def is_by_hand(facts: Facts, rules: Rules) -> bool:
    """Whether staff take every temperature: their choice, the place, or the weather."""
    if facts.is_typed_chosen or not is_in_lobby(facts):
        return True
    return rules.acclimatisation is Acclimatisation.PERSON and is_cold(facts, rules)


def trend(case: Case, rules: Rules) -> Verdict:
    """Out of the cold a normal reading counts only when an earlier one agrees with it."""
    last = case.readings[-1] if case.readings else None
    if not isinstance(last, Reading) or last.source.is_typed or not is_cold(case.facts, rules):
        return None
    if rules.acclimatisation is not Acclimatisation.TWICE:
        return None
    before = case.facts.last
    if before is None or before.estimate_c is None:
        return Referred(Reason.WARMING_UP)
    apart_s = since_s(before, case.at)
    is_in_time = apart_s is not None and rules.twice_apart_s <= apart_s <= rules.twice_holds_s
    apart_c = round(abs(last.estimate_c - before.estimate_c), 2)
    agrees = is_in_time and apart_c < rules.twice_agree_c
    return None if agrees else Referred(Reason.WARMING_UP)


def waits_until_s(case: Case, rules: Rules) -> float | None:
    """Return the monotonic second until which somebody warms up; None: nobody does.

    Such a person showed the pass before and is told the time again, without a new entry.
    """
    last = case.facts.last
    if last is None or getattr(last.decision, "reason", None) is not Reason.WARMING_UP:
        return None
    if is_by_hand(case.facts, rules) or not is_cold(case.facts, rules):
        return None
    elapsed_s = since_s(last, case.at)
    wait_s = warm_up_s(rules)
    if elapsed_s is None or not 0 <= elapsed_s < wait_s:
        return None
    return last.at_s + wait_s


def warm_up_s(rules: Rules) -> float:
    """Return how long somebody waits before the pass is shown again; 0: nobody waits."""
    waits = {
        Acclimatisation.PERSON: 0.0,
        Acclimatisation.LOBBY: rules.lobby_wait_s,
        Acclimatisation.TWICE: rules.twice_apart_s,
    }
    return waits[rules.acclimatisation]


def has_waited(case: Case, rules: Rules) -> bool:
    """Whether the pass was first shown long enough ago, and not too long."""
    last = case.facts.last
    if last is None or getattr(last.decision, "reason", None) is not Reason.WARMING_UP:
        return False
    elapsed_s = since_s(last, case.at)
    return elapsed_s is not None and rules.lobby_wait_s <= elapsed_s <= rules.lobby_holds_s


def is_cold(facts: Facts, rules: Rules) -> bool:
    """Whether people come in cold; an unknown temperature counts as cold."""
    place = facts.surroundings
    outdoor_c = place.outdoor_c if place is not None else None
    return outdoor_c is None or not outdoor_c >= rules.cold_outdoors_c


def is_out_of_reach(facts: Facts, rules: Rules) -> bool:
    """Whether it is the weather or the place that keeps foreheads from counting."""
    return is_cold(facts, rules) or not is_in_lobby(facts)


def is_in_lobby(facts: Facts) -> bool:
    """Whether the thermometer hangs where it is warm."""
    place = facts.surroundings
    return place is not None and place.placement is Placement.HEATED_LOBBY


def since_s(last: LastPassage, at: Stamp) -> float | None:
    """Return the seconds since an entry; None across a restart, when nobody can tell."""
    return at.mono_s - last.at_s if last.boot_id == at.boot_id else None
