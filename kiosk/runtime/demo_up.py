"""The waits until a demo's gate is up, knows the time, and lives by central's rules."""

import time
from collections.abc import Callable

from kiosk.errors import KioskError
from kiosk.kernel_clock import this_machine
from kiosk.log import Event
from kiosk.runtime.demo_children import Child, answers
from kiosk.runtime.demo_people import PageWatcher
from kiosk.runtime.demo_site import Site
from kiosk.simulate.town_rules import Preset
from kiosk.timing import ClockState, SystemClock

UP_WITHIN_S = 30.0


def wait_until_up(site: Site, watcher: PageWatcher) -> None:
    """Wait until the resident's page is idle and central answers. Raises KioskError."""
    deadline_s = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline_s:
        if watcher.look().page == "idle" and answers(site.central_url):
            return
        time.sleep(0.05)
    raise KioskError(f"the gate did not come up; its log is {site.folder / 'kiosk.log'}")


def knows_the_time() -> bool:
    """Return whether a kiosk on this machine knows the time before central has answered."""
    return SystemClock(machine=this_machine()).now().clock is not ClockState.UNSURE


def wait_for_time(
    kiosk: Child,
    *,
    knows_itself: Callable[[], bool] = knows_the_time,
    within_s: float = UP_WITHIN_S,
) -> None:
    """Wait until the gate can judge the proof of a phone: from central, or by itself."""
    deadline_s = time.monotonic() + within_s
    while not knows_itself() and not _was_told_the_time(kiosk):
        if time.monotonic() > deadline_s:
            raise KioskError(f"the gate does not know the time; its log is {kiosk.log_path}")
        time.sleep(0.05)


def wait_for_rules(kiosk: Child, preset: Preset) -> None:
    """Wait until the gate lives by the rules that central published."""
    deadline_s = time.monotonic() + UP_WITHIN_S
    while preset is not Preset.USUAL and preset.value not in _rules_of(kiosk):
        if time.monotonic() > deadline_s:
            raise KioskError(f"the rules did not reach the gate; its log is {kiosk.log_path}")
        time.sleep(0.05)


def _was_told_the_time(kiosk: Child) -> bool:
    return any(r["event"] == Event.CLOCK_TRUSTED.value for r in kiosk.events())


def _rules_of(kiosk: Child) -> set[str]:
    return {str(r["title"]) for r in kiosk.events() if r["event"] == Event.RULES_APPLIED.value}
