"""Hints, calls for help and telling pages: nobody who is served is disturbed, no gate opens."""

from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.machine import AwaitingReading, Idle, State, step
from kiosk.core.messages import Command, Event, PulseGate, RecordEntry, Show, Tick
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
from kiosk.core.messages_staff import VehicleWritten
from kiosk.core.wording import DWELL_S, Page
from kiosk.core.words import EntryKind
from kiosk.timing import Stamp
from tests.core.making import FACTS, OTHER, RULES, SCAN, START, STRANGE, at, pages, play, shown


def unreadable(after_s: float, hint: Hint = Hint.CLOSER, since_s: float = 0.0) -> Event:
    return CodeUnreadable(at(after_s), hint, START.mono_s + since_s)


def calls(asked: list[Command]) -> int:
    return sum(isinstance(c, CallHelp) for c in asked)


@pytest.mark.parametrize("hint", list(Hint))
def test_a_hint_is_told_for_eight_seconds(hint: Hint) -> None:
    asked = play(unreadable(2.0, hint), Tick(at(9.9)), Tick(at(10.0)))
    assert [(c.page, c.hint) for c in asked if isinstance(c, Show)] == [
        (Page.QR_HARD, hint),
        (Page.IDLE, None),
    ]


def test_whom_three_hints_did_not_help_is_offered_a_person() -> None:
    script: list[Event] = []
    for tenth in range(0, 400, 5):
        script += [Tick(at(tenth / 10)), *([unreadable(tenth / 10)] if tenth >= 20 else [])]
    asked = play(*script)
    told = [page for page in pages(asked) if page is not Page.IDLE]
    assert told[:4] == [Page.QR_HARD] * 3 + [Page.HELP]
    assert calls(asked) >= 1


def test_a_pass_that_is_read_ends_a_hint_at_once() -> None:
    asked = play(unreadable(2.0), shown(2.1))
    assert pages(asked) == [Page.QR_HARD, Page.LOOK_TEMP]


def test_a_hint_disturbs_nobody_who_is_served() -> None:
    asked = play(shown(0.0), unreadable(2.0))
    assert pages(asked) == [Page.LOOK_TEMP]
    asked = play(shown(0.0, STRANGE), unreadable(2.0))
    assert pages(asked) == [Page.UNKNOWN]


def test_help_is_called_by_anybody_at_any_time() -> None:
    assert pages(play(HelpAsked(at(0)))) == [Page.HELP]
    asked = play(shown(0.0), HelpAsked(at(1)))
    assert (pages(asked), calls(asked)) == ([Page.LOOK_TEMP], 1)


def test_help_comes_after_a_hint_too() -> None:
    assert pages(play(unreadable(2.0), HelpAsked(at(3)))) == [Page.QR_HARD, Page.HELP]


def test_who_went_to_help_is_written_before_the_call_ends() -> None:
    asked = play(HelpAnswered(at(5), staff="li", facts=FACTS))
    assert isinstance(asked[0], RecordEntry) and isinstance(asked[1], EndHelp)
    entry = asked[0].entry
    assert (entry.kind, entry.staff, entry.trace[0].rule) == (EntryKind.DUTY, "li", "help")
    assert play(HelpAnswered(at(5), staff=None, facts=FACTS)) == []


@pytest.mark.parametrize("page", list(Page))
def test_staff_put_up_pages_that_tell_and_no_other(page: Page) -> None:
    asked = play(PageChosen(at(0), page, staff="li"))
    assert pages(asked) == ([page] if page in TELLING else [])
    alone = play(PageChosen(at(0), page))
    assert pages(alone) == ([page] if page is Page.STAFF_SIGNIN else [])


def test_a_vehicle_that_is_written_down_is_asked_to_stop() -> None:
    event = VehicleWritten(at(0), SCAN, (), 2, staff="li", facts=FACTS)
    assert pages(play(event)) == [Page.VEHICLE]
    assert pages(play(shown(0.0), replace(event, at=at(1)))) == [Page.LOOK_TEMP]


HAPPENINGS = (
    HelpAsked,
    lambda now: CodeUnreadable(now, Hint.GLARE, START.mono_s),
    lambda now: HelpAnswered(now, "li", FACTS),
    lambda now: PageChosen(now, Page.VISITOR_WAIT, "li"),
    lambda now: PageChosen(now, Page.PASS_IN, "li"),
    Tick,
)


@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.floats(0, 20)), max_size=40))
def test_no_script_of_these_opens_the_gate_or_outlives_its_page(
    script: list[tuple[type[HelpAsked], float]],
) -> None:
    state: State = Idle()
    now: Stamp = at(0)
    for make, after_s in zip(
        (m for m, _ in script), accumulate(s for _, s in script), strict=True
    ):
        now = at(after_s)
        state, commands = step(state, make(now), RULES)
        assert not any(isinstance(c, PulseGate) for c in commands)
    state, _ = step(state, Tick(at(now.mono_s - START.mono_s + max(DWELL_S.values()))), RULES)
    assert state == Idle()
    state, _ = step(state, shown(2000.0, scan=OTHER), RULES)
    assert isinstance(state, AwaitingReading)
