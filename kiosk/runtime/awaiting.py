"""Whoever was let through and has not gone yet, kept by the main thread from event to event."""

from collections.abc import Callable

from kiosk import log
from kiosk.core import passing
from kiosk.core.faults import Fault
from kiosk.core.messages import Event, PassageSeen, PassPresented, Tick
from kiosk.core.messages_staff import Persuaded
from kiosk.core.rules import Rules
from kiosk.core.words import Credential
from kiosk.ports import FaultReport
from kiosk.runtime.execute import Executor
from kiosk.timing import Clock

UNSEEN_MAX = 5  # chosen: grants in a row that nobody used; more likely is a broken wire


class PassageWatch:
    """Takes back what nobody used; where no contact sees people pass, it does nothing.

    Nor does it where the contact has seen nobody for a long time: people did pass, and what
    is taken back lets a pass in once more.
    """

    def __init__(
        self,
        executor: Executor,
        clock: Clock,
        note_passage: Callable[[int | None], None],
        troubles: FaultReport,
        *,
        has_contact: bool,
    ) -> None:
        """`note_passage` is told whose grant was used, by its seq; None: nobody was awaited."""
        self._executor, self._clock, self._note_passage = executor, clock, note_passage
        self._troubles, self._has_contact = troubles, has_contact
        self._unseen = 0  # grants since the contact saw somebody
        self._awaiting: passing.Awaiting = ()

    def after(self, event: Event, rules: Rules) -> None:
        """Take note of what an event led to; writes down what is taken back."""
        granted = self._executor.take_granted()
        if not self._has_contact:
            return
        for recorded in granted:
            now = self._clock.now()
            self._awaiting = passing.granted(self._awaiting, recorded, now, rules)
        match event:
            case PassageSeen():
                log.event(log.Event.GATE_PASSED)
                self._unseen = 0
                self._troubles(Fault.CONTACT_SILENT, is_on=False)
                first = self._awaiting[0].recorded.seq if self._awaiting else None
                self._note_passage(first)
                self._awaiting = passing.passed(self._awaiting)
            case Persuaded(scan_id=scan_id):
                self._awaiting = passing.left(self._awaiting, scan_id)
            case PassPresented(outcome=Credential(cti=cti), at=at):
                self._awaiting = passing.opened_again(self._awaiting, cti, at, rules)
            case Tick(at):
                self._awaiting, back = passing.overdue(self._awaiting, at, rules)
                self._unseen += len(back)
                if self._unseen < UNSEEN_MAX:
                    self._executor.run(back)
                elif back:
                    self._troubles(Fault.CONTACT_SILENT, is_on=True)
