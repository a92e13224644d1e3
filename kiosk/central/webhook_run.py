"""Who makes the calls while the server runs: a few threads that no receiver can hold up.

Calls that are due lie in the database; each thread takes one by a lease, makes it, and writes
down what came of it. What hangs holds one thread for seconds, never the server, and other
processes of this server go on.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from kiosk import log
from kiosk.central.cases_calls import Call, call_failed, call_taken, drawn, lease_call
from kiosk.central.intake import utc_now_ms
from kiosk.central.store import reading, writing
from kiosk.central.webhook import TOTAL_S, CallFailed, Receiver, make_call
from kiosk.central.webhook_set import note_failing, note_well, read_webhook, webhook_trouble
from kiosk.errors import ConfigError, StoreError

CALLERS = 3  # chosen: one that hangs leaves two
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Caller:
    """What every thread needs. `origin` is what a browser calls this server."""

    engine: Engine
    folder: Path
    origin: str
    now_ms: Callable[[], int]
    total_s: float = TOTAL_S
    is_over: Callable[[], bool] = lambda: False  # the database is given back

    def turn(self) -> bool:
        """Make one call that is due. Returns whether there was one. Raises StoreError."""
        with reading(self.engine) as db:
            try:
                receiver = read_webhook(db, self.folder)
            except ConfigError as exc:
                receiver, why = None, str(exc)
            else:
                why = ""
        if why:
            self._failing(why)
        if receiver is None:
            return False
        call = lease_call(self.engine, self.now_ms())
        if call is None:
            return False
        self._make(receiver, call)
        return True

    def _make(self, receiver: Receiver, call: Call) -> None:
        link = f"{self.origin}/desk/case?id={call.case}"
        try:
            make_call(receiver, call, link, self.now_ms() // 1000, total_s=self.total_s)
        except CallFailed as exc:
            if not self.is_over():
                with writing(self.engine) as db:
                    call_failed(db, call, self.now_ms(), drawn())
                self._failing(str(exc), case=call.case)
            return
        if self.is_over():
            return
        with writing(self.engine) as db:
            call_taken(db, call, self.now_ms())
            is_news = note_well(db)
        log.event(log.Event.CALL_SENT, case=call.case, call_level=call.level)
        if is_news:
            log.event(log.Event.FAULT_ENDED, whose="webhook", code=log.Event.CALL_FAILED.value)

    def _failing(self, why: str, *, case: int | None = None) -> None:
        with reading(self.engine) as db:
            known = webhook_trouble(db)
        if known is not None and known.why == why:
            return
        with writing(self.engine) as db:
            is_news = note_failing(db, why, self.now_ms())
        if is_news:
            log.error(log.Event.CALL_FAILED, detail=why, case=case)


@contextmanager
def calling(engine: Engine, folder: Path, origin: str) -> Iterator[None]:
    """Make calls that are due, as long as this lasts."""
    callers = Callers(Caller(engine, folder, origin, utc_now_ms))
    callers.start()
    try:
        yield
    finally:
        callers.close()


class Callers:
    """The threads. Started with the server, stopped with it."""

    def __init__(self, caller: Caller) -> None:
        self._stop, self._over = threading.Event(), threading.Event()
        self._caller = replace(caller, is_over=self._over.is_set)
        self._threads = [
            threading.Thread(target=self._run, name=f"caller-{number}", daemon=True)
            for number in range(CALLERS)
        ]

    def start(self) -> None:
        """Begin to look for calls."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop; a call that is under way is left to its lease."""
        self._stop.set()
        for thread in self._threads:
            thread.join(LOOK_S)
        self._over.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                has_called = self._caller.turn()
            except (StoreError, ConfigError):
                has_called = False  # the database's trouble is told by whoever writes to it
            if not has_called:
                self._stop.wait(LOOK_S * (0.5 + drawn()))
