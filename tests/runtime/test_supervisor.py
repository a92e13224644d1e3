"""Workers are run again after they raise, told once, and stopped in reverse."""

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable

import pytest

from kiosk.errors import DeviceLost
from kiosk.ports import Beat
from kiosk.runtime.supervisor import EXIT_HUNG, Body, Supervisor, Worker
from kiosk.timing import SystemClock

WITHIN_S = 8.0


def _until(is_so: Callable[[], bool], within_s: float = WITHIN_S) -> bool:
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        if is_so():
            return True
        time.sleep(0.01)
    return False


def _supervise(*workers: Worker) -> Supervisor:
    return Supervisor(workers, SystemClock(), main_within_s=60.0)


def _waits_for(release: threading.Event) -> Body:
    def body(stop: threading.Event, beat: Beat) -> None:
        release.wait()

    return body


def test_a_worker_that_raises_is_run_again_until_it_works() -> None:
    runs: list[int] = []

    def body(stop: threading.Event, beat: Beat) -> None:
        beat()
        runs.append(1)
        if len(runs) < 3:
            raise DeviceLost("camera", "cable pulled")
        stop.wait()

    supervisor = _supervise(Worker("scan", body, 5.0, is_critical=True))
    supervisor.start()
    assert _until(lambda: len(runs) == 3)
    assert supervisor.restarts == {"scan": 2}
    assert supervisor.stop()


def test_a_lasting_failure_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    runs: list[int] = []

    def body(stop: threading.Event, beat: Beat) -> None:
        beat()
        runs.append(1)
        raise DeviceLost("camera", "cable pulled")

    supervisor = _supervise(Worker("scan", body, 5.0, is_critical=True))
    with caplog.at_level("INFO", logger="kiosk"):
        supervisor.start()
        assert _until(lambda: len(runs) >= 3)
        supervisor.stop()
    told = [r for r in caplog.records if r.getMessage() == "worker.failed"]
    assert len(told) == 1


def test_a_mistake_of_our_own_is_told_with_its_traceback_and_run_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    runs: list[int] = []

    def body(stop: threading.Event, beat: Beat) -> None:
        runs.append(1)
        if len(runs) == 1:
            raise ZeroDivisionError("our mistake")
        stop.wait()

    supervisor = _supervise(Worker("scan", body, 5.0, is_critical=True))
    with caplog.at_level("INFO", logger="kiosk"):
        supervisor.start()
        assert _until(lambda: len(runs) == 2)
        supervisor.stop()
    told = [r for r in caplog.records if r.getMessage() == "worker.failed"]
    assert [r.exc_info[0] for r in told if r.exc_info] == [ZeroDivisionError]


def test_workers_stop_in_reverse() -> None:
    ended: list[str] = []

    def waits(name: str) -> Worker:
        def body(stop: threading.Event, beat: Beat) -> None:
            stop.wait()
            ended.append(name)

        return Worker(name, body, 5.0, is_critical=False)

    supervisor = _supervise(waits("screen"))
    supervisor.start()
    assert supervisor.stop()
    assert ended == ["screen"]


def test_a_worker_that_will_not_end_makes_the_stop_unclean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kiosk.runtime.supervisor.STOP_WITHIN_S", 0.3)
    release = threading.Event()
    supervisor = _supervise(Worker("sync", _waits_for(release), 60.0, is_critical=False))
    supervisor.start()
    assert not supervisor.stop()
    release.set()


HANGS = """
    import time
    from kiosk.runtime.supervisor import Supervisor, Worker
    from kiosk.timing import SystemClock
    worker = Worker("scan", lambda stop, beat: time.sleep(60), 0.5, is_critical={critical})
    supervisor = Supervisor((worker,), SystemClock(), main_within_s=60.0)
    supervisor.start()
    time.sleep(4.0)
"""


@pytest.mark.parametrize(("critical", "code"), [(True, EXIT_HUNG), (False, 0)])
def test_only_a_critical_worker_that_hangs_ends_the_program(critical: bool, code: int) -> None:
    program = textwrap.dedent(HANGS.format(critical=critical))
    done = subprocess.run([sys.executable, "-c", program], timeout=30, check=False)
    assert done.returncode == code


def test_a_worker_that_the_gate_can_do_without_is_known_to_hang() -> None:
    release = threading.Event()
    supervisor = _supervise(Worker("sync", _waits_for(release), 0.2, is_critical=False))
    supervisor.start()
    assert not supervisor.has_hung
    assert _until(lambda: supervisor.has_hung)
    release.set()
    supervisor.stop()
