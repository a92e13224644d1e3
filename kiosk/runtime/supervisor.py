"""Workers: started, watched, restarted, stopped in reverse.

A worker that raises is run again after a back-off; one that hangs still holds its device,
so no second one may start: the process ends with 75 and systemd begins afresh.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk import log
from kiosk.errors import DeviceError, SyncError
from kiosk.ports import Beat
from kiosk.runtime.systemd import notify
from kiosk.timing import Clock

BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
GOOD_AFTER_S = 60.0  # chosen: after a good minute the back-off begins anew
WATCH_EVERY_S = 1.0
STOP_WITHIN_S = 8.0  # shared by all workers; TimeoutStopSec is 15
EXIT_HUNG = 75

Body = Callable[[threading.Event, Beat], None]


@dataclass(frozen=True, slots=True)
class Worker:
    """What is run and watched. `beat_within_s` bounds the silence of a healthy one."""

    name: str
    body: Body
    beat_within_s: float
    is_critical: bool


@dataclass(slots=True)
class _Life:
    worker: Worker
    thread: threading.Thread | None = None
    beaten_s: float = 0.0
    restarts: int = 0
    is_hung: bool = field(default=False)
    told: str = ""  # the failure that was logged last: a lasting one is told once


class Supervisor:
    """Owns the worker threads and the watchdog."""

    def __init__(
        self, workers: tuple[Worker, ...], clock: Clock, *, main_within_s: float
    ) -> None:
        self._clock = clock
        self._stop = threading.Event()
        self._lives = [_Life(worker) for worker in workers]
        self._main_within_s = main_within_s
        self._main_until_s = clock.mono_s() + main_within_s
        self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)

    @property
    def restarts(self) -> dict[str, int]:
        """Return how often each worker was run again."""
        return {life.worker.name: life.restarts for life in self._lives}

    @property
    def has_hung(self) -> bool:
        """Whether a worker that the gate can do without hangs: only a fresh start heals it."""
        return any(life.is_hung for life in self._lives)

    def start(self) -> None:
        """Start all workers and the watch over them."""
        for life in self._lives:
            life.beaten_s = self._clock.mono_s()
            life.thread = threading.Thread(
                target=self._run, args=(life,), name=life.worker.name, daemon=True
            )
            life.thread.start()
        self._watcher.start()

    def beat_main(self, wait_s: float = 0.0) -> None:
        """The main thread lives; it may be silent for `wait_s` more (a slow commit)."""
        self._main_until_s = self._clock.mono_s() + max(wait_s, self._main_within_s)

    def stop(self) -> bool:
        """Stop every worker, last started first. Returns whether all ended in time."""
        self._stop.set()
        deadline_s = self._clock.mono_s() + STOP_WITHIN_S
        is_clean = True
        for life in reversed(self._lives):
            if life.thread is None:
                continue
            life.thread.join(max(0.1, deadline_s - self._clock.mono_s()))
            if life.thread.is_alive():
                log.error(log.Event.WORKER_ZOMBIE, worker=life.worker.name)
                is_clean = False
        return is_clean

    def _run(self, life: _Life) -> None:
        """Run a worker's body again and again until the stop."""
        failures = 0
        log.event(log.Event.WORKER_STARTED, worker=life.worker.name)
        while not self._stop.is_set():
            started_s = self._clock.mono_s()
            try:
                life.worker.body(self._stop, lambda: self._beat(life))
            except Exception as exc:  # noqa: BLE001 - the worker boundary: run it again
                _log_failure(life, exc)
            if self._stop.is_set():
                return
            was_good = self._clock.mono_s() - started_s >= GOOD_AFTER_S
            if was_good:
                failures, life.told = 0, ""
            failures += 1
            life.restarts += 1
            self._wait(life, BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1])

    def _wait(self, life: _Life, seconds: float) -> None:
        until_s = self._clock.mono_s() + seconds
        while (left_s := until_s - self._clock.mono_s()) > 0:
            self._beat(life)
            if self._stop.wait(min(left_s, WATCH_EVERY_S)):
                return

    def _beat(self, life: _Life) -> None:
        life.beaten_s = self._clock.mono_s()

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_EVERY_S):
            now_s = self._clock.mono_s()
            if now_s > self._main_until_s:
                self._leave("main")
            for life in self._lives:
                self._look_at(life, now_s)
            notify("WATCHDOG=1")

    def _look_at(self, life: _Life, now_s: float) -> None:
        silent_s = now_s - life.beaten_s
        if silent_s <= life.worker.beat_within_s:
            life.is_hung = False
            return
        if life.worker.is_critical:
            self._leave(life.worker.name)
        if not life.is_hung:
            life.is_hung = True
            log.error(log.Event.WORKER_HUNG, worker=life.worker.name, seconds=round(silent_s))

    def _leave(self, name: str) -> None:
        """End the process: a blocked thread cannot be killed and still holds its device."""
        log.error(log.Event.WORKER_HUNG, worker=name)
        notify("STATUS=worker hung: " + name)
        os._exit(EXIT_HUNG)


def _log_failure(life: _Life, exc: Exception) -> None:
    """A device or the network that failed heals by itself; anything else is our mistake."""
    if repr(exc) == life.told:
        return
    life.told = repr(exc)
    name, restarts = life.worker.name, life.restarts
    if isinstance(exc, DeviceError | SyncError):
        log.warning(log.Event.WORKER_FAILED, worker=name, error=str(exc), restarts=restarts)
    else:
        log.error(log.Event.WORKER_FAILED, worker=name, error=repr(exc), exc_info=exc)
