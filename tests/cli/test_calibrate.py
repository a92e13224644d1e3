"""`kiosk calibrate` with the module at the far end of a pseudo-terminal: kept, or refused."""

import io
import json
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from kiosk.cli import cli
from kiosk.devices.calibration import read_calibration
from kiosk.errors import DeviceFault
from kiosk.runtime.drift import KeptDrift, drift_path, read_drift
from kiosk.simulate import thermometer as far_end
from kiosk.simulate.thermometer import PtyThermometer

WHO = ("--operator", "陈工", "--instrument-serial", "A-17")
QUICK = ("--seconds", "0.1")
GAIN, ERROR_C = 1.02, 0.5  # of the far end: it says 0.5 C too little at 37 C


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[PtyThermometer]:
    """A module as fast as its line carries, before sources that are there at once."""
    monkeypatch.setattr(far_end, "RATE_HZ", 80.0)
    monkeypatch.setattr(far_end, "APPROACH_S", 0.05)
    monkeypatch.setattr(far_end, "LAG_S", 0.02)
    thermometer = PtyThermometer(room_c=22.0)
    yield thermometer
    thermometer.close()


class Operator(io.RawIOBase):
    """Does one thing each time the command waits for a line, then types it."""

    def __init__(self, *acts: Callable[[], str]) -> None:
        self._acts = iter(acts)

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        act = next(self._acts, None)
        line = b"" if act is None else f"{act()}\n".encode()
        room[: len(line)] = line
        return len(line)


def typing(text: str) -> Callable[[], str]:
    return lambda: text


def before(module: PtyThermometer, seen_c: float) -> Callable[[], str]:
    """Put something before the sensor, then press Enter."""

    def act() -> str:
        module.approach(seen_c)
        time.sleep(0.15)  # the far end moves in real time
        return ""

    return act


def raw(source_c: float, *, gain: float = GAIN, error_c: float = ERROR_C) -> float:
    return (source_c - 37.0) / gain + 37.0 - error_c


def calibrate(
    tmp_path: Path, port: str, *arguments: str, acts: tuple[Callable[[], str], ...] = ()
) -> Result:
    config = tmp_path / "config.yaml"
    thermometer = {
        "port": port,
        "placement": "heated_lobby",
        "room_c": 22.0,
        "outdoor_c": 20.0,
        "warm_up_s": 0,
    }
    config.write_text(yaml.safe_dump({"thermometer": thermometer}), "utf-8")
    where = ["--config", str(config), "--state", str(tmp_path)]
    typed = io.BufferedReader(Operator(*acts))
    return CliRunner().invoke(cli, ["calibrate", arguments[0], *where, *arguments[1:]], typed)


def stored(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "calibration.json").read_text("utf-8"))
    return found


def today() -> date:
    return datetime.now(UTC).date()


def put(tmp_path: Path, **change: Any) -> dict[str, Any]:
    made_on = today() - timedelta(days=10)
    tree = {
        "id": "lobby-1",
        "offset_c": 2.0,
        "made_on": made_on.isoformat(),
        "expires_on": (made_on + timedelta(days=365)).isoformat(),
    }
    tree |= change
    (tmp_path / "calibration.json").write_text(json.dumps(tree), "utf-8")
    return tree


def pairs(tmp_path: Path, count: int = 24, *, header: str = "skin_c,body_c,room_c") -> Path:
    rows = (f"{34.0 + n % 5 * 0.1:.2f},{36.3 + n % 7 * 0.1:.1f},22.0" for n in range(count))
    file = tmp_path / "pairs.csv"
    file.write_text("\n".join([header, *rows]), "utf-8")
    return file


