"""`kiosk entries`: the journal as people and programs read it."""

import json
import os
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.cli.entries import command
from kiosk.core.words import Denied, Granted, Reason, Referred, Refusal
from kiosk.journal.journal import SqliteJournal
from kiosk.register.passages import Passages
from kiosk.timing import ClockState, ManualClock
from tests.journal.making import TRACE, make_entry, open_here


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--state", str(folder)])


@pytest.fixture
def journal(tmp_path: Path, clock: ManualClock) -> SqliteJournal:
    journal = open_here(tmp_path, clock)
    decisions = [Granted(), Denied(Refusal.EXPIRED), Referred(Reason.ELEVATED)]
    for number, decision in enumerate(decisions, 1):
        journal.record(make_entry(clock.advance(1), number, decision))
    return journal


def test_entries_are_listed_newest_first_while_the_gate_works(
    tmp_path: Path, journal: SqliteJournal
) -> None:
    done = run(tmp_path, "list", "--limit", "2")
    journal.close()
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()] == ["3", "2"]
    assert "elevated" in done.output and "E_EXPIRED" in done.output


def test_programs_read_a_value_a_line(tmp_path: Path, journal: SqliteJournal) -> None:
    done = run(tmp_path, "list", "--json")
    journal.close()
    values = [json.loads(line) for line in done.output.splitlines()]
    assert [(v["seq"], v["decision"], v["reason"]) for v in values] == [
        (3, "referred", "elevated"),
        (2, "denied", "E_EXPIRED"),
        (1, "granted", None),
    ]
    assert values[0]["cti"] == (3).to_bytes(8, "big").hex()
    assert values[0]["readings"][1]["estimate_c"] == 36.5


def test_one_entry_is_shown_with_what_each_rule_said(
    tmp_path: Path, journal: SqliteJournal
) -> None:
    done = run(tmp_path, "show", "1")
    journal.close()
    assert done.exit_code == 0
    for line in TRACE:
        assert f"{line.rule}: {line.verdict}" in done.output
    assert "estimate_c=36.5" in done.output and "source=moving" in done.output


def test_the_trace_is_told_so_that_a_volunteer_understands(
    tmp_path: Path, journal: SqliteJournal
) -> None:
    chinese, english = (run(tmp_path, "show", "3", "--lang", lang) for lang in ("zh", "en"))
    journal.close()
    assert "体温偏高。" in chinese.output and "水银或电子体温计" in chinese.output
    assert "The temperature is elevated." in english.output
    assert "Have a seat" in english.output and "体温" not in english.output


def test_what_decided_stands_first_and_what_said_nothing_in_one_line(
    tmp_path: Path, journal: SqliteJournal
) -> None:
    lines = run(tmp_path, "show", "3", "--lang", "en").output.splitlines()
    journal.close()
    assert lines[0] == "2027-01-05 08:00:03  南门  in  Passage  Referred to you"
    assert lines[1].split(maxsplit=1) == ["Reason", "The temperature is elevated."]
    (silent,) = [line for line in lines if "nothing to say" in line]
    assert "Is the pass genuine and valid" in silent and "speaks against" not in silent
    assert "  Nothing else speaks against it: let through" in lines


def test_no_name_is_printed(tmp_path: Path, journal: SqliteJournal) -> None:
    journal.close()
    outputs = [run(tmp_path, *a).output for a in (["list"], ["list", "--json"], ["show", "1"])]
    assert all(outputs) and not any("张" in output for output in outputs)


def test_a_doubtful_time_is_marked(tmp_path: Path) -> None:
    clock = ManualClock(state=ClockState.UNSURE)
    journal = open_here(tmp_path, clock)
    journal.record(make_entry(clock.now()))
    journal.close()
    assert "Z?" in run(tmp_path, "list").output


def test_a_whole_chain_is_said_to_be_whole(tmp_path: Path, journal: SqliteJournal) -> None:
    done = run(tmp_path, "verify")
    journal.close()
    assert done.exit_code == 0 and done.output == "whole: 3 entries, the newest is 3\n"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE entry SET body = zeroblob(9) WHERE seq = 2",
        "UPDATE entry SET head = zeroblob(32) WHERE seq = 2",
        "DELETE FROM entry WHERE seq = 2",
    ],
)
def test_a_broken_chain_is_named_with_its_entry(
    tmp_path: Path, journal: SqliteJournal, sql: str
) -> None:
    journal.close()
    db = sqlite3.connect(tmp_path / "journal.db")
    db.execute(sql)
    db.commit()
    db.close()
    done = run(tmp_path, "verify")
    assert done.exit_code == 1 and "broken at entry 2" in done.output
    answer = json.loads(run(tmp_path, "verify", "--json").output)
    assert (answer["outcome"], answer["broken_at"]) == ("broken", 2)


def test_an_end_that_was_cut_off_is_noticed(
    tmp_path: Path, clock: ManualClock, journal: SqliteJournal
) -> None:
    index = Passages(tmp_path / "passages.db", tmp_path / "journal.db")
    index.close()
    journal.close()
    assert run(tmp_path, "verify").exit_code == 0
    db = sqlite3.connect(tmp_path / "journal.db")
    db.execute("DELETE FROM entry WHERE seq = 3")
    db.commit()
    db.close()
    done = run(tmp_path, "verify")
    assert done.exit_code == 1 and "broken at entry 3" in done.output


@pytest.mark.parametrize("arguments", [["list"], ["show", "1"], ["verify"]])
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, arguments: list[str]) -> None:
    done = run(tmp_path / "nowhere", *arguments)
    assert done.exit_code == 1 and "there is no journal" in done.output
    (tmp_path / "journal.db").write_bytes(os.urandom(4096))
    done = run(tmp_path, *arguments)
    assert done.exit_code == 1 and "cannot read" in done.output
    assert done.output.count("\n") == 1


def test_an_entry_that_is_not_kept_is_told(tmp_path: Path, journal: SqliteJournal) -> None:
    journal.close()
    done = run(tmp_path, "show", "9")
    assert done.exit_code == 1 and "entry 9 is not kept" in done.output
