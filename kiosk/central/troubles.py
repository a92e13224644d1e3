"""Refusals in the log: said when one begins and when it ends, with a count, not each time."""

import logging
import threading
from dataclasses import dataclass
from typing import Any

from kiosk import log


@dataclass(slots=True)
class _Trouble:
    code: str
    count: int = 1


class Troubles:
    """What is wrong with whom. Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: dict[str, _Trouble] = {}

    def began(
        self, whose: str, code: str, *, level: int = logging.WARNING, **more: Any
    ) -> None:
        """Log a refusal, unless the last request from there was refused for the same cause."""
        with self._lock:
            before = self._now.get(whose)
            if before is not None and before.code == code:
                before.count += 1
                return
            self._now[whose] = _Trouble(code)
        log.event(log.Event.INTAKE_REFUSED, level=level, whose=whose, code=code, **more)

    def ended(self, whose: str) -> None:
        """Log that all is well again, if it was not."""
        if whose not in self._now:
            return
        with self._lock:
            before = self._now.pop(whose, None)
        if before is not None:
            log.event(log.Event.FAULT_ENDED, whose=whose, code=before.code, count=before.count)
