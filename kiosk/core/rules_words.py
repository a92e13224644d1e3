"""What the community's rules are made of: its numbers, a case, what a rule may say.

Thresholds: 37.3 C is the customary Chinese line (Wuhan community notice, 20 Feb 2020); the
retest from 37.0 C wins back fevers that a single reading misses (thermal screening of Wang
et al. 2023, PhysioNet). At the wrist fever begins lower: the best cut-off of 904 people was
36.75 C (Lai 2022), so from 36.8 C an instrument that touches has the last word.
"""

from dataclasses import dataclass
from enum import Enum

from kiosk.core.rules_community import (
    BOTH_WAYS,
    Hours,
    Quota,
    Returnees,
    Vehicles,
    Visitors,
)
from kiosk.core.words import (
    Credential,
    Decision,
    Direction,
    Facts,
    NoReading,
    Reading,
    Refused,
    Retest,
    StaffMeasures,
    TraceLine,
)
from kiosk.timing import Stamp


class UnsureClock(Enum):
    """What to do with a pass whose dates cannot be judged."""

    ADMIT_MARKED = "admit_marked"
    ASK_GUARD = "ask_guard"


class Acclimatisation(Enum):
    """How a forehead comes to count in a heated lobby when it is cold outside."""

    PERSON = "person"  # never: staff measure. Nothing else lets no fever through
    LOBBY = "lobby"  # after ten minutes inside, counted from the first time the pass is shown
    TWICE = "twice"  # when two readings a minute apart agree


@dataclass(frozen=True, slots=True)
class Rules:
    """The community's numbers and conditions, as one version."""

    version: int = 1
    name: str = ""
    from_ms: int = 0  # UTC ms from which this version counts
    order: tuple[str, ...] = ()  # in which the rules are asked; empty: the usual one
    elevated_c: float = 37.3  # from here a reading is elevated
    retest_from_c: float = 37.0  # from here it is taken again, twice; the middle one counts
    inconsistent_c: float = 0.6  # readings of one person further apart: a person decides
    rounds_max: int = 3  # readings and misses of one case, then a person decides
    misses_max: int = 2  # of these, rounds without a reading
    wrist_doubt_c: float = 36.8  # from here a typed wrist or forehead asks for a better one
    typed_low_c: float = 35.5  # below it a typed wrist or forehead is not a measurement
    contact_low_c: float = 35.0  # below it a typed contact or ear reading is not one either
    reading_wait_s: float = 8.0  # the thermometer answers within 5 s, or is out of order
    staff_wait_s: float = 120.0  # for a typed temperature; the case stays open after it
    cold_outdoors_c: float = 10.0  # below it, foreheads come in too cold to be believed
    acclimatisation: Acclimatisation = Acclimatisation.PERSON
    lobby_wait_s: float = 600.0  # inside before a forehead counts (FDA: 10 to 30 minutes)
    lobby_holds_s: float = 3600.0  # later, the person may have been outside again
    twice_apart_s: float = 60.0  # between two readings that must agree
    twice_holds_s: float = 600.0  # an older reading says nothing about this visit
    twice_agree_c: float = 0.2  # skin out of the cold rises by 0.4 C a minute at first
    repeat_window_s: float = 10.0  # the same pass shown again adds no entry
    passback_s: float = 1800.0  # in again sooner, without having left: a person looks
    list_age_max_s: float = 7 * 86_400.0  # of revocations; paper is then looked at
    page_min_s: float = 2.0  # the next person's pass ends a page after this long
    unsure_clock: UnsureClock = UnsureClock.ADMIT_MARKED
    hours: tuple[Hours, ...] = ()  # none: the gate is always open
    quotas: tuple[Quota, ...] = ()  # none: as often as one likes
    isolation_days: int = 14  # of an order that names none
    refers_unknown: bool = False  # a household that is not on the register: a person looks
    refers_already_out: bool = False  # out twice without having come in: a person looks
    register_age_max_s: float | None = None
    measured: frozenset[Direction] = BOTH_WAYS  # in which a temperature is asked for
    passage_wait_s: float = 15.0  # with a contact: nobody passed, so the entry is withdrawn
    visitors: Visitors = Visitors()  # noqa: RUF009 - values that cannot change
    vehicles: Vehicles = Vehicles()  # noqa: RUF009
    returnees: Returnees = Returnees()  # noqa: RUF009


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one scan when the rules are asked. `at` is when the pass was shown."""

    outcome: Credential | Refused
    facts: Facts
    at: Stamp
    readings: tuple[Reading | NoReading, ...] = ()
    is_emergency: bool = False  # staff said so


Verdict = Decision | Retest | StaffMeasures | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules said. `verdict` None: nothing against it, a reading is needed."""

    verdict: Verdict
    trace: tuple[TraceLine, ...]
