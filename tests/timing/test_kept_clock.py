"""clock.json: time does not fall back over a power cut, and damage is as good as nothing."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.runtime.kept_clock import KEEP_EVERY_S, ClockKeeper, keep_clock, read_kept
from kiosk.timing import ClockState, Fix, Kept, Source, SystemClock
from tests.timing.test_system_clock import NOON, Board

FIX = Fix(20.0, NOON, 0.25, Source.SIGNED)
KEPT = Kept(NOON + timedelta(hours=1), NOON, "boot-1", FIX)


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    keep_clock(tmp_path / "clock.json", KEPT)
    assert read_kept(tmp_path / "clock.json") == KEPT
    assert [path.name for path in tmp_path.iterdir()] == ["clock.json"]


@pytest.mark.parametrize(
    "damage",
    [
        {"floor_s": 0},
        {"floor_s": 4_294_967_296},
        {"floor_s": "soon"},
        {"floor_s": None},
        {"chip_right_s": -1},
        {"fix": [20.0]},
        {"fix": [-1.0, NOON.timestamp(), 0.0, "signed"]},
        {"fix": [20.0, NOON.timestamp(), float("nan"), "signed"]},
        {"fix": [20.0, NOON.timestamp(), 0.0, "a phone"]},
        {"fix": {"mono_s": 20}},
    ],
)
def test_damaged_file_is_as_good_as_none(tmp_path: Path, damage: dict[str, object]) -> None:
    path = tmp_path / "clock.json"
    keep_clock(path, KEPT)
    fields = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(fields | damage), "utf-8")
    assert read_kept(path) == Kept()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(content=st.binary(max_size=200), cut=st.integers(0, 200))
def test_any_bytes_in_its_place_stop_no_start(tmp_path: Path, content: bytes, cut: int) -> None:
    path = tmp_path / "clock.json"
    path.write_bytes(content)
    assert read_kept(path) == Kept()
    keep_clock(path, KEPT)
    path.write_bytes(path.read_bytes()[:cut])
    assert read_kept(path) in (Kept(), KEPT)


def test_time_after_a_power_cut_is_not_before_what_was_kept(tmp_path: Path) -> None:
    path, board = tmp_path / "clock.json", Board()
    clock = SystemClock(machine=board, kept=read_kept(path))
    keeper = ClockKeeper(clock, path)
    keeper.look()
    assert not path.exists()  # a floor alone is no news
    clock.trust(NOON, board.seconds)
    keeper.look()
    after = SystemClock(machine=Board(name="boot-2"), kept=read_kept(path)).now()
    assert (after.utc, after.clock) == (NOON, ClockState.UNSURE)


def test_it_is_written_once_an_hour_and_not_with_every_look(tmp_path: Path) -> None:
    path, board = tmp_path / "clock.json", Board()
    clock = SystemClock(machine=board)
    clock.trust(NOON, board.seconds)
    keeper = ClockKeeper(clock, path)
    floors = []
    for _ in range(130):
        keeper.look()
        board.advance(60.0)
        floors.append(read_kept(path).floor)
    assert len(set(floors)) == 3
    assert max(floors) == NOON + timedelta(seconds=2 * KEEP_EVERY_S)


def test_step_of_the_time_is_kept_at_once(tmp_path: Path) -> None:
    path, board = tmp_path / "clock.json", Board()
    clock = SystemClock(machine=board)
    keeper = ClockKeeper(clock, path)
    for hours in (0, 3):
        clock.trust(NOON + timedelta(hours=hours), board.seconds)
        keeper.look()
        again = SystemClock(machine=board, kept=read_kept(path))
        assert again.now().utc == NOON + timedelta(hours=hours)


def test_a_card_that_takes_nothing_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SystemClock(machine=Board())
    clock.trust(NOON, 20.0)
    ClockKeeper(clock, tmp_path / "gone" / "clock.json").look()
    assert "clock.not_kept" in caplog.text
    assert clock.now().clock is ClockState.TRUSTED
