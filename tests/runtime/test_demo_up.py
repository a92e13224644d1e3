"""The demo's gate is up when it would take anybody, phones too."""

import json
import threading
from pathlib import Path

import pytest

from kiosk.errors import KioskError
from kiosk.log import Event
from kiosk.runtime.demo_children import Child
from kiosk.runtime.demo_up import wait_for_time


@pytest.fixture
def kiosk(tmp_path: Path) -> Child:
    """A kiosk whose log is written by the test; nothing of it runs."""
    return Child("kiosk", [], tmp_path)


def say(kiosk: Child, event: Event) -> None:
    with kiosk.log_path.open("a", encoding="utf-8") as log:
        log.write(json.dumps({"event": event.value}) + "\n")


def test_nobody_comes_before_the_gate_knows_what_time_it_is(kiosk: Child) -> None:
    said = threading.Event()

    def central_answers() -> None:
        said.set()
        say(kiosk, Event.CLOCK_TRUSTED)

    say(kiosk, Event.CLOCK_UNSURE)
    answer = threading.Timer(0.3, central_answers)
    answer.start()
    wait_for_time(kiosk, knows_itself=lambda: False, within_s=30.0)
    assert said.is_set()
    answer.join()


def test_a_gate_whose_machine_knows_the_time_waits_for_nobody(kiosk: Child) -> None:
    wait_for_time(kiosk, knows_itself=lambda: True, within_s=0.0)
    assert not kiosk.log_path.exists()


def test_a_gate_that_never_learns_the_time_is_told_of_with_its_log(kiosk: Child) -> None:
    say(kiosk, Event.CLOCK_UNSURE)
    with pytest.raises(KioskError, match=r"time.*kiosk\.log"):
        wait_for_time(kiosk, knows_itself=lambda: False, within_s=0.1)
