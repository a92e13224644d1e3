"""Which announcement is on the screen: between people, one after another, never too often."""

from collections.abc import Callable, Sequence

from kiosk.core.announcement import Announcement
from kiosk.core.wording import Page
from kiosk.ports import Announced
from kiosk.timing import ClockState, Stamp

REST_S = 8.0  # chosen: whoever comes next sees first where to hold the pass
LOOK_EVERY_S = 5.0
NEVER_S = float("-inf")


class Announcer:
    """Asked at every turn. The main thread's alone; `known` never raises.

    A round begins every `every_s`: each is told once in it, the one first that was not told
    for longest. One that a pass cut off counts as told. By a clock in doubt nothing is told:
    it may be over.
    """

    def __init__(self, known: Callable[[], Sequence[Announcement]], *, every_s: float) -> None:
        self._known, self._every_s = known, every_s
        self._all: Sequence[Announcement] = ()
        self._looked_s = -LOOK_EVERY_S
        self._idle_since_s: float | None = None
        self._told_s: dict[bytes, float] = {}
        self._round_s = NEVER_S  # since when each is told once
        self._on: Announced | None = None

    def look(self, page: Page, now: Stamp) -> Announced | None:
        """Return what is announced at this instant over `page`, None for nothing."""
        if page is not Page.IDLE or now.clock is ClockState.UNSURE:
            self._idle_since_s = self._on = None
            return None
        if self._idle_since_s is None:
            self._idle_since_s = now.mono_s
        in_force, on = self.in_force(now), self._on
        if on is None or on.one not in in_force or now.mono_s >= on.until_s:
            self._on = self._next(in_force, now)
        return self._on

    def in_force(self, now: Stamp) -> tuple[Announcement, ...]:
        """Return what is told these days, oldest first, for staff to read at any time."""
        if now.mono_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s, self._all = now.mono_s, self._known()
        utc_ms = int(now.utc.timestamp() * 1000)
        return tuple(one for one in self._all if one.is_in_force(utc_ms))

    def _next(self, in_force: tuple[Announcement, ...], now: Stamp) -> Announced | None:
        """Return the one that was not told for longest, if any is due; note that it is told."""
        if self._idle_since_s is None or now.mono_s - self._idle_since_s < REST_S:
            return None
        if now.mono_s - self._round_s >= self._every_s:
            self._round_s = now.mono_s
        told_s = {one.id: self._told_s.get(one.id, NEVER_S) for one in in_force}
        before_s = min(self._round_s, now.mono_s - self._every_s / 2)
        due = [one for one in in_force if told_s[one.id] < before_s]
        if not due:
            return None
        one = min(due, key=lambda known: told_s[known.id])
        self._told_s = {**told_s, one.id: now.mono_s}
        place = in_force.index(one) + 1
        return Announced(one, place, len(in_force), now.mono_s + one.shown_s)
