"""`kiosk check`: what it finds on this machine, and what it must not touch."""

import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.cli import cli
from kiosk.cli.check_words import PARTS, WORDS
from kiosk.wire.bundle import Bundle, encode_bundle

NOTHING = "gate: {pins: none}\nthermometer: {model: none}\n"


@pytest.fixture
def thermometer_port() -> Iterator[str]:
    far, near = os.openpty()
    yield os.ttyname(near)
    os.close(far)
    os.close(near)


def check(tmp_path: Path, config: str, *more: str, lang: str = "C.UTF-8") -> Result:
    file = tmp_path / "config.yaml"
    file.write_text(config, "utf-8")
    state = tmp_path / "state"
    arguments = ["check", "--config", str(file), "--state", str(state), *more]
    return CliRunner(env={"LC_ALL": lang}).invoke(cli, arguments)


def codes(result: Result) -> dict[str, str]:
    return {row["part"]: row["code"] for row in json.loads(result.stdout)["checks"]}


def test_three_mistakes_in_the_config_are_three_lines_and_exit_78(tmp_path: Path) -> None:
    result = check(tmp_path, "lane: {direction: up}\ngate: {pin: 99}\nscren: {}\n")
    assert result.exit_code == 78
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    for path in ("lane.direction", "gate.pin", "scren"):
        assert sum(path in line for line in lines) == 1


def test_what_is_missing_is_wrong_and_says_what_to_do(tmp_path: Path) -> None:
    result = check(tmp_path, f"camera: {{source: {tmp_path}/video9}}\n")
    assert result.exit_code == 1
    wrong = [line for line in result.stdout.splitlines() if line.startswith("wrong")]
    camera = next(line for line in wrong if "camera" in line)
    assert str(tmp_path / "video9") in camera
    assert "plug the camera in" in camera


def test_every_part_has_a_line_once(tmp_path: Path) -> None:
    result = check(tmp_path, NOTHING, "--json")
    parts = [row["part"] for row in json.loads(result.stdout)["checks"]]
    assert len(parts) == len(set(parts))
    assert set(parts) <= set(PARTS)


def test_the_same_findings_in_chinese(tmp_path: Path) -> None:
    english = check(tmp_path, NOTHING)
    chinese = check(tmp_path, NOTHING, lang="zh_CN.UTF-8")
    assert "正常" in chinese.stdout
    assert "摄像头" in chinese.stdout
    assert len(chinese.stdout.splitlines()) == len(english.stdout.splitlines())


def test_each_sentence_exists_in_both_languages_and_names_its_subject() -> None:
    for code, (chinese, english) in WORDS.items():
        assert ("{detail}" in chinese) == ("{detail}" in english), code
        assert code.partition(".")[0] in (*PARTS, "state"), code


def test_a_free_thermometer_line_is_ok(tmp_path: Path, thermometer_port: str) -> None:
    result = check(tmp_path, f"thermometer: {{port: {thermometer_port}}}\n", "--json")
    assert codes(result)["thermometer"] == "thermometer.ok"


def test_a_line_that_the_driver_holds_is_busy_not_wrong(
    tmp_path: Path, thermometer_port: str
) -> None:
    held = os.open(thermometer_port, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    result = check(tmp_path, f"thermometer: {{port: {thermometer_port}}}\n", "--json")
    os.close(held)
    assert codes(result)["thermometer"] == "thermometer.busy"


def test_a_file_is_no_thermometer(tmp_path: Path) -> None:
    file = tmp_path / "line"
    file.touch()
    result = check(tmp_path, f"thermometer: {{port: {file}}}\n", "--json")
    assert codes(result)["thermometer"] == "thermometer.no_line"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("http://127.0.0.1:8081/stream", "camera.ok"),
        ("rtsp://staff:secret@cam.local/1", "camera.ok"),
        ("http://", "camera.url"),
        ("ftp://cam.local/1", "camera.url"),
        ("http://cam.local:camera/1", "camera.url"),
    ],
)
def test_a_stream_is_judged_by_its_address(tmp_path: Path, source: str, code: str) -> None:
    result = check(tmp_path, f"camera: {{source: '{source}'}}\n", "--json")
    assert codes(result)["camera"] == code


def test_a_password_in_a_stream_address_is_not_printed(tmp_path: Path) -> None:
    result = check(tmp_path, "camera: {source: 'rtsp://staff:geheim@cam.local/1'}\n")
    assert "cam.local" in result.stdout
    assert "geheim" not in result.stdout


def test_central_that_listens_is_ok_and_gets_no_byte(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        result = check(tmp_path, f"central: {{url: '{url}'}}\n", "--json")
        caller, _ = server.accept()
        with caller:
            assert caller.recv(1) == b""
    assert codes(result)["central"] == "central.ok"


def test_central_that_is_away_is_a_warning_since_the_gate_works_on(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    result = check(tmp_path, f"central: {{url: 'http://127.0.0.1:{port}'}}\n", "--json")
    row = next(r for r in json.loads(result.stdout)["checks"] if r["part"] == "central")
    assert (row["state"], row["code"]) == ("warn", "central.away")


def test_a_bundle_that_is_damaged_is_named(tmp_path: Path) -> None:
    keys = tmp_path / "state" / "keys"
    keys.mkdir(parents=True)
    keys.joinpath("bundle").write_bytes(b"nothing of ours")
    result = check(tmp_path, "central: {url: 'http://127.0.0.1:9'}\n", "--json")
    found = {row["code"] for row in json.loads(result.stdout)["checks"]}
    assert {"keys.no_key", "keys.unreadable"} <= found


def test_a_bound_kiosk_says_who_it_is(tmp_path: Path) -> None:
    keys = tmp_path / "state" / "keys"
    keys.mkdir(parents=True)
    bundle = Bundle("0123456789abcdef", "central", bytes(32), "demo")
    keys.joinpath("bundle").write_bytes(encode_bundle(bundle))
    result = check(tmp_path, "central: {url: 'http://127.0.0.1:9'}\n")
    assert "0123456789abcdef" in result.stdout


def test_check_writes_nothing(tmp_path: Path) -> None:
    check(tmp_path, NOTHING)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["config.yaml"]


WITHOUT_OPENCV = """
import sys
from kiosk.cli import cli
cli(["check", "--json", "--config", sys.argv[1], "--state", sys.argv[2]], standalone_mode=False)
"""


def test_check_answers_where_opencv_does_not_load(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(NOTHING, "utf-8")
    poison = tmp_path / "cv2.py"
    poison.write_text("raise SystemExit('cv2 was imported')\n", "ascii")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_OPENCV, config, tmp_path / "state"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cv2 was imported" not in done.stderr
    assert json.loads(done.stdout)["checks"]
