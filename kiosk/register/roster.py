"""Who should be at this gate, as central sent it: rows of the directory, one for each day.

A row that cannot be read says nothing. Names are short ones (w01), so nothing is locked.
"""

from datetime import timedelta

from kiosk.core.duty import Shift
from kiosk.errors import MessageError
from kiosk.register.directory import Directory
from kiosk.timing import Stamp
from kiosk.wire.roster import ROSTER_ROW, decode_shifts, local_day, roster_key

DAYS_AHEAD = 7  # chosen: who comes next is looked for so far


class RosterHere:
    """The shifts of one gate. Any thread; never raises."""

    def __init__(self, directory: Directory, gate: str, utc_offset_s: int) -> None:
        self._directory, self.gate, self._offset_s = directory, gate, utc_offset_s

    def now_and_next(self, at: Stamp) -> tuple[tuple[Shift, ...], tuple[Shift, ...]]:
        """Return who should be here, and whose shifts begin next, all at the same time."""
        now_ms = int(at.utc.timestamp() * 1000)
        shifts = self._shifts(now_ms)
        here = tuple(one for one in shifts if one.from_ms <= now_ms < one.until_ms)
        later = [one for one in shifts if one.from_ms > now_ms]
        first_ms = min((one.from_ms for one in later), default=0)
        return here, tuple(one for one in later if one.from_ms == first_ms)

    def _shifts(self, now_ms: int) -> list[Shift]:
        """Return the shifts of the days ahead, and of yesterday: one may last over midnight."""
        today = local_day(now_ms, self._offset_s)
        shifts: list[Shift] = []
        for ahead in range(-1, DAYS_AHEAD + 1):
            key = roster_key(self.gate, today + timedelta(days=ahead))
            blob = self._directory.row(ROSTER_ROW, key)
            if blob is None:
                continue
            try:
                shifts += decode_shifts(self.gate, blob)
            except MessageError:
                continue
        return shifts
