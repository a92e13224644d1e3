"""Who was asked to wait at this gate: what the machine said, and what the journal still says.

The main thread's alone. After a restart the holds of passes are read back from the newest
entries; how a hold was placed without a pass keeps no gate shut and is not.
"""

from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import UUID

from kiosk.core.machine_case import ref_of
from kiosk.core.messages import Event, OpenCase, PassPresented, RepeatAsked, TemperatureTyped
from kiosk.core.messages_staff import HoldLifted, HoldPlaced, OverrideGiven
from kiosk.core.words import EntryKind, Held, Recorded, TraceLine

PLACED = (TraceLine("hold", "placed"),)
NOBODY = UUID(int=0)
LOOKED_BACK_MAX = 2_000  # chosen: entries of a busy day and more
HELD_MAX = 64  # chosen: more than wait at any gate; the oldest is let go


@dataclass
class Holds:
    """The holds that stand, by the scan that each is about. Newest last."""

    by_scan: dict[UUID, Held] = field(default_factory=dict)

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
        of_it = (held for held in self.by_scan.values() if held.cti == cti)
        return next(of_it, None) if cti is not None else None

    def informed(self, event: Event) -> Event:
        """Return an event that knows what holds there are on its pass."""
        match event:
            case HoldPlaced(about=about):
                found = self.by_scan.get(event.scan_id)
                return replace(event, held=found or self.on(about.cti if about else None))
            case HoldLifted():
                return replace(event, held=self.by_scan.get(event.scan_id))
            case OverrideGiven(about=about):
                return replace(event, held=self.on(about.cti if about else None))
            case TemperatureTyped(case=case) | RepeatAsked(case=case) if case is not None:
                is_held = self.on(cti_of(case.shown)) is not None
                return replace(event, case=_knowing(case, is_held=is_held))
        return event


class Kept(Protocol):
    """A journal."""

    def recent(self, limit: int) -> tuple[Recorded, ...]:
        """Return the newest entries, newest first."""


def read_holds(journal: Kept) -> Holds:
    """Return the holds that the newest entries tell of."""
    holds = Holds()
    for recorded in reversed(journal.recent(LOOKED_BACK_MAX)):
        entry = recorded.entry
        if entry.cti is None:
            continue
        if entry.kind is EntryKind.HOLD and entry.trace == PLACED:
            held = Held(
                UUID(int=recorded.seq), entry.at, entry.staff or "", entry.cti, entry.sub
            )
            holds.place(held)
        elif entry.kind in (EntryKind.HOLD, EntryKind.OVERRIDE):
            holds.release(NOBODY, entry.cti)
    return holds


def cti_of(shown: PassPresented) -> bytes:
    """Return what a hold knows a pass by."""
    return ref_of(shown.outcome)


def _knowing(case: OpenCase, *, is_held: bool) -> OpenCase:
    shown = case.shown
    return replace(case, shown=replace(shown, facts=replace(shown.facts, is_held=is_held)))
