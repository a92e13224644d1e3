"""A roster is imported, sent to its gates day by day, and says what it leaves open."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kiosk.central.directory import part_above
from kiosk.central.store import reading
from kiosk.cli import cli
from kiosk.core.duty import Shift
from kiosk.register.roster import RosterHere
from kiosk.timing import ClockState, Stamp
from tests.central.office import Office
from tests.central.people import Person, Place, deeds
from tests.central.test_lists_out import hand_out
from tests.central.test_standing import Gate

OFFSET = timedelta(hours=8)
# The roster of a month that is to come: it is the same one when midnight comes meanwhile.
FIRST = datetime.now(UTC) + OFFSET + timedelta(days=30)
HEAD = "日期,门岗,工号,上岗时间,离岗时间\n"


def day(ahead: int) -> str:
    return f"{FIRST + timedelta(days=ahead):%Y-%m-%d}"


def today() -> str:
    return f"{datetime.now(UTC) + OFFSET:%Y-%m-%d}"


def at(ahead: int, hour: int) -> Stamp:
    """Local time of a day."""
    utc = (
        datetime.fromisoformat(f"{day(ahead)}T00:00:00+00:00") + timedelta(hours=hour) - OFFSET
    )
    return Stamp(1.0, utc, "boot", ClockState.TRUSTED)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "central")
    hand_out(office)
    yield office
    office.close()


@pytest.fixture
def south(office: Office, tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(office, tmp_path / "south", "南门")
    yield gate
    gate.close()


def run(office: Office, *args: str) -> Result:
    by = ["--by", "li"] if args[0] in ("import", "hours") else []
    at_ = ["--state", str(office.folder)]
    return CliRunner().invoke(cli, ["central", "roster", *args, *by, *at_])


def import_rows(office: Office, *rows: str, encoding: str = "utf-8") -> Result:
    file = office.folder.with_name("roster.csv")
    file.write_bytes((HEAD + "\n".join(rows)).encode(encoding))
    return run(office, "import", str(file), "--json")


def shifts_shown(office: Office, *options: str) -> list[list[Any]]:
    asked = run(office, "show", *(options or ("--from", day(0))), "--json")
    shown: list[list[Any]] = json.loads(asked.stdout)["shifts"]
    return shown


def test_the_gate_shows_who_should_be_there_as_soon_as_it_reports(
    office: Office, south: Gate
) -> None:
    done = import_rows(
        office,
        f"{day(0)},南门,w01,7:00,14:00",
        f"{day(0)},南门,w02,20:00,8:00",
        f"{day(0)},北门,w03,7:00,22:00",
        encoding="gbk",
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["gates_without_kiosk"] == ["北门", "南门"]
    south.hear()
    here = RosterHere(south.directory, "南门", 8 * 3600)
    now, later = here.now_and_next(at(0, 12))
    assert [s.staff for s in now] == ["w01"] and [s.staff for s in later] == ["w02"]
    now, later = here.now_and_next(at(1, 3))
    assert [s.staff for s in now] == ["w02"] and later == ()


def test_an_import_replaces_its_gates_on_its_days_and_sends_only_what_changed(
    office: Office, south: Gate
) -> None:
    rows = [f"{day(n)},{gate},w01,7:00,14:00" for n in range(4) for gate in ("南门", "北门")]
    import_rows(office, *rows)
    with reading(office.engine) as db:
        before = part_above(db, 0, 0)
    assert before is not None
    done = import_rows(office, f"{day(1)},南门,w01,7:00,14:00", f"{day(2)},南门,w05,8:00,9:00")
    assert json.loads(done.stdout)["replaced"] == 2
    with reading(office.engine) as db:
        part = part_above(db, before.seq, 0)
    assert part is not None and len(part.rows) == 1
    shown = shifts_shown(office)
    assert len(shown) == 8 and sum(s[1] == "w05" for s in shown) == 1


def test_a_roster_is_shown_from_the_local_day_that_it_is(office: Office) -> None:
    import_rows(office, *(f"{day(n)},南门,w01,7:00,14:00" for n in range(-31, -27)))
    before = today()
    begins_ms = shifts_shown(office, "--days", "1")[0][2]
    begins = datetime.fromtimestamp(begins_ms / 1000, UTC) + OFFSET
    assert before <= f"{begins:%Y-%m-%d}" <= today()


def test_refused_rows_are_named_and_the_old_roster_stays_where_none_is_good(
    office: Office,
) -> None:
    import_rows(office, f"{day(0)},南门,w01,7:00,14:00")
    done = import_rows(office, f"{day(0)},南门,王小明,7:00,14:00")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["replaced"] is None and told["refused"][0]["line"] == 2
    assert "王小明" not in done.output
    assert len(shifts_shown(office)) == 1
    many = [f"{day(0)},南门,w{n:02},7:00,14:00" for n in range(65)]
    assert import_rows(office, *many).exit_code == 1
    assert len(shifts_shown(office)) == 1


def test_coverage_names_gaps_doubles_long_days_and_weeks_without_rest(office: Office) -> None:
    import_rows(
        office,
        *(f"{day(n)},南门,w01,7:00,14:00" for n in range(7)),
        *(f"{day(n)},南门,w02,14:00,22:00" for n in range(1, 7)),
        f"{day(1)},北门,w02,13:00,22:00",
        f"{day(2)},北门,w04,7:00,22:00",
    )
    run(office, "hours", "北门", "13:00-22:00")
    found = run(office, "coverage", "--from", day(0))
    assert found.exit_code == 1
    assert f"nobody: 南门  {day(0)} 14:00 - 22:00  (8.0 h)" in found.output
    assert f"nobody: 北门  {day(1)}" not in found.output
    assert "twice: w02 at 北门 and at 南门" in found.output
    assert f"{day(2)}: more than 12 h" in found.output
    assert f"7 days in a row from {day(0)}, at most 6" in found.output


def test_somebody_at_the_desk_fills_a_gap_and_takes_it_back(place: Place, lin: Person) -> None:
    page = lin.see("/desk/roster")
    assert page.status_code == 200
    fields = {"gate": "南门", "staff": "w07", "day": day(0), "at": "20:00", "until": "08:00"}
    week = {"from": day(0)}
    shown = lin.fill("/desk/roster", "/desk/roster/add", **fields, **week)
    assert "20:00–08:00 <strong>w07</strong>" in shown.text
    number = shown.text.split('name="id" value="')[1].split('"')[0]
    shown = lin.fill("/desk/roster", "/desk/roster/remove", id=number, **week)
    assert "w07" not in shown.text
    assert [one.deed for one in deeds(place.engine)][:2] == ["remove shift", "add shift"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"gate": ""},
        {"gate": "<b>" * 9},
        {"staff": "张三"},
        {"staff": "'; DROP"},
        {"day": "2027-02-30"},
        {"day": "0001-01-01"},
        {"at": "25:00"},
        {"until": "soon"},
    ],
)
def test_a_shift_that_is_none_is_refused_in_words(lin: Person, wrong: dict[str, str]) -> None:
    good = {"gate": "南门", "staff": "w07", "day": day(0), "at": "20:00", "until": "08:00"}
    answer = lin.fill("/desk/roster", "/desk/roster/add", **{**good, **wrong})
    assert answer.status_code == 400
    assert lin.fill("/desk/roster", "/desk/roster/remove", id="9" * 30).status_code == 409
    assert lin.see("/desk/roster?from=soon").status_code == 400


def test_a_years_roster_is_a_matter_of_seconds(office: Office, south: Gate) -> None:
    rows = [
        f"{day(n)},{gate},w{n % 40:02},{begins}:00,{begins + 5}:00"
        for n in range(365)
        for gate in ("南门", "北门", "东门", "西门")
        for begins in (7, 12, 17)
    ]
    done = import_rows(office, *rows)
    assert json.loads(done.stdout)["taken"] == 4380
    for _ in range(3):
        south.hear()
    here = RosterHere(south.directory, "南门", 8 * 3600)
    ((first,), _) = here.now_and_next(at(364, 8))
    assert first == replace(first, gate="南门", staff=f"w{364 % 40:02}")
    assert isinstance(first, Shift)
