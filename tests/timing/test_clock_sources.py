"""What the machine says of the time: the kernel where it may be asked, else who watches it."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.clock_sources import UNKNOWN, KernelClock, boot_seconds, rtc_name
from kiosk.kernel_clock import TOLD_AGE_MAX_S, ask_kernel, read_told, this_machine
from kiosk.runtime.clock_watch import watch
from kiosk.timing import ClockState, SystemClock

# A unit with ProtectClock: adjtimex and clock_adjtime answer "not permitted" (seccomp(2)).
HARDENED = """
import ctypes, errno, platform, struct, sys
NUMBERS = {"x86_64": (159, 305), "aarch64": (171, 266)}
if platform.machine() not in NUMBERS:
    sys.exit(77)
def op(code, jt, jf, k): return struct.pack("HBBI", code, jt, jf, k)
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
REFUSE, ALLOW = 0x00050000 | errno.EPERM, 0x7FFF0000
first, second = NUMBERS[platform.machine()]
rules = op(LOAD, 0, 0, 0) + op(EQUAL, 2, 0, first) + op(EQUAL, 1, 0, second)
rules += op(RETURN, 0, 0, ALLOW) + op(RETURN, 0, 0, REFUSE)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("rules", ctypes.c_char_p)]
libc = ctypes.CDLL(None, use_errno=True)
program = Program(len(rules) // 8, rules)
libc.prctl(38, 1, 0, 0, 0)
if libc.prctl(22, 2, ctypes.byref(program), 0, 0):
    sys.exit(77)
"""
ASK_TWICE = """
from pathlib import Path
from kiosk.kernel_clock import ask_kernel, this_machine
print(ask_kernel().is_synced, this_machine(told=Path(sys.argv[1])).kernel().is_synced)
"""


def write_told(path: Path, **changes: object) -> None:
    fields = {"synced": True, "max_error_us": 1500, "boottime_s": boot_seconds()}
    path.write_text(json.dumps({**fields, **changes}), "utf-8")


def test_who_may_not_ask_knows_nothing_and_believes_the_watcher(tmp_path: Path) -> None:
    told = tmp_path / "clock.json"
    answers = []
    for synced in (None, True, False):
        if synced is not None:
            write_told(told, synced=synced)
        command = [sys.executable, "-c", HARDENED + ASK_TWICE, str(told)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 77:
            pytest.skip("no seccomp filter can be set here")
        answers.append(done.stdout.split())
    assert answers == [["None", "None"], ["None", "True"], ["None", "False"]]


def test_kernel_answers_here_with_an_error_that_can_be() -> None:
    kernel = ask_kernel()
    assert kernel.is_synced is not None
    assert 0.0 <= kernel.error_s <= 16.0


@pytest.mark.parametrize(
    ("age_s", "is_believed"),
    [(0.0, True), (TOLD_AGE_MAX_S, True), (TOLD_AGE_MAX_S + 0.1, False), (-5.0, False)],
)
def test_watcher_that_died_is_not_believed_for_long(
    tmp_path: Path, age_s: float, is_believed: bool
) -> None:
    write_told(told := tmp_path / "clock.json", boottime_s=1000.0 - age_s)
    answer = read_told(told, 1000.0)
    assert answer == (KernelClock(True, 0.0015) if is_believed else UNKNOWN)


@pytest.mark.parametrize(
    "changes",
    [
        {"synced": None},
        {"synced": "true"},
        {"synced": 1},
        {"max_error_us": -1},
        {"max_error_us": 17_000_000},
        {"max_error_us": True},
        {"boottime_s": "now"},
        {"boottime_s": None},
        {"boottime_s": float("nan")},
        {"boottime_s": float("inf")},
    ],
)
def test_what_the_watcher_never_says_is_unknown(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    write_told(told := tmp_path / "clock.json", **changes)
    assert read_told(told, boot_seconds()) == UNKNOWN


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(content=st.binary(max_size=300) | st.just(b"[" * 4000))
def test_damaged_file_of_the_watcher_is_unknown(tmp_path: Path, content: bytes) -> None:
    told = tmp_path / "clock.json"
    told.write_bytes(content)
    assert read_told(told, 1000.0) == UNKNOWN


def test_no_watcher_is_unknown(tmp_path: Path) -> None:
    assert read_told(tmp_path / "clock.json", 1000.0) == UNKNOWN
    assert read_told(tmp_path, 1000.0) == UNKNOWN


def test_chip_is_read_from_its_folder(tmp_path: Path) -> None:
    chip = this_machine(rtc=tmp_path)
    assert chip.rtc_s() is None and rtc_name(tmp_path) is None
    (tmp_path / "name").write_text("rtc-ds1307 1-0068\n", "ascii")
    (tmp_path / "since_epoch").write_text("1800000000\n", "ascii")
    assert chip.rtc_s() == 1_800_000_000 and rtc_name(tmp_path) == "rtc-ds1307 1-0068"
    (tmp_path / "since_epoch").write_text("", "ascii")
    assert chip.rtc_s() is None


@pytest.mark.parametrize("seconds", [-(2**31), 0, 2**31 - 1, 2**31, 2**32, 2**63])
def test_chip_may_say_anything(tmp_path: Path, seconds: int) -> None:
    (tmp_path / "since_epoch").write_text(f"{seconds}\n", "ascii")
    machine = this_machine(rtc=tmp_path, told=tmp_path / "none")
    is_sane = SystemClock(machine=machine).now().clock is ClockState.HOLDOVER
    assert is_sane is (seconds in (2**31 - 1, 2**31))  # January 2038 lies within 20 years


@contextmanager
def watching(path: Path, answers: list[KernelClock]) -> Iterator[None]:
    """Watch until the block ends; the last answer stays."""
    stop = threading.Event()

    def ask() -> KernelClock:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    thread = threading.Thread(
        target=watch, args=(path, stop), kwargs={"ask": ask, "look_every_s": 0.01}
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_watcher_tells_of_a_change_at_once(tmp_path: Path) -> None:
    told = tmp_path / "clock.json"
    answers = [KernelClock(False, 16.0)] * 3 + [KernelClock(True, 0.002)]
    began_s = time.monotonic()
    with watching(told, answers):
        while not read_told(told, boot_seconds()).is_synced:
            assert time.monotonic() - began_s < 5.0
            time.sleep(0.005)
    assert read_told(told, boot_seconds()) == KernelClock(True, 0.002)
    assert told.stat().st_mode & 0o777 == 0o644  # the gate runs as another user


def test_watcher_that_may_not_ask_says_so(tmp_path: Path) -> None:
    told = tmp_path / "clock.json"
    began_s = time.monotonic()
    with watching(told, [UNKNOWN]):
        while not told.exists():
            assert time.monotonic() - began_s < 5.0
            time.sleep(0.005)
    assert json.loads(told.read_text("utf-8"))["synced"] is None


def test_the_command_watches_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kiosk", "clock", "watch"]
    environ = {"RUNTIME_DIRECTORY": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(command, env=environ)
    told = tmp_path / "clock.json"
    began_s = time.monotonic()
    while not told.exists():
        assert process.poll() is None and time.monotonic() - began_s < 20.0
        time.sleep(0.02)
    assert read_told(told, boot_seconds()) == ask_kernel() or not ask_kernel().is_synced
    process.terminate()
    assert process.wait(10) == 0
