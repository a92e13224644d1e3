"""What a roster leaves open and whom it asks too much of. Pure; local times by one offset.

China has no summer time, so a local day is 24 hours from one midnight to the next.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from kiosk.core.duty import Shift
from kiosk.core.words_home import DAY_MS

# Chosen: two watches of twelve hours is how gates with few people are kept; beyond that, in
# the cold, people stop seeing what they look at.
HOURS_A_DAY_MAX = 12
# Labour Law of the PRC, article 38: at least one day of rest in a week. For volunteers chosen.
DAYS_RUNNING_MAX = 6
MINUTES_A_DAY = 24 * 60
_MINUTE_MS = 60_000
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Opening:
    """When a gate is open, minutes of the local day; `until` at or before `from`: next day."""

    from_min: int = 7 * 60  # the hours that communities kept
    until_min: int = 22 * 60


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is to be at an open gate, UTC milliseconds."""

    gate: str
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Double:
    """Somebody is to be in two places, or twice in one."""

    one: Shift
    other: Shift


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of one person: by day in minutes, and the longest run of days."""

    staff: str
    minutes: Mapping[date, int]
    running: int
    running_from: date

    @property
    def hours(self) -> float:
        """Return all hours."""
        return sum(self.minutes.values()) / 60

    @property
    def long_days(self) -> list[date]:
        """Return the days with more hours than anybody should stand."""
        return [day for day, m in self.minutes.items() if m > HOURS_A_DAY_MAX * 60]

    @property
    def is_without_rest(self) -> bool:
        """Whether there is no day of rest in more than six."""
        return self.running > DAYS_RUNNING_MAX


def day_of_ms(utc_ms: int, utc_offset_s: int) -> date:
    """Return the local day of an instant."""
    return _EPOCH + timedelta(days=(utc_ms + utc_offset_s * 1000) // DAY_MS)


def midnight_ms(day: date, utc_offset_s: int) -> int:
    """Return when a local day begins, UTC milliseconds."""
    return (day - _EPOCH).days * DAY_MS - utc_offset_s * 1000


def open_ms(day: date, opening: Opening, utc_offset_s: int) -> tuple[int, int]:
    """Return from when to when a gate is open that opens on `day`."""
    begins = midnight_ms(day, utc_offset_s)
    until = opening.until_min
    until += MINUTES_A_DAY if until <= opening.from_min else 0
    return begins + opening.from_min * _MINUTE_MS, begins + until * _MINUTE_MS


def gaps(
    gate: str,
    shifts: Iterable[Shift],
    opening: Opening,
    days: Iterable[date],
    utc_offset_s: int,
) -> list[Gap]:
    """Return when an open gate has nobody, on days that follow one another, oldest first."""
    spans = sorted((one.from_ms, one.until_ms) for one in shifts if one.gate == gate)
    found: list[Gap] = []
    for day in days:
        at, ends = open_ms(day, opening, utc_offset_s)
        for from_ms, until_ms in spans:
            if until_ms <= at:
                continue
            if from_ms >= ends:
                break
            if from_ms > at:
                found.append(Gap(gate, at, from_ms))
            at = max(at, until_ms)
        if at < ends:
            found.append(Gap(gate, at, ends))
    return found


def doubles(shifts: Iterable[Shift]) -> list[Double]:
    """Return every shift that begins before an earlier one of the same person has ended."""
    found = []
    for of_one in _by_staff(shifts).values():
        latest = of_one[0]
        for shift in of_one[1:]:
            if shift.from_ms < latest.until_ms:
                found.append(Double(latest, shift))
            if shift.until_ms > latest.until_ms:
                latest = shift
    return sorted(found, key=lambda double: (double.other.from_ms, double.other.staff))


def loads(shifts: Iterable[Shift], utc_offset_s: int) -> list[Load]:
    """Return what is asked of each person, by name; hours in two places count once."""
    return [
        _load(staff, of_one, utc_offset_s)
        for staff, of_one in sorted(_by_staff(shifts).items())
    ]


def _by_staff(shifts: Iterable[Shift]) -> dict[str, list[Shift]]:
    found: defaultdict[str, list[Shift]] = defaultdict(list)
    for shift in sorted(shifts, key=lambda one: (one.from_ms, one.until_ms, one.gate)):
        found[shift.staff].append(shift)
    return dict(found)


def _load(staff: str, shifts: Sequence[Shift], utc_offset_s: int) -> Load:
    minutes: defaultdict[date, int] = defaultdict(int)
    for from_ms, until_ms in _merged(shifts):
        for day, ms in _by_day(from_ms, until_ms, utc_offset_s):
            minutes[day] += ms // _MINUTE_MS
    running, running_from = _longest_run(sorted(minutes))
    return Load(staff, dict(minutes), running, running_from)


def _merged(shifts: Sequence[Shift]) -> Iterator[tuple[int, int]]:
    """Give the times in which somebody is on duty anywhere, once each."""
    begins, ends = shifts[0].from_ms, shifts[0].until_ms
    for shift in shifts[1:]:
        if shift.from_ms > ends:
            yield begins, ends
            begins, ends = shift.from_ms, shift.until_ms
        ends = max(ends, shift.until_ms)
    yield begins, ends


def _by_day(from_ms: int, until_ms: int, utc_offset_s: int) -> Iterator[tuple[date, int]]:
    day = day_of_ms(from_ms, utc_offset_s)
    while from_ms < until_ms:
        ends = min(until_ms, midnight_ms(day + timedelta(days=1), utc_offset_s))
        yield day, ends - from_ms
        from_ms, day = ends, day + timedelta(days=1)


def _longest_run(days: Sequence[date]) -> tuple[int, date]:
    best, best_from = 1, days[0]
    run, run_from = 1, days[0]
    for before, day in pairwise(days):
        is_next = day - before == timedelta(days=1)
        run, run_from = (run + 1, run_from) if is_next else (1, day)
        if run > best:
            best, best_from = run, run_from
    return best, best_from
