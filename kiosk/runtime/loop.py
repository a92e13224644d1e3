"""The main thread: inbox -> facts -> step -> execute -> publish. It alone holds the state."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from kiosk import log
from kiosk.core import passing
from kiosk.core.faults import Fault
from kiosk.core.machine import Idle, State, step, waiting_entry
from kiosk.core.messages import (
    Event,
    Measuring,
    PassageSeen,
    PassPresented,
    Show,
    Tick,
)
from kiosk.core.messages_staff import Persuaded
from kiosk.core.rules import Rules, is_by_hand
from kiosk.core.wording import Page
from kiosk.core.words import Credential, DisplayRecord, Entry, Recorded, Surroundings
from kiosk.ports import ActiveFault, Screen, Snapshot, SyncStatus
from kiosk.runtime.execute import Executor, Ports
from kiosk.runtime.informing import Informer
from kiosk.runtime.supervisor import Supervisor
from kiosk.runtime.wires import Wires
from kiosk.timing import ClockState, Stamp

TAKE_S = 0.1
PUBLISH_EVERY_S = 1.0  # ages on the staff page move on
KEEP_HOUSE_EVERY_S = 60.0
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
    has_contact: bool = False  # something sees people going through


@dataclass(frozen=True, slots=True)
class KeptMeasuring:
    """How staff wanted temperatures taken before the restart, and how that is kept."""

    measuring: Measuring
    keep: Callable[[Measuring], None]


class MainLoop:
    """Runs until told to stop. Owns the state, the rules and the journal's connection."""

    def __init__(
        self,
        ports: Ports,
        wires: Wires,
        rules: Rules,
        views: Views,
        supervisor: Supervisor,
        *,
        recent: tuple[Recorded, ...],
        kept: KeptMeasuring,
    ) -> None:
        self._ports = ports
        self._wires = wires
        self._rules = rules
        self._views = views
        self._supervisor = supervisor
        self._executor = Executor(
            ports,
            wires.clock,
            wires.troubles,
            supervisor.beat_main,
            recent=recent,
            measuring=kept.measuring,
            keep_measuring=kept.keep,
        )
        self._informer = Informer(ports, self._executor, views.surroundings, views.list_age_s)
        self._state: State = Idle()
        self._awaiting: passing.Awaiting = ()
        self._display: tuple[float, DisplayRecord | None] = (0.0, None)
        self._published: tuple[object, ...] = ()
        self._published_s = 0.0
        self._ticked_s = 0.0

    def show_starting(self) -> None:
        """Put "getting ready" on the screen until the gate can serve."""
        now = self._wires.clock.now()
        self._executor.run((Show(Page.STARTING, now.mono_s, None),))
        self._publish()

    def run(
        self,
        stop: threading.Event,
        *,
        keep_house: Callable[[], None],
        written: Callable[[], None],
    ) -> None:
        """Serve until `stop`, or until a fresh start is due and nobody is at the gate.

        `written` is called after entries, `keep_house` when idle.
        """
        now_s = self._wires.clock.mono_s()
        self._executor.run((Show(Page.IDLE, now_s, None),))
        kept_s = now_s
        while not stop.is_set() and not self._should_start_afresh():
            self._supervisor.beat_main()
            newest = self._executor.recent
            self._turn()
            if self._executor.recent is not newest:
                written()
            now_s = self._wires.clock.mono_s()
            if isinstance(self._state, Idle) and now_s - kept_s > KEEP_HOUSE_EVERY_S:
                keep_house()
                kept_s = now_s

    def _should_start_afresh(self) -> bool:
        return self._supervisor.has_hung and isinstance(self._state, Idle)

    def _turn(self) -> None:
        if (event := self._ports.inbox.take(TAKE_S)) is not None:
            self._serve(event)
        if self._ports.gate.take_passage():
            self._passage_seen()
        now = self._wires.clock.now()
        if now.mono_s - self._ticked_s >= TAKE_S / 2:  # a flood of events cannot starve time
            self._ticked_s = now.mono_s
            self._serve(Tick(now))
        self._look_around(now)
        self._publish()

    def _look_around(self, now: Stamp) -> None:
        """The troubles that are seen rather than met."""
        troubles = self._wires.troubles
        self._executor.write_owed()
        troubles(Fault.CLOCK_UNSURE, is_on=now.clock is ClockState.UNSURE)
        troubles(Fault.CLOCK_OLD, is_on=now.clock is ClockState.HOLDOVER)
        troubles(Fault.TRUST_MISSING, is_on=self._views.trust_issued_s() is None)

    def _passage_seen(self) -> None:
        log.event(log.Event.GATE_PASSED)
        self._ports.register.note_passage()
        self._serve(PassageSeen(self._wires.clock.now()))

    def _serve(self, event: Event) -> None:
        """One event through the core; a command that fails becomes the next event."""
        if isinstance(event, PassPresented):
            self._display = (event.at.mono_s, event.display)
        event = self._informer.informed(event)
        self._state, commands = step(self._state, event, self._rules)
        if (failed := self._executor.run(commands)) is not None:
            self._state, commands = step(self._state, failed, self._rules)
            self._executor.run(commands)
        self._await(event)

    def _await(self, event: Event) -> None:
        """Wait for whoever was let through, where a contact sees people going through."""
        granted = self._executor.take_granted()
        if not self._views.has_contact:
            return
        for recorded in granted:
            at = self._wires.clock.now()
            self._awaiting = passing.granted(self._awaiting, recorded, at, self._rules)
        match event:
            case PassageSeen():
                self._awaiting = passing.passed(self._awaiting)
            case Persuaded(scan_id=scan_id):
                self._awaiting = passing.left(self._awaiting, scan_id)
            case PassPresented(outcome=Credential(cti=cti), at=at):
                self._awaiting = passing.opened_again(self._awaiting, cti, at, self._rules)
            case Tick(at):
                self._awaiting, back = passing.overdue(self._awaiting, at, self._rules)
                self._executor.run(back)

    def _shown_of_holder(self, now: Stamp) -> DisplayRecord | None:
        """Return what staff may see of whoever showed a pass, for a few seconds."""
        since_s, record = self._display
        return record if now.mono_s - since_s <= DISPLAY_S else None

    def _open_cases(self, now: Stamp) -> tuple[Entry, ...]:
        """Return the cases that staff may end, the one that waits at the gate first."""
        waiting = waiting_entry(self._state, self._rules)
        written = self._executor.open_cases.entries(now)
        if waiting is None:
            return written
        return (waiting, *(e for e in written if e.scan_id != waiting.scan_id))

    def _publish(self) -> None:
        """Hand the pages what changed, and the whole each second."""
        now = self._wires.clock.now()
        faults: tuple[ActiveFault, ...] = self._wires.troubles.active()
        done, cases = self._executor, self._open_cases(now)
        display = self._shown_of_holder(now)
        seen = (done.show, done.recent, faults, done.staff, done.measuring, cases, display)
        is_due = now.mono_s - self._published_s >= PUBLISH_EVERY_S
        if self._executor.show is None or (seen == self._published and not is_due):
            return
        self._published, self._published_s = seen, now.mono_s
        self._views.screen.publish(
            Snapshot(
                at=now,
                show=self._executor.show,
                recent=self._executor.recent,
                faults=faults,
                sync=self._views.sync(),
                trust_issued_s=self._views.trust_issued_s(),
                staff=done.staff,
                measuring=done.measuring,
                surroundings=self._views.surroundings(),
                is_by_hand=is_by_hand(self._informer.lane(now), self._rules),
                display=display,
                has_look_up=self._views.has_look_up(),
                open_cases=cases,
            )
        )
