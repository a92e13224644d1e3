"""The community's rules: an ordered list of named rules; the first that speaks decides.

Validity stands before everything else. A reading is needed before anybody is admitted; low,
silent and implausible are never normal.
"""

from collections.abc import Callable
from functools import lru_cache

from kiosk.core import rules_home as home
from kiosk.core import rules_pass as passes
from kiosk.core import rules_temperature as temperature
from kiosk.core import rules_visit as visits
from kiosk.core.rules_weather import is_by_hand, trend, weather
from kiosk.core.rules_words import (
    Acclimatisation,
    Case,
    Rules,
    Ruling,
    UnsureClock,
    Verdict,
)
from kiosk.core.words import (
    Denied,
    Granted,
    Referred,
    Retest,
    StaffMeasures,
    TraceLine,
)

__all__ = [
    "Acclimatisation",
    "Case",
    "Rules",
    "Ruling",
    "UnsureClock",
    "decide",
    "is_by_hand",
    "verdict_of",
]


def decide(case: Case, rules: Rules) -> Ruling:
    """Ask each rule in order; the first that speaks decides. Returns its trace."""
    trace = []
    for name, rule in _asked(rules.order):
        verdict = rule(case, rules)
        trace.append(TraceLine(name, _said(verdict)))
        if verdict is not None:
            return Ruling(verdict, tuple(trace))
    return Ruling(None, tuple(trace))


def verdict_of(case: Case, rules: Rules) -> Verdict:
    """Return what `decide` would say, without its trace: for many cases at once."""
    for _, rule in _asked(rules.order):
        verdict = rule(case, rules)
        if verdict is not None:
            return verdict
    return None


Rule = Callable[[Case, Rules], Verdict]

RULES: tuple[tuple[str, Rule], ...] = (
    ("emergency", home.emergency),
    ("validity", passes.validity),
    ("clock", passes.clock),
    ("freshness", passes.freshness),
    ("register_age", home.register_age),
    ("blank", visits.blank),
    ("household", home.household),
    ("isolation", home.isolation),
    ("hours", home.hours),
    ("quota", home.quota),
    ("direction", home.direction),
    ("passback", passes.passback),
    ("visitor", visits.visitor),
    ("visit_out", visits.visit_out),
    ("regular", visits.regular),
    ("unmeasured", home.unmeasured),
    ("typed", temperature.typed),
    ("weather", weather),
    ("instrument", temperature.instrument),
    ("again", temperature.again),
    ("elevated", temperature.elevated),
    ("missing", temperature.missing),
    ("trend", trend),
    ("admission", temperature.admission),
)


USUAL_ORDER = tuple(name for name, _ in RULES)
_BY_NAME = dict(RULES)


@lru_cache(maxsize=8)
def _asked(order: tuple[str, ...]) -> tuple[tuple[str, Rule], ...]:
    return tuple((name, _BY_NAME[name]) for name in order) if order else RULES


def _said(verdict: Verdict) -> str:
    match verdict:
        case None:
            return "-"
        case Granted():
            return "admit"
        case Retest():
            return "retest"
        case StaffMeasures():
            return "staff"
        case Referred():
            return "refer"
        case Denied():
            return "deny"
