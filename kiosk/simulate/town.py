"""A made-up community and who comes to its gate, from a seed.

The script says of each person what they show, how warm they are and what must come of it:
decision, reason, whether the gate opens. It is written from the community's rules as a
person would read them, and imports nothing that decides.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

HOUSEHOLDS, RESIDENTS = 70, 200
GRIDS = (11, 12, 13, 14)
SUB_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "明英华芳军丽强敏静杰磊洋艳勇娟涛超霞平刚"
OFFSET_C, ROOM_C = 2.0, 22.0  # of the demo's calibration and lobby
WARM_BODY_C = 36.4
SKIN_BELOW_BODY_C = OFFSET_C + 0.15 * (24.0 - ROOM_C)  # what the estimate adds to the skin


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who lives here."""

    sub: str
    grid: int
    building: int
    unit: int
    room: int
    label: str


@dataclass(frozen=True, slots=True)
class Town:
    """Everybody who lives here."""

    residents: tuple[Resident, ...]


class Shows(Enum):
    """What a person holds before the camera."""

    CARD = "card"
    PHONE = "phone"
    DARK_PHONE = "dark_phone"


class Story(Enum):
    """What happens to a person at the gate."""

    GOOD = "good"
    EXPIRED = "expired"
    FORGED = "forged"
    FEVERISH = "feverish"
    TOO_COLD = "too_cold"
    SILENT_THERMOMETER = "silent_thermometer"
    SECOND_SCAN = "second_scan"


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come of it. `decision` None: no entry is added."""

    decision: str | None
    reason: str | None
    opens: bool


EXPECTED = {
    Story.GOOD: Expected("granted", None, opens=True),
    Story.EXPIRED: Expected("denied", "E_EXPIRED", opens=False),
    Story.FORGED: Expected("denied", "E_SIG", opens=False),
    Story.FEVERISH: Expected("referred", "elevated", opens=False),
    Story.TOO_COLD: Expected("referred", "cold_skin", opens=False),
    Story.SILENT_THERMOMETER: Expected("referred", "thermometer", opens=False),
    Story.SECOND_SCAN: Expected(None, None, opens=True),
}

# On a winter morning at an outdoor gate a volunteer measures wrists: no forehead counts, and
# no thermometer is waited for.
EXPECTED_IN_WINTER = EXPECTED | {
    Story.TOO_COLD: EXPECTED[Story.GOOD],
    Story.SILENT_THERMOMETER: EXPECTED[Story.GOOD],
}

# Of twenty people: fourteen good ones and one of each of the rest.
ODD_ONES: tuple[Story, ...] = tuple(story for story in Story if story is not Story.GOOD)
MIX_OF = 20


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the script. `same_as` is the number of whose pass is shown again."""

    number: int
    resident: Resident
    story: Story
    shows: Shows
    skin_c: float  # what the thermometer sees
    same_as: int | None = None
    stays: bool = False  # does not walk through, so that showing the pass again opens again

    @property
    def body_c(self) -> float:
        """What a thermometer says that is held to the wrist under the sleeve."""
        is_out_of_the_cold = self.story is Story.TOO_COLD
        return WARM_BODY_C if is_out_of_the_cold else self.skin_c + SKIN_BELOW_BODY_C


def make_town(seed: int) -> Town:
    """Return 200 residents in 70 households of four grids."""
    rng = random.Random(seed)
    homes = [_home(rng, number) for number in range(HOUSEHOLDS)]
    residents = []
    for number in range(RESIDENTS):
        sub, grid, building, unit, room = homes[number % HOUSEHOLDS]
        residents.append(Resident(sub, grid, building, unit, room, _label(rng)))
    rng.shuffle(residents)
    return Town(tuple(residents))


def _home(rng: random.Random, number: int) -> tuple[str, int, int, int, int]:
    sub = "".join(rng.choice(SUB_LETTERS) for _ in range(8))
    building, unit = 1 + number // 12, 1 + number % 3
    return sub, GRIDS[building % len(GRIDS)], building, unit, 101 + 100 * (number % 6)


def _label(rng: random.Random) -> str:
    masked = "*" + rng.choice(GIVEN) if rng.random() < 0.7 else "*"
    return rng.choice(SURNAMES) + masked


def write_script(
    town: Town, people: int, seed: int, *, dark_phones: bool = True
) -> list[Person]:
    """Return who comes, in order: each twenty hold one of each odd story."""
    rng = random.Random(seed * 7919 + 1)
    holders = iter(rng.sample(town.residents, k=min(people, len(town.residents))))
    script: list[Person] = []
    for story in _stories(rng, people):
        number = len(script)
        if story is Story.SECOND_SCAN:
            before = script[-1] = replace(script[-1], stays=True)
            script.append(
                Person(number, before.resident, story, before.shows, before.skin_c, number - 1)
            )
            continue
        holder = next(holders, None) or rng.choice(town.residents)
        shows = rng.choice(list(Shows) if dark_phones else [Shows.CARD, Shows.PHONE])
        script.append(Person(number, holder, story, shows, _skin_c(rng, story)))
    return script


def _stories(rng: random.Random, people: int) -> Iterator[Story]:
    """Yield one story a person; a second scan follows a good one."""
    left = people
    while left > 0:
        size = min(MIX_OF, left)
        odd = list(ODD_ONES) if size == MIX_OF else rng.sample(ODD_ONES, k=size * 6 // MIX_OF)
        stories: list[Story] = [s for s in odd if s is not Story.SECOND_SCAN]
        stories += [Story.GOOD] * (size - len(odd))
        rng.shuffle(stories)
        if Story.SECOND_SCAN in odd:
            after = rng.choice([i for i, s in enumerate(stories) if s is Story.GOOD])
            stories.insert(after + 1, Story.SECOND_SCAN)
        yield from stories
        left -= size


def _skin_c(rng: random.Random, story: Story) -> float:
    if story is Story.FEVERISH:
        return rng.uniform(38.0, 39.2) - SKIN_BELOW_BODY_C
    if story is Story.TOO_COLD:
        return rng.uniform(29.6, 31.2)
    return rng.uniform(36.1, 36.7) - SKIN_BELOW_BODY_C
