"""Fevers and incidents that wait for a named person: what opens one, what is said of it. Pure.

A matter is known by the seq of the entry that opened it. All of it stands in entries: a fever
is opened by the entry that refers its person, an incident by an entry of its own; whatever
staff do about either is an entry that refers to that seq. So a restart loses none of it.
Central says who answered; a gate never answers for itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from kiosk.core.machine_entries import utc_ms
from kiosk.core.words import (
    Entry,
    EntryKind,
    Granted,
    Reading,
    Reason,
    Recorded,
    Referred,
    Source,
)
from kiosk.timing import ClockState, Stamp

FEVER_REASONS = frozenset({Reason.ELEVATED, Reason.BORDERLINE, Reason.INCONSISTENT})
SAME_TAP_S = 60.0  # a second tap so soon is about the same incident
UNANSWERED_S = 1800.0  # chosen: so is one while nobody answered, for half an hour
OPEN_S = 24 * 3600.0  # chosen: what nobody answered in a day leaves the page; central keeps it
ANSWERED_S = 4 * 3600.0  # chosen: somebody deals with it, and forgot to close it
MATTERS_MAX = 20  # chosen: more than one gate has in a day
ACT = "act"  # the detail of an entry that says what staff did


class MatterKind(Enum):
    """What waits for a person."""

    FEVER = "fever"
    INCIDENT = "incident"


class Act(Enum):
    """What staff did about a matter. None of these answers it."""

    CALLED = "called"
    AGAIN = "again"
    WITHDRAWN = "withdrawn"  # tapped by mistake
    CLOSED = "closed"  # measured again by contact, and normal


class CaseState(Enum):
    """How far central is with a matter; wire values."""

    OPEN = 0
    ANSWERED = 1
    CLOSED = 2


@dataclass(frozen=True, slots=True)
class CaseWord:
    """What central says of one matter: who answered it, or closed it, and when."""

    seq: int
    state: CaseState
    by: str = ""
    utc_ms: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who is called, so many seconds after a matter was opened."""

    name: str
    phone: str
    role: str
    after_s: int


@dataclass(frozen=True, slots=True)
class Matter:
    """One fever or incident as the journal has it."""

    seq: int
    kind: MatterKind
    at: Stamp
    staff: str | None = None
    cti: bytes | None = None
    label: str = ""  # masked; empty after a restart
    reason: Reason | None = None
    parts: frozenset[int] = frozenset()  # later entries about the same
    calls: int = 1
    called: Stamp | None = None  # the newest tap
    withdrawn_by: str | None = None
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class MatterNow:
    """A matter with what is known of it at this instant."""

    matter: Matter
    is_sent: bool
    word: CaseWord | None = None

    @property
    def is_answered(self) -> bool:
        """Whether a named person at central deals with it, or did."""
        return self.word is not None and self.word.state is not CaseState.OPEN


Matters = tuple[Matter, ...]  # oldest first


def opens_fever(entry: Entry) -> bool:
    """Whether an entry refers somebody for a temperature that is high or may be."""
    decision = entry.decision
    return isinstance(decision, Referred) and decision.reason in FEVER_REASONS


def after(matters: Matters, recorded: Recorded) -> Matters:
    """Return the matters with what an entry that was written down says of them."""
    entry = recorded.entry
    if opens_fever(entry):
        return _fever(matters, recorded)
    if entry.kind not in (EntryKind.FEVER, EntryKind.INCIDENT):
        return matters
    act = act_of(entry)
    if act is Act.CALLED and entry.kind is EntryKind.INCIDENT:
        kind = MatterKind.INCIDENT
        opened = Matter(recorded.seq, kind, entry.at, entry.staff, called=entry.at)
        return (*matters, opened)[-MATTERS_MAX:]
    about = entry.refers_to_seq
    return tuple(_acted(one, act, recorded) if one.seq == about else one for one in matters)


def act_of(entry: Entry) -> Act | None:
    """Return what an entry says that staff did; None for words of another version."""
    said = dict(entry.details).get(ACT)
    return next((act for act in Act if act.value == said), None)


def running_incident(now: Iterable[MatterNow], at: Stamp) -> Matter | None:
    """Return the incident that a tap at `at` is about, if it is about one that runs."""
    for one in reversed(tuple(now)):
        matter = one.matter
        if matter.kind is not MatterKind.INCIDENT or matter.withdrawn_by or matter.is_closed:
            continue
        is_same = age_s(matter.called or matter.at, at) <= SAME_TAP_S
        is_waiting = not one.is_answered and age_s(matter.at, at) <= UNANSWERED_S
        if is_same or is_waiting:
            return matter
    return None


def ended_by(matters: Matters, recorded: Recorded) -> Matter | None:
    """Return the fever that an entry ends: the same person, normal by contact."""
    entry = recorded.entry
    last = entry.readings[-1] if entry.readings else None
    is_contact = isinstance(last, Reading) and last.source is Source.TYPED_CONTACT
    if not isinstance(entry.decision, Granted) or not is_contact or entry.cti is None:
        return None
    fevers = (one for one in reversed(matters) if one.kind is MatterKind.FEVER)
    found = (one for one in fevers if one.cti == entry.cti and not one.is_closed)
    return next(found, None)


def still_shown(one: MatterNow, at: Stamp) -> bool:
    """Whether a matter still stands on the staff page."""
    is_over = one.word is not None and one.word.state is CaseState.CLOSED
    if one.matter.is_closed or is_over:
        return False
    if one.word is not None and one.is_answered:
        dealt_with_ms = max(utc_ms(one.matter.at), one.word.utc_ms)
        return utc_ms(at) - dealt_with_ms <= ANSWERED_S * 1000
    return not _is_age_known(one.matter.at, at) or age_s(one.matter.at, at) <= OPEN_S


def _is_age_known(then: Stamp, now: Stamp) -> bool:
    """A gate that wakes without a clock stands at the time of its last power cut."""
    return then.boot_id == now.boot_id or ClockState.UNSURE not in (then.clock, now.clock)


def age_s(then: Stamp, now: Stamp) -> float:
    """Return how long ago something was; across a restart, by the wall clock."""
    if then.boot_id == now.boot_id:
        return max(0.0, now.mono_s - then.mono_s)
    return max(0.0, (now.utc - then.utc).total_seconds())


def _fever(matters: Matters, recorded: Recorded) -> Matters:
    """Open a fever, unless the person's is open: measured again, it is the same one."""
    entry = recorded.entry
    reason = getattr(entry.decision, "reason", None)
    for one in reversed(matters):
        is_same = one.seq == entry.refers_to_seq or entry.refers_to_seq in one.parts
        if one.kind is MatterKind.FEVER and is_same and not one.is_closed:
            grown = replace(one, parts=one.parts | {recorded.seq})
            return tuple(grown if each is one else each for each in matters)
    opened = Matter(
        recorded.seq,
        MatterKind.FEVER,
        entry.at,
        entry.staff,
        entry.cti,
        entry.label,
        reason if isinstance(reason, Reason) else None,
    )
    return (*matters, opened)[-MATTERS_MAX:]


def _acted(one: Matter, act: Act | None, recorded: Recorded) -> Matter:
    entry = recorded.entry
    grown = replace(one, parts=one.parts | {recorded.seq})
    match act:
        case Act.AGAIN:
            return replace(grown, calls=one.calls + 1, called=entry.at)
        case Act.WITHDRAWN if one.kind is MatterKind.INCIDENT:
            return replace(grown, withdrawn_by=entry.staff)
        case Act.CLOSED if one.kind is MatterKind.FEVER:
            return replace(grown, is_closed=True)
        case _:
            return grown
