"""Fevers and incidents at central: opened by entries, answered by named people alone."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from kiosk.central import cases
from kiosk.central.cases import Deed
from kiosk.central.cases_contacts import add_contact, remove_contact
from kiosk.central.intake import Intake
from kiosk.central.store import open_store, writing
from kiosk.core.matters import CaseState, CaseWord, Contact
from kiosk.core.words import EntryKind
from kiosk.errors import ConfigError
from kiosk.timing import ClockState, Stamp
from kiosk.wire import CasesAsked, CasesPart
from tests.central.cases_making import PLAIN, call_rows, case_rows, fever, incident, write
from tests.central.office import Office

NOW_MS = 1_800_000_000_000
LIN = Contact("林主任", "138 0013 8000", "负责人", 0)
ZHOU = Contact("周书记", "010-6655", "书记", 120)


def asked(office: Office, *seqs: int, version: int = 0) -> CasesPart:
    message = office.kiosk.request(
        office.kiosk.part(len(office.kiosk.bodies) + 1, len(office.kiosk.bodies)),
        asked=CasesAsked(version, seqs),
    )
    found = office.ask(message).cases
    assert found is not None
    return found


def urgent(office: Office, *seqs: int, **more: Any) -> None:
    office.ask(office.kiosk.request(None, *seqs, **more))


def answer(office: Office, case: int, by: str = "lin") -> cases.Answered | None:
    with writing(office.engine) as db:
        return cases.answer(db, case, Deed(by, NOW_MS))


def test_a_fever_and_an_incident_open_a_case_each_on_either_lane(office: Office) -> None:
    first, second = fever(office.kiosk), incident(office.kiosk)
    urgent(office, second)
    office.send(first, second)
    office.send(first, second)
    assert [(row.seq, row.kind) for row in case_rows(office.engine)] == [
        (second, "incident"),
        (first, "fever"),
    ]


def test_the_gate_is_told_who_answered_of_what_it_asked_for(office: Office) -> None:
    seq, other = fever(office.kiosk), write(office.kiosk, decision=PLAIN)
    office.send(seq, other)
    assert asked(office, seq, other, 77).words == (CaseWord(seq, CaseState.OPEN),)
    answer(office, 1)
    assert asked(office, seq).words == (CaseWord(seq, CaseState.ANSWERED, "lin", NOW_MS),)
    with writing(office.engine) as db:
        assert cases.close(db, 1, "hospital", "", Deed("zhou", NOW_MS + 1))
    assert asked(office, seq).words == (CaseWord(seq, CaseState.CLOSED, "zhou", NOW_MS + 1),)


def test_a_question_on_the_urgent_lane_is_answered_at_once(office: Office) -> None:
    seq = fever(office.kiosk)
    request = office.kiosk.request(None, seq, asked=CasesAsked(0, (seq,)))
    assert office.ask(request).cases == CasesPart(0, (CaseWord(seq, CaseState.OPEN),))


def test_of_two_who_answer_at_once_the_first_stays(office: Office) -> None:
    urgent(office, incident(office.kiosk))
    assert answer(office, 1, "lin") == cases.Answered("lin", is_new=True)
    assert answer(office, 1, "zhou") == cases.Answered("lin", is_new=False)
    assert answer(office, 2, "zhou") is None


@pytest.mark.parametrize("act", ["answered", "acknowledged", "noted", "closed", "measured", ""])
def test_a_kiosk_cannot_answer_or_close_its_own_incident(office: Office, act: str) -> None:
    seq = incident(office.kiosk)
    acted = incident(office.kiosk, act=act, refers_to_seq=seq, staff="lin")
    urgent(office, seq, acted)
    office.send(seq, acted)
    assert asked(office, seq).words == (CaseWord(seq, CaseState.OPEN),)
    assert case_rows(office.engine)[0].answered_by is None


def test_a_call_that_was_a_mistake_says_so_and_stays_open(office: Office) -> None:
    seq = incident(office.kiosk)
    urgent(office, seq, incident(office.kiosk, act="withdrawn", refers_to_seq=seq, staff="li"))
    (row,) = case_rows(office.engine)
    assert (row.withdrawn_by, row.closed_ms, row.answered_ms) == ("li", None, None)


def test_the_gate_ends_a_fever_by_name_and_no_incident(office: Office) -> None:
    one, two, three = (fever(office.kiosk), fever(office.kiosk), incident(office.kiosk))
    for seq, staff in ((one, "li"), (two, None), (three, "li")):
        write(office.kiosk, EntryKind.FEVER, act="closed", refers_to_seq=seq, staff=staff)
    office.send(one, len(office.kiosk.bodies))
    assert [row.closed_by for row in case_rows(office.engine)] == ["li", None, None]


def test_what_comes_ahead_of_its_case_counts_when_the_case_comes(office: Office) -> None:
    seq = incident(office.kiosk)
    again = incident(office.kiosk, act="again", refers_to_seq=seq)
    urgent(office, again)
    assert case_rows(office.engine) == []
    office.send(seq, again)
    (row,) = case_rows(office.engine)
    assert (row.seq, row.strength) == (seq, 2)


def test_measured_again_in_any_order_it_is_one_case(office: Office) -> None:
    first = fever(office.kiosk)
    second = fever(office.kiosk, refers_to_seq=first)
    third = fever(office.kiosk, refers_to_seq=second)
    urgent(office, second)
    urgent(office, third)
    office.send(first, third)
    assert len(case_rows(office.engine)) == 1
    answer(office, 1)
    assert {word.by for word in asked(office, first, second, third).words} == {"lin"}


def test_a_fever_of_another_journal_is_another_case(office: Office) -> None:
    seq = fever(office.kiosk)
    urgent(office, seq)
    answer(office, 1)
    office.kiosk.begin_journal(b"epoch--2")
    assert fever(office.kiosk) == seq
    urgent(office, seq)
    assert len(case_rows(office.engine)) == 2
    assert asked(office, seq).words == (CaseWord(seq, CaseState.OPEN),)


def test_a_kiosk_learns_nothing_of_anothers_cases(office: Office) -> None:
    urgent(office, incident(office.kiosk))
    office.kiosk.begin_journal(b"epoch--2")
    assert asked(office, 1).words == ()


def test_what_comes_half_a_day_late_is_listed_and_wakes_nobody(office: Office) -> None:
    then = datetime.fromtimestamp(NOW_MS / 1000 - 13 * 3600, UTC)
    late = Stamp(1.0, then, "boot", ClockState.TRUSTED)
    urgent(office, fever(office.kiosk, at=late))
    assert len(case_rows(office.engine)) == 1 and call_rows(office.engine) == []


def test_each_level_of_the_list_has_a_call_of_its_own(office: Office) -> None:
    with writing(office.engine) as db:
        add_contact(db, ZHOU, place=1, by="lin", now_ms=NOW_MS)
        add_contact(db, LIN, place=2, by="lin", now_ms=NOW_MS)
    urgent(office, fever(office.kiosk))
    told = [(row.level, row.role, row.due_ms - NOW_MS) for row in call_rows(office.engine)]
    assert told == [(1, "负责人", 0), (2, "书记", 120_000)]


def test_the_list_of_contacts_travels_once_until_it_changes(office: Office) -> None:
    with writing(office.engine) as db:
        add_contact(db, LIN, place=1, by="lin", now_ms=NOW_MS)
    told = asked(office)
    assert told.contacts == (LIN,)
    assert asked(office, version=told.contacts_version).contacts is None
    with writing(office.engine) as db:
        remove_contact(db, "林主任", by="lin", now_ms=NOW_MS)
    later = asked(office, version=told.contacts_version)
    assert later == CasesPart(told.contacts_version + 1, (), ())


@pytest.mark.parametrize(
    "wrong",
    [
        Contact("", "110", "", 0),
        Contact("林" * 21, "110", "", 0),
        Contact("林\n", "110", "", 0),
        Contact("林", "110; rm -rf", "", 0),
        Contact("林", "", "", 0),
        Contact("林", "+" + "1" * 30, "", 0),
        Contact("林", "110", "\x00", 0),
        Contact("林", "110", "", -1),
        Contact("林", "110", "", 90_000),
    ],
)
def test_a_contact_that_nobody_can_call_is_refused(office: Office, wrong: Contact) -> None:
    with pytest.raises(ConfigError), writing(office.engine) as db:
        add_contact(db, wrong, place=1, by="lin", now_ms=NOW_MS)


class CaseMachine(RuleBasedStateMachine):
    """Entries in any order and twice, two people, a kiosk that begins anew, an old central."""

    @initialize()
    def open(self) -> None:
        self.room = TemporaryDirectory()
        folder = Path(self.room.name) / "central"
        self.office = Office(folder)
        self.answered: dict[tuple[bytes, int], str] = {}  # by our own hands
        self.arrived: set[tuple[bytes, int]] = set()
        self.openings: set[tuple[bytes, int]] = set()
        self.copy: tuple[Path, dict[Any, Any], set[Any]] | None = None
        self.copies = 0

    @rule(what=st.sampled_from(["fever", "incident", "plain"]))
    def begins(self, what: str) -> None:
        kiosk = self.office.kiosk
        if what == "plain":
            write(kiosk, decision=PLAIN)
            return
        seq = fever(kiosk) if what == "fever" else incident(kiosk)
        self.openings.add((kiosk.epoch, seq))

    @precondition(lambda self: self.office.kiosk.bodies)
    @rule(act=st.sampled_from(["again", "withdrawn", "answered", "x"]), data=st.data())
    def acts(self, act: str, data: st.DataObject) -> None:
        kiosk = self.office.kiosk
        mine = sorted(seq for epoch, seq in self.openings if epoch == kiosk.epoch)
        about = data.draw(st.sampled_from(mine or [1]))
        incident(kiosk, act=act, refers_to_seq=about)

    @precondition(lambda self: self.office.kiosk.bodies)
    @rule(data=st.data())
    def comes_ahead(self, data: st.DataObject) -> None:
        seqs = st.lists(
            st.integers(1, len(self.office.kiosk.bodies)), min_size=1, max_size=4, unique=True
        )
        chosen = data.draw(seqs)
        reply = self.office.ask(self.office.kiosk.request(None, *chosen))
        self.arrived |= {(self.office.kiosk.epoch, seq) for seq in reply.urgent_acked}

    @precondition(lambda self: self.office.kiosk.bodies)
    @rule()
    def comes_in_order(self) -> None:
        kiosk = self.office.kiosk
        reply = self.office.send(1, len(kiosk.bodies))
        assert reply.acked is not None
        self.arrived |= {(kiosk.epoch, seq) for seq in range(1, reply.acked[0] + 1)}

    @precondition(lambda self: self.openings & self.arrived)
    @rule(by=st.sampled_from(["lin", "zhou"]), data=st.data())
    def answers(self, by: str, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(case_rows(self.office.engine)))
        first = self.answered.setdefault((self._epoch_of(row), row.seq), by)
        for name in (by, "zhou" if by == "lin" else "lin"):
            found = answer(self.office, row.id, name)
            assert found is not None and found.by == first

    @rule()
    def kiosk_begins_anew(self) -> None:
        self.office.kiosk.begin_journal(f"epoch-{len(self.epochs):02d}".encode())
        self.epochs.append(self.office.kiosk.epoch)

    @rule()
    def copy_is_taken(self) -> None:
        self.copies += 1
        self.office.engine.dispose()
        kept = Path(self.room.name) / f"copy{self.copies}"
        shutil.copytree(self.office.folder, kept)
        self.copy = (kept, dict(self.answered), set(self.arrived))

    @precondition(lambda self: self.copy is not None)
    @rule()
    def central_is_restored(self) -> None:
        assert self.copy is not None
        kept, answered, arrived = self.copy
        self.office.engine.dispose()
        shutil.rmtree(self.office.folder)
        shutil.copytree(kept, self.office.folder)
        self.office.engine = open_store(self.office.folder)
        self.office.intake = Intake(
            self.office.engine, self.office.authority, now_ms=lambda: NOW_MS
        )
        self.answered, self.arrived = dict(answered), set(arrived)

    @invariant()
    def every_opening_that_arrived_is_one_case_answered_by_our_hand_alone(self) -> None:
        rows = {(self._epoch_of(r), r.seq): r for r in case_rows(self.office.engine)}
        assert set(rows) == self.openings & self.arrived
        for key, row in rows.items():
            assert row.answered_by == self.answered.get(key)
            assert row.closed_ms is None
        calls = [(c.case, c.level) for c in call_rows(self.office.engine)]
        assert calls == [(row.id, 1) for row in sorted(rows.values(), key=lambda r: r.id)]

    @property
    def epochs(self) -> list[bytes]:
        if not hasattr(self, "_epochs"):
            self._epochs = [b"epoch--1"]
        return self._epochs

    def _epoch_of(self, row: Any) -> bytes:
        with writing(self.office.engine) as db:
            text = "SELECT epoch FROM log WHERE id = ?"
            found = db.exec_driver_sql(text, (row.log,)).scalar_one()
        return bytes(found)

    def teardown(self) -> None:
        if hasattr(self, "office"):
            self.office.close()
            self.room.cleanup()


class TestAnyOrder(CaseMachine.TestCase):  # type: ignore[name-defined]  # made at run time
    """Any order of things leaves the cases whole."""

    settings = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "central")
    yield made
    made.close()
