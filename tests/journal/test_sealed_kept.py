"""Sealed fields stay a week at the gate and no longer, and leave nothing behind."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core.words import Entry, EntryKind, Sealed
from kiosk.journal.chain import check_chain
from kiosk.journal.outbox import open_outbox
from kiosk.timing import ClockState, ManualClock, Stamp
from kiosk.wire import decode_entry, hash_of_sealed
from tests.journal.making import make_entry, open_here

DAY_S = 86_400
MARK = b"a sealed blob that can be found again "


def visitor(at: Stamp, number: int, fields: int = 2) -> Entry:
    form = number.to_bytes(16)
    sealed = tuple(Sealed(form, f"f{n}", MARK + form + bytes([n])) for n in range(fields))
    return replace(make_entry(at, number, None), kind=EntryKind.VISITOR, sealed=sealed)


def seqs_here(folder: Path) -> frozenset[int]:
    with closing(open_outbox(folder / "journal.db")) as outbox:
        return outbox.sealed_seqs()


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("journal.db*"))


def sent(*seqs: int) -> Callable[[bytes], frozenset[int]]:
    return lambda epoch: frozenset(seqs)


def test_an_entry_holds_the_hash_of_what_is_sealed_beside_it(
    tmp_path: Path, clock: ManualClock
) -> None:
    entry = visitor(clock.now(), 1)
    with closing(open_here(tmp_path, clock)) as journal:
        kept = journal.record(entry).entry
    with closing(open_outbox(tmp_path / "journal.db")) as outbox:
        (waiting,) = outbox.pending(0, 9, 10**6)
        fields = outbox.sealed(9, 10**6)
    told = hash_of_sealed((s.form, s.field, s.blob) for _, s in fields)
    assert decode_entry(waiting.body).sealed_sha256 == told == kept.sealed_sha256
    assert tuple(one for _, one in fields) == entry.sealed


def test_what_central_has_goes_after_a_week_and_what_it_lacks_stays(
    tmp_path: Path, clock: ManualClock
) -> None:
    options = {"acknowledged": lambda: 3, "sealed_sent": sent(1, 3)}
    with closing(open_here(tmp_path, clock, **options)) as journal:
        for number in (1, 2, 3):
            journal.record(visitor(clock.now(), number))
        clock.advance(7 * DAY_S - 60)
        journal.keep_house()
        assert seqs_here(tmp_path) == {1, 2, 3}, "central may still lose a day"
        clock.advance(120)
        journal.keep_house()
        assert seqs_here(tmp_path) == {2}
        clock.advance(300 * DAY_S)
        journal.keep_house()
        assert seqs_here(tmp_path) == {2}, "nothing that central lacks is dropped"
    assert check_chain(tmp_path / "journal.db").broken_seq is None


def test_no_byte_of_it_stays_in_the_file_or_its_log(tmp_path: Path, clock: ManualClock) -> None:
    options = {"acknowledged": lambda: 120, "sealed_sent": sent(*range(1, 121))}
    with closing(open_here(tmp_path, clock, **options)) as journal:
        for number in range(1, 61):
            journal.record(visitor(clock.now(), number, fields=5))
            journal.record(make_entry(clock.now(), 1000 + number))
        assert MARK in raw(tmp_path)
        clock.advance(8 * DAY_S)
        journal.keep_house()
        assert MARK not in raw(tmp_path)
        assert (tmp_path / "journal.db-wal").exists(), "it was looked at while it is open"


def test_a_reader_in_the_way_only_delays_it(tmp_path: Path, clock: ManualClock) -> None:
    options = {"acknowledged": lambda: 1, "sealed_sent": sent(1)}
    with closing(open_here(tmp_path, clock, **options)) as journal:
        journal.record(visitor(clock.now(), 1))
        clock.advance(8 * DAY_S)
        with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM entry").fetchone()
            journal.keep_house()
        assert MARK in raw(tmp_path)
        journal.keep_house()
        assert MARK not in raw(tmp_path)
        assert journal.record(make_entry(clock.now(), 2)).seq == 2


def test_a_gate_without_central_keeps_them_as_long_as_their_entry(
    tmp_path: Path, clock: ManualClock
) -> None:
    with closing(open_here(tmp_path, clock, acknowledged=lambda: None)) as journal:
        journal.record(visitor(clock.now(), 1))
        clock.advance(29 * DAY_S)
        journal.record(visitor(clock.now(), 2))
        journal.keep_house()
        assert seqs_here(tmp_path) == {1, 2}
        clock.advance(2 * DAY_S)
        journal.keep_house()
        assert seqs_here(tmp_path) == {2}


def test_a_doubtful_clock_deletes_nothing(tmp_path: Path) -> None:
    doubtful = ManualClock(state=ClockState.UNSURE)
    options = {"acknowledged": lambda: 1, "sealed_sent": sent(1)}
    with closing(open_here(tmp_path, doubtful, **options)) as journal:
        journal.record(visitor(doubtful.now(), 1))
        doubtful.advance(99 * DAY_S)
        journal.keep_house()
        assert seqs_here(tmp_path) == {1}


def test_a_batch_has_whole_forms_and_none_that_central_has(
    tmp_path: Path, clock: ManualClock
) -> None:
    with closing(open_here(tmp_path, clock)) as journal:
        for number in range(1, 9):
            journal.record(visitor(clock.now(), number, fields=3))
    form_bytes = 3 * (len(MARK) + 17)
    with closing(open_outbox(tmp_path / "journal.db")) as outbox:
        done = frozenset({1, 2})
        part = outbox.sealed(7, 2 * form_bytes + 1, done)
        assert [seq for seq, _ in part] == [3, 3, 3, 4, 4, 4]
        assert [seq for seq, _ in outbox.sealed(3, 1, done)] == [3, 3, 3], "one at least"
        assert outbox.sealed(2, 10**6, done) == []


@pytest.mark.parametrize("fields", [1, 5])
def test_an_entry_that_is_not_kept_leaves_no_sealed_field(
    tmp_path: Path, clock: ManualClock, fields: int
) -> None:
    with closing(open_here(tmp_path, clock)) as journal:
        journal.record(visitor(clock.now(), 1, fields))
        twice = visitor(clock.now(), 2)
        broken = replace(twice, sealed=(*twice.sealed, Sealed(b"", "x", None)))  # type: ignore[arg-type]
        with pytest.raises(Exception, match="NOT NULL"):
            journal.record(broken)
        assert seqs_here(tmp_path) == {1}
        assert journal.record(visitor(clock.now(), 3)).seq == 2
    assert check_chain(tmp_path / "journal.db").newest_seq == 2
