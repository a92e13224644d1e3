"""`kiosk check`: what it finds on this machine, and what it must not touch."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.cli import cli
from kiosk.cli.check_devices import check_thermometer, with_lasting_name
from kiosk.cli.check_finding import State
from kiosk.cli.check_words import PARTS, WORDS, say
from kiosk.config import ThermometerConfig
from kiosk.wire.bundle import Bundle, encode_bundle
from tests.sync.test_tls import write_certificate

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


def thermometer_row(tmp_path: Path, port: str) -> dict[str, str]:
    """Return what is found of the thermometer, with the sentences of both languages."""
    result = check(tmp_path, f"thermometer: {{port: {port}}}\n", "--json")
    rows = json.loads(result.stdout)["checks"]
    row: dict[str, str] = next(r for r in rows if r["part"] == "thermometer")
    return row


def sentences(tmp_path: Path, port: str) -> tuple[str, str]:
    """Return the line of the thermometer in English and in Chinese."""
    config = f"thermometer: {{port: {port}}}\n"
    english = check(tmp_path, config).stdout.splitlines()
    chinese = check(tmp_path, config, lang="zh_CN.UTF-8").stdout.splitlines()
    return (
        next(line for line in english if " thermometer " in line),
        next(line for line in chinese if "测温仪" in line),
    )


@contextmanager
def another_program(port: str, how: str) -> Iterator[int]:
    """Run a program that has the line open; yield its pid."""
    command = [sys.executable, "-c", HOLD, port, how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"held\n"
        yield program.pid
        program.communicate()


HOLD = """
import fcntl, os, sys
line = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
if sys.argv[2] == "lock":
    fcntl.flock(line, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("how", "code", "todo", "todo_zh"),
    [
        ("lock", "thermometer.busy", "else stop that program", "停掉那个程序"),
        ("open", "thermometer.shared", "stop that program", "停掉那个程序"),
    ],
)
def test_a_line_that_another_program_has_names_it_and_is_a_warning(
    tmp_path: Path, thermometer_port: str, how: str, code: str, todo: str, todo_zh: str
) -> None:
    with another_program(thermometer_port, how) as pid:
        row = thermometer_row(tmp_path, thermometer_port)
        english, chinese = sentences(tmp_path, thermometer_port)
    assert (row["state"], row["code"]) == ("warn", code)
    for line, advice in ((english, todo), (chinese, todo_zh)):
        assert f"(pid {pid})" in line and "python" in line
        assert advice in line


def test_asking_does_not_take_the_line_from_who_has_it(
    tmp_path: Path, thermometer_port: str
) -> None:
    with another_program(thermometer_port, "lock"):
        thermometer_row(tmp_path, thermometer_port)
        assert thermometer_row(tmp_path, thermometer_port)["code"] == "thermometer.busy"
    assert thermometer_row(tmp_path, thermometer_port)["code"] == "thermometer.ok"


@pytest.mark.parametrize(
    ("make", "code", "todo", "todo_zh"),
    [
        (lambda path: None, "missing", "plug the thermometer in", "请插好测温仪"),
        (lambda path: path.touch(), "no_line", "set thermometer.port", "改 thermometer.port"),
        (
            lambda path: path.symlink_to("/dev/null"),
            "no_line",
            "set thermometer.port",
            "改 thermometer.port",
        ),
        (lambda path: path.mkdir(), "folder", "the device in it", "写出其中的设备"),
    ],
)
def test_what_is_no_thermometer_is_wrong_and_says_what_to_do(
    tmp_path: Path, make: Callable[[Path], None], code: str, todo: str, todo_zh: str
) -> None:
    port = tmp_path / "line"
    make(port)
    row = thermometer_row(tmp_path, str(port))
    assert (row["state"], row["code"]) == ("wrong", f"thermometer.{code}")
    english, chinese = sentences(tmp_path, str(port))
    assert str(port) in english and todo in english
    assert str(port) in chinese and todo_zh in chinese


def test_a_line_we_may_not_open_names_the_group(tmp_path: Path, thermometer_port: str) -> None:
    Path(thermometer_port).chmod(0)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        found = check_thermometer(ThermometerConfig(port=thermometer_port))
    finally:
        if is_root:
            os.seteuid(0)
    assert (found.state, found.code) == (State.WRONG, "thermometer.denied")
    assert "group dialout" in say(found.code, found.detail, in_chinese=False)
    assert "dialout 组" in say(found.code, found.detail, in_chinese=True)


@pytest.mark.parametrize("name", ["ttyUSB0", "ttyACM3"])
def test_a_name_that_changes_with_the_plug_is_a_warning_with_a_better_one(
    tmp_path: Path, thermometer_port: str, name: str
) -> None:
    port = tmp_path / name
    port.symlink_to(thermometer_port)
    row = thermometer_row(tmp_path, str(port))
    assert (row["state"], row["code"]) == ("warn", "thermometer.unstable_path")
    for line in sentences(tmp_path, str(port)):
        assert str(port) in line
        assert "/dev/serial/by-id" in line


def test_the_better_name_is_looked_up(tmp_path: Path, thermometer_port: str) -> None:
    by_id, by_path = tmp_path / "by-id", tmp_path / "by-path"
    by_path.mkdir()
    (by_path / "other").symlink_to("/dev/null")
    (by_path / "usb-0:1.2").symlink_to(thermometer_port)
    shown = with_lasting_name(thermometer_port, (by_id, by_path))
    assert shown == f"{thermometer_port} ({by_path}/usb-0:1.2)"
    assert with_lasting_name("/dev/zero", (by_id, by_path)) == "/dev/zero"


def test_a_lasting_name_is_ok_whatever_it_leads_to(
    tmp_path: Path, thermometer_port: str
) -> None:
    (tmp_path / "ttyUSB0").symlink_to(thermometer_port)
    (tmp_path / "usb-1a86_USB_Serial-if00").symlink_to(tmp_path / "ttyUSB0")
    row = thermometer_row(tmp_path, str(tmp_path / "usb-1a86_USB_Serial-if00"))
    assert (row["state"], row["code"]) == ("ok", "thermometer.ok")


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


def central_by_tls(tmp_path: Path, own: str) -> dict[str, str]:
    """Return what is found of a central whose certificate is `central.pem`."""
    write_certificate(tmp_path / "central.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "central.pem")
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        thread = threading.Thread(target=_answer_once, args=(server, context))
        thread.start()
        text = f"central: {{url: '{url}', ca_file: {own}}}\n"
        result = check(tmp_path, text, "--json")
        thread.join()
    return next(r for r in json.loads(result.stdout)["checks"] if r["part"] == "central")


def _answer_once(server: socket.socket, context: ssl.SSLContext) -> None:
    caller, _ = server.accept()
    with suppress(OSError), context.wrap_socket(caller, server_side=True) as line:
        assert line.recv(1) == b""


def test_central_behind_a_certificate_nobody_vouches_for_is_wrong(tmp_path: Path) -> None:
    found = central_by_tls(tmp_path, "null")
    assert (found["state"], found["code"]) == ("wrong", "central.certificate")
    assert "self-signed" in found["detail"] and "central.ca_file" in found["text"]


def test_central_behind_a_certificate_of_ones_own_is_ok(tmp_path: Path) -> None:
    found = central_by_tls(tmp_path, str(tmp_path / "central.pem"))
    assert (found["state"], found["code"]) == ("ok", "central.ok")


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
import threading
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
