"""The book of matters: from the journal and central's word, through restarts."""

from dataclasses import replace

import pytest

from kiosk.core.faults import Fault
from kiosk.core.matters import CaseState, CaseWord
from kiosk.core.messages_staff import IncidentCalled
from kiosk.core.rules import Rules
from kiosk.core.words import EntryKind, Granted, Recorded, Source
from kiosk.ports import Asking, SyncStatus
from kiosk.runtime.matters import ASK_FAST_FOR_S, MatterBook, Recall
from tests.core.test_matters import at, called, fever, passage
from tests.runtime.test_holds import Lane
from tests.sync.rig import Faults

SENT = SyncStatus(sent_to=100)


@pytest.fixture
def faults() -> Faults:
    return Faults()


def test_a_restart_brings_back_what_the_journal_has(faults: Faults) -> None:
    book = MatterBook(lambda: (fever(5), called(9)))
    assert [one.matter.seq for one in book.look(at(), None, faults)] == [5, 9]


def tried(*answers: OSError | tuple[Recorded, ...]) -> Recall:
    """A journal that answers so, one time after the other."""
    tries = iter(answers)

    def recall() -> tuple[Recorded, ...]:
        found = next(tries)
        if isinstance(found, OSError):
            raise found
        return found

    return recall


def test_a_journal_that_opens_late_is_read_when_it_can_be(faults: Faults) -> None:
    book = MatterBook(tried(OSError("not yet"), (fever(5),)))
    assert book.look(at(), None, faults) == ()
    book.note(fever(5))  # it was written a moment before it was read
    assert [one.matter.seq for one in book.look(at(), None, faults)] == [5]


def test_what_was_written_before_the_journal_could_be_read_stands_once(faults: Faults) -> None:
    book = MatterBook(tried(OSError("busy"), OSError("busy"), (called(3), fever(5))))
    assert book.look(at(), None, faults) == ()
    book.note(fever(5))
    assert [one.matter.seq for one in book.look(at(), None, faults)] == [3, 5]


def test_what_central_has_not_heard_for_ten_seconds_is_a_fault(faults: Faults) -> None:
    book = MatterBook(lambda: (fever(5),))
    for now_s, is_on in ((1000.0, False), (1010.0, False), (1011.0, True)):
        book.look(at(now_s), SyncStatus(), faults)
        assert (Fault.MATTER_UNHEARD in faults.now) is is_on
    book.look(at(1012.0), replace(SENT, sent_to=4, sent=frozenset({5})), faults)
    assert faults.now == {}


def test_it_asks_until_somebody_answered_and_then_until_it_is_closed(faults: Faults) -> None:
    book = MatterBook(lambda: (fever(5),))
    book.look(at(), SENT, faults)
    assert book.asking() == Asking((5,), is_waiting=True, fast_until_s=1000.0 + ASK_FAST_FOR_S)
    answered = CaseWord(5, CaseState.ANSWERED, "lin", 1)
    book.look(at(), replace(SENT, words=(answered,)), faults)
    assert book.asking() == Asking((5,))
    closed = CaseWord(5, CaseState.CLOSED, "lin", 1)
    assert book.look(at(), replace(SENT, words=(answered, closed)), faults) == ()
    assert book.asking() == Asking()


def test_a_person_who_is_normal_by_contact_ends_the_fever_in_an_entry(faults: Faults) -> None:
    book = MatterBook()
    book.note(fever(5))
    book.note(passage(6, Granted(), refers=5, source=Source.TYPED_CONTACT))
    (command,) = book.take_endings(Rules())
    assert (command.entry.kind, command.entry.refers_to_seq) == (EntryKind.FEVER, 5)
    assert command.entry.cti is None and command.entry.readings == ()
    assert book.take_endings(Rules()) == ()
    book.note(Recorded(command.entry, 7, b""))
    assert book.look(at(), SENT, faults) == ()


def test_an_emptied_room_asks_nothing(faults: Faults) -> None:
    book = MatterBook()
    assert book.look(at(), SENT, faults) == () and book.asking() == Asking()
    assert book.find(5) is None and book.running(at()) is None


def test_taps_on_a_full_disk_are_one_call_when_there_is_room_again() -> None:
    lane = Lane()
    lane.world.is_full = True
    for _ in range(5):
        lane.serve(IncidentCalled(lane.now))
        lane.world.clock.advance(10.0)
    assert lane.executor.is_call_owed
    lane.world.is_full = False
    lane.executor.write_owed()
    assert [entry.kind for entry in lane.world.entries] == [EntryKind.INCIDENT]
