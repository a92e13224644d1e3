"""Who keeps this gate: the watch as the entries tell it, the roster, the other gates.

The main thread's alone. All of it follows from entries and from what central sent, so that a
restart knows it again; who was on duty before one is signed off, in an entry, because nobody
can tell whether they are still there.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from kiosk.core.duty import (
    BAD,
    OK,
    WARN,
    DutyBoard,
    DutyFacts,
    GateNow,
    Leaving,
    Shift,
    Watch,
)
from kiosk.core.faults import FAULTS, Severity
from kiosk.core.words import Recorded
from kiosk.ledger.handover import after, details_of
from kiosk.ports import ActiveFault
from kiosk.register.roster import RosterHere
from kiosk.runtime.beside import BesideTheCase
from kiosk.runtime.duty_recall import watch_before
from kiosk.sync.neighbours import Neighbours, covering
from kiosk.timing import ClockState, Stamp
from kiosk.wire import decode_entry, encode_entry

LOOK_EVERY_S = 5.0  # the roster changes at most with a report

Active = Callable[[], tuple[ActiveFault, ...]]


class DutyKeeper:
    """Follows each entry; answers what a change of duty writes, and what the page shows."""

    def __init__(
        self,
        journal: Path,
        roster: RosterHere,
        neighbours: Neighbours,
        beside: BesideTheCase,
        faults: Active,
    ) -> None:
        self._gate, self._roster, self._neighbours = roster.gate, roster, neighbours
        self._beside, self._faults = beside, faults
        self._watch = watch_before(journal)
        self._looked_s = -LOOK_EVERY_S
        self._shifts: tuple[tuple[Shift, ...], tuple[Shift, ...]] = ((), ())

    @property
    def interrupted(self) -> str | None:
        """Return who was on duty when the gate was stopped."""
        return self._watch.staff

    def note(self, recorded: Recorded) -> None:
        """Follow an entry that was written."""
        body = encode_entry(recorded.entry, seq=recorded.seq, boot_no=0)
        self._watch = after(self._watch, decode_entry(body))

    def facts(self, at: Stamp, staff: str | None, cases: int) -> DutyFacts:
        """Return what is handed over when `staff` come, or go (None); `cases` wait."""
        watch = self._watch
        sheet = watch.sheet
        untaken = sheet.seq if sheet is not None and sheet.taken_by is None else None
        if watch.staff is None or watch.staff == staff:
            return DutyFacts(sheet_seq=untaken if watch.staff is None else None)
        beside = self._beside.look(at)
        details = details_of(
            watch,
            cases=cases,
            cards=len(beside.inside_cards),
            overstayed=len(beside.overstayed),
            faults=[active.fault.value for active in self._faults()],
            is_sure=at.clock is not ClockState.UNSURE,
        )
        return DutyFacts(Leaving(uuid4(), watch.staff, details))

    def board(self, at: Stamp, staff: str | None, waiting: int) -> DutyBoard:
        """Return what the duty section shows; tells central how this gate stands."""
        watch = self._watch
        since_s, level = _seconds_of(watch, at), self._level()
        now = GateNow(self._gate, staff, since_s, watch.covers, waiting, level)
        self._neighbours.say(now, at.mono_s)
        others, told_s = self._neighbours.others(at.mono_s)
        if at.mono_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s, self._shifts = at.mono_s, self._roster.now_and_next(at)
        here, next_ = self._shifts
        aged = tuple(replace(o, heard_s=o.heard_s + int(told_s or 0)) for o in others)
        return DutyBoard(
            watch=watch,
            here=here,
            next=next_,
            has_roster=bool(here or next_),
            others=aged,
            told_s=told_s,
            covered_by=covering(aged, self._gate),
        )

    def _level(self) -> str:
        severities = {FAULTS[active.fault].severity for active in self._faults()}
        if Severity.NEEDS_PERSON in severities:
            return BAD
        return WARN if severities else OK


def _seconds_of(watch: Watch, at: Stamp) -> int:
    """Return how long a watch lasts; one from before this start by clocks that are sure."""
    if watch.since_s or not watch.since_ms:
        return max(0, int(at.mono_s - watch.since_s))
    is_sure = watch.is_sure and at.clock is not ClockState.UNSURE
    return max(0, int(at.utc.timestamp() - watch.since_ms / 1000)) if is_sure else 0
