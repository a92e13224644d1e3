"""`kiosk check` warns when the kernel may write what was typed to a disk."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import cli
from kiosk.cli.check_finding import State
from kiosk.cli.check_memory import check_swap
from kiosk.cli.check_words import PARTS, WORDS

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


def found(tmp_path: Path, *places: str, behind: str | None = None) -> tuple[State, str, str]:
    swaps = tmp_path / "swaps"
    swaps.write_text(HEAD + "".join(f"{p}  file  102396  0  -2\n" for p in places), "utf-8")
    if behind is not None:
        (tmp_path / "zram0").mkdir()
        (tmp_path / "zram0/backing_dev").write_text(f"{behind}\n", "ascii")
    finding = check_swap(swaps=swaps, block=tmp_path)
    return finding.state, finding.code, finding.detail


def test_no_swap_is_right(tmp_path: Path) -> None:
    assert found(tmp_path) == (State.OK, "swap.off", "")
    absent = check_swap(swaps=tmp_path / "absent", block=tmp_path)
    assert (absent.state, absent.code) == (State.OK, "swap.off")


@pytest.mark.parametrize("place", ["/var/swap", "/dev/mmcblk0p3"])
def test_swap_on_a_disk_is_named(tmp_path: Path, place: str) -> None:
    assert found(tmp_path, place) == (State.WARN, "swap.on", place)
    assert found(tmp_path, "/dev/zram0", place) == (State.WARN, "swap.on", place)


def test_swap_in_memory_is_right_until_a_disk_stands_behind_it(tmp_path: Path) -> None:
    assert found(tmp_path, "/dev/zram0") == (State.OK, "swap.memory", "")
    assert found(tmp_path, "/dev/zram0", behind="none")[0] is State.OK
    (tmp_path / "zram0/backing_dev").write_text("/dev/loop0\n", "ascii")
    assert found(tmp_path, "/dev/zram0") == (State.WARN, "swap.on", "/dev/zram0")


def test_check_has_a_line_on_swap_in_words(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("gate: {pins: none}\nthermometer: {model: none}\n", "utf-8")
    arguments = ["check", "--config", str(config), "--state", str(tmp_path), "--json"]
    result = CliRunner().invoke(cli, arguments)
    (row,) = (row for row in json.loads(result.stdout)["checks"] if row["part"] == "swap")
    assert row["code"] in {"swap.off", "swap.memory", "swap.on"}
    assert row["code"] in WORDS and "swap" in PARTS
    assert "/var/swap" in WORDS["swap.on"][1].format(detail="/var/swap")
