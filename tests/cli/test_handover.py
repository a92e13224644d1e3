"""`kiosk staff handover` and `kiosk entries show`: what was handed over, who was on duty."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.cli import cli
from kiosk.core.faults import Fault
from kiosk.core.messages_staff import NoteWritten
from tests.runtime.duty_gate import DutyGate

HOSTILE = '"><script>document.title=1</script>'


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    gate = DutyGate(tmp_path)
    gate.on("w01")
    gate.let_in(3)
    gate.troubles(Fault.CAMERA_LOST, is_on=True)
    gate.tell(NoteWritten(gate.clock.now(), HOSTILE))
    gate.on("w02")
    gate.let_in(2)
    gate.close()
    yield tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_the_newest_sheet_is_told_with_its_notes(state: Path) -> None:
    told = run("staff", "handover", "--state", str(state))
    assert told.exit_code == 0, told.output
    assert "     3  Went in" in told.output and "entries 1 to 5" in told.output
    assert "camera_lost" in told.output and HOSTILE in told.output
    assert run("staff", "handover", "--state", str(state), "--before", "3").exit_code == 1


def test_the_page_to_sign_stands_alone_and_what_was_noted_is_text(state: Path) -> None:
    page = state / "sheet.html"
    assert run("staff", "handover", "--state", str(state), "--html", str(page)).exit_code == 0
    text = page.read_text("utf-8")
    assert "<script" not in text and "&lt;script&gt;" in text
    assert "摄像头断开" in text and "交班人" in text and "w02, " in text
    assert "src=" not in text and "http" not in text


def test_a_gate_where_nobody_handed_over_says_so(tmp_path: Path) -> None:
    assert run("staff", "handover", "--state", str(tmp_path)).exit_code == 1
    gate = DutyGate(tmp_path)
    gate.on("w01")
    gate.close()
    told = run("staff", "handover", "--state", str(tmp_path))
    assert told.exit_code == 1 and "nobody has handed over" in told.output


def test_every_entry_says_who_was_on_duty(state: Path) -> None:
    for seq, who in ((2, "w01"), (8, "w02")):
        told = run("entries", "show", str(seq), "--json", "--state", str(state))
        values = json.loads(told.stdout)
        assert (values["staff"], values["on_duty"]) == (None, who)
    assert "on_duty        w02" in run("entries", "show", "8", "--state", str(state)).output
