"""Made-up people before an infrared thermometer: what the sensor sees of them. Pure, seeded.

The sensor follows what is before it with a lag of 0.12 s and a noise of 0.10 C; a head comes
into its spot within 0.6 s and leaves it within 0.2 s; a moving head turns away for 0.25 s; a
hat, a fringe or too much distance fills a part of the spot with something colder.

Out of the cold: Dzien 2020 (doi 10.1007/s00508-020-01754-2), 92 healthy staff who came in from
-5.5 to 0 C, measured 0, 1, 3, 5 and 60 minutes after. Means and SDs between those minutes are
interpolated in ln(1 + minutes), as skin warms ever more slowly. A person stays at the same
place among all others while warming up. Fever adds 1.5 C with unchanged spread. These are
what a device displayed, values of the body: the skin is what a sensor calibrated against
people, with an offset of 2.0 C, would turn into them: 2.0 C below in a room of 24 C, and
0.15 C lower for each degree that the room is colder.
"""

import math
import random
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from kiosk.core.words import Sample

LAG_S = 0.12
NOISE_C, CAN_NOISE_C = 0.10, 0.02
APPROACH_S, LEAVE_S = 0.6, 0.2
DIP_S = 0.25
TURN_S = 0.01  # the lag is followed in steps no longer than this
SKIN_BELOW_BODY_C, SKIN_PER_ROOM_C, ROOM_REFERENCE_C = 2.0, 0.15, 24.0
CAN_ABOVE_ROOM_C = 0.3
HAT_SHARE = 0.45  # chosen: of the way from the room to the skin, how warm felt or hair is
FOREHEAD_CM = 6.0  # chosen: of bare forehead, as high as it is under a fringe
FIELD_OF_VIEW_DEG = 10.0  # of the lens with the letter F
DZIEN = ((0.0, 33.17, 1.45), (1.0, 34.90, 1.49), (3.0, 35.77, 1.10), (5.0, 36.08, 0.79))
WARM_MINUTES, WARM_C, WARM_SD_C = 60.0, 36.6, 0.24  # the last line of the same table
FEVER_C = 1.5


class Kind(Enum):
    """What is particular about a person."""

    HEALTHY = "healthy"
    FEVERISH = "feverish"
    HAT = "hat"
    FEVERISH_HAT = "feverish_hat"
    FAR = "too_far"
    FEVERISH_FAR = "feverish_too_far"
    MOVING = "moving"
    FEVERISH_MOVING = "feverish_moving"

    @property
    def is_feverish(self) -> bool:
        """Whether 1.5 C come on top."""
        return self.value.startswith("feverish")


@dataclass(frozen=True, slots=True)
class Dip:
    """A head that turns away: when after it was in place, and how much of it, 0 to 1."""

    after_s: float
    depth: float


@dataclass(frozen=True, slots=True)
class Forehead:
    """What stands before the sensor. `share` of the spot is skin, the rest is `other_c`."""

    skin_c: float
    share: float = 1.0
    other_c: float = 0.0
    dips: tuple[Dip, ...] = ()

    @property
    def face_c(self) -> float:
        """Return what the whole spot radiates while the head is still."""
        return self.share * self.skin_c + (1 - self.share) * self.other_c

    def turned_away(self, after_s: float) -> float:
        """Return how much of the head is away `after_s` after it was in place."""
        turned = [d.depth for d in self.dips if 0 <= after_s - d.after_s < DIP_S]
        return max(turned, default=0.0)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody. `place` is theirs among all others, in standard deviations.

    `share` of the sensor's spot is bare forehead, whenever they stand there.
    """

    kind: Kind
    place: float
    share: float = 1.0

    def body_c(self, minutes: float) -> float:
        """Return what a device shows of them `minutes` after they came in from the cold."""
        mean_c, sd_c = warmed(minutes)
        return mean_c + self.place * sd_c + (FEVER_C if self.kind.is_feverish else 0.0)


def make_person(kind: Kind, rng: random.Random) -> Person:
    """Return somebody of a kind. A hat covers 20 to 100 %; too far is 45 to 120 cm."""
    place = rng.gauss(0.0, 1.0)
    match kind:
        case Kind.HAT | Kind.FEVERISH_HAT:
            return Person(kind, place, 1 - rng.uniform(0.2, 1.0))
        case Kind.FAR | Kind.FEVERISH_FAR:
            return Person(kind, place, filled_share(rng.uniform(45.0, 120.0)))
        case _:
            return Person(kind, place)


def warmed(minutes: float) -> tuple[float, float]:
    """Return mean and SD of healthy people `minutes` after they came in, Celsius."""
    rows = (*DZIEN, (WARM_MINUTES, WARM_C, WARM_SD_C))
    minutes = min(max(minutes, 0.0), WARM_MINUTES)
    for (from_min, from_c, from_sd), (to_min, to_c, to_sd) in pairwise(rows):
        if minutes <= to_min:
            whole = math.log1p(to_min) - math.log1p(from_min)
            way = (math.log1p(minutes) - math.log1p(from_min)) / whole
            return from_c + way * (to_c - from_c), from_sd + way * (to_sd - from_sd)
    return WARM_C, WARM_SD_C


def skin_of(body_c: float, room_c: float) -> float:
    """Return the skin temperature that stands for a body's in this room, Celsius."""
    return body_c - SKIN_BELOW_BODY_C - SKIN_PER_ROOM_C * (ROOM_REFERENCE_C - room_c)


