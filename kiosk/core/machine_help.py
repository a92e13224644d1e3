"""Hints for a code that cannot be read, calls for help, pages that staff put up. Pure.

Nobody who is being served is interrupted by any of it, and a pass that is read ends each of
these pages at once.
"""

from dataclasses import replace

from kiosk.core.machine_case import Idle, Showing, State, Step, show
from kiosk.core.machine_entries import entry_by_staff
from kiosk.core.machine_staff import NO_SCAN
from kiosk.core.messages import Command, RecordEntry
from kiosk.core.messages_screen import (
    TELLING,
    CallHelp,
    CodeUnreadable,
    EndHelp,
    HelpAnswered,
    HelpAsked,
    Hint,
    PageChosen,
)
from kiosk.core.rules_words import Rules
from kiosk.core.wording import DWELL_S, Page
from kiosk.core.words import EntryKind
from kiosk.timing import Stamp

HINTS_MAX = 3  # whom three hints did not help is offered a person


def code_unreadable(state: State, event: CodeUnreadable) -> Step:
    """Give a hint to whoever stands before an idle gate; after three, call a person."""
    if not isinstance(state, Idle):
        return state, ()
    if event.at.mono_s - event.since_s >= HINTS_MAX * DWELL_S[Page.QR_HARD]:
        return _tell(Page.HELP, event.at, CallHelp(event.at))
    return _tell(Page.QR_HARD, event.at, hint=event.hint)


def help_asked(state: State, event: HelpAsked) -> Step:
    """Call staff; tell it on the whole page where nobody is being served."""
    call = CallHelp(event.at)
    return _tell(Page.HELP, event.at, call) if _is_free(state) else (state, (call,))


def help_answered(state: State, event: HelpAnswered, rules: Rules) -> Step:
    """Write down who went, then end the call."""
    if event.staff is None or event.facts is None:
        return state, ()
    said = ("help", "answered")
    entry = entry_by_staff(event.at, event.facts, EntryKind.DUTY, said, rules)
    return state, (RecordEntry(replace(entry, staff=event.staff)), EndHelp(event.at))


def page_chosen(state: State, event: PageChosen) -> Step:
    """Show what staff are doing, where nobody is being served."""
    is_allowed = event.staff is not None or event.page is Page.STAFF_SIGNIN
    if event.page not in TELLING or not is_allowed or not _is_free(state):
        return state, ()
    return _tell(event.page, event.at)


def telling(state: State, page: Page, at: Stamp) -> Step:
    """Return the page as a step of its own, none where somebody is being served."""
    return _tell(page, at) if _is_free(state) else (state, ())


def _is_free(state: State) -> bool:
    return isinstance(state, Idle) or (isinstance(state, Showing) and state.gives_way)


def _tell(page: Page, at: Stamp, *first: Command, hint: Hint | None = None) -> Step:
    then, (told,) = show(page, at, scan_id=NO_SCAN, ref=b"")
    return replace(then, gives_way=True), (*first, replace(told, hint=hint))
