"""Where the entries of all gates meet, a pass that is used by two people is seen."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from click.testing import CliRunner

from kiosk.central.copies import ENTRIES_A_DAY, FLAGGED, OFTEN, TWO_GATES, OddPass, odd_passes
from kiosk.central.store import reading
from kiosk.cli import cli
from kiosk.core.words import Decision, Denied, Direction, Granted, Reason, Referred, Refusal
from kiosk.timing import ClockState, Stamp
from kiosk.wire import encode_entry, next_head
from tests.central.office import Office
from tests.journal.making import make_entry

NOON = datetime(2027, 1, 5, 4, 0, tzinfo=UTC)  # local noon
NOW_MS = int((NOON + timedelta(days=1)).timestamp() * 1000)
PASSBACK, REPLAY = Referred(Reason.PASSBACK), Denied(Refusal.PROOF_REPLAY)


def passed(
    office: Office,
    after_s: float,
    number: int = 1,
    decision: Decision = Granted(),  # noqa: B008  # a value
    *,
    gate: str = "南门",
    direction: Direction = Direction.IN,
) -> None:
    """Write an entry down at a gate."""
    kiosk, seq = office.kiosk, len(office.kiosk.bodies) + 1
    at = Stamp(float(seq), NOON + timedelta(seconds=after_s), "boot", ClockState.TRUSTED)
    entry = replace(make_entry(at, number, decision), gate=gate, direction=direction)
    kiosk.bodies.append(encode_entry(entry, seq=seq, boot_no=1))
    kiosk.heads.append(next_head(kiosk.heads[-1], kiosk.bodies[-1]))


def odd(office: Office, now_ms: int = NOW_MS) -> list[OddPass]:
    office.send(1, len(office.kiosk.bodies))
    with reading(office.engine) as db:
        return odd_passes(db, now_ms)


def whys(office: Office) -> list[tuple[int, str]]:
    return [(int.from_bytes(one.cti), one.why) for one in odd(office)]


def test_one_pass_at_two_gates_within_a_walk_is_two_people(office: Office) -> None:
    passed(office, 0)
    passed(office, 60, gate="东门")
    passed(office, 500, 2)
    passed(office, 700, 2, gate="东门")
    (found,) = odd(office)
    assert (found.cti, found.why, found.gates) == (
        b"\0" * 7 + b"\1",
        TWO_GATES,
        ("东门", "南门"),
    )
    assert found.at_ms == int(NOON.timestamp() * 1000) + 60_000


def test_in_twice_at_one_gate_is_for_its_own_guard_and_no_two_gates(office: Office) -> None:
    passed(office, 0)
    passed(office, 60)
    assert whys(office) == []


def test_out_at_one_gate_and_in_at_the_next_is_a_walk(office: Office) -> None:
    passed(office, 0, direction=Direction.OUT)
    passed(office, 30, gate="东门")
    assert whys(office) == []


def test_more_than_six_entries_in_a_local_day_are_odd(office: Office) -> None:
    for hour in range(ENTRIES_A_DAY):
        passed(office, hour * 3600)
        passed(office, hour * 3600 + 60, 2)
    passed(office, 11 * 3600, 2)  # before local midnight
    passed(office, 13 * 3600, 1)  # after it: the first of another day
    assert whys(office) == [(2, OFTEN)]


def test_two_flags_in_a_week_are_odd_and_one_is_a_mistake(office: Office) -> None:
    passed(office, 0, 1, PASSBACK)
    passed(office, 10, 2, PASSBACK)
    passed(office, 20, 2, REPLAY)
    passed(office, 30, 3, Referred(Reason.ELEVATED))
    passed(office, 40, 3, Referred(Reason.ELEVATED))
    assert whys(office) == [(2, FLAGGED)]


def test_what_is_older_than_a_week_is_forgotten(office: Office) -> None:
    passed(office, 0, 1, PASSBACK)
    passed(office, 1, 1, PASSBACK)
    assert len(odd(office, NOW_MS)) == 1
    with reading(office.engine) as db:
        assert odd_passes(db, NOW_MS + 7 * 86_400_000) == []


def test_the_office_asks_by_command(office: Office) -> None:
    asked = ("central", "odd", "--state", str(office.folder))
    calm = CliRunner().invoke(cli, asked)
    assert "nothing odd" in calm.output
    passed(office, 0, 9, PASSBACK)
    passed(office, 1, 9, PASSBACK)
    office.send(1, 2)
    told = CliRunner().invoke(cli, [*asked, "--json"])
    assert told.exit_code == 0
    rows = [json.loads(line) for line in told.output.splitlines()]
    assert all(row["why"] == FLAGGED for row in rows)
