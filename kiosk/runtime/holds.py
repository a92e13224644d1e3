"""Who was asked to wait at this gate: what the machine said, and what the journal still says.

The main thread's alone. After a restart the holds of passes are read back from the newest
entries, at the first chance: there may be no journal when the gate starts. A hold without a
pass keeps no gate shut and is not read back.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import UUID

from kiosk.core.messages import Event
from kiosk.core.messages_staff import HoldLifted, HoldPlaced, OverrideGiven
from kiosk.core.words import EntryKind, Held, Recorded, TraceLine
from kiosk.errors import JournalError

PLACED = (TraceLine("hold", "placed"),)
NOBODY = UUID(int=0)
_TOLD_BY = (EntryKind.HOLD, EntryKind.OVERRIDE)
LOOKED_BACK_MAX = 100_000  # chosen: a month of a busy gate, looked through in 0.1 s here
HELD_MAX = 64  # chosen: more than wait at any gate; the oldest is let go


@dataclass
class Holds:
    """The holds that stand, by the scan that each is about. Newest last."""

    by_scan: dict[UUID, Held] = field(default_factory=dict)
    journal: "Kept | None" = None  # until it was read

    def place(self, held: Held) -> None:
        """Keep a hold."""
        self.by_scan[held.scan_id] = held
        self.by_scan = dict(list(self.by_scan.items())[-HELD_MAX:])

    def release(self, scan_id: UUID, cti: bytes | None) -> None:
        """Forget a hold, and every other on the same pass."""
        self.by_scan = {
            scan: held
            for scan, held in self.by_scan.items()
            if scan != scan_id and (cti is None or held.cti != cti)
        }

    def standing(self) -> tuple[Held, ...]:
        """Return what stands, newest first."""
        return tuple(reversed(self.by_scan.values()))

    def on(self, cti: bytes | None) -> Held | None:
        """Return the hold on a pass."""
        self.remember()
        of_it = (held for held in self.by_scan.values() if held.cti == cti)
        return next(of_it, None) if cti is not None else None

    def informed(self, event: Event) -> Event:
        """Return an event that knows what holds there are on its pass."""
        self.remember()
        match event:
            case HoldPlaced(about=about):
                found = self.by_scan.get(event.scan_id)
                return replace(event, held=found or self.on(about.cti if about else None))
            case HoldLifted():
                return replace(event, held=self.by_scan.get(event.scan_id))
            case OverrideGiven(about=about):
                return replace(event, held=self.on(about.cti if about else None))
        return event

    def remember(self) -> None:
        """Read the journal as soon as there is one; what was placed since stands as well."""
        if self.journal is None:
            return
        try:
            newest = self.journal.newest_of(_TOLD_BY, LOOKED_BACK_MAX)
        except JournalError:
            return
        self.journal = None
        since, self.by_scan = self.by_scan, {}
        for recorded in reversed(newest):
            _follow(self, recorded)
        for held in since.values():
            self.release(held.scan_id, held.cti)
            self.place(held)


class Kept(Protocol):
    """A journal."""

    def newest_of(self, kinds: Collection[EntryKind], back: int) -> tuple[Recorded, ...]:
        """Return the entries of these kinds among the newest `back`, newest first.

        Raises JournalError.
        """


def read_holds(journal: Kept) -> Holds:
    """Return the holds that the newest entries tell of, or will when they can be read."""
    holds = Holds(journal=journal)
    holds.remember()
    return holds


def _follow(holds: Holds, recorded: Recorded) -> None:
    """Place or release what an entry tells of."""
    entry = recorded.entry
    if entry.cti is None:
        return
    if entry.kind is EntryKind.HOLD and entry.trace == PLACED:
        scan = UUID(int=recorded.seq)
        holds.place(Held(scan, entry.at, entry.staff or "", entry.cti, entry.sub))
    else:
        holds.release(NOBODY, entry.cti)
