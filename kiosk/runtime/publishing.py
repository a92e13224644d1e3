"""What the pages are drawn from: gathered when it changed, and once a second."""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.core.faults import Fault
from kiosk.core.machine import State, present_entry, waiting_entry
from kiosk.core.rules import Rules, is_by_hand
from kiosk.core.words import DisplayRecord, Entry, Surroundings
from kiosk.ports import Screen, Snapshot, SyncStatus
from kiosk.runtime.announcing import Announcer
from kiosk.runtime.beside import BesideTheCase
from kiosk.runtime.calls import Calls
from kiosk.runtime.duty import DutyKeeper
from kiosk.runtime.execute import Executor
from kiosk.runtime.informing import Informer
from kiosk.runtime.troubles import Troubles
from kiosk.timing import ClockState, Stamp

PUBLISH_EVERY_S = 1.0  # ages on the staff page move on
DISPLAY_S = 8.0  # a name or a photograph leaves the staff page after this long


@dataclass(frozen=True, slots=True)
class Views:
    """What the pages need beside the state. Each is asked from the main thread."""

    screen: Screen
    sync: Callable[[], SyncStatus | None]
    trust_issued_s: Callable[[], int | None]
    surroundings: Callable[[], Surroundings]
    list_age_s: Callable[[Stamp], float | None]  # of the revocation list
    has_look_up: Callable[[], bool]
    beside: BesideTheCase
    duty: DutyKeeper
    announcer: Announcer
    supplies: tuple[str, ...] = ()  # what may be handed out
    has_contact: bool = False  # something sees people going through


class Publisher:
    """Hands the pages whole snapshots. The main thread's alone."""

    def __init__(
        self, views: Views, executor: Executor, informer: Informer, troubles: Troubles
    ) -> None:
        self._views, self._executor = views, executor
        self._informer, self._troubles = informer, troubles
        self._display: tuple[float, DisplayRecord | None] = (0.0, None)
        self._published: tuple[object, ...] = ()
        self._published_s = 0.0
        self._calls = Calls()

    def shown(self, record: DisplayRecord | None, at: Stamp) -> None:
        """Show staff what they may see of a holder whose pass is in view."""
        self._display = (at.mono_s, record)

    def look_around(self, now: Stamp) -> None:
        """Tell of the troubles that are seen rather than met."""
        self._troubles(Fault.CLOCK_UNSURE, is_on=now.clock is ClockState.UNSURE)
        self._troubles(Fault.CLOCK_OLD, is_on=now.clock is ClockState.HOLDOVER)
        self._troubles(Fault.TRUST_MISSING, is_on=self._views.trust_issued_s() is None)

    def publish(self, state: State, rules: Rules, now: Stamp) -> None:
        """Hand the pages what changed, and the whole each second."""
        done, views = self._executor, self._views
        if done.show is None:
            return
        cases, beside = self._open_cases(state, rules, now), views.beside.look(now)
        sync = views.sync()
        matters = done.matters.look(now, sync, self._troubles)
        faults, display = self._troubles.active(), self._display_at(now)
        board = views.duty.board(now, done.staff, len(cases))
        call = self._calls.look(done.call, now)
        announced = views.announcer.look(done.show.page, now)
        announcements = views.announcer.in_force(now)
        held = done.holds.standing()
        acts = (done.staff, done.attended_s, done.measuring, done.supplies, held)
        at_gate = present_entry(state, rules)
        what = (acts, cases, display, beside, at_gate, call, matters, announced, announcements)
        seen = (done.show, done.recent, faults, *what)
        if seen == self._published and now.mono_s - self._published_s < PUBLISH_EVERY_S:
            return
        self._published, self._published_s = seen, now.mono_s
        views.screen.publish(
            Snapshot(
                at=now,
                show=done.show,
                recent=done.recent,
                faults=faults,
                sync=sync,
                trust_issued_s=views.trust_issued_s(),
                staff=done.staff,
                measuring=done.measuring,
                surroundings=views.surroundings(),
                is_by_hand=is_by_hand(self._informer.lane(now), rules),
                display=display,
                has_look_up=views.has_look_up(),
                open_cases=cases,
                regulars=beside.regulars,
                overstayed=beside.overstayed,
                open_vehicle=beside.open_vehicle,
                supplies=done.supplies,
                supplies_choices=views.supplies,
                counts=beside.counts,
                register_age_s=beside.register_age_s,
                rules_version=rules.version,
                rules_name=rules.name,
                waiting_form=beside.waiting_form,
                duty=board,
                help_since=call,
                matters=matters,
                is_call_owed=done.is_call_owed,
                announced=announced,
                announcements=announcements,
                held=held,
                at_gate=at_gate,
                attended_s=done.attended_s,
            )
        )

    def _display_at(self, now: Stamp) -> DisplayRecord | None:
        """Return what staff may see of whoever showed a pass, for a few seconds."""
        since_s, record = self._display
        return record if now.mono_s - since_s <= DISPLAY_S else None

    def _open_cases(self, state: State, rules: Rules, now: Stamp) -> tuple[Entry, ...]:
        """Return the cases that staff may end, the one that waits at the gate first."""
        waiting = waiting_entry(state, rules)
        written = self._executor.open_cases.entries(now)
        if waiting is None:
            return written
        return (waiting, *(e for e in written if e.scan_id != waiting.scan_id))
