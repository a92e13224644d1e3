"""Who keeps a gate, who should, what is handed over, how the other gates stand. Values only.

A watch is the time from one sign-on or sign-off to the next. When somebody leaves, what the
watch was is written down as a sheet: an entry whose numbers are those of the journal.
"""

from dataclasses import dataclass
from uuid import UUID

NOTE_CHARS_MAX = 200
NOTES_MAX = 20  # chosen: of one watch on the page; the journal keeps every one
COVERS_MAX = 4  # chosen: nobody is at more gates than that at once
GATE_CHARS_MAX = 24
STAFF_CHARS_MAX = 16
ON, OFF, HANDOVER, NOTE = "on", "off", "handover", "note"
COVERS, LEAVES_ALONE = "covers", "leaves_alone"
OK, WARN, BAD = "ok", "warn", "bad"


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody is to be at a gate from one instant to another, UTC milliseconds."""

    gate: str
    from_ms: int
    until_ms: int
    staff: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Entries of a watch, and what came of them; the names are those of the ledger."""

    entries: int = 0
    went_in: int = 0
    went_out: int = 0
    granted: int = 0
    referred: int = 0
    denied: int = 0
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody on duty wrote for whoever comes next."""

    at_ms: int
    staff: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was handed over: a watch that ended, as it stands in entry `seq`."""

    seq: int
    gate: str
    staff: str
    since_ms: int
    at_ms: int
    is_sure: bool  # the clock could be believed at both ends
    first: int  # its entries, from one number
    last: int  # to another, both counted
    counts: Counts
    cases: int  # that waited for a person
    cards: int  # lent, their visitors inside
    overstayed: int
    faults: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    taken_by: str | None = None  # who signed on after it
    taken_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody who was let through in this watch and may still be taken back."""

    seq: int
    is_in: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """The time since somebody came (`staff`), or since nobody was there (None)."""

    staff: str | None = None
    since_ms: int = 0
    since_s: float = 0.0  # monotonic; 0 of a watch that began before this start
    is_sure: bool = True
    first: int = 0
    last: int = 0
    counts: Counts = Counts()
    notes: tuple[Note, ...] = ()
    covers: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    sheet: Sheet | None = None  # the newest that was written


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is written of whoever leaves. `scan_id` ties the next sign-on to it."""

    scan_id: UUID
    staff: str
    details: tuple[tuple[str, int | str], ...]


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """What a change of duty needs to know."""

    leaving: Leaving | None = None  # somebody else is on duty now
    sheet_seq: int | None = None  # a sheet that nobody has taken yet


@dataclass(frozen=True, slots=True)
class GateNow:
    """How a gate stands, as it says itself. `since_s`: for so many seconds."""

    gate: str
    staff: str | None
    since_s: int
    covers: tuple[str, ...] = ()
    waiting: int = 0  # people who wait for a member of staff
    level: str = OK


@dataclass(frozen=True, slots=True)
class OtherGate:
    """How another gate stood, and how many seconds ago central heard so."""

    now: GateNow
    heard_s: int


@dataclass(frozen=True, slots=True)
class DutyBoard:
    """All that the duty section shows."""

    watch: Watch = Watch()
    here: tuple[Shift, ...] = ()  # who should be here now
    next: tuple[Shift, ...] = ()  # who comes next, and at the same time
    has_roster: bool = False
    others: tuple[OtherGate, ...] = ()
    told_s: float | None = None  # how long ago central told of them; None: never
    covered_by: OtherGate | None = None  # whose staff looks after this gate too


def is_note(text: str) -> bool:
    """Whether a note is 1 to 200 printable signs on one line."""
    return 0 < len(text) <= NOTE_CHARS_MAX and text.isprintable() and bool(text.strip())
