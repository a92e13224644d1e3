"""What a gate asks central of its fevers and incidents, how often, and what it keeps of it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.matters import CaseState, CaseWord, Contact
from kiosk.errors import MessageError, ServerUnreachable
from kiosk.ports import Asking
from kiosk.sync import plan
from kiosk.sync.cases import FAST_S, SLOW_S, CasesAtCentral
from kiosk.sync.store import SyncStore
from kiosk.wire import BULK, URGENT, CasesAsked, CasesPart
from kiosk.wire.sync_cases import asked_of, asked_row, cases_of, cases_row

EPOCH = b"epoch--1"
LIN = Contact("林主任", "138", "负责人", 0)
PACE = plan.Pace()
WORDS = st.builds(
    CaseWord,
    st.integers(1, 2**52),
    st.sampled_from(CaseState),
    st.text(max_size=40),
    st.integers(0, 4 * 10**12),
)
CONTACTS = st.builds(Contact, *(st.text(max_size=40) for _ in range(3)), st.integers(0, 86_400))
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


def book(store: SyncStore, *seqs: int, fast_until_s: float = 0.0) -> CasesAtCentral:
    asking = Asking(seqs, is_waiting=bool(seqs), fast_until_s=fast_until_s)
    made = CasesAtCentral(store, lambda: asking)
    made.open(EPOCH)
    return made


@pytest.fixture
def store(tmp_path: Path) -> SyncStore:
    return SyncStore(tmp_path / "sync.db")


def test_a_gate_that_waits_asks_every_other_second_for_half_an_hour_then_every_ten(
    store: SyncStore,
) -> None:
    waiting = book(store, 5, fast_until_s=1800.0)
    assert (waiting.every_s(1799.0), waiting.every_s(1801.0)) == (FAST_S, SLOW_S)
    assert book(store).every_s(0.0) is None


def test_the_heartbeat_is_early_while_somebody_waits_and_only_then() -> None:
    state = plan.State(asked_s=100.0, heartbeat_due_s=160.0)
    for every_s, wait_s in ((1.5, 1.5), (None, 60.0)):
        outlook = plan.Outlook(0, (), every_s)
        noticed = plan.notice(state, outlook, 100.0)
        assert plan.next_step(noticed, outlook, 100.0, PACE) == plan.Wait(wait_s)


@pytest.mark.parametrize("lane", [BULK, URGENT])
def test_without_a_line_what_is_urgent_is_tried_every_four_seconds(lane: str) -> None:
    outlook = plan.Outlook(9, (9,), 1.5)
    state = plan.notice(plan.State(), outlook, 0.0)
    for _ in range(50):
        why = ServerUnreachable("gone")
        at = plan.Moment(1000.0, 1.0, PACE)
        state = plan.failed(state, plan.Sent(lane, urgent=(9,)), why, at)
    held = state.urgent if lane == URGENT else state.bulk
    assert held.not_before_s - 1000.0 <= 4.0


def test_who_answered_outlives_a_restart_and_a_central_that_forgot(tmp_path: Path) -> None:
    store = SyncStore(tmp_path / "sync.db")
    first = book(store, 5)
    asked = first.asked(lambda seq: True)
    answered = CaseWord(5, CaseState.ANSWERED, "lin", 7)
    assert first.take(asked, CasesPart(3, (answered,), (LIN,))) == frozenset()
    first.take(asked, CasesPart(3, (CaseWord(5, CaseState.OPEN),)))
    store.close()
    again = book(SyncStore(tmp_path / "sync.db"), 5)
    assert (again.words, again.version, again.contacts) == ((answered,), 3, (LIN,))


def test_what_central_lost_is_named_and_what_it_was_not_asked_for_is_not_kept(
    store: SyncStore,
) -> None:
    cases = book(store, 5, 6)
    asked = cases.asked(lambda seq: True)
    other = CaseWord(77, CaseState.ANSWERED, "lin", 1)
    said = CasesPart(0, (CaseWord(5, CaseState.OPEN), other))
    assert cases.take(asked, said) == {6}
    assert [word.seq for word in cases.words] == [5]
    assert cases.take(asked, None) == frozenset()  # a central of before


def test_only_what_central_has_is_asked_for(store: SyncStore) -> None:
    assert book(store, 5, 6).asked(lambda seq: seq == 5).seqs == (5,)


@given(
    st.builds(
        CasesPart,
        st.integers(0, 2**52),
        st.lists(WORDS, max_size=20).map(tuple),
        st.none() | st.lists(CONTACTS, max_size=12).map(tuple),
    )
)
def test_an_answer_crosses_the_network_whole(part: CasesPart) -> None:
    assert cases_of(cases_row(part)) == part


@given(st.lists(st.integers(0, 2**52), max_size=20).map(tuple))
def test_a_question_crosses_the_network_whole(seqs: tuple[int, ...]) -> None:
    assert asked_of(asked_row(CasesAsked(3, seqs))) == CasesAsked(3, seqs)


@given(st.lists(JUNK, max_size=5))
def test_anything_else_is_refused_by_name(row: list[Any]) -> None:
    for read in (asked_of, cases_of):
        try:
            found = read(row)
        except MessageError:
            continue
        assert isinstance(found, CasesAsked | CasesPart)


@pytest.mark.parametrize(
    "row",
    [
        [0, [True]],
        [0, [-1]],
        [0, list(range(21))],
        [0],
        [0, [], 1],
        ["0", []],
        [2**60, []],
    ],
)
def test_a_question_of_another_shape_is_refused(row: list[Any]) -> None:
    with pytest.raises(MessageError):
        asked_of(row)


@pytest.mark.parametrize(
    "row",
    [
        [0, [[1, 3, "lin", 1]], None],
        [0, [[1, True, "lin", 1]], None],
        [0, [[1, [], "lin", 1]], None],
        [0, [[1, {}, "lin", 1]], None],
        [0, [[1, 1, "x" * 41, 1]], None],
        [0, [[1, 1, "lin", -1]], None],
        [0, [[1, 1, "lin", 2**53 - 1]], None],  # no page could write it as a time
        [0, [[1, 1, "lin"]], None],
        [0, [[1, 1, b"lin", 1]], None],
        [0, [], [["a", "b", "c"]]],
        [0, [], [["a", "b", 1, 0]]],
        [0, [], [["a", "b", "c", 0]] * 13],
        [0, [], 7],
        [0, [[1, 0, "", 0]] * 21, None],
    ],
)
def test_an_answer_of_another_shape_is_refused(row: list[Any]) -> None:
    with pytest.raises(MessageError):
        cases_of(row)
