"""A month in a made-up community: who comes to which gate, when, and what happens around it.

Figures: 6,258 people in 2,747 households, as in a community that was closed in February 2020.
The script says what people do and how warm they are, never what must come of it: it is as
ignorant of the rules as they are. Local time is that of China.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from kiosk.simulate.town import GRIDS, SUB_LETTERS

HOUSEHOLDS, PEOPLE = 2_747, 6_258
GATES = ("南门", "东门", "北门")
LOCAL = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2020, 1, 20)
DAYS = 31
GOES_OUT, BREAKS_RULE = 0.42, 0.06  # of households a day; of people who try once more
FEVERISH, TURNS_BACK, LET_THROUGH = 0.003, 0.02, 0.15
ISOLATED, PERMITTED = 90, 160  # people
CLOCK_LOST_DAYS = (5, 12, 23)  # on which one gate wakes up and does not know the time


class What(Enum):
    """What happens."""

    OUT = "out"
    IN = "in"
    CLOCK_LOST = "clock_lost"
    CLOCK_FOUND = "clock_found"


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """Somebody who lives there."""

    number: int
    sub: str
    grid: int


@dataclass(frozen=True, slots=True)
class Order:
    """Somebody is to stay at home: from this day on, for so many days after it."""

    inhabitant: Inhabitant
    day: date
    days: int
    gate: str  # where it was ordered, on the first way in of that day or later


@dataclass(frozen=True, slots=True)
class Permit:
    """Somebody may go out between two instants, whatever the quota says."""

    inhabitant: Inhabitant
    kind: str  # work | medical | caring
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing at one gate. `inhabitant` None: it is about the gate itself."""

    at: datetime  # aware, local
    gate: str
    what: What
    inhabitant: Inhabitant | None = None
    body_c: float = 36.4
    turns_back: bool = False  # is let through and does not go
    is_let_through: bool = False  # staff override whatever else is said, for a doctor


@dataclass(frozen=True, slots=True)
class Month:
    """All of it, in order of time."""

    people: tuple[Inhabitant, ...]
    orders: tuple[Order, ...]
    permits: tuple[Permit, ...]
    happenings: tuple[Happening, ...]


def make_month(
    seed: int, *, days: int = DAYS, households: int = HOUSEHOLDS, people: int = PEOPLE
) -> Month:
    """Return a month from a seed; the same seed gives the same month."""
    rng = random.Random(seed)
    folk = _people(rng, households, people)
    homes: dict[str, list[Inhabitant]] = {}
    for one in folk:
        homes.setdefault(one.sub, []).append(one)
    happenings: list[Happening] = []
    for number in range(days):
        day = FIRST_DAY + timedelta(days=number)
        for home in homes.values():
            happenings += _day_of_home(rng, home, day)
        if number in CLOCK_LOST_DAYS:
            happenings += _lost_clock(rng, day)
    happenings.sort(key=lambda h: (h.at, h.gate, h.what.value))
    orders = tuple(_orders(rng, folk, days))
    permits = tuple(_permits(rng, folk, days))
    return Month(folk, orders, permits, tuple(happenings))


def _people(rng: random.Random, households: int, people: int) -> tuple[Inhabitant, ...]:
    subs = ["1" + "".join(rng.choices(SUB_LETTERS, k=7)) for _ in range(households)]
    homes = list(range(households)) + rng.choices(range(households), k=people - households)
    return tuple(
        Inhabitant(number, subs[home], GRIDS[home % len(GRIDS)])
        for number, home in enumerate(homes)
    )


def _day_of_home(rng: random.Random, home: list[Inhabitant], day: date) -> Iterator[Happening]:
    """Somebody goes out and comes back; some try once more, or before the gate opens."""
    if rng.random() >= GOES_OUT:
        return
    tries = 1 + (rng.random() < BREAKS_RULE) + (rng.random() < BREAKS_RULE)
    for number, who in enumerate(rng.choices(home, k=tries)):
        leaves = timedelta(minutes=7 * number) + _at(
            day, rng.triangular(4.9 * 60, 23.97 * 60, 9.5 * 60), rng
        )
        away = timedelta(minutes=rng.triangular(2, 300, 70), seconds=rng.randrange(60))
        turns_back = rng.random() < TURNS_BACK
        yield Happening(
            leaves, rng.choice(GATES), What.OUT, who, _body_c(rng),
            turns_back, rng.random() < LET_THROUGH,
        )  # fmt: skip
        if not turns_back:
            yield Happening(leaves + away, rng.choice(GATES), What.IN, who, _body_c(rng))


def _at(day: date, minute: float, rng: random.Random) -> datetime:
    begins = datetime(day.year, day.month, day.day, tzinfo=LOCAL)
    return begins + timedelta(minutes=int(minute), seconds=rng.randrange(60))


def _body_c(rng: random.Random) -> float:
    return round(rng.uniform(37.6, 39.4) if rng.random() < FEVERISH else 36.4, 1)


def _lost_clock(rng: random.Random, day: date) -> Iterator[Happening]:
    """A power cut: a gate serves for a while without knowing the time."""
    gate, lost = rng.choice(GATES), _at(day, rng.uniform(9 * 60, 18 * 60), rng)
    yield Happening(lost, gate, What.CLOCK_LOST)
    yield Happening(lost + timedelta(minutes=47), gate, What.CLOCK_FOUND)


def _orders(rng: random.Random, folk: tuple[Inhabitant, ...], days: int) -> Iterator[Order]:
    for who in rng.sample(folk, k=min(ISOLATED, len(folk))):
        day = FIRST_DAY + timedelta(days=rng.randrange(days))
        yield Order(who, day, rng.choice((1, 7, 14)), rng.choice(GATES))


def _permits(rng: random.Random, folk: tuple[Inhabitant, ...], days: int) -> Iterator[Permit]:
    for who in rng.sample(folk, k=min(PERMITTED, len(folk))):
        begins = _at(FIRST_DAY + timedelta(days=rng.randrange(days)), rng.uniform(0, 1439), rng)
        length = timedelta(hours=rng.uniform(4, 24 * 9))
        yield Permit(who, rng.choice(("work", "medical", "caring")), begins, begins + length)
