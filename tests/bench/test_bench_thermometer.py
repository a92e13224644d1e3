"""The thermometer bench: its figures, the people it makes up, the day it plays."""

import json
import random
import sys
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

import pytest
from click.testing import CliRunner

from kiosk.bench.thermometer import HEALTHY_TO_ONE
from kiosk.bench.thermometer_day import FAULTS
from kiosk.bench.thermometer_soak import soak
from kiosk.cli.bench import command
from kiosk.simulate.foreheads import (
    DZIEN,
    FEVER_C,
    Booth,
    Forehead,
    Kind,
    filled_share,
    forehead_of,
    make_person,
    skin_of,
    warmed,
)

SIDES = {"kiosk", "first", "maximum"}
ROOM_C = 22.0


def run(*options: str) -> dict[str, Any]:
    done = CliRunner().invoke(command, ["thermometer", "--json", *options])
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.output)
    return report


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return run("--people", "80", "--rate", "10", "--rate", "14", "--part", "rates")


@pytest.mark.parametrize("row", [0, 1])
def test_a_still_head_is_read_in_little_more_than_a_second(
    report: dict[str, Any], row: int
) -> None:
    found = report["rates"][row]["time"]["still"]["kiosk"]
    assert found["readings"] == 80
    assert found["p50_s"] <= 1.3
    assert abs(found["bias_c"]) <= 0.05
    assert found["sd_c"] <= 0.07


@pytest.mark.parametrize("row", [0, 1])
def test_a_head_that_turns_once_is_still_read_rightly(report: dict[str, Any], row: int) -> None:
    found = report["rates"][row]["time"]["dip"]["kiosk"]
    assert found["readings"] == 80
    assert abs(found["bias_c"]) <= 0.05


def test_all_three_ways_are_told_of_the_same_people(report: dict[str, Any]) -> None:
    for row in report["rates"]:
        for sides in (*row["time"].values(), *row["kinds"].values()):
            assert set(sides) == SIDES
        for kind, sides in row["kinds"].items():
            came = 80 * (HEALTHY_TO_ONE if kind == "healthy" else 1)
            assert {sum(counts.values()) for counts in sides.values()} == {came}


def test_no_bare_still_fever_is_normal_for_the_kiosk_and_nearly_all_are_for_the_tutorial(
    report: dict[str, Any],
) -> None:
    for row in report["rates"]:
        assert "normal" not in row["kinds"]["feverish"]["kiosk"]
        assert row["kinds"]["feverish"]["first"]["normal"] >= 77


def test_the_same_seed_gives_the_same_report() -> None:
    options = ("--people", "3", "--rate", "8", "--seed", "7")
    assert run(*options) == run(*options)


def test_the_cold_is_told_for_every_mode() -> None:
    rows = run("--people", "3", "--part", "cold")["cold"]
    assert {row["mode"] for row in rows} == {"person", "lobby", "twice"}
    for row in rows:
        assert sum(row["feverish"]["kiosk"].values()) == row["healthy"]["people"] == 3


def test_people_warm_up_as_the_table_says() -> None:
    rng = random.Random(5)
    for minutes, mean_c, sd_c in (*DZIEN, (60.0, 36.6, 0.24)):
        assert warmed(minutes) == (pytest.approx(mean_c), pytest.approx(sd_c))
        made = [make_person(Kind.FEVERISH, rng).body_c(minutes) for _ in range(2000)]
        assert mean(made) == pytest.approx(mean_c + FEVER_C, abs=0.15)
        assert pstdev(made) == pytest.approx(sd_c, rel=0.1)


def test_between_the_rows_of_the_table_nobody_cools() -> None:
    means = [warmed(minute / 4)[0] for minute in range(300)]
    assert means == sorted(means)


def test_a_settled_sensor_sees_the_skin_and_then_the_wall_again() -> None:
    booth = Booth(random.Random(1), rate_hz=30, room_c=ROOM_C)
    booth.come(Forehead(34.0))
    there = [booth.sample().object_c for _ in range(90)]
    booth.leave()
    gone = [booth.sample().object_c for _ in range(60)]
    assert mean(there[-30:]) == pytest.approx(34.0, abs=0.06)
    assert pstdev(there[-30:]) == pytest.approx(0.1, abs=0.05)
    assert mean(gone[-30:]) == pytest.approx(ROOM_C, abs=0.06)


def test_hats_and_distance_only_lower_what_is_seen() -> None:
    rng = random.Random(2)
    for kind in (Kind.HAT, Kind.FEVERISH_HAT, Kind.FAR, Kind.FEVERISH_FAR):
        person = make_person(kind, rng)
        seen = forehead_of(person, rng, room_c=ROOM_C)
        assert ROOM_C < seen.face_c < skin_of(person.body_c(60.0), ROOM_C) - 0.5
    assert filled_share(20.0) == 1.0
    assert filled_share(60.0) < 0.4


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files in /proc")
def test_a_thermometer_comes_back_from_every_fault_and_nothing_grows() -> None:
    threads_before = len(list(Path("/proc/self/task").iterdir()))
    day = soak(hours=0.15, seed=1)
    assert set(day["faults"]) == {name for name, _, _ in FAULTS}
    for row in day["faults"].values():
        assert row["back"] >= row["count"] - 1  # the last fault may outlive the day
        assert row["back_max_s"] <= 12.0
    assert day["line_given_up"] >= 4  # silence and the plug: the line was opened anew
    assert day["threads"][0] == day["threads"][1]
    assert day["open_files"][0] == day["open_files"][1]
    assert day["memory_kb"]["most"] - day["memory_kb"]["first"] < 700
    assert len(list(Path("/proc/self/task").iterdir())) == threads_before
