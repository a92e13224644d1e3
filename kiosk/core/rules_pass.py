"""Rules about the pass: what it is worth, and whether its holder can be here now.

Validity stands before repetition. Exits are never held up. What a pass cannot tell (that it
was copied, or lent) a person sees: the rules only say when to look.
"""

from kiosk.core.rules_weather import since_s
from kiosk.core.rules_words import Case, Rules, UnsureClock, Verdict
from kiosk.core.words import (
    Credential,
    Denied,
    Direction,
    LastPassage,
    PassKind,
    PassWarning,
    Reason,
    Referred,
    Refusal,
    Refused,
)
from kiosk.timing import ClockState, Stamp


def validity(case: Case, rules: Rules) -> Verdict:
    """A pass that did not verify admits nobody."""
    if not isinstance(case.outcome, Refused):
        return None
    reason = case.outcome.reason
    return Referred(reason) if reason is Refusal.INTERNAL else Denied(reason)


def clock(case: Case, rules: Rules) -> Verdict:
    """Dates that cannot be judged: as the community chose; a phone's proof needs a clock."""
    pass_ = case.outcome
    if not isinstance(pass_, Credential) or PassWarning.TIME_UNSURE not in pass_.warnings:
        return None
    is_trusted_anyway = rules.unsure_clock is UnsureClock.ADMIT_MARKED
    if is_trusted_anyway and pass_.kind is not PassKind.PHONE:
        return None
    return Referred(Reason.CLOCK)


def freshness(case: Case, rules: Rules) -> Verdict:
    """A paper pass against a list of revocations that is a week old: a person looks."""
    age_s = case.facts.list_age_s
    if not isinstance(case.outcome, Credential) or age_s is None:
        return None
    is_paper = case.outcome.kind is not PassKind.PHONE
    is_old = age_s > rules.list_age_max_s
    return Referred(Reason.LIST_STALE) if is_paper and is_old and _is_entry(case) else None


def passback(case: Case, rules: Rules) -> Verdict:
    """In, and in again moments later: the pass was lent, copied, or an exit was missed."""
    earlier = passed_in_before(case, rules)
    return Referred(Reason.PASSBACK) if earlier is not None else None


def passed_in_before(case: Case, rules: Rules) -> LastPassage | None:
    """Return the passage in that this one follows too soon, None: there is none."""
    granted = case.facts.granted
    if not isinstance(case.outcome, Credential) or not _is_entry(case) or granted is None:
        return None
    if granted.direction is not Direction.IN:
        return None
    ago_s = _ago_s(granted, case.at)
    return granted if ago_s is not None and 0 <= ago_s < rules.passback_s else None


def _is_entry(case: Case) -> bool:
    return case.facts.direction is Direction.IN


def _ago_s(passage: LastPassage, at: Stamp) -> float | None:
    """Return the seconds since a passage, also across a restart where the clock can tell."""
    if passage.boot_id == at.boot_id:
        return since_s(passage, at)
    if at.clock is ClockState.UNSURE:
        return None
    return at.utc.timestamp() - passage.utc_ms / 1000
