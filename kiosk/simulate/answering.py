"""How a device answers badly: late, twice, half, in somebody else's place. For far ends."""

import time
from dataclasses import dataclass


@dataclass
class Trouble:
    """What is wrong with the answers of a device; may be changed while it runs."""

    late_s: float = 0.0
    times: int = 1
    keep_bytes: int | None = None  # of each answer
    before: bytes = b""  # somebody else's, sent before each answer


class Answers:
    """What waits to be sent, and when it is due."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._waiting: list[tuple[float, bytes]] = []

    def put(self, answer: bytes) -> None:
        """Take an answer; it is damaged and delayed as the trouble says."""
        damaged = self._trouble.before + answer[: self._trouble.keep_bytes]
        due_s = time.monotonic() + self._trouble.late_s
        self._waiting.append((due_s, damaged * self._trouble.times))

    def due(self) -> list[bytes]:
        """Return what is to be sent now."""
        now_s = time.monotonic()
        ready = [answer for due_s, answer in self._waiting if due_s <= now_s]
        self._waiting = [waiting for waiting in self._waiting if waiting[0] > now_s]
        return ready

    def forget(self) -> None:
        """Send nothing of what waits."""
        self._waiting.clear()
