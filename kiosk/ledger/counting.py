"""Counts of one local day, from entries as they stand in the journal. Pure.

Every entry of the day is in each table once, also one of a kind that this version does not
know, so each table adds up to the journal. What an entry takes back stays counted as an entry;
it only stops to count as somebody who went through.

A journal is read backwards, newest entry first: what takes an entry back is then met before
the entry itself, and nothing but open references has to be remembered.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kiosk.core.duty import OFF, ON
from kiosk.core.words import Direction, EntryKind, Source
from kiosk.wire import WireEntry

GRANTED, REFERRED, DENIED = "granted", "referred", "denied"
IN, OUT = Direction.IN.value, Direction.OUT.value
WAYS = frozenset({EntryKind.PASSAGE.value, EntryKind.OVERRIDE.value})  # who goes on foot
NO_HOUSEHOLD, NOT_ON_REGISTER = "no_household", "not_on_register"
INFRARED, TYPED = Source.INFRARED.value, "typed_"
NO_VALUE, NOT_MEASURED = "no_value", "not_measured"
NOTHING_DECIDED = "none"
_VALUE, _SOURCE = 1, 7  # places in a reading on the wire

NOBODY, NOT_KNOWN = "", "?"  # on duty; a short name is neither
_CAME, _LEFT = (f"duty:{ON}",), (f"duty:{OFF}",)

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One local day, [start_ms, end_ms) in UTC ms; who is inside counts from `since`."""

    on: date
    zone: ZoneInfo
    start_ms: int
    end_ms: int
    since: date | None = None
    since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """An entry and when it was written, UTC ms, as well as that is known here."""

    entry: WireEntry
    at_ms: int
    is_sure: bool


@dataclass(slots=True)
class Line:
    """One line of a table: how many entries, and what came of them."""

    entries: int = 0
    went_in: int = 0
    went_out: int = 0
    granted: int = 0
    referred: int = 0
    denied: int = 0
    undecided: int = 0


@dataclass(slots=True)
class Inside:
    """Who went in and out at a gate since the count began, up to the end of the day."""

    came: int = 0
    left: int = 0

    @property
    def difference(self) -> int:
        """Return those inside; below 0 where people were inside before the count began."""
        return self.came - self.left


@dataclass(frozen=True, slots=True)
class DayLedger:
    """A whole day. The keys of each table are wire values, said by `catalogue`."""

    day: Day
    totals: Line
    tables: Mapping[str, Mapping[Key, Line]]
    people: int  # cases on foot: a second look at the same person is no other person
    taken_back: int  # grants of the day that somebody or something took back later
    unsure: int  # entries of the day whose time is not sure
    inside: Mapping[str, Inside]  # by gate
    visitors_inside: int
    unreadable: int  # rows that are no entry to this version; their day is not known


ON_DUTY = "on_duty"
TABLES = (
    "hour",
    "outcome",
    "kind",
    "direction",
    "grid",
    "instrument",
    "staff",
    ON_DUTY,
    "gate",
)


def day_of(day: date, zone: ZoneInfo, *, since: date | None = None) -> Day:
    """Return the bounds of a local day, and of the day from which who is inside counts."""
    begins_ms = None if since is None else _midnight_ms(since, zone)
    end_ms = _midnight_ms(day + timedelta(1), zone)
    return Day(day, zone, _midnight_ms(day, zone), end_ms, since, begins_ms)


def _midnight_ms(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp() * 1000)


def instrument_of(entry: WireEntry) -> str:
    """Return what took the newest value of an entry; else whether any was looked for."""
    for reading in reversed(entry.readings):
        if reading[_VALUE] is not None:
            return str(reading[_SOURCE])
    return NO_VALUE if entry.readings else NOT_MEASURED


def is_way(entry: WireEntry) -> bool:
    """Whether an entry let somebody through on foot."""
    return entry.kind in WAYS and entry.decision == GRANTED


@dataclass(slots=True)
class _Journal:
    """What is still open while one journal is read backwards."""

    taken_back: set[int] = field(default_factory=set)
    continued: Counter[int] = field(default_factory=Counter)
    visits: dict[str, tuple[int, bool]] = field(default_factory=dict)
    watch: Line = field(default_factory=Line)  # of whoever was on duty, met further back


