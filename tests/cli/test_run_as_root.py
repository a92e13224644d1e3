"""What root does in the folder of a service stays readable for the service."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import cli

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
SERVICE = 65_534


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder that belongs to a service's user."""
    folder = tmp_path / "state"
    folder.mkdir()
    os.chown(folder, SERVICE, SERVICE)
    return folder


def owners(folder: Path) -> set[int]:
    return {path.lstat().st_uid for path in folder.rglob("*")}


def test_a_pin_that_root_gave_can_be_read_by_the_gate(state: Path) -> None:
    arguments = ["staff", "pin", "w01", "--state", str(state)]
    done = CliRunner().invoke(cli, arguments, input="2468\n2468\n")
    assert done.exit_code == 0, done.output
    assert owners(state) == {SERVICE}


def test_a_server_that_root_made_can_be_run_by_its_user(state: Path) -> None:
    done = CliRunner().invoke(cli, ["central", "init", "--state", str(state)])
    assert done.exit_code == 0, done.output
    assert len(list(state.iterdir())) > 2
    assert owners(state) == {SERVICE}


def test_what_root_left_behind_is_given_back_also_by_a_command_that_fails(state: Path) -> None:
    (state / "keys").mkdir()
    (state / "keys/left").touch()
    assert CliRunner().invoke(cli, ["entries", "verify", "--state", str(state)]).exit_code
    assert owners(state) == {SERVICE}


def test_nothing_outside_the_folder_is_given_away(state: Path, tmp_path: Path) -> None:
    outside, other = tmp_path / "outside", tmp_path / "other"
    outside.mkdir()
    (outside / "file").touch()
    other.touch()
    (state / "link").symlink_to(outside)
    (state / "hard").hardlink_to(other)
    CliRunner().invoke(cli, ["entries", "verify", "--state", str(state)])
    assert {p.lstat().st_uid for p in (outside, outside / "file", other)} == {0}


def test_in_a_folder_of_roots_nothing_changes(tmp_path: Path) -> None:
    CliRunner().invoke(cli, ["central", "init", "--state", str(tmp_path)])
    assert owners(tmp_path) == {0}
