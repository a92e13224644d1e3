"""The units: systemd must have no word to say about them, and little must be exposed.

`systemd-analyze verify` only warns about most mistakes and still ends with 0, so any word
it prints is a failure. It wants the distribution's units and an executable at ExecStart,
so each test builds a root folder that has both.
"""

import configparser
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.bench.screen_far import FLAGS
from kiosk.cli import EXIT_CONFIG
from kiosk.config import ScreenConfig

UNITS = Path(__file__).resolve().parents[2] / "systemd"
KIOSK, CENTRAL, CLOCK = "kiosk.service", "kiosk-central.service", "kiosk-clock.service"
SCREEN, RENEW = "kiosk-screen.service", "kiosk-screen-renew.service"
EXPOSURE_MAX = {KIOSK: 20, CENTRAL: 20, CLOCK: 20, SCREEN: 50}  # tenths: 2.0 and 5.0
VERIFY_S_MAX = 60
PROGRAMS = ("opt/kiosk/current/bin/kiosk", "usr/bin/cage", "usr/bin/systemctl", "bin/bash")


def make_root(root: Path) -> Path:
    """Return a root folder with the distribution's units, ours and the program."""
    system = next(
        p for p in (Path("/usr/lib"), Path("/lib")) if (p / "systemd/system").is_dir()
    )
    shutil.copytree(system / "systemd/system", root / "usr/lib/systemd/system", symlinks=True)
    (root / "lib").symlink_to("usr/lib")
    ours = root / "etc/systemd/system"
    ours.mkdir(parents=True)
    for unit in (*UNITS.glob("*.service"), *UNITS.glob("*.timer")):
        shutil.copy(unit, ours)
    for name in PROGRAMS:
        program = root / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n", "ascii")
        program.chmod(0o755)
    return root


def verify(root: Path, unit: str) -> str:
    """Return every word that systemd says about a unit."""
    command = ["systemd-analyze", "verify", "--man=no", f"--root={root}", unit]
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=VERIFY_S_MAX,
        check=False,
    )
    return done.stdout + ("" if done.returncode == 0 else f"exit {done.returncode}")


def settings_of(unit: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNITS / unit, "utf-8")
    return parser


@pytest.mark.needs_systemd
@pytest.mark.parametrize(
    "unit", [KIOSK, CENTRAL, CLOCK, SCREEN, RENEW, "kiosk-screen-renew.timer"]
)
def test_systemd_has_no_word_to_say_about_the_unit(tmp_path: Path, unit: str) -> None:
    assert verify(make_root(tmp_path), unit) == ""


@pytest.mark.needs_systemd
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Restart=always", "Restart=allways"),
        ("WatchdogSec=20", "WatchdogSec=abc"),
        ("NoNewPrivileges=yes", "NoNewPriviliges=yes"),
        ("bin/kiosk run", "bin/kioskd run"),
    ],
)
def test_a_slip_of_the_pen_in_the_unit_is_caught(
    tmp_path: Path, right: str, wrong: str
) -> None:
    root = make_root(tmp_path)
    installed = root / "etc/systemd/system" / KIOSK
    text = installed.read_text("utf-8")
    assert right in text
    installed.write_text(text.replace(right, wrong), "utf-8")
    assert verify(root, KIOSK) != ""


def exposure_is_low(unit: Path) -> bool:
    limit = EXPOSURE_MAX[unit.name]
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={limit}"]
    done = subprocess.run(
        [*command, str(unit)], capture_output=True, timeout=VERIFY_S_MAX, check=False
    )
    return done.returncode == 0


@pytest.mark.needs_systemd
@pytest.mark.parametrize("unit", [KIOSK, CENTRAL, CLOCK, SCREEN])
def test_little_of_the_machine_is_exposed(unit: str) -> None:
    assert exposure_is_low(UNITS / unit)


@pytest.mark.needs_systemd
def test_a_unit_without_its_protections_counts_as_exposed(tmp_path: Path) -> None:
    bare = tmp_path / KIOSK
    text = (UNITS / KIOSK).read_text("utf-8")
    bare.write_text(text[: text.index("NoNewPrivileges=")], "utf-8")
    assert not exposure_is_low(bare)


@pytest.mark.parametrize("unit", [KIOSK, CENTRAL])
def test_a_wrong_configuration_is_not_tried_again_and_again(unit: str) -> None:
    service = settings_of(unit)["Service"]
    assert service["RestartPreventExitStatus"] == str(EXIT_CONFIG)
    assert service["Restart"] == "always"


def test_who_watches_the_clock_may_not_set_it() -> None:
    service = settings_of(CLOCK)["Service"]
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == ""
    assert service["RestrictAddressFamilies"] == "none"
    gate = settings_of(KIOSK)["Service"]
    assert service["RuntimeDirectory"] != gate["RuntimeDirectory"]  # neither sweeps the other's


def test_the_gate_is_started_for_ever_and_waits_for_no_network() -> None:
    unit = settings_of(KIOSK)["Unit"]
    assert unit["StartLimitIntervalSec"] == "0"
    assert "network-online" not in unit["After"]
    assert "time-sync" not in unit["After"]


def test_the_screen_and_the_gate_do_not_stop_one_another() -> None:
    screen, gate = settings_of(SCREEN), settings_of(KIOSK)
    for unit in (screen["Unit"], gate["Unit"]):
        assert not {"Requires", "BindsTo", "PartOf"} & set(unit)
    assert int(screen["Service"]["OOMScoreAdjust"]) > int(gate["Service"]["OOMScoreAdjust"])


def test_the_browser_keeps_its_sandbox_and_its_profile_in_memory() -> None:
    service = settings_of(SCREEN)["Service"]
    started = service["ExecStart"]
    assert "--no-sandbox" not in started and "--kiosk" in started
    assert f"--user-data-dir=/run/{service['RuntimeDirectory']}/" in started
    assert service["IPAddressDeny"] == "any" and service["IPAddressAllow"] == "localhost"


def test_the_browser_opens_the_page_of_the_gate_and_nothing_else() -> None:
    policy = json.loads((UNITS / "chromium-policy.json").read_text("utf-8"))
    page = "http://127.0.0.1:8080"
    assert policy["URLBlocklist"] == ["*"] and policy["URLAllowlist"] == [page]
    assert f"KIOSK_PAGE={page}/" in (UNITS / SCREEN).read_text("utf-8")
    assert ScreenConfig().port == 8080


LIBRARIES = "cv2, cryptography, cbor2, gpiozero, numpy, pydantic, requests, serial, uvicorn"
UNDER_W_XOR_X = f"""
import ctypes, sys
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
if ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0):
    sys.exit(77)
import {LIBRARIES}
from kiosk import timing
timing.SystemClock().now()
cv2.GaussianBlur(numpy.zeros((64, 64), numpy.uint8), (5, 5), 0)
"""


def test_our_libraries_bear_memory_that_is_never_both_written_and_run() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNDER_W_XOR_X], capture_output=True, text=True, check=False
    )
    if done.returncode == 77:
        pytest.skip("this kernel is older than 6.3 and cannot refuse it")
    assert done.returncode == 0, done.stderr


def test_the_bench_measures_the_browser_that_the_unit_starts() -> None:
    started = settings_of(SCREEN)["Service"]["ExecStart"].split()
    assert {*FLAGS} - {*started} == {"--no-sandbox", "--disable-gpu"}
