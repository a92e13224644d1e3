"""The register's promise: the gate knows what it can know, and goes on with what is left."""

import os
import sqlite3
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.core.messages import PassPresented
from kiosk.core.words import (
    Credential,
    Denied,
    Direction,
    EntryKind,
    Facts,
    Granted,
    Household,
    LastPassage,
    PassKind,
    Reading,
    Reason,
    Recorded,
    Referred,
    Refusal,
    Refused,
    Source,
)
from kiosk.journal.journal import SqliteJournal
from kiosk.register.gate_facts import last
from kiosk.register.households import write_households
from kiosk.register.passages import Passages, newest_noted
from kiosk.register.register import HouseRegister, open_register
from kiosk.timing import ManualClock, Stamp
from tests.journal.making import make_entry, open_here

HOME = Household("ABCDEFGH", 11, "3-1-502")
LANE = Facts("南门", Direction.IN)


def open_at(folder: Path, clock: ManualClock) -> HouseRegister:
    return open_register(
        register_path=folder / "register.db",
        passages_path=folder / "passages.db",
        journal_path=folder / "journal.db",
        gate="南门",
        direction=Direction.IN,
        clock=clock,
    )


def shown(at: Stamp, number: int, sub: str = "ABCDEFGH") -> PassPresented:
    cti = number.to_bytes(8, "big")
    outcome = Credential(cti, sub, "demo", PassKind.RESIDENT, 11, "张*明", 2_000_000_000)
    return PassPresented(at, UUID(int=9), outcome, LANE)


def last_of(register: HouseRegister, clock: ManualClock, number: int) -> LastPassage | None:
    return register.facts(shown(clock.now(), number)).last


def write(journal: SqliteJournal, clock: ManualClock, count: int) -> list[Recorded]:
    return [journal.record(make_entry(clock.advance(1), n)) for n in range(1, count + 1)]


