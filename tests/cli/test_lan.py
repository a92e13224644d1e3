"""What ops are told of the way in for tablets."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import cli
from kiosk.cli.check_finding import State
from kiosk.cli.check_lan import check_lan
from kiosk.config import LanConfig, StateDir
from kiosk.screen.lan_tablets import Tablets


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    found = StateDir(tmp_path)
    found.make()
    return found


def test_check_says_whether_tablets_can_come(state: StateDir) -> None:
    assert check_lan(LanConfig(), state).code == "tablets.closed"
    tablets = Tablets(state.tablets)
    assert tablets.accept(tablets.invite("door-1", by="w01")) is not None
    told = check_lan(LanConfig(address="127.0.0.1"), state)
    assert told.state is State.OK and "door-1" in told.detail


def test_check_names_an_address_that_this_machine_has_not(state: StateDir) -> None:
    told = check_lan(LanConfig(address="192.0.2.7"), state)
    assert (told.state, told.code) == (State.WRONG, "tablets.no_address")


def test_check_names_a_certificate_that_will_not_do(state: StateDir) -> None:
    wrong = state.root / "wrong.pem"
    wrong.write_text("no certificate")
    config = LanConfig(address="127.0.0.1", certificate=str(wrong), key=str(wrong))
    assert check_lan(config, state).code == "tablets.certificate"


def test_check_names_a_damaged_list(state: StateDir) -> None:
    state.tablets.write_text(json.dumps(["not", "tablets"]))
    told = check_lan(LanConfig(address="127.0.0.1"), state)
    assert (told.state, told.code) == (State.WARN, "tablets.damaged")


def test_a_lost_tablet_is_put_out_by_command(state: StateDir) -> None:
    tablets = Tablets(state.tablets)
    assert tablets.accept(tablets.invite("door-1", by="w01")) is not None
    folder = ["--state", str(state.root)]
    assert CliRunner().invoke(cli, ["staff", "tablets", *folder]).output == "door-1  w01\n"
    assert CliRunner().invoke(cli, ["staff", "tablet-out", "door-1", *folder]).exit_code == 0
    assert CliRunner().invoke(cli, ["staff", "tablet-out", "door-1", *folder]).exit_code == 1
