"""What this gate says of itself with each report, and what central last said of the others.

A gate that somebody elsewhere looks after, or whose staff look after another, asks more often
than once a minute: a call for help must not take that long. A change is told at once, but no
more than every two seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.core.duty import GateNow, OtherGate

BRISK_S = 10.0  # chosen: six small requests a minute, and help is called within that time
CHANGE_S = 2.0  # chosen: a flapping state costs a request every two seconds at most
FIRST_ASKS = 12  # after a power cut all gates start together: two minutes to find one another
STALE_S = 180  # three heartbeats: who was heard no longer ago is believed to be there


@dataclass(frozen=True, slots=True)
class _Said:
    gate: GateNow
    at_s: float  # monotonic second at which it was so


@dataclass(frozen=True, slots=True)
class _Heard:
    others: tuple[OtherGate, ...]
    at_s: float


class Neighbours:
    """Two slots, newest wins: ours from the main thread, theirs from the sync thread."""

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self._said: _Said | None = None
        self._sent: GateNow | None = None
        self._sent_s = -CHANGE_S
        self._heard: _Heard | None = None
        self._asked = 0
        self.wake = wake

    def say(self, gate: GateNow, at_s: float) -> None:
        """Tell from now on how this gate stands; wakes the sync where that is news."""
        is_news = self._said is None or _timeless(gate) != _timeless(self._said.gate)
        self._said = _Said(gate, at_s)
        if is_news and self.is_brisk:
            self.wake()

    def told(self, now_s: float) -> GateNow | None:
        """Return what a request says of this gate, and take it as sent."""
        said = self._said
        if said is None:
            return None
        self._sent, self._sent_s = said.gate, now_s
        self._asked += 1
        since_s = said.gate.since_s + max(0, int(now_s - said.at_s))
        return replace(said.gate, since_s=since_s)

    def take(self, others: tuple[OtherGate, ...], at_s: float) -> None:
        """Keep what central says of the other gates."""
        self._heard = _Heard(others, at_s)

    def others(self, now_s: float) -> tuple[tuple[OtherGate, ...], float | None]:
        """Return the other gates, and how long ago central told of them."""
        heard = self._heard
        return ((), None) if heard is None else (heard.others, max(0.0, now_s - heard.at_s))

    @property
    def is_brisk(self) -> bool:
        """Whether somebody at one gate answers for another, or should."""
        said, heard = self._said, self._heard
        if said is None:
            return False
        if heard is None or not heard.others:
            return self._asked < FIRST_ASKS
        gate, covers = said.gate.gate, [one.now.covers for one in heard.others]
        is_covered = any(gate in of_one for of_one in covers)
        return said.gate.staff is None or bool(said.gate.covers) or is_covered

    def wait_s(self, now_s: float) -> float:
        """Return in how many seconds central is to be asked at the latest."""
        said = self._said
        if said is None or not self.is_brisk:
            return float("inf")
        is_new = self._sent is None or _timeless(self._sent) != _timeless(said.gate)
        every_s = CHANGE_S if is_new else BRISK_S
        return max(0.0, self._sent_s + every_s - now_s)


def covering(others: tuple[OtherGate, ...], gate: str) -> OtherGate | None:
    """Return the gate whose staff look after `gate` too, as far as central knew just now."""
    for one in others:
        is_there = one.now.staff is not None and one.heard_s <= STALE_S
        if is_there and (gate in one.now.covers or one.now.gate == gate):
            return one
    return None


def _timeless(gate: GateNow) -> GateNow:
    return replace(gate, since_s=0)
