"""What every test may use: a manual clock, the design material if it is there, strictness."""

import os
import shutil
from ctypes.util import find_library
from pathlib import Path

import pytest
from hypothesis import settings

from kiosk.timing import ManualClock

# How long one example takes says how busy the machine is, and nothing about the gate.
settings.register_profile("gate", deadline=None)
settings.load_profile("gate")

SHARED = Path(__file__).resolve().parents[2] / "shared"
IS_STRICT = bool(os.environ.get("KIOSK_TESTS_STRICT"))

NEEDS = {
    "needs_zbar": lambda: find_library("zbar") is not None,
    "needs_browser": lambda: shutil.which("chromium") is not None,
    "needs_systemd": lambda: shutil.which("systemd-analyze") is not None,
    "needs_fuse": lambda: (
        Path("/dev/fuse").exists() and shutil.which("fusermount3") is not None
    ),
    "needs_speech": lambda: shutil.which("espeak-ng") is not None,
    "needs_shared": SHARED.is_dir,
}
SAYS = {
    "needs_zbar": "libzbar0 is not installed",
    "needs_browser": "chromium is not installed",
    "needs_systemd": "systemd-analyze is not installed",
    "needs_fuse": "no /dev/fuse, or fuse3 is not installed",
    "needs_speech": "espeak-ng is not installed",
    "needs_shared": "the design material is not beside the checkout",
}
# Files that take long or wait much begin first, so that none of them is left alone at the end.
TESTS = Path(__file__).resolve().parent
LONG = (
    "lane/test_whole_lane.py",
    "screen/test_checklist.py",
    "month",
    "lane/test_demo.py",
    "screen/test_gate_forms.py",
    "lane",
    "screen",
    "cli/test_calibrate.py",
    "devices",
    "bench",
)


def _turn(item: pytest.Item) -> int:
    path = item.path.relative_to(TESTS)
    return next((n for n, long in enumerate(LONG) if path.is_relative_to(long)), len(LONG))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine lacks and say so; where it must be here, let it fail instead."""
    items.sort(key=_turn)
    for item in items:
        for name, is_here in NEEDS.items():
            if item.get_closest_marker(name) is None or is_here():
                continue
            if not IS_STRICT or name in ("needs_shared", "needs_fuse"):
                item.add_marker(pytest.mark.skip(reason=SAYS[name]))
        if item.get_closest_marker("hardware") is not None:
            item.add_marker(pytest.mark.skip(reason="runs on a kiosk only"))


@pytest.fixture
def clock() -> ManualClock:
    """A clock that goes on only when told to."""
    return ManualClock()


@pytest.fixture
def shared() -> Path:
    """The folder of the design material; mark the test `needs_shared`."""
    return SHARED
