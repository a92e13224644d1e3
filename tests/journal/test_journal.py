"""The journal's promise: what `record` returned is there, in its place in the chain."""

import dataclasses
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.config import JournalConfig
from kiosk.core.words import Denied, Granted, Reading, Reason, Referred, Refusal
from kiosk.errors import JournalError, JournalFull
from kiosk.journal.chain import check_chain
from kiosk.journal.duty_rows import BACKWARDS
from kiosk.journal.journal import is_urgent, open_journal
from kiosk.journal.outbox import open_outbox
from kiosk.journal.schema import connect_reader
from kiosk.timing import ClockState, ManualClock
from kiosk.wire import decode_entry, first_head, next_head
from tests.journal.making import DEVICE, make_entry, open_here

DAY_S = 86_400


def test_entries_come_back_after_a_restart_in_one_chain(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = open_here(tmp_path, clock)
    epoch = journal.epoch
    first = [journal.record(make_entry(clock.advance(1), n)) for n in range(3)]
    journal.close()
    again = open_here(tmp_path, clock)
    last = again.record(make_entry(clock.advance(1), 9))
    again.close()
    assert [r.seq for r in (*first, last)] == [1, 2, 3, 4]
    assert again.epoch == epoch and not again.was_set_aside
    outbox = open_outbox(tmp_path / "journal.db")
    head = first_head(DEVICE, epoch)
    for waiting, recorded in zip(outbox.pending(0, 10, 10**6), (*first, last), strict=True):
        head = next_head(head, waiting.body)
        assert waiting.head == recorded.head == head
    outbox.close()


def test_what_is_remembered_for_the_staff_page_is_what_was_decided(
    tmp_path: Path, clock: ManualClock
) -> None:
    decisions = [Granted(), Denied(Refusal.SIG), Referred(Reason.ELEVATED), None]
    written = [make_entry(clock.advance(1), n, d) for n, d in enumerate(decisions)]
    journal = open_here(tmp_path, clock)
    for entry in written:
        journal.record(entry)
    newest, *_, oldest = journal.recent(10)
    journal.close()
    assert [r.entry.decision for r in (newest, oldest)] == [None, Granted()]
    assert oldest.entry.at == written[0].at
    assert oldest.entry.trace == written[0].trace
    assert oldest.entry.label == "" and oldest.entry.cti == written[0].cti
    before, reading = oldest.entry.readings
    assert isinstance(reading, Reading) and reading.estimate_c == 36.5
    assert dataclasses.replace(before, at_s=0, presence_s=0) == dataclasses.replace(
        written[0].readings[0], at_s=0, presence_s=0
    )


def test_only_the_owner_may_read_the_journal(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock)
    journal.record(make_entry(clock.now()))
    modes = {f.name: f.stat().st_mode & 0o777 for f in tmp_path.glob("journal.db*")}
    journal.close()
    assert set(modes.values()) == {0o600} and "journal.db-wal" in modes


def test_a_second_writer_is_refused_while_the_first_one_writes(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = open_here(tmp_path, clock)
    with pytest.raises(JournalError, match="another program"):
        open_here(tmp_path, clock)
    assert journal.record(make_entry(clock.now())).seq == 1
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.record(make_entry(clock.now()))
    second = open_here(tmp_path, clock)
    assert second.record(make_entry(clock.now())).seq == 2
    second.close()


def test_each_boot_gets_one_number(tmp_path: Path) -> None:
    boots = ["a", "b", "a"]
    for boot in boots:
        clock = ManualClock(boot_id=boot)
        journal = open_here(tmp_path, clock)
        journal.record(make_entry(clock.now()))
        ids = [r.entry.at.boot_id for r in journal.recent(9)]
        journal.close()
    outbox = open_outbox(tmp_path / "journal.db")
    numbers = [decode_entry(w.body).boot_no for w in outbox.pending(0, 9, 10**6)]
    outbox.close()
    assert ids[::-1] == boots and numbers == [1, 2, 1]


def test_a_fever_is_urgent_and_waits_in_both_lanes(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock)
    decisions = [Granted(), Referred(Reason.ELEVATED), Denied(Refusal.SIG)]
    entries = [make_entry(clock.advance(1), n, d) for n, d in enumerate(decisions)]
    for entry in entries:
        journal.record(entry)
    outbox = open_outbox(tmp_path / "journal.db")
    assert [is_urgent(e) for e in entries] == [False, True, False]
    assert [w.seq for w in outbox.urgent(0, 10)] == [2]
    assert outbox.urgent(2, 10) == []
    assert [(w.seq, w.is_urgent) for w in outbox.pending(0, 2, 10**6)] == [
        (1, False),
        (2, True),
    ]
    outbox.close()
    journal.close()


def test_the_outbox_sees_new_entries_and_keeps_to_its_limits(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = open_here(tmp_path, clock)
    outbox = open_outbox(tmp_path / "journal.db")
    assert outbox.newest() == (0, first_head(DEVICE, journal.epoch))
    assert outbox.head_at(0) == first_head(DEVICE, journal.epoch)
    recorded = [journal.record(make_entry(clock.advance(1), n)) for n in range(5)]
    assert outbox.newest() == (5, recorded[-1].head)
    assert (outbox.device, outbox.epoch) == (DEVICE, journal.epoch)
    assert outbox.head_at(3) == recorded[2].head
    assert outbox.head_at(6) is None
    size = len(outbox.pending(0, 1, 1)[0].body)
    assert [w.seq for w in outbox.pending(1, 10, 2 * size)] == [2, 3]
    assert [w.seq for w in outbox.pending(3, 10, 1)] == [4]
    outbox.close()
    outbox.close()
    journal.close()


def test_old_acknowledged_entries_are_forgotten_and_nothing_else(
    tmp_path: Path, clock: ManualClock
) -> None:
    acknowledged = 0
    journal = open_here(tmp_path, clock, acknowledged=lambda: acknowledged)
    for number in range(10):
        journal.record(make_entry(clock.advance(1), number))
    clock.advance(31 * DAY_S)
    journal.record(make_entry(clock.now(), 11))
    journal.keep_house()
    outbox = open_outbox(tmp_path / "journal.db")
    assert len(outbox.pending(0, 99, 10**6)) == 11  # central has none of them
    acknowledged = 7
    journal.keep_house()
    assert [w.seq for w in outbox.pending(0, 99, 10**6)] == [7, 8, 9, 10, 11]
    assert outbox.head_at(7) is not None  # the next batch goes on from here
    acknowledged = 11
    journal.keep_house()
    assert [w.seq for w in outbox.pending(0, 99, 10**6)] == [11]
    outbox.close()
    journal.close()
    assert check_chain(tmp_path / "journal.db").newest_seq == 11
    assert check_chain(tmp_path / "journal.db").broken_seq is None


def test_a_cursor_above_the_newest_entry_is_not_ours(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = open_here(tmp_path, clock, acknowledged=lambda: 5000)
    journal.record(make_entry(clock.now()))
    journal.record(make_entry(clock.advance(40 * DAY_S)))
    journal.keep_house()
    assert len(journal.recent(9)) == 2
    journal.close()


def test_a_gate_without_central_forgets_by_date_too(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock, acknowledged=lambda: None)
    journal.record(make_entry(clock.now()))
    journal.record(make_entry(clock.advance(31 * DAY_S)))
    journal.keep_house()
    assert [r.seq for r in journal.recent(9)] == [2]
    journal.close()


def test_a_doubtful_clock_makes_nothing_old(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock, acknowledged=lambda: None)
    journal.record(make_entry(clock.now()))
    journal.record(make_entry(clock.advance(1)))
    journal.close()
    later = ManualClock(clock.now().utc + timedelta(days=99), state=ClockState.UNSURE)
    journal = open_here(tmp_path, later, acknowledged=lambda: None)
    journal.keep_house()
    assert [r.seq for r in journal.recent(9)] == [2, 1]
    journal.close()


def test_entries_of_doubtful_time_go_with_the_sure_ones_after_them(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = open_here(tmp_path, clock, acknowledged=lambda: None)
    doubtful = ManualClock(state=ClockState.UNSURE)
    for at in (doubtful.now(), clock.now(), doubtful.now(), clock.advance(40 * DAY_S)):
        journal.record(make_entry(at))
    journal.keep_house()
    assert [r.seq for r in journal.recent(9)] == [4, 3]
    journal.close()


def test_the_gate_stays_shut_when_entries_that_wait_fill_their_room(
    tmp_path: Path, clock: ManualClock
) -> None:
    small = JournalConfig().model_copy(update={"bytes_max": 20_000})
    acknowledged = 0
    journal = open_here(tmp_path, clock, config=small, acknowledged=lambda: acknowledged)
    with pytest.raises(JournalFull):
        for number in range(999):
            journal.record(make_entry(clock.advance(1), number))
    newest = journal.recent(1)[0].seq
    acknowledged = newest - 3
    assert journal.record(make_entry(clock.advance(1))).seq == newest + 1
    assert len(journal.recent(99)) == 5  # what waits, the newest that central has, and ours
    journal.close()
    assert check_chain(tmp_path / "journal.db").broken_seq is None


def test_the_log_moves_into_the_file_while_nobody_is_there(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = open_here(tmp_path, clock)
    for number in range(250):
        journal.record(make_entry(clock.now(), number))
    before = (tmp_path / "journal.db").stat().st_size
    journal.keep_house()
    assert (tmp_path / "journal.db").stat().st_size > before
    journal.close()


def test_a_journal_that_cannot_be_opened_says_so_by_name(clock: ManualClock) -> None:
    with pytest.raises(JournalError):
        open_journal(
            Path("/proc/journal.db"), device=DEVICE, config=JournalConfig(), clock=clock
        )


def test_a_strange_row_in_our_place_stops_one_entry_only(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = open_here(tmp_path, clock)
    first = journal.record(make_entry(clock.now()))
    other = sqlite3.connect(tmp_path / "journal.db")
    outbox = open_outbox(tmp_path / "journal.db")
    body = outbox.pending(0, 1, 1)[0].body
    outbox.close()
    row = (2, None, 0, body, next_head(first.head, body))
    other.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", row)
    other.commit()
    other.close()
    with pytest.raises(JournalError):
        journal.record(make_entry(clock.now()))
    assert journal.record(make_entry(clock.now())).seq == 3
    journal.close()
    assert check_chain(tmp_path / "journal.db").broken_seq is None


def test_the_staff_page_leaves_out_what_it_cannot_read(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = open_here(tmp_path, clock)
    journal.record(make_entry(clock.now()))
    journal.record(make_entry(clock.now(), 2))
    db = sqlite3.connect(tmp_path / "journal.db")
    db.execute("UPDATE entry SET body = x'83020101' WHERE seq = 1")
    db.commit()
    db.close()
    assert [r.seq for r in journal.recent(9)] == [2]
    journal.close()


def test_an_edited_entry_is_named(tmp_path: Path, clock: ManualClock) -> None:
    journal = open_here(tmp_path, clock)
    for number in range(4):
        journal.record(make_entry(clock.now(), number))
    journal.close()
    db = sqlite3.connect(tmp_path / "journal.db")
    db.execute("UPDATE entry SET body = x'83020101' WHERE seq = 3")
    db.commit()
    db.close()
    checked = check_chain(tmp_path / "journal.db")
    assert (checked.broken_seq, checked.newest_seq) == (3, 2)


def test_entries_about_duty_are_found_without_reading_the_others(
    tmp_path: Path, clock: ManualClock
) -> None:
    open_here(tmp_path, clock).close()
    with closing(connect_reader(tmp_path / "journal.db")) as db:
        plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {BACKWARDS}", (9,)))
    assert "USING INDEX duty" in plan and "SCAN" not in plan
