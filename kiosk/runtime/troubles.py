"""The faults that hold now. Each is logged when it begins and when it ends."""

import logging

from kiosk import log
from kiosk.core.faults import FAULTS, Fault, Severity
from kiosk.ports import ActiveFault
from kiosk.timing import Clock


class Troubles:
    """The board of active faults. Each fault has one reporting thread; anybody may read.

    Implements `ports.FaultReport`. Single steps on the dict are atomic, so no lock is needed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._active: dict[Fault, ActiveFault] = {}
        self._counts: dict[Fault, int] = {}

    def __call__(self, fault: Fault, *, is_on: bool, detail: str = "") -> None:
        """Say that `fault` holds, or does not. Saying it again only counts."""
        if is_on:
            self._begin(fault, detail)
        elif (ended := self._active.pop(fault, None)) is not None:
            seconds = self._clock.mono_s() - ended.since.mono_s
            log.event(
                log.Event.FAULT_ENDED,
                fault=fault.value,
                seconds=round(seconds, 1),
                count=self._counts.pop(fault, 1),
            )

    def _begin(self, fault: Fault, detail: str) -> None:
        self._counts[fault] = self._counts.get(fault, 0) + 1
        if fault in self._active:
            return
        self._active[fault] = ActiveFault(fault, self._clock.now(), detail)
        row = FAULTS[fault]
        level = logging.ERROR if row.severity is Severity.NEEDS_PERSON else logging.WARNING
        log.event(row.event, level=level, detail=detail)

    def holds(self, *faults: Fault) -> bool:
        """Return whether any of `faults` holds."""
        return any(fault in self._active for fault in faults)

    def active(self) -> tuple[ActiveFault, ...]:
        """Return what holds now, oldest first."""
        return tuple(self._active.values())
