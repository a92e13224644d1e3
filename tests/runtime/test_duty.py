"""Who keeps a gate: sign-on, handover and its acknowledgement, notes, covers, restarts."""

from collections.abc import Iterator
from dataclasses import astuple, replace
from datetime import date, timedelta
from pathlib import Path

import cbor2
import pytest

from kiosk.core.duty import GateNow, OtherGate, Shift
from kiosk.core.faults import Fault
from kiosk.core.messages_staff import CoverChosen, NoteWritten
from kiosk.core.words import Credential, PassKind, Reason, Referred
from kiosk.errors import MessageError
from kiosk.journal.duty_rows import on_duty_at
from kiosk.journal.sheets import read_sheet
from kiosk.timing import ClockState, ManualClock
from kiosk.wire import DirectoryPart
from kiosk.wire.roster import ROSTER_ROW, decode_shifts, encode_shifts, local_day, roster_key
from tests.core.making import shown
from tests.ledger.test_handover import counted
from tests.runtime.duty_gate import OFFSET_S, DutyGate

CARD = Credential(b"dutycard", "D7DUTY77", "glnyuan", PassKind.STAFF, 7, "", 2**31)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[DutyGate]:
    gate = DutyGate(tmp_path)
    yield gate
    gate.close()


def test_the_next_person_takes_over_what_the_last_one_left(gate: DutyGate) -> None:
    gate.on("w01")
    gate.let_in(3)
    gate.let_in(1, Referred(Reason.ELEVATED))
    gate.tell(NoteWritten(gate.clock.now(), "钥匙在抽屉"))
    gate.troubles(Fault.CAMERA_LOST, is_on=True)
    gate.on("w02")
    assert [what for what, _ in gate.duties] == ["on", "note", "handover", "on"]
    sheet = read_sheet(gate.folder / "journal.db")
    assert sheet is not None and sheet == gate.board().watch.sheet
    assert (sheet.staff, sheet.taken_by, sheet.faults) == ("w01", "w02", ("camera_lost",))
    assert [note.text for note in sheet.notes] == ["钥匙在抽屉"]
    within = [e for e in gate.entries if sheet.first <= e.seq <= sheet.last]
    assert astuple(sheet.counts) == astuple(counted(within).totals)
    assert (sheet.counts.went_in, sheet.counts.referred) == (3, 1)


def test_a_sheet_waits_until_somebody_signs_on_by_pin_or_card(gate: DutyGate) -> None:
    gate.on("w01")
    gate.off()
    sheet = gate.board().watch.sheet
    assert sheet is not None and sheet.taken_by is None
    gate.let_in(40)
    gate.show_card(shown(0.0, CARD))
    assert gate.executor.staff == "D7DUTY77"
    sheet = gate.board().watch.sheet
    assert sheet is not None and sheet.taken_by == "D7DUTY77"
    assert read_sheet(gate.folder / "journal.db") == sheet


def test_a_duty_card_takes_over_from_somebody_who_forgot_to_leave(gate: DutyGate) -> None:
    gate.on("w01")
    gate.show_card(shown(0.0, CARD))
    gate.show_card(shown(0.0, CARD))
    assert gate.duties[1:] == [("handover", "w01"), ("on", "D7DUTY77"), ("on", "D7DUTY77")]


def test_two_who_sign_on_in_the_same_second_are_both_written_down(gate: DutyGate) -> None:
    at = gate.clock.now()
    gate.on("w01", at)
    gate.on("w02", at)
    assert gate.duties == [("on", "w01"), ("handover", "w01"), ("on", "w02")]
    assert gate.executor.staff == "w02"


def test_nobody_cannot_leave_nor_write_nor_cover(gate: DutyGate) -> None:
    gate.off()
    gate.tell(NoteWritten(gate.clock.now(), "hello"))
    gate.tell(CoverChosen(gate.clock.now(), "北门", is_on=True))
    assert gate.entries == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 201, "two\nlines", "\u202e", "a\x00b"])
def test_a_note_that_is_none_is_not_written(gate: DutyGate, text: str) -> None:
    gate.on("w01")
    gate.tell(NoteWritten(gate.clock.now(), text))
    assert gate.duties == [("on", "w01")]


