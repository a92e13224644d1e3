"""Rules about cards given out at the gate: to visitors, couriers, the unregistered."""

from kiosk.core.rules_community import VisitorsAdmitted
from kiosk.core.rules_words import Case, Rules, Verdict
from kiosk.core.words import (
    Credential,
    Denied,
    Direction,
    Granted,
    PassKind,
    Reason,
    Referred,
)
from kiosk.core.words_home import CardState, Visit, WaitingForm


def blank(case: Case, rules: Rules) -> Verdict:
    """A card of the stock counts once staff have bound it to somebody."""
    if not isinstance(case.outcome, Credential) or case.outcome.card_no is None:
        return None
    if case.outcome.kind is PassKind.VISITOR:
        return None
    binding = case.facts.home.binding
    if binding is not None and binding.state is CardState.CANCELLED:
        return Denied(Reason.CARD_CANCELLED)
    return None if binding is not None else Referred(Reason.BLANK_CARD)


def visitor(case: Case, rules: Rules) -> Verdict:
    """A visitor's card lets in for the visit it was lent for, and always lets out."""
    if not isinstance(case.outcome, Credential) or case.outcome.kind is not PassKind.VISITOR:
        return None
    if case.facts.direction is Direction.OUT:
        return None
    visit, admit = case.facts.home.visit, rules.visitors.admit
    if admit is VisitorsAdmitted.NONE:
        return Denied(Reason.NO_VISITORS)
    if visit is None:
        return Referred(Reason.NO_VISIT)
    if _is_anothers(visit, case.facts.home.waiting):
        return Referred(Reason.CARD_LENT)
    if int(case.at.utc.timestamp() * 1000) >= visit.until_ms:
        return Referred(Reason.OVERSTAY)
    if rules.visitors.needs_host and visit.host is None:
        return Referred(Reason.NO_HOST)
    is_unexpected = admit is VisitorsAdmitted.APPOINTMENT and not visit.is_expected
    return Referred(Reason.NO_APPOINTMENT) if is_unexpected else None


def _is_anothers(visit: Visit, waiting: WaitingForm | None) -> bool:
    """Whether a form waits for a card, and this one was lent before: the wrong card was given.

    A courier keeps the card and comes whenever there is something to bring.
    """
    return waiting is not None and visit.form != waiting.form and not visit.is_regular


def visit_out(case: Case, rules: Rules) -> Verdict:
    """A visitor who leaves is measured no more: the card is handed back."""
    is_visitor = isinstance(case.outcome, Credential) and (
        case.outcome.kind is PassKind.VISITOR
    )
    return Granted() if is_visitor and case.facts.direction is Direction.OUT else None


def regular(case: Case, rules: Rules) -> Verdict:
    """A courier who was measured a while ago is not measured again today."""
    visit = case.facts.home.visit
    if visit is None or not visit.is_regular or visit.measured_ms is None or case.readings:
        return None
    ago_s = case.at.utc.timestamp() - visit.measured_ms / 1000
    return Granted() if 0 <= ago_s < rules.visitors.regular_reading_s else None
