"""What travels between threads: bounded, newest wins where it will come again.

The locks between threads are here; one more, in `devices/gate_gpio.py`, guards the relay
against its own timer.
"""

import threading
from collections import deque
from concurrent.futures import Future
from typing import Generic, TypeVar

from kiosk.core.faults import Fault
from kiosk.core.messages import Event, PassPresented

INBOX_EVENTS_MAX = 32  # chosen: seconds of a busy gate; passes have a slot of their own

T = TypeVar("T")


class Latest(Generic[T]):
    """One slot. Putting replaces what waits there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: T | None = None

    def put(self, value: T) -> None:
        """Leave `value`, in place of what nobody took."""
        with self._lock:
            self._value = value

    def take(self) -> T | None:
        """Return what waits and empty the slot."""
        with self._lock:
            value, self._value = self._value, None
            return value


class Inbox:
    """The main thread's events. Passes use a one-slot newest-wins place beside the queue."""

    def __init__(self, events_max: int = INBOX_EVENTS_MAX) -> None:
        self._changed = threading.Condition()
        self._queue: deque[Event] = deque()
        self._events_max = events_max
        self._presented: PassPresented | None = None
        self._asked: dict[int, Future[Fault | None]] = {}  # by the event that is waited for
        self._is_closed = False
        self.dropped = 0

    def present(self, event: PassPresented) -> None:
        """Leave the newest pass, in place of one that nobody took.

        A strange code takes the place of none: it may have come into view beside a pass.
        """
        with self._changed:
            waiting = self._presented
            if waiting is not None and event.outcome.is_foreign:
                return
            self._presented = event
            self._changed.notify()

    def offer(self, event: Event) -> bool:
        """Queue an event. Returns False, and counts, when there is no room."""
        with self._changed:
            if len(self._queue) >= self._events_max:
                self.dropped += 1
                return False
            self._queue.append(event)
            self._changed.notify()
            return True

    def hand_in(self, event: Event) -> Future[Fault | None] | None:
        """Queue an event whose giver waits for the answer of `served`; None: no room."""
        answer = Future[Fault | None]()
        with self._changed:
            if self._is_closed or not self.offer(event):
                return None
            self._asked[id(event)] = answer
        return answer

    def served(self, event: Event, fault: Fault | None) -> None:
        """Tell whoever handed an event in what kept it from being done, None: nothing."""
        with self._changed:
            answer = self._asked.pop(id(event), None)
        if answer is not None and answer.set_running_or_notify_cancel():
            answer.set_result(fault)

    def close(self) -> None:
        """Tell whoever still waits that nothing came of it: nobody serves any more."""
        with self._changed:
            self._is_closed = True
        while (event := self.take(0.0)) is not None:
            self.served(event, Fault.JOURNAL_FAILED)

    def take(self, timeout_s: float) -> Event | None:
        """Wait for the next event: queued ones first, then the newest pass."""
        with self._changed:
            if not self._queue and self._presented is None:
                self._changed.wait(timeout_s)
            if self._queue:
                return self._queue.popleft()
            presented, self._presented = self._presented, None
            return presented
