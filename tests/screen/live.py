"""The gate's own core behind the staff page: what staff tap is stepped, run and shown."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from kiosk.core.faults import Fault
from kiosk.core.machine import present_entry
from kiosk.core.messages import StaffEvent
from kiosk.core.words import Entry, EntryKind
from kiosk.ports import Snapshot
from kiosk.timing import Stamp
from tests.runtime.test_holds import RULES, Lane
from tests.screen.making import Served, snapshot


@dataclass
class LiveGate:
    """The main thread's inbox, served at once."""

    lane: Lane = field(default_factory=Lane)
    screen: Served | None = None
    has_look_up: bool = True

    def __call__(self, make: Callable[[Stamp], StaffEvent]) -> Future[Fault | None]:
        """Serve what staff handed in, and show what came of it."""
        self.lane.serve(make(self.lane.now))
        self.publish()
        answer = Future[Fault | None]()
        answer.set_result(None)
        return answer

    def publish(self) -> None:
        """Show the gate as it stands."""
        assert self.screen is not None
        self.screen.show(self.snapshot())

    def snapshot(self) -> Snapshot:
        """The gate as it stands."""
        done, now = self.lane.executor, self.lane.now
        return snapshot(
            done.show or snapshot().show,
            at=now,
            recent=done.recent,
            staff=done.staff,
            attended_s=done.attended_s,
            held=done.holds.standing(),
            at_gate=present_entry(self.lane.state, RULES),
            open_cases=done.open_cases.entries(now),
            has_look_up=self.has_look_up,
        )

    def written(self, kind: EntryKind) -> list[Entry]:
        """The entries of one kind, oldest first."""
        return [entry for entry in self.lane.world.entries if entry.kind is kind]