def test_after_a_power_cut_whoever_was_there_signs_on_again(gate: DutyGate) -> None:
    gate.on("w01")
    gate.tell(CoverChosen(gate.clock.now(), "北门", is_on=True))
    gate.let_in(2)
    gate.close()
    gate.clock.advance(60)
    gate.open()
    assert gate.executor.staff is None
    assert gate.duties[2:] == [("handover", "w01"), ("off", "w01")]
    assert gate.entries[-1].details == {"why": "restart"}
    watch = gate.board().watch
    assert (watch.staff, watch.covers) == (None, ())
    sheet = watch.sheet
    assert sheet is not None and (sheet.counts.entries, sheet.counts.went_in) == (4, 2)
    gate.close()
    gate.open()
    assert gate.board().watch.sheet == sheet, "and a second cut changes nothing"


def test_since_when_nobody_is_here_outlives_a_restart_that_counts_seconds_anew(
    gate: DutyGate,
) -> None:
    gate.on("w01")
    gate.off()
    gate.close()
    later = gate.clock.advance(600).utc
    boot = "00000000-0000-4000-8000-000000000002"
    gate.clock = ManualClock(later, mono_s=5.0, boot_id=boot)
    gate.open()
    gate.board()
    told = gate.neighbours.told(gate.clock.mono_s())
    assert told is not None and told.since_s == 600


def test_who_was_on_duty_is_known_of_every_entry(gate: DutyGate) -> None:
    path = gate.folder / "journal.db"
    before = gate.let_in().seq
    gate.on("w01")
    during = gate.let_in().seq
    gate.tell(NoteWritten(gate.clock.now(), "duty duty:off"))
    gate.on("w02")
    late = gate.let_in().seq
    gate.off()
    nobody = gate.let_in().seq
    asked = [on_duty_at(path, seq) for seq in (before, during, late, nobody)]
    assert asked == [None, "w01", "w02", None]
    assert all(entry.staff is None for entry in gate.entries if entry.kind == "passage")


def test_another_gate_is_covered_until_the_watch_ends(gate: DutyGate) -> None:
    gate.on("w01")
    gate.tell(CoverChosen(gate.clock.now(), "北门", is_on=True))
    gate.tell(CoverChosen(gate.clock.now(), "东门", is_on=True))
    gate.tell(CoverChosen(gate.clock.now(), "北门", is_on=False))
    assert gate.board().watch.covers == ("东门",)
    assert gate.entries[1].details == {"covers": "北门"}
    gate.on("w02")
    assert gate.board().watch.covers == ()


def test_a_watch_whose_clock_was_in_doubt_says_so(gate: DutyGate) -> None:
    gate.on("w01", replace(gate.clock.now(), clock=ClockState.UNSURE))
    gate.off()
    sheet = gate.board().watch.sheet
    assert sheet is not None and not sheet.is_sure


def test_the_gate_knows_who_should_be_here_and_who_comes_next(gate: DutyGate) -> None:
    now_ms = int(gate.clock.now().utc.timestamp() * 1000)
    today = local_day(now_ms, OFFSET_S)
    hour_ms = 3_600_000
    night = Shift("南门", now_ms - 9 * hour_ms, now_ms + hour_ms, "w01")
    later = Shift("南门", now_ms + hour_ms, now_ms + 5 * hour_ms, "w02")

    def row(day: date, blob: bytes, at: str = "南门") -> tuple[int, bytes, bytes | None]:
        return ROSTER_ROW, roster_key(at, day), blob

    rows = (
        row(today - timedelta(days=1), encode_shifts([night])),
        row(today, encode_shifts([later])),
        row(today + timedelta(days=1), b"\xff no roster"),
        row(today, encode_shifts([replace(later, staff="w09")]), "北门"),
    )
    assert not gate.directory.take(DirectoryPart(4, rows))
    board = gate.board()
    assert board.here == (night,) and board.next == (later,) and board.has_roster


@pytest.mark.parametrize(
    "shift",
    [[0, 10**30, "w01"], [-1, 10**13, "w01"], [0, 2**53, "w01"], [0, 10**12, "w\n"]],
)
def test_a_shift_that_no_page_could_show_is_none(shift: list[int | str]) -> None:
    with pytest.raises(MessageError):
        decode_shifts("南门", cbor2.dumps([shift], canonical=True))


def test_a_gate_that_somebody_elsewhere_covers_knows_whom_to_call(gate: DutyGate) -> None:
    north = OtherGate(GateNow("北门", "w05", 60, ("南门",)), heard_s=5)
    gate.neighbours.take((north,), gate.clock.mono_s())
    assert gate.board().covered_by == north
    gate.clock.advance(30)
    covered = gate.board().covered_by
    assert covered is not None and covered.heard_s == 35, "what is told grows old"
    gate.clock.advance(200)
    assert gate.board().covered_by is None, "and is not believed for ever"
