"""A PIN says who typed a temperature; it is kept as a hash and never twice."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import cli
from kiosk.config import StateDir
from kiosk.errors import ConfigError
from kiosk.register.staff_pins import StaffPins


def test_a_pin_names_whose_it_is_and_stands_nowhere_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "staff-pins.json"
    pins = StaffPins(path)
    pins.put("w01", "4711")
    pins.put("w02", "0815")
    assert (pins.whose("4711"), pins.whose("0815")) == ("w01", "w02")
    assert pins.whose("4712") is None
    assert "4711" not in path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "pin"),
    [("w02", "4711"), ("w02", "123"), ("w02", "123456789"), ("w02", "12a4"), ("张明", "1234")],
)
def test_a_pin_or_name_that_will_not_do_is_refused(tmp_path: Path, name: str, pin: str) -> None:
    pins = StaffPins(tmp_path / "pins")
    pins.put("w01", "4711")
    with pytest.raises(ConfigError):
        pins.put(name, pin)
    assert list(pins.read()) == ["w01"]


def test_whoever_is_taken_off_the_list_signs_on_no_more(tmp_path: Path) -> None:
    pins = StaffPins(tmp_path / "pins")
    pins.put("w01", "4711")
    assert pins.remove("w01")
    assert not pins.remove("w01")
    assert pins.whose("4711") is None


@pytest.mark.parametrize("content", ["{", "[]", '{"w01": 4711}', '{"w01": "4711"}', ""])
def test_a_file_of_nonsense_signs_nobody_on(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pins"
    path.write_text(content, "utf-8")
    assert StaffPins(path).whose("4711") is None


def test_ops_give_list_and_take_pins_on_the_command_line(tmp_path: Path) -> None:
    state = ["--state", str(tmp_path)]
    run = CliRunner().invoke
    assert run(cli, ["staff", "pin", "w01", *state], input="4711\n4711\n").exit_code == 0
    assert StaffPins(StateDir(tmp_path).staff_pins).whose("4711") == "w01"
    assert run(cli, ["staff", "list", *state]).output == "w01\n"
    assert run(cli, ["staff", "remove", "w01", *state]).exit_code == 0
    assert run(cli, ["staff", "remove", "w01", *state]).exit_code == 1
