"""The community's rules: an ordered list of named rules; the first that speaks decides.

Validity stands before everything else. A reading is needed before anybody is admitted;
low, silent and implausible are never normal. Thresholds: 37.3 C is the customary Chinese
line (Wuhan community notice, 20 Feb 2020); the retest from 37.0 C wins back fevers that a
single reading misses (thermal screening data of Wang et al. 2023, PhysioNet).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from kiosk.core.words import (
    Credential,
    Decision,
    Denied,
    Facts,
    Granted,
    Missing,
    NoReading,
    PassWarning,
    Placement,
    Reading,
    Reason,
    Referred,
    Refusal,
    Refused,
    Retest,
    TraceLine,
)


class UnsureClock(Enum):
    """What to do with a pass whose dates cannot be judged."""

    ADMIT_MARKED = "admit_marked"
    ASK_GUARD = "ask_guard"


@dataclass(frozen=True, slots=True)
class Rules:
    """The community's numbers and conditions, as one version."""

    version: int = 1
    elevated_c: float = 37.3  # from here a reading is elevated
    retest_from_c: float = 37.0  # from here it is taken again
    inconsistent_c: float = 0.6  # two readings of one person further apart: a person decides
    rounds_max: int = 2  # one further round, then a person decides
    reading_wait_s: float = 8.0  # the thermometer answers within 5 s, or is out of order
    repeat_window_s: float = 10.0  # the same pass shown again adds no entry
    page_min_s: float = 2.0  # the next person's pass ends a page after this long
    cold_outdoors_c: float = 10.0  # below it, foreheads come in too cold to be believed
    unsure_clock: UnsureClock = UnsureClock.ADMIT_MARKED


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one scan when the rules are asked."""

    outcome: Credential | Refused
    facts: Facts
    readings: tuple[Reading | NoReading, ...] = ()


Verdict = Decision | Retest | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules said. `verdict` None: nothing against it, a reading is needed."""

    verdict: Verdict
    trace: tuple[TraceLine, ...]


def decide(case: Case, rules: Rules) -> Ruling:
    """Ask each rule in order; the first that speaks decides. Returns its trace."""
    trace = []
    for name, rule in RULES:
        verdict = rule(case, rules)
        trace.append(TraceLine(name, _said(verdict)))
        if verdict is not None:
            return Ruling(verdict, tuple(trace))
    return Ruling(None, tuple(trace))


def _validity(case: Case, rules: Rules) -> Verdict:
    if not isinstance(case.outcome, Refused):
        return None
    reason = case.outcome.reason
    return Referred(reason) if reason is Refusal.INTERNAL else Denied(reason)


def _clock(case: Case, rules: Rules) -> Verdict:
    if rules.unsure_clock is UnsureClock.ADMIT_MARKED or not isinstance(
        case.outcome, Credential
    ):
        return None
    is_unsure = PassWarning.TIME_UNSURE in case.outcome.warnings
    return Referred(Reason.CLOCK) if is_unsure else None


def _weather(case: Case, rules: Rules) -> Verdict:
    """A forehead out of the cold says nothing about fever: a person measures."""
    place = case.facts.surroundings
    if not isinstance(case.outcome, Credential):
        return None
    is_inside = place is not None and place.placement is Placement.HEATED_LOBBY
    outdoor_c = place.outdoor_c if place is not None else None
    is_warm = outdoor_c is not None and outdoor_c >= rules.cold_outdoors_c
    return None if is_inside and is_warm else Referred(Reason.TOO_COLD)


def _instrument(case: Case, rules: Rules) -> Verdict:
    """Another round cannot mend the instrument: a person measures."""
    last = case.readings[-1] if case.readings else None
    is_fault = isinstance(last, NoReading) and last.is_fault
    return Referred(Reason.THERMOMETER) if is_fault else None


def _again(case: Case, rules: Rules) -> Verdict:
    """No reading, or one near the line, is taken once more."""
    if not case.readings or len(case.readings) >= rules.rounds_max:
        return None
    last = case.readings[-1]
    is_due = isinstance(last, NoReading) or last.estimate_c >= rules.retest_from_c
    return Retest() if is_due else None


def _elevated(case: Case, rules: Rules) -> Verdict:
    taken = _estimates(case)
    if not taken:
        return None
    is_last_missing = isinstance(case.readings[-1], NoReading)
    latest = max(taken) if is_last_missing else taken[-1]
    if latest >= rules.elevated_c:
        return Referred(Reason.ELEVATED)
    if max(taken) - min(taken) > rules.inconsistent_c:
        return Referred(Reason.INCONSISTENT)
    return Referred(Reason.BORDERLINE) if latest >= rules.retest_from_c else None


_MISSING_REASONS = {
    Missing.TOO_COLD_OR_FAR: Reason.COLD_SKIN,
    Missing.COLD_SKIN: Reason.COLD_SKIN,
    Missing.AMBIENT_OUT_OF_RANGE: Reason.TOO_COLD,
    Missing.NOT_ACCLIMATISED: Reason.TOO_COLD,
}


def _missing(case: Case, rules: Rules) -> Verdict:
    """What was not measured is not normal."""
    last = case.readings[-1] if case.readings else None
    if not isinstance(last, NoReading):
        return None
    return Referred(_MISSING_REASONS.get(last.reason, Reason.NO_VALID_READING))


def _admission(case: Case, rules: Rules) -> Verdict:
    """Admit only on a reading below the line, the newest of the case."""
    last = case.readings[-1] if case.readings else None
    is_normal = isinstance(last, Reading) and last.estimate_c < rules.retest_from_c
    return Granted() if is_normal else None


Rule = Callable[[Case, Rules], Verdict]

RULES: tuple[tuple[str, Rule], ...] = (
    ("validity", _validity),
    ("clock", _clock),
    ("weather", _weather),
    ("instrument", _instrument),
    ("again", _again),
    ("elevated", _elevated),
    ("missing", _missing),
    ("admission", _admission),
)


def _estimates(case: Case) -> list[float]:
    return [r.estimate_c for r in case.readings if isinstance(r, Reading)]


def _said(verdict: Verdict) -> str:
    match verdict:
        case None:
            return "-"
        case Granted():
            return "admit"
        case Retest():
            return "retest"
        case Referred():
            return "refer"
        case Denied():
            return "deny"
