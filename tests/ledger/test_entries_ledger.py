"""`kiosk entries ledger`: one day of a real journal, as people and programs read it."""

import csv
import io
import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from kiosk.cli.entries import command
from kiosk.core.words import Direction, EntryKind, Household, Reason, Referred
from kiosk.register.households import write_households
from kiosk.timing import ClockState, ManualClock
from tests.journal.making import make_entry, open_here

MORNING = datetime(2026, 6, 14, 23, 50, tzinfo=UTC)  # 07:50 of the 15th in the community
DAY = "2026-06-15"


def ask(folder: Path, *arguments: str) -> Result:
    options = ["--state", str(folder)]
    return CliRunner().invoke(command, ["ledger", *arguments, *options])


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Ten entries: six let in or out, one of them taken back, one before, one after."""
    clock = ManualClock(MORNING - timedelta(days=1))
    journal = open_here(tmp_path, clock)
    journal.record(make_entry(clock.now(), 1))
    clock.advance(86_400)
    for number in range(2, 6):
        journal.record(make_entry(clock.advance(300), number))
    out = replace(make_entry(clock.advance(300), 6), direction=Direction.OUT, sub="NOBODY00")
    seq = journal.record(out).seq
    entry = make_entry(clock.advance(20), 6, None, kind=EntryKind.WITHDRAWN, refers_to_seq=seq)
    journal.record(replace(entry, direction=Direction.OUT, readings=()))
    journal.record(make_entry(clock.advance(5), 7, Referred(Reason.ELEVATED)))
    unsure = replace(clock.advance(5), clock=ClockState.UNSURE)
    journal.record(make_entry(unsure, 7, refers_to_seq=8))
    journal.record(make_entry(clock.advance(86_400), 9))
    journal.close()
    write_households(tmp_path / "register.db", [Household("ABCDEFGH", 11, "1-1-101")])
    return tmp_path


def test_a_day_is_counted_for_programs(state: Path) -> None:
    found = json.loads(ask(state, DAY, "--json").output)
    totals = found["totals"]
    assert (totals["entries"], totals["people"], totals["unsure"]) == (8, 6, 1)
    assert (totals["went_in"], totals["went_out"], totals["taken_back"]) == (5, 0, 1)
    by_hour = {one["key"][0]: one["entries"] for one in found["tables"]["hour"]}
    assert by_hour == {"07": 1, "08": 7}
    by_grid = {one["key"][0]: one["entries"] for one in found["tables"]["grid"]}
    assert by_grid == {"11": 7, "not_on_register": 1}
    assert found["inside"] == {"南门": {"came": 6, "left": 0, "difference": 6}}


def test_who_is_inside_counts_from_the_day_that_is_asked_for(state: Path) -> None:
    found = json.loads(ask(state, DAY, "--since", DAY, "--json").output)
    assert found["inside"]["南门"]["came"] == 5


def test_people_read_tables_in_both_languages(state: Path) -> None:
    done = ask(state, DAY)
    assert done.exit_code == 0
    for said in ("登记总数 Entries", "体温偏高 Elevated", "08时 08:00", "11 网格 Grid 11"):
        assert said in done.output


def test_a_day_without_entries_is_a_ledger_of_noughts(state: Path) -> None:
    done = ask(state, "2026-06-01", "--json")
    assert done.exit_code == 0
    found = json.loads(done.output)
    assert set(found["totals"].values()) == {0} and not found["tables"]["kind"]


@pytest.mark.parametrize(
    "day", ["2099-01-01", "2026-02-30", "heute", "", "-1", "9999-12-31", "2026-06-15T08"]
)
def test_a_day_that_is_none_or_has_not_begun_is_wrong_usage(state: Path, day: str) -> None:
    assert ask(state, day).exit_code == 2


def test_since_after_the_day_is_wrong_usage(state: Path) -> None:
    done = ask(state, DAY, "--since", "2026-06-16")
    assert done.exit_code == 2 and "after" in done.output


def test_without_a_journal_one_sentence_says_so(tmp_path: Path) -> None:
    done = ask(tmp_path / "nowhere", DAY)
    assert done.exit_code == 1 and "no journal" in done.output


def test_entries_that_cannot_be_read_are_told_and_not_counted(state: Path) -> None:
    with sqlite3.connect(state / "journal.db") as db:
        db.execute("UPDATE entry SET body = x'00' WHERE seq = 3")
    db.close()
    totals = json.loads(ask(state, DAY, "--json").output)["totals"]
    assert (totals["entries"], totals["unreadable"]) == (7, 1)


def test_a_damaged_register_leaves_the_grids_unknown(state: Path) -> None:
    (state / "register.db").write_bytes(b"no database at all" * 100)
    done = CliRunner().invoke(command, ["ledger", DAY, "--json", "--state", str(state)])
    assert done.exit_code == 0 and "grids are not known" in done.stderr
    grids = json.loads(done.stdout)["tables"]["grid"]
    assert [one["key"] for one in grids] == [["not_on_register"]]


def test_three_files_hold_the_same_numbers(state: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / f"day.{name}" for name in ("csv", "xlsx", "html")}
    options = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    assert ask(state, DAY, *options).exit_code == 0
    raw = files["csv"].read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    by_gate = [row for row in rows if row["表 Table"] == "按门岗 By gate"]
    assert [(row["项目 Item"], row["登记 Entries"]) for row in by_gate] == [("南门", "8")]
    book = openpyxl.load_workbook(files["xlsx"])
    sheet = book["按门岗"]
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[2]] == ["南门", 8, 5, 0, 6, 1, 0, 1]
    assert '<td class="number">8</td>' in files["html"].read_text("utf-8")


def test_a_file_that_cannot_be_written_is_one_sentence(state: Path) -> None:
    done = ask(state, DAY, "--csv", str(state / "no" / "such" / "folder.csv"))
    assert done.exit_code == 1 and "name another file" in done.output
