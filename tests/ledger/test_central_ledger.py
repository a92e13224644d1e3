"""`kiosk central ledger`: one day of all gates, at the times that entries really have."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner

from kiosk.central.register import keep_register
from kiosk.central.store import writing
from kiosk.cli import cli
from kiosk.core.words import Direction, Household
from kiosk.timing import ClockState, Stamp
from kiosk.wire import Anchor, encode_entry, next_head
from tests.central.office import Office
from tests.journal.making import make_entry

NOON = datetime(2026, 6, 15, 4, 0, tzinfo=UTC)  # local noon
DAY = "2026-06-15"


def write(office: Office, at: Stamp, boot_no: int, **changes: object) -> None:
    """Write an entry down at a gate."""
    kiosk, seq = office.kiosk, len(office.kiosk.bodies) + 1
    entry = replace(make_entry(at, seq), **changes)
    kiosk.bodies.append(encode_entry(entry, seq=seq, boot_no=boot_no))
    kiosk.heads.append(next_head(kiosk.heads[-1], kiosk.bodies[-1]))


def ledger(office: Office, *arguments: str) -> dict[str, dict[str, int]]:
    arguments = ("central", "ledger", DAY, "--json", "--state", str(office.folder), *arguments)
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    found: dict[str, dict[str, int]] = json.loads(done.stdout)
    return found


def sure(seconds: float, at: datetime = NOON) -> Stamp:
    return Stamp(seconds, at + timedelta(seconds=seconds), "b1", ClockState.TRUSTED)


def test_all_gates_are_counted_together(office: Office) -> None:
    write(office, sure(1), 1)
    write(office, sure(2), 1, gate="东门", direction=Direction.OUT)
    write(office, sure(86_400), 1)
    anchor = Anchor("b1", 1, 0, int(NOON.timestamp() * 1000), 50)
    part = office.kiosk.part(1, 3)
    office.ask(office.kiosk.request(part, anchors=(anchor,)))
    with writing(office.engine) as db:
        db.exec_driver_sql(
            "INSERT INTO issued (cti, kid, payload_sha8, sub, kind, grid, label, nbf_s, exp_s,"
            " issued_ms, issued_by)"
            " VALUES (x'01', x'', x'', 'ABCDEFGH', 1, 14, '', 0, 0, 0, '')"
        )
    found = ledger(office)
    assert found["community"] == "demo"
    assert (found["totals"]["went_in"], found["totals"]["went_out"]) == (1, 1)
    assert set(found["inside"]) == {"南门", "东门"}
    assert [one["key"] for one in found["tables"]["grid"]] == [["14"]]


def test_an_entry_of_a_gate_that_did_not_know_the_day_counts_on_its_real_one(
    office: Office,
) -> None:
    floor = datetime(2026, 6, 1, tzinfo=UTC)
    write(office, Stamp(100.0, floor, "b1", ClockState.UNSURE), 1)
    write(office, Stamp(5.0, floor, "b2", ClockState.UNSURE), 2)  # of a boot nobody anchored
    anchor = Anchor("b1", 1, 200_000, int(NOON.timestamp() * 1000), 50)
    office.ask(office.kiosk.request(office.kiosk.part(1, 2), anchors=(anchor,)))
    found = ledger(office)
    assert (found["totals"]["entries"], found["totals"]["unsure"]) == (1, 0)
    assert found["tables"]["hour"][0]["key"] == ["11"]


def test_a_day_that_cannot_be_is_wrong_usage(office: Office, tmp_path: Path) -> None:
    for wrong in (["2099-01-01"], ["nie"], [DAY, "--timezone", "Mars/Olympus"]):
        arguments = ["central", "ledger", *wrong, "--state", str(office.folder)]
        assert CliRunner().invoke(cli, arguments).exit_code == 2


def test_grids_are_those_of_the_register_once_there_is_one(office: Office) -> None:
    write(office, sure(1), 1)
    write(office, sure(2), 1, sub="NOBODY00")
    office.send(1, 2)
    with writing(office.engine) as db:
        keep_register(db, [Household("ABCDEFGH", 19, "1-1-101")], by="lin", now_ms=1)
    grids = ledger(office)["tables"]["grid"]
    assert [one["key"] for one in grids] == [["19"], ["not_on_register"]]