class Tally:
    """Counts journal after journal of one community into one day."""

    def __init__(self, day: Day, grids: Mapping[str, int]) -> None:
        self._day, self._grids = day, grids
        self._totals = Line()
        self._tables: dict[str, defaultdict[Key, Line]] = {
            name: defaultdict(Line) for name in TABLES
        }
        self._inside: defaultdict[str, Inside] = defaultdict(Inside)
        self._visits: dict[str, tuple[int, bool]] = {}
        self._people = self._taken_back = self._unsure = self._unreadable = 0

    def add_journal(self, rows: Iterable[Dated | None]) -> None:
        """Count one journal, newest entry first; None stands for a row that is no entry."""
        journal = _Journal()
        for dated in rows:
            if dated is None:
                self._unreadable += 1
            else:
                self._add(dated, journal)
        self._keep_watch(journal, NOT_KNOWN)
        for visit, seen in journal.visits.items():  # the journals' clocks say which is newer
            self._visits[visit] = max(seen, self._visits.get(visit, seen))

    def ledger(self) -> DayLedger:
        """Return what was counted so far."""
        return DayLedger(
            day=self._day,
            totals=self._totals,
            tables={name: dict(lines) for name, lines in self._tables.items()},
            people=self._people,
            taken_back=self._taken_back,
            unsure=self._unsure,
            inside=dict(self._inside),
            visitors_inside=sum(is_in for _, is_in in self._visits.values()),
            unreadable=self._unreadable,
        )

    def _add(self, dated: Dated, journal: _Journal) -> None:
        entry = dated.entry
        if entry.kind == EntryKind.WITHDRAWN.value and entry.refers_to_seq is not None:
            journal.taken_back.add(entry.refers_to_seq)
        is_gone = entry.seq in journal.taken_back
        has_passed = is_way(entry) and not is_gone
        if dated.at_ms < self._day.end_ms:
            self._count_inside(dated, journal, has_passed=has_passed)
        if self._day.start_ms <= dated.at_ms < self._day.end_ms:
            self._count(dated, has_passed=has_passed)
            self._taken_back += is_gone and is_way(entry)
            self._people += _new_people(entry, journal.continued)
            _put(journal.watch, entry, has_passed=has_passed)
        if entry.kind == EntryKind.DUTY.value and entry.trace[:1] in (_CAME, _LEFT):
            came = entry.trace[:1] == _CAME
            self._keep_watch(journal, (entry.staff or "") if came else NOBODY)
        journal.taken_back.discard(entry.seq)

    def _count(self, dated: Dated, *, has_passed: bool) -> None:
        entry = dated.entry
        self._unsure += not dated.is_sure
        _put(self._totals, entry, has_passed=has_passed)
        for name, key in self._keys(dated):
            _put(self._tables[name][key], entry, has_passed=has_passed)

    def _keep_watch(self, journal: _Journal, whose: str) -> None:
        """Count what was met since the last change of duty to whom it belongs."""
        if journal.watch.entries:
            _add_line(self._tables[ON_DUTY][(whose,)], journal.watch)
        journal.watch = Line()

    def _keys(self, dated: Dated) -> tuple[tuple[str, Key], ...]:
        """Return where in each table an entry stands."""
        entry = dated.entry
        hour = datetime.fromtimestamp(dated.at_ms / 1000, self._day.zone).hour
        staff = (entry.staff, entry.kind) if entry.staff else ("", "")
        return (
            ("hour", (f"{hour:02}",)),
            ("outcome", (entry.decision or NOTHING_DECIDED, entry.reason or "")),
            ("kind", (entry.kind,)),
            ("direction", (entry.direction,)),
            ("grid", (self._grid(entry.sub),)),
            ("instrument", (instrument_of(entry),)),
            ("staff", staff),
            ("gate", (entry.gate,)),
        )

    def _grid(self, sub: str | None) -> str:
        if sub is None:
            return NO_HOUSEHOLD
        grid = self._grids.get(sub)
        return NOT_ON_REGISTER if grid is None else str(grid)

    def _count_inside(self, dated: Dated, journal: _Journal, *, has_passed: bool) -> None:
        entry, since_ms = dated.entry, self._day.since_ms
        if since_ms is not None and dated.at_ms < since_ms:
            return
        if has_passed:
            gate = self._inside[entry.gate]
            gate.came += entry.direction == IN
            gate.left += entry.direction == OUT
        visit = entry.details.get("visit")
        is_back = entry.kind == EntryKind.CARD.value and "returned" in entry.details
        if isinstance(visit, str) and (has_passed or is_back) and visit not in journal.visits:
            journal.visits[visit] = (dated.at_ms, has_passed and entry.direction == IN)


def _new_people(entry: WireEntry, continued: Counter[int]) -> int:
    """Return how many cases an entry adds: less than one where later ones go on with it."""
    if entry.kind not in WAYS:
        return 0
    later = continued.pop(entry.seq, 0)
    if entry.refers_to_seq is not None and entry.refers_to_seq < entry.seq:
        continued[entry.refers_to_seq] += 1
    return 1 - later


def _add_line(line: Line, more: Line) -> None:
    for one in fields(Line):
        setattr(line, one.name, getattr(line, one.name) + getattr(more, one.name))


def _put(line: Line, entry: WireEntry, *, has_passed: bool) -> None:
    line.entries += 1
    if has_passed:
        line.went_in += entry.direction == IN
        line.went_out += entry.direction == OUT
    match entry.decision:
        case "granted":
            line.granted += 1
        case "referred":
            line.referred += 1
        case "denied":
            line.denied += 1
        case _:
            line.undecided += 1
