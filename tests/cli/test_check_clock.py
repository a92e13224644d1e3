"""`kiosk check` says what the clock is worth, where from, how old, and what to do."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.cli.check_clock import check_clock
from kiosk.cli.check_finding import Finding, State
from kiosk.cli.check_words import WORDS, say
from kiosk.clock_sources import KernelClock
from kiosk.config import StateDir
from kiosk.runtime.kept_clock import keep_clock
from kiosk.timing import Fix, Kept, Source
from tests.timing.test_system_clock import NOON, YEAR_1970, YEAR_2106, Board


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    return StateDir(tmp_path)


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    folder = tmp_path / "rtc0"
    folder.mkdir()
    (folder / "name").write_text("rtc-ds1307\n", "ascii")
    return folder


def found(state: StateDir, board: Board, chip: Path | None = None) -> Finding:
    return check_clock(state, machine=board, chip=chip or state.root / "none")


def test_no_chip_and_no_network_says_what_to_buy(state: StateDir) -> None:
    finding = found(state, Board(says=NOON))
    assert (finding.state, finding.code) == (State.WARN, "clock.no_chip")
    assert "2027-03-01 04:00 UTC, RTC: -" in finding.detail
    assert "DS3231" in say(finding.code, finding.detail, in_chinese=True)


def test_system_before_the_release_is_wrong(state: StateDir) -> None:
    assert found(state, Board(says=YEAR_1970)).code == "clock.early"
    assert found(state, Board(says=YEAR_1970)).state is State.WRONG


def test_synchronised_kernel_is_named(state: StateDir) -> None:
    finding = found(state, Board(says=NOON, discipline=KernelClock(is_synced=True)))
    assert (finding.state, finding.code) == (State.OK, "clock.kernel")


def test_what_the_gate_heard_in_this_boot_counts(state: StateDir) -> None:
    keep_clock(state.clock, Kept(NOON, None, "boot-1", Fix(20.0, NOON, 0.1, Source.SIGNED)))
    finding = found(state, Board(seconds=20.0 + 7200))
    assert (finding.state, finding.code) == (State.OK, "clock.signed")
    assert finding.detail.endswith("2 h")
    after = found(state, Board(name="boot-2", says=NOON))
    assert after.code == "clock.no_chip"


@pytest.mark.parametrize(
    ("days", "code", "how"),
    [(12, "clock.chip", State.OK), (31, "clock.old", State.WARN)],
)
def test_chip_is_told_with_its_age(
    state: StateDir, chip: Path, days: int, code: str, how: State
) -> None:
    keep_clock(state.clock, Kept(NOON, NOON, "boot-0", None))
    finding = found(state, Board(chip=NOON + timedelta(days=days)), chip)
    assert (finding.state, finding.code) == (how, code)
    assert finding.detail.endswith(f"RTC: rtc-ds1307, {days} d")


def test_chip_that_nobody_compared_and_one_that_is_nonsense(
    state: StateDir, chip: Path
) -> None:
    assert found(state, Board(chip=NOON), chip).code == "clock.never"
    nonsense = found(state, Board(says=NOON, chip=YEAR_2106), chip)
    assert (nonsense.state, nonsense.code) == (State.WARN, "clock.chip_wrong")


def test_every_line_on_the_clock_is_in_use() -> None:
    used = {
        "signed", "kernel", "chip", "old", "never", "no_chip", "chip_wrong", "early",
    }  # fmt: skip
    assert {code for code in WORDS if code.startswith("clock.")} == {
        f"clock.{name}" for name in used
    }
