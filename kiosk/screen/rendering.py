"""What was posted -> what each page is sent. A gate that fell silent says so, and no more."""

from dataclasses import asdict

from kiosk.config import PrivacyConfig
from kiosk.screen.desk import Desk
from kiosk.screen.desk_lock import OPEN, LockState
from kiosk.screen.hub import Posted
from kiosk.screen.one_screen import duty_strip, open_view, shut_view
from kiosk.screen.speech import Voice
from kiosk.screen.staff_view import staff_view
from kiosk.screen.stream import is_stale
from kiosk.screen.view import Scenery, View, public_view, waiting_view


class Rendering:
    """The views of one gate. Lives in the screen's event loop."""

    def __init__(
        self,
        scenery: Scenery,
        privacy: PrivacyConfig,
        voice: Voice,
        desk: Desk | None,
        *,
        is_one: bool,
        has_tablets: bool,
    ) -> None:
        """`is_one`: staff have no screen but the resident's. `has_tablets`: some may pair."""
        self._scenery, self._privacy, self._voice = scenery, privacy, voice
        self._desk, self._is_one, self._has_tablets = desk, is_one, has_tablets

    def public(self, posted: Posted) -> View:
        """Return the resident's page."""
        if posted.snapshot is None or is_stale(posted):
            is_lost = posted.snapshot is not None
            view = waiting_view(posted.show_no, self._scenery, is_lost=is_lost)
            return {**view, **self._voice.silent()}
        view = public_view(posted.snapshot, posted.show_no, self._scenery)
        view |= self._voice.heard(posted.snapshot, posted.show_no, view["hint"])
        if not self._is_one:
            return view
        return {**view, "duty": duty_strip(posted.snapshot, self._scenery, self._privacy)}

    def staff(self, posted: Posted) -> View:
        """Return the staff page; on the one screen there is, shut until somebody opens it."""
        if posted.snapshot is None or is_stale(posted):
            return {"show": posted.show_no, "is_lost": True}
        lock = self._lock(posted)
        view = {
            **staff_view(posted.snapshot, posted.show_no, self._scenery, self._privacy),
            "has_desk": self._desk is not None,
            "has_tablets": self._has_tablets,
            "lock": asdict(lock),
        }
        if not self._is_one:
            return view
        if self._is_shut(posted, lock):
            return shut_view(view)
        return open_view(view, posted.snapshot.show.page, self.public(posted))

    def photo(self, posted: Posted) -> bytes:
        """Return the holder's photograph while the staff page may show it, else nothing."""
        if posted.snapshot is None or is_stale(posted) or not self._privacy.show_labels:
            return b""
        is_shut = self._is_one and self._is_shut(posted, self._lock(posted))
        record = posted.snapshot.display
        return b"" if record is None or is_shut else record.photo

    def _lock(self, posted: Posted) -> LockState:
        if self._desk is None or posted.snapshot is None:
            return OPEN
        return self._desk.locking(posted.snapshot)

    def _is_shut(self, posted: Posted, lock: LockState) -> bool:
        return lock.is_locked or posted.snapshot is None or posted.snapshot.staff is None
