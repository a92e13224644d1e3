"""Tomorrow's rules on yesterday's passages: who would be treated otherwise, and why."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import cli
from kiosk.core.rules import Rules
from kiosk.core.rules_community import Beyond, Hours, Per, Quota
from kiosk.core.words import Direction
from kiosk.journal.replay import Outcome, Share, replay, together
from kiosk.journal.schema import MIGRATIONS
from kiosk.wire import WireEntry
from tests.replay.recorded import DAY_MS, START_MS, as_bytes, passage, reading, wire

GRANTED = ("granted", "")
ONE_IN_TWO_DAYS = replace(Rules(), quotas=(Quota(Per.HOUSEHOLD, trips=1, days=2),))


def changes(entries: list[WireEntry], rules: Rules) -> dict[tuple[Outcome, Outcome], int]:
    return dict(replay(entries, rules).changed)


def test_the_same_rules_change_nothing() -> None:
    entries = [
        passage(1, START_MS),
        passage(2, START_MS + 1000, decision="denied", reason="E_EXPIRED", readings=()),
        passage(3, START_MS + 2000, decision="referred", reason="elevated",
                readings=(reading(38.0), reading(38.1), reading(38.0))),
        passage(4, START_MS + 3000, decision="referred", reason="not_typed", readings=(),
                trace=("weather:staff",)),
        passage(5, START_MS + 4000, decision="denied", reason="isolation", readings=()),
    ]  # fmt: skip
    found = replay(entries, Rules())
    assert (found.judged, found.same, dict(found.changed)) == (5, 5, {})


def test_a_second_trip_of_the_household_in_two_days_would_be_refused() -> None:
    entries = [
        passage(1, START_MS, cti=b"mother"),
        passage(2, START_MS + DAY_MS, cti=b"father"),
        passage(3, START_MS + DAY_MS + 1, cti=b"neighbour", sub="h-2"),
        passage(4, START_MS + 3 * DAY_MS),
    ]
    found = replay(entries, ONE_IN_TWO_DAYS)
    assert dict(found.changed) == {(GRANTED, ("denied", "quota")): 1}
    assert found.seqs[GRANTED, ("denied", "quota")] == [2]


def test_a_trip_that_was_withdrawn_uses_nothing_up() -> None:
    entries = [
        passage(1, START_MS),
        wire(2, "withdrawn", START_MS + 15_000, decision=None, refers_to_seq=1, details={}),
        passage(3, START_MS + 20_000),
        passage(4, START_MS + 30_000),
    ]
    assert replay(entries, ONE_IN_TWO_DAYS).seqs == {(GRANTED, ("denied", "quota")): [4]}


def test_a_trip_with_a_permission_uses_nothing_up() -> None:
    entries = [passage(1, START_MS, details={"exempt": 1}), passage(2, START_MS + 1000)]
    assert changes(entries, ONE_IN_TWO_DAYS) == {}


def test_past_days_are_the_past_of_those_that_are_judged() -> None:
    entries = [passage(1, START_MS), passage(2, START_MS + DAY_MS)]
    found = replay(entries, ONE_IN_TWO_DAYS, since_ms=START_MS + 1)
    assert (found.judged, found.changed.total()) == (1, 1)


def test_the_first_moment_of_the_days_that_are_judged_is_one_of_them() -> None:
    assert replay([passage(1, START_MS)], Rules(), since_ms=START_MS).judged == 1
    assert replay([passage(1, START_MS)], Rules(), since_ms=START_MS + 1).judged == 0


def test_what_was_refused_and_would_be_let_on_is_measured_first() -> None:
    refused = passage(1, START_MS, decision="denied", reason="quota", readings=(), details={})
    expected = {(("denied", "quota"), ("measured", "")): 1}
    assert changes([refused], Rules()) == expected


def test_a_lower_line_finds_more_fevers() -> None:
    entries = [passage(1, START_MS, readings=(reading(37.1),) * 3)]
    rules = replace(Rules(), elevated_c=37.0, retest_from_c=36.8)
    assert changes(entries, rules) == {(GRANTED, ("referred", "elevated")): 1}


def test_an_earlier_retest_would_be_another_round() -> None:
    entries = [passage(1, START_MS, readings=(reading(36.9),))]
    rules = replace(Rules(), retest_from_c=36.8)
    assert changes(entries, rules) == {(GRANTED, ("measured", "")): 1}


def test_hours_are_local() -> None:
    night = replace(
        Rules(), hours=(Hours(((480, 1200),), frozenset({Direction.OUT}), Beyond.DENY),)
    )
    entries = [passage(1, START_MS), passage(2, START_MS - 1)]
    assert replay(entries, night).seqs == {(GRANTED, ("denied", "hours")): [2]}


def test_an_order_made_at_the_gate_is_known_until_its_midnight() -> None:
    order = {"order": "0011223344556677", "until": START_MS + DAY_MS, "days": 1}
    entries = [
        wire(1, "isolation", START_MS, decision=None, details=order, readings=()),
        passage(2, START_MS + 1000),
        passage(3, START_MS + 2000, trace=("isolation:-",)),  # the office had lifted it
        passage(4, START_MS + DAY_MS),
    ]
    assert replay(entries, Rules()).seqs == {(GRANTED, ("denied", "isolation")): [2]}


def test_whoever_went_to_the_doctor_under_an_order_would_go_again() -> None:
    order = {"order": "0011223344556677", "until": START_MS + DAY_MS, "days": 1}
    entries = [
        wire(1, "isolation", START_MS, decision=None, details=order, readings=()),
        passage(2, START_MS + 1000, details={"exempt": 1}, trace=("isolation:-",)),
    ]
    assert changes(entries, Rules()) == {}


def test_households_that_are_not_on_the_register_would_be_looked_at() -> None:
    rules = replace(Rules(), refers_unknown=True)
    entries = [passage(1, START_MS), passage(2, START_MS + 1, sub="h-9", cti=b"stranger")]
    found = replay(entries, rules, known={"h-1"})
    assert found.seqs == {(GRANTED, ("referred", "not_on_register")): [2]}


@pytest.mark.parametrize("count", [2, 3, 4])
def test_shares_of_the_households_come_to_what_the_whole_does(count: int) -> None:
    order = {"order": "0011223344556677", "until": START_MS + 40 * DAY_MS, "days": 40}
    entries = [
        wire(1, "isolation", START_MS, decision=None, details=order, sub="h-3", cti=None)
    ]
    for n in range(2, 400):
        house = n * 7 % 23
        other = {"cti": bytes([house, n % 3]), "sub": f"h-{house}"}
        entries.append(passage(n, START_MS + n * DAY_MS // 40, **other))
        if n % 7 == 0:
            back = wire(n, "withdrawn", START_MS, decision=None, refers_to_seq=n, details={})
            entries.append(back)
    whole = replay(entries, ONE_IN_TWO_DAYS)
    parts = [replay(entries, ONE_IN_TWO_DAYS, share=Share(n, count)) for n in range(count)]
    assert together(parts) == whole
    assert len(whole.changed) == 2 and min(part.judged for part in parts) > 0


@pytest.mark.parametrize(
    "strange",
    [
        {"decision": "postponed"},
        {"reason": "hunger", "decision": "denied"},
        {"details": {"kind": 99}},
        {"readings": ((None, None, None, 0, 0, None, None, "aliens"),)},
        {"cti": None},
    ],
)
def test_what_a_later_version_wrote_breaks_nothing(strange: dict[str, object]) -> None:
    entries = [passage(1, START_MS, **strange), passage(2, START_MS + 1, cti=b"other")]
    assert replay(entries, Rules()).judged >= 1


def test_without_a_journal_it_is_said_in_a_sentence(tmp_path: Path) -> None:
    args = ["entries", "replay", "--rules", "closed", "--state", str(tmp_path)]
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 1 and "there is no journal" in result.stderr


def make_journal(path: Path, entries: list[WireEntry]) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript("".join(MIGRATIONS))
        rows = [(one.seq, 0, as_bytes(one), bytes(32)) for one in entries]
        db.executemany(
            "INSERT INTO entry (seq, is_urgent, body, head) VALUES (?, ?, ?, ?)", rows
        )


def test_the_command_counts_by_reason_and_lists_the_entries(tmp_path: Path) -> None:
    days = [passage(n + 1, START_MS + n * DAY_MS) for n in range(10)]
    make_journal(tmp_path / "journal.db", days)
    args = ["entries", "replay", "--rules", "closed", "--list", "--state", str(tmp_path)]
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "passages: 8, as before: 0, otherwise: 8"
    assert lines[1] == "       8  granted -> denied, quota"
    assert lines[2].split() == [str(n) for n in range(3, 11)]
    assert "really happened" in lines[3]
    answer = json.loads(CliRunner().invoke(cli, [*args, "--json"]).stdout)
    assert (answer["judged"], answer["same"]) == (8, 0)
    assert answer["changed"][0]["seqs"] == list(range(3, 11))
