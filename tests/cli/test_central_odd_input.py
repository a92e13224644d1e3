"""What is typed wrongly into `kiosk central` is one sentence and a code, never a traceback."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from kiosk.central.deeds import newest_deeds
from kiosk.central.desk_words import DEEDS
from kiosk.central.schema import device
from kiosk.central.store import put_setting, reading, writing
from kiosk.cli import cli
from kiosk.errors import ConfigError
from kiosk.passes.issue import read_public
from tests.central.office import Office

BIG = "9" * 30


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "central")


def run(office: Office, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["central", *arguments, "--state", str(office.folder)])


@pytest.mark.parametrize(
    "arguments",
    [
        ("rules", "show", BIG),
        ("rules", "show", "0"),
        ("roster", "hours", "南门", "07:99-22:00", "--by", "li"),
        ("roster", "hours", "南门", "+7:00-22:00", "--by", "li"),
        ("roster", "hours", "南门", "24:00-24:00", "--by", "li"),
        ("roster", "show", "--from", "9999-12-31", "--days", "400"),
        ("roster", "coverage", "--from", "0001-01-01"),
        ("roster", "worked", "--from", "9999-12-31"),
        ("unseal", "--entry", BIG, "--key", __file__),
        ("orders", "confirm-card", BIG, "--by", "li"),
        ("device", "release", "é\x00"),
        ("webhook", "set", "https://[", "--secret-file", __file__, "--by", "li"),
        ("contacts", "add", "王", "12\n34", "--by", "li"),
        ("ledger", "9999-12-31"),
        ("ledger", "0001-01-01", "--since", BIG),
    ],
)
def test_it_is_told_in_one_sentence(office: Office, arguments: tuple[str, ...]) -> None:
    done = run(office, *arguments)
    assert isinstance(done.exception, SystemExit | ConfigError), done.exception
    assert done.exit_code in (1, 2)
    office.close()


def test_hours_of_a_gate_are_taken_as_people_write_them(office: Office) -> None:
    for hours in ("07:00-22:00", "06:30-09:05", "00:00-24:00", "22:00-06:00"):
        assert run(office, "roster", "hours", "南门", hours, "--by", "li").exit_code == 0
    office.close()


def test_a_password_file_that_is_no_text_is_told(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes("密码密码密码密码密码".encode("gb18030"))
    done = run(office, "user", "add", "lin", "--password-file", str(file))
    assert done.exit_code == 2 and "not UTF-8" in done.output
    file.write_text("密码密码密码密码密码\n", "utf-8-sig")
    assert run(office, "user", "add", "lin", "--password-file", str(file)).exit_code == 0
    office.close()


@pytest.mark.parametrize("cti", ["ab", "00" * 9, "no hex"])
def test_a_directory_is_not_made_of_ids_that_are_none(tmp_path: Path, cti: str) -> None:
    residents, cards = tmp_path / "residents.csv", tmp_path / "cards"
    residents.write_text(f"name,door,cti\n王明,1-1-101,{cti}\n", "utf-8")
    cards.write_text("x", "utf-8")
    arguments = ["--cards", str(cards), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, ["central", "directory", "make", str(residents), *arguments])
    assert isinstance(done.exception, ConfigError) and "line 2" in str(done.exception)


def test_orders_in_force_are_told_to_programs_too(office: Office) -> None:
    made = run(office, "orders", "isolate", "AB12CD34", "--by", "li").output.split()[1]
    told = json.loads(run(office, "orders", "list", "--json").output)
    assert told["waiting"] == []
    (order,) = told["in_force"]
    assert (order["order"], order["subject"]) == (made, "household AB12CD34")
    office.close()


SECRETS = (
    "postgresql+nosuch://kiosk:geheim@127.0.0.1/central",
    "nosuch://kiosk:geheim@h/x",
    "sqlite://kiosk:geheim@/nowhere/x.db",
)


@pytest.mark.parametrize("url", SECRETS)
def test_no_password_of_a_database_is_repeated(office: Office, url: str) -> None:
    done = CliRunner().invoke(
        cli,
        ["central", "odd", "--state", str(office.folder)],
        env={"CENTRAL_DATABASE": url},
    )
    assert isinstance(done.exception, ConfigError)
    assert "geheim" not in f"{done.exception}{done.output}"
    office.close()


def test_what_is_typed_on_the_server_is_noted_too(office: Office, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    CliRunner().invoke(cli, ["pass", "keygen", str(keys), "--community", "demo"])
    public = tmp_path / "device.pub"
    public.write_text((keys / "issuer.pub").read_text("utf-8"), "utf-8")
    assert run(office, "device", "add", str(public), "--name", "北门").exit_code == 0
    with writing(office.engine) as db:
        put_setting(db, "root", read_public(keys / "root.pub"))
    assert run(office, "trust", str(keys / "trust")).exit_code == 0
    with writing(office.engine) as db:
        db.execute(update(device).values(fell_back_ms=1))
    assert run(office, "device", "release", office.kiosk.device).exit_code == 0
    with reading(office.engine) as db:
        noted = [(one.operator, one.deed) for one in reversed(newest_deeds(db))]
    assert noted == [("console", "add device"), ("console", "trust"), ("console", "release")]
    assert {deed for _, deed in noted} <= set(DEEDS)
    office.close()
