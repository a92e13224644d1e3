"""The main thread: inbox -> facts -> step -> execute -> publish. It alone holds the state."""

import threading
from collections.abc import Callable

from kiosk.core.machine import Idle, State, step
from kiosk.core.messages import (
    CommandFailed,
    Event,
    PassageSeen,
    PassPresented,
    Show,
    SignedOff,
    Tick,
)
from kiosk.core.rules import Rules
from kiosk.core.wording import Page
from kiosk.core.words import Recorded
from kiosk.runtime.awaiting import PassageWatch
from kiosk.runtime.execute import SLOW_COMMIT_WAIT_S, Executor, Ports
from kiosk.runtime.informing import Informer
from kiosk.runtime.measuring import KeptMeasuring
from kiosk.runtime.publishing import Publisher, Views
from kiosk.runtime.supervisor import Supervisor
from kiosk.runtime.wires import Wires
from kiosk.timing import Stamp

TAKE_S = 0.1
KEEP_HOUSE_EVERY_S = 60.0


class MainLoop:
    """Runs until told to stop. Owns the state, the rules and the journal's connection."""

    def __init__(
        self,
        ports: Ports,
        wires: Wires,
        current_rules: Callable[[Stamp], Rules],
        views: Views,
        supervisor: Supervisor,
        *,
        recent: tuple[Recorded, ...],
        kept: KeptMeasuring,
    ) -> None:
        self._ports = ports
        self._wires = wires
        self._current_rules = current_rules
        self._rules = current_rules(wires.clock.now())
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
            holds=kept.holds,
            staff=views.duty.interrupted,
        )
        self._informer = Informer(
            ports, self._executor, views.surroundings, views.list_age_s, views.duty.facts
        )
        self._state: State = Idle()
        self._passages = PassageWatch(
            self._executor,
            wires.clock,
            ports.register.note_passage,
            wires.troubles,
            has_contact=views.has_contact,
        )
        self._publisher = Publisher(views, self._executor, self._informer, wires.troubles)
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
        self._sign_off()
        kept_s = now_s
        while not stop.is_set() and not self._should_start_afresh():
            self._supervisor.beat_main()
            written_before = self._executor.written
            self._turn()
            if self._executor.written != written_before:
                written()
            now_s = self._wires.clock.mono_s()
            if isinstance(self._state, Idle) and now_s - kept_s > KEEP_HOUSE_EVERY_S:
                self._supervisor.beat_main(SLOW_COMMIT_WAIT_S)  # it flushes to the card too
                keep_house()
                kept_s = now_s
        self._ports.inbox.close()
        self._executor.write_owed(is_last=True)

    def _sign_off(self) -> None:
        """Whoever was on duty before a restart may have left: they sign on again."""
        if self._executor.staff is not None:
            self._serve(SignedOff(self._wires.clock.now(), is_restart=True))
            self._executor.staff = None

    def _should_start_afresh(self) -> bool:
        return self._supervisor.has_hung and isinstance(self._state, Idle)

    def _turn(self) -> None:
        self._rules = self._current_rules(self._wires.clock.now())
        failed = None
        if (event := self._ports.inbox.take(TAKE_S)) is not None:
            failed = self._serve(event)
        if self._ports.gate.take_passage():
            self._serve(PassageSeen(self._wires.clock.now()))
        now = self._wires.clock.now()
        if now.mono_s - self._ticked_s >= TAKE_S / 2:  # a flood of events cannot starve time
            self._ticked_s = now.mono_s
            self._serve(Tick(now))
        self._executor.write_owed()
        self._publisher.look_around(now)
        self._publish()
        if event is not None:  # its page shows what came of it by now
            self._ports.inbox.served(event, failed.fault if failed is not None else None)

    def _serve(self, event: Event) -> CommandFailed | None:
        """One event through the core; a command that fails becomes the next event.

        Returns that failure.
        """
        if isinstance(event, PassPresented):
            self._publisher.shown(event.display, event.at)
        self._state, commands = self._informer.step(self._state, event, self._rules)
        if (failed := self._executor.run(commands)) is not None:
            self._state, commands = step(self._state, failed, self._rules)
            self._executor.run(commands)
        self._executor.run(self._executor.matters.take_endings(self._rules))
        self._passages.after(event, self._rules)
        return failed

    def _publish(self) -> None:
        self._publisher.publish(self._state, self._rules, self._wires.clock.now())
