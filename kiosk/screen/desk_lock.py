"""The lock of the staff page: what shows or decides most is not left open to a passer-by.

After three minutes without a touch it guards look-up, full name and override; temperatures,
holds and calls for help go on. Who is on duty opens it with the duty card at the camera or
with the PIN. One lock for the kiosk: a touch on any of its staff pages keeps it open.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.ports import Snapshot
from kiosk.timing import boot_seconds

LOCK_S = 180.0
WARN_S = 20.0  # before it locks


@dataclass(frozen=True, slots=True)
class LockState:
    """Whether the page is locked, and whether it is about to be."""

    is_locked: bool
    is_warning: bool
    turn: int  # rises with each lock and each unlock: a page knows an older view by it


OPEN = LockState(is_locked=False, is_warning=False, turn=0)  # where there is no desk


class Lock:
    """Lives in the screen's event loop."""

    def __init__(self, now_s: Callable[[], float] = boot_seconds) -> None:
        self._now_s = now_s
        self._touched_s = now_s()
        self._is_locked = False
        self._turn = 0
        self._attended: tuple[str | None, float | None] = (None, None)

    def look(self, snapshot: Snapshot) -> LockState:
        """Return how it stands; whoever showed who they are since has opened it."""
        attended = (snapshot.staff, snapshot.attended_s)
        if attended != self._attended:
            self._attended = attended
            self.unlock()
        untouched_s = self._now_s() - self._touched_s
        if untouched_s >= LOCK_S:
            self._shut()
        is_near = untouched_s >= LOCK_S - WARN_S and snapshot.staff is not None
        return LockState(self._is_locked, is_near and not self._is_locked, self._turn)

    def touch(self, snapshot: Snapshot) -> None:
        """Somebody is there. A locked page stays locked."""
        if not self.look(snapshot).is_locked:
            self._touched_s = self._now_s()

    def shut(self, snapshot: Snapshot) -> None:
        """Lock at once, until whoever is on duty shows who they are."""
        self.look(snapshot)
        self._shut()

    def _shut(self) -> None:
        if not self._is_locked:
            self._is_locked = True
            self._turn += 1

    def unlock(self) -> None:
        """Open it for three minutes."""
        self._is_locked = False
        self._turn += 1
        self._touched_s = self._now_s()
