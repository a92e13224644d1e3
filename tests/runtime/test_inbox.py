"""Whoever hands something in at the staff page hears what came of it once it was served."""

from dataclasses import replace

from kiosk.core.faults import Fault
from kiosk.core.messages_staff import NoteWritten
from kiosk.runtime.mailbox import Inbox
from tests.core.making import START, at

NOTE = NoteWritten(START, "the lamp is broken")


def test_the_answer_comes_when_it_was_served_and_to_whoever_asked() -> None:
    inbox = Inbox()
    first, second = inbox.hand_in(NOTE), inbox.hand_in(replace(NOTE, at=at(1.0)))
    assert first is not None and second is not None
    for fault in (None, Fault.JOURNAL_FULL):
        event = inbox.take(0.0)
        assert event is not None and not second.done()
        inbox.served(event, fault)
    assert (first.result(0), second.result(0)) == (None, Fault.JOURNAL_FULL)


def test_whoever_still_waits_when_the_gate_stops_is_told_that_nothing_is_kept() -> None:
    inbox = Inbox()
    waiting = inbox.hand_in(NOTE)
    inbox.close()
    assert waiting is not None and waiting.result(0) is not None
    assert inbox.hand_in(NOTE) is None


def test_a_full_inbox_takes_nothing_and_answers_nobody() -> None:
    inbox = Inbox(events_max=1)
    assert inbox.offer(NOTE)
    assert inbox.hand_in(NOTE) is None
    assert inbox.dropped == 1


def test_a_page_that_has_gone_disturbs_nobody() -> None:
    inbox = Inbox()
    answer = inbox.hand_in(NOTE)
    assert answer is not None and answer.cancel()
    event = inbox.take(0.0)
    assert event is not None
    inbox.served(event, None)