def test_the_last_entry_of_a_pass_is_known_as_it_was_recorded(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    decisions = [Granted(), Denied(Refusal.EXPIRED), Referred(Reason.ELEVATED)]
    for decision in decisions:
        assert last_of(register, clock, 2) is None
        register.note(journal.record(make_entry(clock.advance(1), 1, decision)))
        last = last_of(register, clock, 1)
        now = clock.now()
        assert last is not None and last.decision == decision
        assert (last.at_s, last.boot_id) == (now.mono_s, now.boot_id)
        assert last.direction is Direction.IN and not last.has_passed
    assert last.seq == 3
    register.close()
    journal.close()


def test_the_last_infrared_reading_of_a_pass_is_known_also_after_a_restart(
    tmp_path: Path, clock: ManualClock
) -> None:
    """Two readings a minute apart can be compared only if the first is remembered."""
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    infrared = Reading(34.1, 36.4, 0.1, 9, 1.0, 2.0, 22.0, "c1")
    typed = replace(infrared, estimate_c=37.1, source=Source.TYPED_WRIST)
    entry = replace(make_entry(clock.advance(1), 1), readings=(infrared, typed))
    register.note(journal.record(entry))
    for _ in range(2):
        last = last_of(register, clock, 1)
        assert last is not None and last.estimate_c == 36.4
        register.close()
        (tmp_path / "passages.db").unlink()
        register = open_at(tmp_path, clock)
    register.close()
    journal.close()


def test_a_passage_that_nobody_awaited_belongs_to_the_newest_grant(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    register.note_passage(None)  # nobody was granted anything yet
    for number in (1, 2):
        register.note(journal.record(make_entry(clock.now(), number)))
    register.note(journal.record(make_entry(clock.now(), 3, Denied(Refusal.EXPIRED))))
    register.note_passage(None)
    seen = [last_of(register, clock, n) for n in (1, 2, 3)]
    assert [s.has_passed for s in seen if s is not None] == [False, True, False]
    register.close()
    again = open_at(tmp_path, clock)
    second = last_of(again, clock, 2)
    assert second is not None and second.has_passed  # a restart does not forget it
    again.note(journal.record(make_entry(clock.now(), 2)))
    third = last_of(again, clock, 2)
    assert third is not None and not third.has_passed
    again.close()
    journal.close()


def test_a_refused_pass_of_ours_is_known_again_and_a_strange_code_is_not_looked_up(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    write_households(tmp_path / "register.db", [HOME])
    clock.advance(2)
    ref = (1).to_bytes(8, "big")
    register.note(journal.record(make_entry(clock.now(), 1, Denied(Refusal.EXPIRED))))
    ours = Refused(Refusal.EXPIRED, ref, HOME.sub)
    strange = Refused(Refusal.PREFIX, ref)
    first = register.facts(PassPresented(clock.now(), UUID(int=1), ours, LANE))
    second = register.facts(PassPresented(clock.now(), UUID(int=2), strange, LANE))
    assert first.last is not None and first.last.seq == 1 and first.household == HOME
    assert second == LANE
    register.close()
    journal.close()


@pytest.mark.parametrize("ruin", ["missing", "garbage", "truncated", "behind"])
def test_an_index_that_is_lost_or_behind_is_made_from_the_journal(
    tmp_path: Path, clock: ManualClock, ruin: str
) -> None:
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    recorded = write(journal, clock, 50)
    for one in recorded[: 20 if ruin == "behind" else 50]:
        register.note(one)
    register.close()
    index = tmp_path / "passages.db"
    if ruin == "missing":
        index.unlink()
    elif ruin == "garbage":
        index.write_bytes(os.urandom(5000))
    elif ruin == "truncated":
        os.truncate(index, 1500)
    again = open_at(tmp_path, clock)
    last = [last_of(again, clock, n) for n in range(1, 51)]
    assert [s.seq for s in last if s is not None] == list(range(1, 51))
    assert newest_noted(index, journal.epoch) == 50
    again.close()
    journal.close()


def test_an_index_that_breaks_while_it_is_used_is_made_anew(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    for one in write(journal, clock, 3):
        register.note(one)
    db = sqlite3.connect(tmp_path / "passages.db")
    db.execute("DROP TABLE last")
    db.commit()
    db.close()
    register.note(journal.record(make_entry(clock.now(), 7)))
    seen = [last_of(register, clock, n) for n in (1, 2, 3, 7)]
    assert [s.seq for s in seen if s is not None] == [1, 2, 3, 4]
    register.close()
    journal.close()


def test_where_the_index_cannot_be_written_it_lives_in_memory(
    tmp_path: Path, clock: ManualClock
) -> None:
    (tmp_path / "passages.db").mkdir()
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    register.note(journal.record(make_entry(clock.now(), 7)))
    last = last_of(register, clock, 7)
    assert last is not None and last.seq == 1
    register.close()
    journal.close()


def test_a_journal_opened_late_is_caught_up_with(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock)
    write(journal, clock, 3)
    journal.close()
    (tmp_path / "journal.db").rename(tmp_path / "away.db")
    register = open_at(tmp_path, clock)
    assert last_of(register, clock, 1) is None
    (tmp_path / "away.db").rename(tmp_path / "journal.db")
    journal = open_here(tmp_path, clock)
    register.note(journal.record(make_entry(clock.now(), 9)))
    seen = [last_of(register, clock, n) for n in (1, 9)]
    assert [s.seq for s in seen if s is not None] == [1, 4]
    register.close()
    journal.close()


def test_another_journal_begins_another_index(tmp_path: Path, clock: ManualClock) -> None:
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    for one in write(journal, clock, 5):
        register.note(one)
    journal.close()
    (tmp_path / "journal.db").unlink()
    journal = open_here(tmp_path, clock)
    register.note(journal.record(make_entry(clock.now(), 2)))
    seen = {n: last_of(register, clock, n) for n in (1, 2)}
    assert seen[1] is None and seen[2] is not None and seen[2].seq == 1
    register.close()
    journal.close()


def test_a_withdrawn_entry_never_happened(tmp_path: Path, clock: ManualClock) -> None:
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    register.note(journal.record(make_entry(clock.now(), 1)))
    withdrawn = make_entry(clock.now(), 0, None, kind=EntryKind.WITHDRAWN, refers_to_seq=1)
    register.note(journal.record(withdrawn))
    assert last_of(register, clock, 1) is None
    register.close()
    (tmp_path / "passages.db").unlink()
    again = open_at(tmp_path, clock)
    assert last_of(again, clock, 1) is None
    again.close()
    journal.close()


def test_an_index_does_not_grow_for_ever(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock)
    paths = tmp_path / "passages.db", tmp_path / "journal.db"
    index = Passages(*paths, follow_max=10)
    for one in write(journal, clock, 30):
        index.note(one)
    kept = [n for n in range(1, 31) if index.ask(partial(last, cti=n.to_bytes(8, "big")))]
    index.close()
    paths[0].unlink()
    again = Passages(*paths, follow_max=10)
    made = [n for n in range(1, 31) if again.ask(partial(last, cti=n.to_bytes(8, "big")))]
    assert kept == made == list(range(21, 31))
    again.close()
    journal.close()


def test_an_import_is_in_force_a_moment_later(tmp_path: Path, clock: ManualClock) -> None:
    register = open_at(tmp_path, clock)
    assert register.trouble and register.facts(shown(clock.now(), 1)).household is None
    write_households(tmp_path / "register.db", [HOME])
    clock.advance(1)
    assert register.facts(shown(clock.now(), 1)).household == HOME
    assert register.trouble == ""
    assert register.facts(shown(clock.now(), 1, "ZZZZZZZZ")).household is None
    moved = Household(HOME.sub, 12, "4-2-101")
    write_households(tmp_path / "register.db", [moved])
    clock.advance(1)
    assert register.facts(shown(clock.now(), 1)).household == moved
    register.close()
    register.close()


@pytest.mark.parametrize("content", [b"", b"no database at all", os.urandom(9000)])
def test_a_broken_register_leaves_the_gate_at_work(
    tmp_path: Path, clock: ManualClock, content: bytes
) -> None:
    (tmp_path / "register.db").write_bytes(content)
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    register.note(journal.record(make_entry(clock.now(), 1)))
    facts = register.facts(shown(clock.now(), 1))
    assert facts.household is None and facts.last is not None and facts.gate == "南门"
    assert register.trouble
    register.close()
    journal.close()


def test_the_newest_grant_is_known_beside_the_newest_entry_also_from_the_journal_alone(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    granted = journal.record(make_entry(clock.advance(1), 1))
    register.note(granted)
    register.note(journal.record(make_entry(clock.advance(1), 1, Referred(Reason.ELEVATED))))
    known = register.facts(shown(clock.now(), 1))
    assert known.last is not None and known.last.seq == 2
    assert known.granted is not None and known.granted.seq == granted.seq
    assert known.granted.gate == granted.entry.gate
    register.close()
    (tmp_path / "passages.db").unlink()
    again = open_at(tmp_path, clock)
    assert again.facts(shown(clock.now(), 1)).granted == known.granted
    again.close()
    journal.close()


def test_a_grant_that_was_withdrawn_is_no_passage(tmp_path: Path, clock: ManualClock) -> None:
    journal, register = open_here(tmp_path, clock), open_at(tmp_path, clock)
    granted = journal.record(make_entry(clock.advance(1), 1))
    register.note(granted)
    undone = replace(make_entry(clock.advance(1), 1), kind=EntryKind.WITHDRAWN, decision=None)
    register.note(journal.record(replace(undone, refers_to_seq=granted.seq)))
    assert register.facts(shown(clock.now(), 1)).granted is None
    register.close()
    journal.close()
