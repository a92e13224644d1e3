"""A gate behind the staff page, in memory, and snapshots of people who wait for staff."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kiosk.core.faults import Fault
from kiosk.core.messages import StaffEvent
from kiosk.core.wording import Page
from kiosk.core.words import Entry, Placement, Reason, Referred, Surroundings
from kiosk.ports import Snapshot
from kiosk.timing import Stamp
from tests.screen.making import entry, show, snapshot, stamp

SCAN = UUID(int=7)
COLD = Surroundings(Placement.OUTDOORS, None, -15.0)


@dataclass
class Gate:
    """The main thread's inbox, in memory."""

    events: list[StaffEvent] = field(default_factory=list)
    has_room: bool = True
    fault: Fault | None = None

    def __call__(self, make: Callable[[Stamp], StaffEvent]) -> Future[Fault | None] | None:
        """Take the event if there is room, and answer at once."""
        if not self.has_room:
            return None
        if self.fault is not Fault.JOURNAL_FULL:
            self.events.append(make(stamp()))
        answer = Future[Fault | None]()
        answer.set_result(self.fault)
        return answer


def whose(pin: str) -> str | None:
    return {"4711": "w01"}.get(pin)


def waiting(label: str = "张*明", scan: int = 7) -> Entry:
    open_case = entry(Referred(Reason.TOO_COLD), label=label, scan=scan)
    return Entry(**{**{k: getattr(open_case, k) for k in Entry.__slots__}, "decision": None})


def on_duty(*cases: Entry, **fields: Any) -> Snapshot:
    known = {"staff": "w01", "surroundings": COLD, "is_by_hand": True, "open_cases": cases}
    return snapshot(show(Page.STAFF_MEASURES), **{**known, **fields})
