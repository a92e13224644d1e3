"""What the staff page shows beside the case: cards that are out, a vehicle, the day so far."""

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from kiosk.core.words import Recorded
from kiosk.core.words_home import DAY_MS, OpenVehicle
from kiosk.errors import MessageError
from kiosk.journal.recall import read_newest_rows
from kiosk.ledger.today import DayCounts, after, on_day
from kiosk.ports import Register
from kiosk.timing import Stamp
from kiosk.wire import decode_entry, encode_entry

LOOK_EVERY_S = 1.0
TODAY_MAX = 6_000  # chosen: entries of a very long day; more are not counted after a restart
_SHOWN = (
    "entered",
    "left",
    "referred",
    "denied",
    "visitors",
    "persuaded",
    "withdrawn",
    "typed",
    "infrared",
    "inside",
)


@dataclass(frozen=True, slots=True)
class Beside:
    """One look at all of it."""

    regulars: tuple[int, ...] = ()
    overstayed: tuple[int, ...] = ()
    open_vehicle: OpenVehicle | None = None
    register_age_s: float | None = None
    waiting_form: bool = False
    inside_cards: tuple[int, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()


class BesideTheCase:
    """Looks once a second, and after each entry. The main thread's alone; nothing raises."""

    def __init__(self, register: Register, journal_path: Path, utc_offset_s: int) -> None:
        self._register, self._offset_ms = register, utc_offset_s * 1000
        self._journal = journal_path
        self._counts: DayCounts | None = None
        self._looked_s = -LOOK_EVERY_S
        self._seen = Beside()

    def note(self, recorded: Recorded, now: Stamp) -> None:
        """Count an entry that was written, and look again at once."""
        self._looked_s = now.mono_s - LOOK_EVERY_S
        if self._counts is None:
            return  # the journal is read at the next look, this entry with it
        with contextlib.suppress(MessageError):
            wire = decode_entry(encode_entry(recorded.entry, seq=recorded.seq, boot_no=0))
            self._counts = after(self._counts, wire, self._midnight_ms(now))

    def look(self, now: Stamp) -> Beside:
        """Return what is known, at most a second old."""
        if now.mono_s - self._looked_s < LOOK_EVERY_S:
            return self._seen
        self._looked_s = now.mono_s
        counts = self._counts or self._counts_of_today(now)
        self._counts = counts = on_day(counts, self._midnight_ms(now))
        register = self._register
        self._seen = Beside(
            regulars=register.regulars(now),
            overstayed=register.overstayed(now),
            open_vehicle=register.open_vehicle(now),
            register_age_s=register.age_s(now),
            waiting_form=register.has_waiting_form(now),
            inside_cards=register.inside_cards(),
            counts=tuple((name, getattr(counts, name)) for name in _SHOWN),
        )
        return self._seen

    def _counts_of_today(self, now: Stamp) -> DayCounts:
        """Return the counts from the journal: who was inside before today is not among them."""
        midnight_ms = self._midnight_ms(now)
        counts = DayCounts(day_start_ms=midnight_ms)
        rows: list[tuple[int, bytes, bytes]] = []
        with contextlib.suppress(sqlite3.Error):
            rows = read_newest_rows(self._journal, TODAY_MAX)
        today = []
        for _, body, _ in rows:
            with contextlib.suppress(MessageError):
                entry = decode_entry(body)
                if entry.utc_ms < midnight_ms:
                    break
                today.append(entry)
        for entry in reversed(today):
            counts = after(counts, entry, midnight_ms)
        return counts

    def _midnight_ms(self, now: Stamp) -> int:
        local_ms = int(now.utc.timestamp() * 1000) + self._offset_ms
        return local_ms - local_ms % DAY_MS - self._offset_ms