def forehead_of(
    person: Person,
    rng: random.Random,
    *,
    room_c: float,
    minutes: float = WARM_MINUTES,
    dips: tuple[Dip, ...] = (),
) -> Forehead:
    """Return what the sensor has before it as this person steps in."""
    skin_c = skin_of(person.body_c(minutes), room_c)
    is_hat = person.kind in (Kind.HAT, Kind.FEVERISH_HAT)
    other_c = room_c + (HAT_SHARE * (skin_c - room_c) if is_hat else 0.0)
    is_restless = person.kind in (Kind.MOVING, Kind.FEVERISH_MOVING)
    all_dips = (*dips, *_restless(rng)) if is_restless else dips
    return Forehead(skin_c, person.share, other_c, all_dips)


def filled_share(distance_cm: float) -> float:
    """Return how much of the spot is forehead at this distance."""
    spot_cm = 2 * distance_cm * math.tan(math.radians(FIELD_OF_VIEW_DEG / 2))
    return min(1.0, (FOREHEAD_CM / spot_cm) ** 2)


def dip(rng: random.Random, *, from_s: float, to_s: float) -> Dip:
    """Return one turn of the head between these seconds after it was in place."""
    return Dip(rng.uniform(from_s, to_s), rng.uniform(0.3, 1.0))


def _restless(rng: random.Random) -> tuple[Dip, ...]:
    """Return a head that turns away again and again for six seconds."""
    dips, after_s = [], 0.0
    while after_s < 6.0:
        after_s += rng.uniform(0.4, 1.6)
        dips.append(dip(rng, from_s=after_s, to_s=after_s))
        after_s += DIP_S
    return tuple(dips)


class Booth:
    """The sensor, the wall behind, and whoever stands before it. Time goes sample by sample."""

    def __init__(
        self, rng: random.Random, *, rate_hz: float, room_c: float, at_s: float = 1000.0
    ) -> None:
        self._rng, self._period_s, self._room_c = rng, 1 / rate_hz, room_c
        self._seen_c = room_c
        self._forehead: Forehead | None = None
        self._leaves_from: float | None = None  # how much of the head was there; None: stays
        self._moved_s = at_s  # when somebody came or left
        self.at_s = at_s

    @property
    def in_place_s(self) -> float:
        """Return when the head that came last was wholly in the spot."""
        return self._moved_s + APPROACH_S

    def come(self, forehead: Forehead) -> None:
        """Let somebody step in before the next sample; it takes 0.6 s.

        Nobody keeps time with the sensor: they begin anywhere within one period.
        """
        self._forehead, self._leaves_from = forehead, None
        self._moved_s = self.at_s + self._rng.uniform(0.0, self._period_s)

    def leave(self) -> None:
        """Let whoever is there step back; it takes 0.2 s."""
        if self._leaves_from is None:
            self._leaves_from, self._moved_s = self._view(self.at_s), self.at_s

    def pause(self, seconds: float) -> None:
        """Let time go on without a sample, until the wall is seen again."""
        self.at_s += seconds
        self._forehead, self._leaves_from, self._seen_c = None, None, self._room_c

    def sample(self) -> Sample:
        """Return the next sample."""
        steps = math.ceil(self._period_s / TURN_S)
        step_s = self._period_s / steps
        follows = 1 - math.exp(-step_s / LAG_S)
        for _ in range(steps):
            self.at_s += step_s
            self._seen_c += (self._before_c() - self._seen_c) * follows
        object_c = self._seen_c + self._rng.gauss(0.0, NOISE_C)
        can_c = self._room_c + CAN_ABOVE_ROOM_C + self._rng.gauss(0.0, CAN_NOISE_C)
        return Sample(self.at_s, round(object_c, 2), round(can_c, 2))

    def _before_c(self) -> float:
        if self._forehead is None:
            return self._room_c
        return self._room_c + (self._forehead.face_c - self._room_c) * self._view(self.at_s)

    def _view(self, at_s: float) -> float:
        """Return how much of the head is in the spot."""
        if self._forehead is None:
            return 0.0
        since_s = at_s - self._moved_s
        if self._leaves_from is not None:
            return self._leaves_from * max(0.0, 1 - since_s / LEAVE_S)
        away = self._forehead.turned_away(since_s - APPROACH_S)
        return min(max(since_s / APPROACH_S, 0.0), 1.0) * (1 - away)
