"""When a code that is seen and not read is worth a hint: after two seconds, and not for ever.

A code that stays unread in one place for longer than anybody holds a card up is a poster;
its place counts no more until it has been gone for a while. Whoever was read a moment ago
puts the pass away, which looks the same and needs no hint.
"""

import math
from collections import Counter, deque
from dataclasses import dataclass
from statistics import median

from kiosk.core.messages_screen import Hint
from kiosk.ports import Unread

UNREADABLE_S = 2.0
ABSENCE_S = 1.5  # chosen: the retries find it in some of the frames alone
SIGHTS_MIN = 3  # chosen: within those two seconds, so that a chance find tells nothing
HAND_PX = 160.0  # of 1280: what a hand that seeks the right place moves in two seconds
AGAIN_S = 1.0
QUIET_S = 6.0  # after a code was read
POSTER_S, POSTER_GONE_S, POSTER_PX = 45.0, 600.0, 40.0


@dataclass(slots=True)
class Poster:
    """A place where an unread code hangs."""

    x_px: float
    y_px: float
    seen_s: float


class Coach:
    """Follows what was seen and not read. One thread owns it."""

    def __init__(self) -> None:
        self._sights: deque[tuple[float, Unread]] = deque(maxlen=64)
        self._since_s = self._seen_s = self._read_s = self._told_s = -math.inf
        self._posters: list[Poster] = []

    def note_read(self, at_s: float) -> None:
        """A code was read: whatever else is in view can wait."""
        self._read_s = at_s
        self._sights.clear()

    def look(self, unread: Unread | None, at_s: float) -> tuple[Hint, float] | None:
        """Return a hint and since when the code was unreadable, None: not yet, or nothing."""
        if unread is None or at_s - self._read_s < QUIET_S or self._is_poster(unread, at_s):
            return None
        if at_s - self._seen_s > ABSENCE_S or not self._sights:
            self._sights.clear()
            self._since_s = at_s
        self._seen_s = at_s
        self._sights.append((at_s, unread))
        if at_s - self._since_s >= POSTER_S:
            self._posters = [*self._posters[-3:], Poster(unread.x_px, unread.y_px, at_s)]
            self._sights.clear()
            return None
        return self._hint(at_s)

    def _hint(self, at_s: float) -> tuple[Hint, float] | None:
        is_due = at_s - self._since_s >= UNREADABLE_S and at_s - self._told_s >= AGAIN_S
        recent = [seen for seen_s, seen in self._sights if at_s - seen_s <= UNREADABLE_S]
        if not is_due or len(recent) < SIGHTS_MIN or not _is_one_thing(recent):
            return None
        self._told_s = at_s
        return Counter(seen.hint for seen in recent).most_common(1)[0][0], self._since_s

    def _is_poster(self, unread: Unread, at_s: float) -> bool:
        self._posters = [p for p in self._posters if at_s - p.seen_s < POSTER_GONE_S]
        for poster in self._posters:
            if math.dist((poster.x_px, poster.y_px), (unread.x_px, unread.y_px)) < POSTER_PX:
                poster.seen_s = at_s
                return True
        return False


def _is_one_thing(seen: list[Unread]) -> bool:
    """Whether what was seen was in one place, as far as a hand holds still."""
    x_px, y_px = median(s.x_px for s in seen), median(s.y_px for s in seen)
    near = [s for s in seen if math.dist((s.x_px, s.y_px), (x_px, y_px)) < HAND_PX]
    return len(near) >= SIGHTS_MIN
