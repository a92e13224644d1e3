"""Fevers and incidents as the main thread keeps them: from the journal, and what central said.

The sync thread asks central for those that are open, the sooner the longer nobody answered.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from kiosk import log
from kiosk.core import matters
from kiosk.core.faults import Fault
from kiosk.core.machine_entries import utc_ms
from kiosk.core.matters import CaseWord, Matter, MatterKind, MatterNow
from kiosk.core.matters_acts import closed_by
from kiosk.core.messages import RecordEntry
from kiosk.core.rules import Rules
from kiosk.core.words import Recorded
from kiosk.ports import Asking, FaultReport, SyncStatus
from kiosk.timing import Stamp

ASK_FAST_FOR_S = 1800.0  # after that a waiting gate asks more seldom
UNHEARD_S = 10.0  # chosen: an urgent entry is at central in two seconds, if there is a way
RECALL_MAX = 200  # chosen: urgent entries of many days
Recall = Callable[[], tuple[Recorded, ...]]


@dataclass(frozen=True, slots=True)
class _Opened:
    """When this run first saw a matter, and whether its answer and end were logged."""

    at_s: float
    is_answered: bool = False


class MatterBook:
    """The main thread's alone, but for `asking`. Nothing raises."""

    def __init__(self, recall: Recall = tuple) -> None:
        """`recall` returns the urgent entries of the journal, oldest first."""
        self._recall: Recall | None = recall
        self._matters: matters.Matters = ()
        self._now: tuple[MatterNow, ...] = ()
        self._seen: dict[int, _Opened] = {}
        self._ended: list[tuple[Matter, Recorded]] = []
        self._asking = Asking()
        self._newest = 0  # entry that was read or noted

    def note(self, recorded: Recorded) -> None:
        """Take an entry that was written down."""
        was_read = self._recall is None
        self._remember()
        if recorded.seq <= self._newest and not was_read:
            return  # the journal was read just now, this entry with it
        if recorded.seq <= self._newest:
            self._begin_anew()
        self._newest = recorded.seq
        if (ended := matters.ended_by(self._matters, recorded)) is not None:
            self._ended.append((ended, recorded))
        before = len(self._matters)
        self._matters = matters.after(self._matters, recorded)
        if len(self._matters) > before:
            kind = self._matters[-1].kind.value
            log.event(log.Event.MATTER_OPENED, seq=recorded.seq, kind=kind)

    def take_endings(self, rules: Rules) -> tuple[RecordEntry, ...]:
        """Return the entries that end fevers since the last call."""
        ended, self._ended = self._ended, []
        return tuple(closed_by(matter, recorded, rules) for matter, recorded in ended)

    def look(
        self, at: Stamp, sync: SyncStatus | None, troubles: FaultReport
    ) -> tuple[MatterNow, ...]:
        """Return what is open, oldest first, with what central knows and says of it."""
        self._remember()
        every = (_now_of(one, sync or SyncStatus()) for one in self._matters)
        before = {one.matter.seq for one in self._now}
        self._now = tuple(one for one in every if matters.still_shown(one, at))
        for seq in sorted(before - {one.matter.seq for one in self._now}):
            log.event(log.Event.MATTER_ENDED, seq=seq)
        for one in self._now:
            self._tell(one, at)
        self._asking = self._to_ask()
        is_late = any(self._is_unheard(one, at) for one in self._now)
        troubles(Fault.MATTER_UNHEARD, is_on=is_late and sync is not None)
        return self._now

    def running(self, at: Stamp) -> Matter | None:
        """Return the incident that a tap now is about."""
        return matters.running_incident(self._now, at)

    def find(self, seq: int) -> Matter | None:
        """Return an open matter by the entry that opened it."""
        return next((one.matter for one in self._now if one.matter.seq == seq), None)

    def has_fever(self, cti: bytes, since_ms: int) -> bool:
        """Whether whoever has this pass since then waits to be measured by contact."""
        fevers = (one.matter for one in self._now if one.matter.kind is MatterKind.FEVER)
        return any(one.cti == cti and utc_ms(one.at) >= since_ms for one in fevers)

    def asking(self) -> Asking:
        """Return what central is to be asked for. Any thread."""
        return self._asking

    def _remember(self) -> None:
        """Read the journal at the first chance: there may be none when the gate starts."""
        if self._recall is None:
            return
        try:
            recalled = self._recall()
        except (sqlite3.Error, OSError):
            return
        self._recall, self._matters = None, ()  # what was noted before stands in it as well
        for recorded in recalled:
            self._matters = matters.after(self._matters, recorded)
            self._newest = recorded.seq

    def _begin_anew(self) -> None:
        """Entries of a journal that was set aside mean nothing in the one that follows it."""
        self._matters, self._now, self._seen, self._ended = (), (), {}, []

    def _tell(self, one: MatterNow, at: Stamp) -> None:
        seq = one.matter.seq
        seen = self._seen.get(seq, _Opened(at.mono_s))
        if one.is_answered and not seen.is_answered:
            log.event(log.Event.MATTER_ANSWERED, seq=seq)
        self._seen[seq] = _Opened(seen.at_s, one.is_answered)
        self._seen = {s: kept for s, kept in self._seen.items() if s >= self._matters[0].seq}

    def _to_ask(self) -> Asking:
        seqs = tuple(one.matter.seq for one in self._now)
        waiting = [self._seen[one.matter.seq].at_s for one in self._now if not one.is_answered]
        if not waiting:
            return Asking(seqs)
        return Asking(seqs, is_waiting=True, fast_until_s=max(waiting) + ASK_FAST_FOR_S)

    def _is_unheard(self, one: MatterNow, at: Stamp) -> bool:
        return not one.is_sent and at.mono_s - self._seen[one.matter.seq].at_s > UNHEARD_S


def _now_of(matter: Matter, sync: SyncStatus) -> MatterNow:
    is_sent = matter.seq <= sync.sent_to or matter.seq in sync.sent
    said = [word for word in sync.words if word.seq == matter.seq]
    return MatterNow(matter, is_sent, _best(said))


def _best(said: list[CaseWord]) -> CaseWord | None:
    """Return the word that goes furthest; a central that was restored may say less."""
    return max(said, key=lambda word: word.state.value, default=None)
