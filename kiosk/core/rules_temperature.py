"""What readings mean: once more, elevated, missing, typed by staff, normal."""

from statistics import median

from kiosk.core.rules_weather import is_cold
from kiosk.core.rules_words import Case, Rules, Verdict
from kiosk.core.words import (
    Granted,
    Missing,
    NoReading,
    Reading,
    Reason,
    Referred,
    Retest,
    Source,
    StaffMeasures,
)

HOT_C = 42.0  # above it no living forehead, wrist or armpit reads
_SURE = frozenset({Source.TYPED_CONTACT, Source.TYPED_EAR})  # they touch, or look inside


def typed(case: Case, rules: Rules) -> Verdict:
    """What staff read off an instrument decides; a doubtful one asks for a better one.

    Whoever was elevated a while ago is not measured by infrared until one is normal: shown
    again and again, the pass would open at the first reading that is low by chance.
    """
    last, has_fever = case.readings[-1] if case.readings else None, case.facts.has_fever
    if not isinstance(last, Reading) or not last.source.is_typed:
        return StaffMeasures() if has_fever else None
    value_c, is_sure = last.estimate_c, last.source in _SURE
    if last.source is Source.TYPED_FOREHEAD and is_cold(case.facts, rules):
        return StaffMeasures()  # a cold forehead is no better before another instrument
    low_c = rules.contact_low_c if is_sure else rules.typed_low_c
    if not low_c <= value_c <= HOT_C:
        return StaffMeasures()
    if value_c >= rules.elevated_c:
        return Referred(Reason.ELEVATED)
    highest_c = max(estimates(case))
    is_near = value_c >= rules.wrist_doubt_c or highest_c >= rules.retest_from_c
    return StaffMeasures() if (is_near or has_fever) and not is_sure else Granted()


def instrument(case: Case, rules: Rules) -> Verdict:
    """Another round cannot mend the instrument: a person measures."""
    last = case.readings[-1] if case.readings else None
    is_fault = isinstance(last, NoReading) and last.is_fault
    if is_fault and any(c >= rules.elevated_c for c in estimates(case)):
        return None  # what was measured before it failed is not forgotten
    return Referred(Reason.THERMOMETER) if is_fault else None


def again(case: Case, rules: Rules) -> Verdict:
    """A miss is tried once more; a reading near the line is taken three times."""
    if not case.readings or len(case.readings) >= rules.rounds_max:
        return None
    last = case.readings[-1]
    if isinstance(last, NoReading):
        misses = sum(isinstance(r, NoReading) for r in case.readings)
        return Retest() if misses < rules.misses_max and not last.is_fault else None
    is_near = max(estimates(case)) >= rules.retest_from_c
    return Retest() if is_near else None


def elevated(case: Case, rules: Rules) -> Verdict:
    """The middle of three readings counts; with fewer, the highest."""
    taken = estimates(case)
    if not taken:
        return None
    is_complete = len(taken) >= rules.rounds_max
    counts_c = median(taken) if is_complete else max(taken)
    if counts_c >= rules.elevated_c:
        return Referred(Reason.ELEVATED)
    if max(taken) - min(taken) > rules.inconsistent_c:
        return Referred(Reason.INCONSISTENT)
    is_near = counts_c >= rules.retest_from_c and not is_complete
    return Referred(Reason.BORDERLINE) if is_near else None


_MISSING_REASONS = {
    Missing.TOO_COLD_OR_FAR: Reason.COLD_SKIN,
    Missing.COLD_SKIN: Reason.COLD_SKIN,
    Missing.AMBIENT_OUT_OF_RANGE: Reason.TOO_COLD,
    Missing.NOT_ACCLIMATISED: Reason.TOO_COLD,
}


def missing(case: Case, rules: Rules) -> Verdict:
    """What was not measured is not normal."""
    last = case.readings[-1] if case.readings else None
    if not isinstance(last, NoReading):
        return None
    return Referred(_MISSING_REASONS.get(last.reason, Reason.NO_VALID_READING))


def admission(case: Case, rules: Rules) -> Verdict:
    """Admit on a reading below the line, or on the middle of three that is."""
    last = case.readings[-1] if case.readings else None
    return Granted() if isinstance(last, Reading) else None


def estimates(case: Case) -> list[float]:
    """Return the temperatures that were measured, in order."""
    return [r.estimate_c for r in case.readings if isinstance(r, Reading)]