def test_a_black_body_finds_the_error_of_the_sensor(
    tmp_path: Path, module: PtyThermometer
) -> None:
    sources = tuple(before(module, raw(c)) for c in (35.0, 39.0, 37.0))
    result = calibrate(
        tmp_path, module.port, "blackbody", *WHO, *QUICK, acts=(*sources, typing("y"))
    )
    assert result.exit_code == 0, result.output
    found = stored(tmp_path)
    assert found["gain"] == pytest.approx(GAIN, abs=0.02)
    assert found["gain"] * raw(37.0) + found["sensor_offset_c"] == pytest.approx(37, abs=0.1)
    part = found["blackbody"]
    assert (part["operator"], part["instrument_serial"]) == ("陈工", "A-17")
    assert (part["room_c"], part["count"]) == (22.0, 10)
    assert date.fromisoformat(found["expires_on"]) == today() + timedelta(days=365)
    mode = (tmp_path / "calibration.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert "kiosk calibrate people" in result.output
    with pytest.raises(DeviceFault, match="kiosk calibrate people"):
        read_calibration(tmp_path / "calibration.json")


def test_an_unsteady_source_is_refused_at_once(tmp_path: Path, module: PtyThermometer) -> None:
    def warming() -> str:
        before(module, 35.0)()
        far_end_walk(module, 36.5)
        return ""

    result = calibrate(tmp_path, module.port, "blackbody", *WHO, *QUICK, acts=(warming,))
    assert result.exit_code == 1
    assert "spread over" in result.output and "begin again" in result.output
    assert not (tmp_path / "calibration.json").exists()


def far_end_walk(module: PtyThermometer, goal_c: float) -> None:
    """Let what the sensor sees change slowly."""
    far_end.APPROACH_S = 3.0  # the fixture puts it back
    module.approach(goal_c)


def test_a_gain_of_a_body_mode_is_refused_before_the_third_point(
    tmp_path: Path, module: PtyThermometer
) -> None:
    put(tmp_path)
    acts = (before(module, 36.3), before(module, 38.3))
    result = calibrate(tmp_path, module.port, "blackbody", *WHO, *QUICK, acts=acts)
    assert result.exit_code == 1
    assert "gain" in result.output and "skin mode" in result.output
    assert stored(tmp_path)["id"] == "lobby-1"


def test_a_third_point_that_is_off_is_refused(tmp_path: Path, module: PtyThermometer) -> None:
    acts = tuple(before(module, c) for c in (35.0, 39.0, 36.5))
    result = calibrate(tmp_path, module.port, "blackbody", *WHO, *QUICK, acts=acts)
    assert result.exit_code == 1
    assert "off by -0." in result.output
    assert not (tmp_path / "calibration.json").exists()


def test_points_too_close_are_refused_before_anybody_works(tmp_path: Path) -> None:
    result = calibrate(tmp_path, "/nowhere", "blackbody", *WHO, "--low", "37.0")
    assert result.exit_code == 2
    assert "above --low" in result.output


def test_a_thermometer_that_falls_silent_ends_it_with_a_sentence(
    tmp_path: Path, module: PtyThermometer
) -> None:
    def pull() -> str:
        module.unplug()
        return ""

    result = calibrate(tmp_path, module.port, "blackbody", *WHO, *QUICK, acts=(pull,))
    assert result.exit_code == 1
    assert "nothing was stored" in result.output and "kiosk check" in result.output


@pytest.mark.parametrize("name", ["", "x" * 41, "a\nb"])
def test_a_name_that_no_file_holds_is_refused_first(tmp_path: Path, name: str) -> None:
    result = calibrate(
        tmp_path, "/nowhere", "people", "--operator", name, "--instrument-serial", "A-17"
    )
    assert result.exit_code == 2
    assert "40 characters" in result.output


def test_people_are_measured_by_the_sensor_and_typed_by_staff(
    tmp_path: Path, module: PtyThermometer
) -> None:
    acts = (
        typing(""),  # nobody is there: the same person again
        before(module, 34.4),
        typing("42"),  # asked again
        typing("36,5"),
        before(module, 34.0),
        typing(""),  # left out
        before(module, 34.1),
        typing("36.3"),
        typing("end"),
    )
    result = calibrate(tmp_path, module.port, "people", *WHO, acts=acts)
    assert result.exit_code == 1
    assert "no reading (no_face)" in result.output
    assert "2 references are too few" in result.output
    rows = [line.split(",") for line in result.stdout.splitlines() if line[:2] == "34"]
    assert [float(row[0]) for row in rows] == pytest.approx([34.4, 34.1], abs=0.25)
    assert [row[1:] for row in rows] == [["36.5", "22.0"], ["36.3", "22.0"]]
    assert not (tmp_path / "calibration.json").exists()


def test_pairs_from_a_file_become_an_offset_that_counts(tmp_path: Path) -> None:
    file = str(pairs(tmp_path))
    result = calibrate(tmp_path, "/nowhere", "people", *WHO, "--references", file, "--yes")
    assert result.exit_code == 0, result.output
    found = read_calibration(tmp_path / "calibration.json")
    assert found is not None
    # 36.6 armpit - 34.2 skin + 0.15 * (22 - 24)
    assert found.offset_c == pytest.approx(36.6 - 34.2 - 0.3, abs=0.1)
    assert found.expires_on == today() + timedelta(days=183)
    part = stored(tmp_path)["people"]
    assert (part["count"], part["room_c"], part["operator"]) == (24, 22.0, "陈工")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("skin,body\n34,36", "columns skin_c, body_c"),
        ("skin_c,body_c,room_c\n34.1,36.4,22\n34.x,36.4,22\n", "row 3: no numbers"),
        ("skin_c,body_c,room_c\n" + "34.1,36.4,22\n" * 20 + "34.1,39.1,22\n", "row 22: armpit"),
        ("skin_c,body_c\n" + "34.1,36.4\n" * 19, "19 references"),
        ("skin_c,body_c\n" + "34.1,36.4\n35.1,36.4\n" * 12, "spread too far"),
        ("skin_c,body_c\n" + "31.1,36.4\n" * 24, "offset of"),
        ("", "columns"),
    ],
)
def test_pairs_that_cannot_be_believed_are_refused(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(text, "utf-8")
    put(tmp_path)
    result = calibrate(tmp_path, "/no", "people", *WHO, "--references", str(file), "--yes")
    assert result.exit_code == 1
    assert "nothing was stored" in result.output and says in result.output
    assert stored(tmp_path)["id"] == "lobby-1"


def test_pairs_come_through_standard_input(tmp_path: Path) -> None:
    lines = pairs(tmp_path).read_text("utf-8").splitlines()
    acts = tuple(typing(line) for line in lines)
    arguments = ("people", *WHO, "--references", "-")
    assert calibrate(tmp_path, "/no", *arguments, acts=acts).exit_code == 2
    assert calibrate(tmp_path, "/no", *arguments, "--yes", acts=acts).exit_code == 0


def test_without_a_yes_nothing_is_stored(tmp_path: Path) -> None:
    file = str(pairs(tmp_path))
    arguments = ("people", *WHO, "--references", file)
    result = calibrate(tmp_path, "/no", *arguments, acts=(typing("n"),))
    assert result.exit_code == 1
    assert not (tmp_path / "calibration.json").exists()


def test_the_calibration_before_is_kept_each_time(tmp_path: Path) -> None:
    arguments = ("people", *WHO, "--references", str(pairs(tmp_path)), "--yes")
    old = put(tmp_path)
    for _ in range(3):
        assert calibrate(tmp_path, "/no", *arguments).exit_code == 0
    kept = sorted(tmp_path.glob("calibration.2*.json"))
    assert [k.name for k in kept] == sorted(
        f"calibration.{today()}{suffix}.json" for suffix in ("", "-2", "-3")
    )
    assert json.loads((tmp_path / f"calibration.{today()}.json").read_text()) == old


def test_a_file_that_cannot_be_believed_is_kept_aside_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text("{", "utf-8")
    arguments = ("people", *WHO, "--references", str(pairs(tmp_path)), "--yes")
    result = calibrate(tmp_path, "/no", *arguments)
    assert result.exit_code == 0 and "does not count" in result.output
    assert (tmp_path / f"calibration.{today()}.json").read_text() == "{"


def test_people_are_of_the_instrument_that_the_black_body_saw(tmp_path: Path) -> None:
    made_on = today() - timedelta(days=1)
    part = {
        "made_on": made_on.isoformat(),
        "expires_on": (made_on + timedelta(days=365)).isoformat(),
        "operator": "陈工",
        "instrument_serial": "B-2",
        "reference_serial": None,
        "room_c": 22.0,
        "count": 10,
        "spread_c": 0.1,
        "low_c": 35.0,
        "high_c": 39.0,
        "verify_c": 37.0,
        "verify_error_c": 0.0,
    }
    dates = {name: part[name] for name in ("made_on", "expires_on")}
    put(tmp_path, offset_c=None, gain=1.01, sensor_offset_c=-0.2, blackbody=part, **dates)
    arguments = ("people", "--references", str(pairs(tmp_path)), "--yes", "--operator", "陈工")
    other = calibrate(tmp_path, "/no", *arguments, "--instrument-serial", "A-17")
    assert other.exit_code == 1 and "B-2" in other.output
    assert calibrate(tmp_path, "/no", *arguments).exit_code == 0
    found = read_calibration(tmp_path / "calibration.json")
    assert found is not None and found.gain == 1.01
    assert found.offset_c == pytest.approx(36.6 - (1.01 * 34.2 - 0.2) - 0.3, abs=0.1)


def test_show_says_what_is_in_force_and_until_when(tmp_path: Path) -> None:
    missing = calibrate(tmp_path, "/no", "show")
    assert missing.exit_code == 1 and "does not exist" in missing.output
    tree = put(tmp_path)
    held = calibrate(tmp_path, "/no", "show")
    assert held.exit_code == 0
    assert "lobby-1" in held.output and tree["expires_on"] in held.output
    yesterday = (today() - timedelta(days=1)).isoformat()
    put(tmp_path, expires_on=yesterday)
    ended = calibrate(tmp_path, "/no", "show")
    assert ended.exit_code == 1 and f"ended on {yesterday}" in ended.output


def drifted(tmp_path: Path) -> Path:
    """A kiosk has seen two hours outside, by the calibration that is in force."""
    path = drift_path(tmp_path / "calibration.json")
    hours = [
        {
            "ended": datetime(2027, 1, 5, h, tzinfo=UTC).isoformat(),
            "median_c": 36.0,
            "count": 40,
        }
        for h in (9, 10)
    ]
    tree = {"calibration_id": "lobby-1", "is_drifted": True, "hours": hours}
    path.write_text(json.dumps(tree), "utf-8")
    return path


def test_a_drift_ends_with_a_release_while_the_kiosk_runs(tmp_path: Path) -> None:
    put(tmp_path)
    kept = KeptDrift(drifted(tmp_path), "lobby-1")
    assert kept.is_drifted() and kept.detail == "36.0 C of 40, 36.0 C of 40"
    kept.look_again()
    assert kept.is_drifted()
    assert calibrate(tmp_path, "/no", "show").exit_code == 1
    refused = calibrate(tmp_path, "/no", "release", acts=(typing("n"),))
    assert refused.exit_code == 1 and drift_path(tmp_path / "calibration.json").exists()
    released = calibrate(tmp_path, "/no", "release", acts=(typing("y"),))
    assert released.exit_code == 0 and "36.0 C of 40" in released.output
    kept.look_again()
    assert not kept.is_drifted()
    assert calibrate(tmp_path, "/no", "show").exit_code == 0
    assert "nothing to release" in calibrate(tmp_path, "/no", "release").output


def test_a_drift_ends_with_a_new_calibration(tmp_path: Path) -> None:
    put(tmp_path)
    path = drifted(tmp_path)
    arguments = ("people", *WHO, "--references", str(pairs(tmp_path)), "--yes")
    assert calibrate(tmp_path, "/no", *arguments).exit_code == 0
    assert not path.exists()
    assert not KeptDrift(drifted(tmp_path), "another").is_drifted()


def test_a_damaged_drift_file_counts_as_a_drift(tmp_path: Path) -> None:
    path = drift_path(tmp_path / "calibration.json")
    for content in (b"", b"{}", b"\xff", b"[" * 9000):
        path.write_bytes(content)
        assert KeptDrift(path, "lobby-1").is_drifted()
    path.unlink()
    assert not KeptDrift(path, "lobby-1").is_drifted()
    assert read_drift(path, "lobby-1") is None


def checked(tmp_path: Path, model: str = "gy5a") -> tuple[str, str]:
    config = tmp_path / "config.yaml"
    config.write_text(f"thermometer: {{model: {model}}}\n", "utf-8")
    arguments = ["check", "--json", "--config", str(config), "--state", str(tmp_path)]
    rows = json.loads(CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(cli, arguments).stdout)
    row = next(r for r in rows["checks"] if r["part"] == "calibration")
    return f"{row['state']} {row['code']}", row["text"]


def in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("days", "finding"),
    [
        (-1, "wrong calibration.expired"),
        (0, "warn calibration.soon"),
        (30, "warn calibration.soon"),
        (31, "ok calibration.ok"),
    ],
)
def test_check_says_how_long_readings_count(tmp_path: Path, days: int, finding: str) -> None:
    began = date.min
    while began != today():  # what is asked at midnight is asked again
        began, last = today(), in_days(days)
        put(tmp_path, expires_on=last)
        found, text = checked(tmp_path)
    assert found == finding
    assert "lobby-1" in text and last in text


def test_check_says_why_no_reading_counts(tmp_path: Path) -> None:
    found, text = checked(tmp_path)
    assert found == "wrong calibration.missing"
    assert "kiosk calibrate" in text and "staff take temperatures" in text
    assert checked(tmp_path, "none")[0] == "ok calibration.unneeded"
    put(tmp_path, offset_c=9.0)
    found, text = checked(tmp_path)
    assert found == "wrong calibration.damaged" and "offset_c" in text
    put(tmp_path)
    drifted(tmp_path)
    found, text = checked(tmp_path)
    assert found == "wrong calibration.drifted" and "clean its window" in text
