"""A copy of central that is whole, made while it works, and taken up again by the gates."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.central.intake import Intake
from kiosk.central.store import open_store, read_entries
from kiosk.cli import cli
from tests.central.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path / "central"
    folder.mkdir(mode=0o700)
    office = Office(folder)
    (folder / "issuer.key").write_text("a key\n", "ascii")
    yield office
    office.close()


def back_up(office: Office, name: str = "copy", *more: str) -> Result:
    arguments = [
        "central",
        "backup",
        str(office.folder.parent / name),
        "--state",
        str(office.folder),
    ]
    return CliRunner().invoke(cli, [*arguments, *more])


def test_a_copy_made_in_the_middle_of_the_work_is_a_server_with_all_it_had(
    office: Office,
) -> None:
    office.kiosk.write(20)
    office.send(1, 10)
    done = back_up(office)  # while `office` has the database open, as a running server has
    office.send(11, 20)
    copy = office.folder.parent / "copy"
    assert done.exit_code == 0 and "10" in done.output
    assert [e.seq for e in read_entries(copy)] == list(range(1, 11))
    assert (copy / "status.key").read_bytes() == (office.folder / "status.key").read_bytes()
    assert (copy / "issuer.key").read_text("ascii") == "a key\n"
    assert {p.name for p in copy.iterdir()} >= {"central.db", "status.key", "status.pub"}
    assert not [p for p in copy.iterdir() if p.name.startswith("central.db-")]


def test_a_server_that_does_not_run_is_copied_too(office: Office) -> None:
    office.kiosk.write(3)
    office.send(1, 3)
    office.close()
    assert back_up(office).exit_code == 0
    assert [e.seq for e in read_entries(office.folder.parent / "copy")] == [1, 2, 3]


def test_nobody_but_its_owner_reads_a_copy(office: Office) -> None:
    assert back_up(office).exit_code == 0
    copy = office.folder.parent / "copy"
    assert [p.stat().st_mode & 0o077 for p in (copy, *copy.iterdir())].count(0) == 5


def test_what_came_after_the_copy_comes_again_from_the_gate(office: Office) -> None:
    office.kiosk.write(30)
    office.send(1, 10)
    back_up(office)
    office.send(11, 20)
    engine = open_store(office.folder.parent / "copy")
    taken_up = Intake(engine, office.authority, now_ms=lambda: 1_800_000_000_000)
    kiosk = office.kiosk
    refused = kiosk.open(taken_up.answer(kiosk.request(kiosk.part(21, 30))))
    assert (refused.error, refused.expected_seq) == ("E_LOG_GAP", 11)
    kiosk.open(taken_up.answer(kiosk.request(kiosk.part(11, 30))))
    engine.dispose()
    stored = [e.seq for e in read_entries(office.folder.parent / "copy")]
    assert stored == list(range(1, 31))


def test_a_copy_stands_in_nobodys_place(office: Office) -> None:
    there = office.folder.parent / "copy"
    there.mkdir()
    (there / "mine").touch()
    done = back_up(office)
    assert "copy: exists already" in str(done.exception)
    assert [p.name for p in there.iterdir()] == ["mine"]


def test_a_copy_that_finds_no_place_leaves_nothing_half(office: Office) -> None:
    done = back_up(office, "nowhere/copy")
    assert "nowhere: no such folder" in str(done.exception)
    assert [p.name for p in office.folder.parent.iterdir()] == ["central"]


def test_a_database_elsewhere_is_copied_by_its_own_tool(office: Office) -> None:
    done = back_up(office, "copy", "--database", "postgresql+psycopg://db/kiosk")
    assert "pg_dump" in str(done.exception)
    assert not (office.folder.parent / "copy").exists()
