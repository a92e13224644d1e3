"""What staff write down at the gate: visitors, residents without a pass, orders, cards. Pure.

A form waits for the card that goes with it: the next visitor's card, or card of the stock,
that is shown within three minutes is lent or bound, in an entry of its own, before its holder
is served. What a form told is sealed; its entry holds numbers and references alone.
"""

from dataclasses import replace
from uuid import UUID

from kiosk.core.machine_case import State, Step
from kiosk.core.machine_entries import Details, entry_by_staff, returned, utc_ms
from kiosk.core.messages import PassPresented, RecordEntry
from kiosk.core.messages_staff import (
    CardReturned,
    IsolationOrdered,
    ResidentWritten,
    ReturneeWritten,
    VisitorWritten,
)
from kiosk.core.rules_community import days_at_home, risk_of
from kiosk.core.rules_words import Rules
from kiosk.core.words import (
    Credential,
    Entry,
    EntryKind,
    Facts,
    PassKind,
)
from kiosk.core.words_home import (
    CARD_WAIT_S,
    ORDER_BYTES,
    Binding,
    CardState,
    Visit,
    WaitingForm,
    midnight_after,
)

FormEvent = VisitorWritten | ResidentWritten | CardReturned | IsolationOrdered | ReturneeWritten


def form_written(state: State, event: FormEvent, rules: Rules) -> Step:
    """Write a form down. Whoever is being served goes on being served."""
    if event.facts is None or event.staff is None:
        return state, ()
    match event:
        case VisitorWritten():
            entry = _visitor(event, event.facts, event.staff, rules)
        case ResidentWritten():
            entry = _resident(event, event.facts, event.staff, rules)
        case CardReturned():
            if event.lent is None:
                return state, ()
            entry = returned(event.at, event.facts, event.lent.cti, event.lent.visit, rules)
            entry = replace(entry, staff=event.staff)
        case IsolationOrdered():
            days = rules.isolation_days if event.days is None else event.days
            entry = _order(event, event.facts, rules, days=days, from_ms=utc_ms(event.at))
        case ReturneeWritten():
            entry = _returnee(event, event.facts, rules)
    return state, (RecordEntry(entry),)


def with_card(
    shown: PassPresented, rules: Rules
) -> tuple[PassPresented, tuple[RecordEntry]] | None:
    """Lend or bind the card that is shown to the form that waits for it.

    Returns what is served then and the entry that says so; None: there is nothing to bind.
    """
    outcome, home = shown.outcome, shown.facts.home
    waiting = home.waiting
    if not isinstance(outcome, Credential) or outcome.card_no is None or waiting is None:
        return None
    if not 0 <= utc_ms(shown.at) - waiting.written_ms <= CARD_WAIT_S * 1000:
        return None
    is_visitors = outcome.kind is PassKind.VISITOR
    if is_visitors != (waiting.until_ms is not None):
        return None
    if home.visit is not None or home.binding is not None:
        return None  # lent or bound already: the rules say what that means
    entry = _card_entry(shown, waiting, rules)
    if waiting.until_ms is None:
        known = replace(home, binding=Binding(CardState.PROVISIONAL, waiting.sub), waiting=None)
    else:
        known = replace(home, visit=_visit(waiting, waiting.until_ms), waiting=None)
    facts = replace(shown.facts, home=known, has_fever=False)  # that was whoever had it before
    served = replace(shown, facts=facts)
    return served, (RecordEntry(entry),)


def _visitor(event: VisitorWritten, facts: Facts, staff: str, rules: Rules) -> Entry:
    """A regular's card is lent for the day; anybody else's for the stay limit."""
    now_ms, offset_s = utc_ms(event.at), facts.home.utc_offset_s
    until_ms = now_ms + int(rules.visitors.stay_s * 1000)
    if event.is_regular:
        until_ms = midnight_after(now_ms, 0, offset_s)
    details: Details = (("visit", _form(event.scan_id)), ("until", until_ms))
    details += (("host", event.host),) if event.host is not None else ()
    details += (("regular", 1),) if event.is_regular else ()
    details += (("expected", 1),) if event.is_expected else ()
    entry = entry_by_staff(event.at, facts, EntryKind.VISITOR, ("visitor", "written"), rules)
    return replace(
        entry, scan_id=event.scan_id, sealed=event.sealed, staff=staff, details=details
    )


def _resident(event: ResidentWritten, facts: Facts, staff: str, rules: Rules) -> Entry:
    entry = entry_by_staff(event.at, facts, EntryKind.CARD, ("resident", "written"), rules)
    return replace(
        entry,
        scan_id=event.scan_id,
        sub=event.household,
        sealed=event.sealed,
        staff=staff,
        details=(("form", _form(event.scan_id)),),
    )


def _card_entry(shown: PassPresented, waiting: WaitingForm, rules: Rules) -> Entry:
    outcome = shown.outcome
    assert isinstance(outcome, Credential) and outcome.card_no is not None  # with_card asked
    details: Details = (("card", outcome.card_no),)
    if waiting.until_ms is None:
        details += (("bound", 1), ("form", waiting.form.hex()))
        said = ("card", "bound")
    else:
        details += (("visit", waiting.form.hex()), ("until", waiting.until_ms))
        details += (("host", waiting.sub),) if waiting.sub is not None else ()
        details += (("regular", 1),) if waiting.is_regular else ()
        details += (("expected", 1),) if waiting.is_expected else ()
        said = ("card", "lent")
    entry = entry_by_staff(shown.at, shown.facts, EntryKind.CARD, said, rules)
    sub = waiting.sub if waiting.until_ms is None else None
    return replace(entry, cti=outcome.cti, sub=sub, refers_to_seq=waiting.seq, details=details)


def _visit(waiting: WaitingForm, until_ms: int) -> Visit:
    return Visit(
        waiting.form,
        waiting.written_ms,
        until_ms,
        waiting.sub,
        waiting.is_expected,
        waiting.is_regular,
    )


def _returnee(event: ReturneeWritten, facts: Facts, rules: Rules) -> Entry:
    """Order the days that the rules name for where somebody comes from, from the arrival on."""
    risk = risk_of(event.region, rules.returnees)
    said: Details = (("risk", risk.value), ("region", event.region))
    days = days_at_home(risk, rules.returnees)
    entry = _order(event, facts, rules, days=days, from_ms=event.arrived_ms, said=said)
    return replace(entry, sealed=event.sealed)


def _order(
    event: IsolationOrdered | ReturneeWritten,
    facts: Facts,
    rules: Rules,
    *,
    days: int,
    from_ms: int,
    said: Details = (),
) -> Entry:
    """Return the entry of a provisional order; 0 days order nothing and are written down."""
    about = event.about
    entry = entry_by_staff(
        event.at, facts, EntryKind.ISOLATION, ("isolation", "ordered"), rules
    )
    details: Details = (*said, ("days", days))
    if days > 0:
        until_ms = midnight_after(from_ms, days, facts.home.utc_offset_s)
        details += (("order", _form(event.scan_id)), ("until", until_ms))
    return replace(
        entry,
        cti=about.cti if about is not None else None,
        sub=about.sub if about is not None else event.household,
        label=about.label if about is not None else "",
        staff=event.staff,
        details=details,
    )


def _form(scan_id: UUID) -> str:
    """Return 16 hex digits that name a form or an order."""
    return scan_id.bytes[-ORDER_BYTES:].hex()
