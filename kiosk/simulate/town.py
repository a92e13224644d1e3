"""A made-up community and who comes to its gate, from a seed.

The script says of each person what they show, how warm they are and what must come of it:
decision, reason, whether the gate opens. It is written from the community's rules as a
person would read them, and imports nothing that decides.
"""

import random
from collections.abc import Iterator, Sequence
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
    LIVE_PHONE = "live_phone"  # draws its pass anew each time; the others show a picture


class Story(Enum):
    """What happens to a person at the gate."""

    GOOD = "good"
    EXPIRED = "expired"
    FORGED = "forged"
    FEVERISH = "feverish"
    TOO_COLD = "too_cold"
    SILENT_THERMOMETER = "silent_thermometer"
    SECOND_SCAN = "second_scan"
    REVOKED = "revoked"
    LENT = "lent"  # a card whose holder has just gone in
    COPIED = "copied"  # a picture of the code that a phone showed seconds ago
    STALE = "stale"  # such a picture, half a minute old


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
    Story.REVOKED: Expected("denied", "E_REVOKED", opens=False),
    Story.LENT: Expected("referred", "passback", opens=False),
    Story.COPIED: Expected("denied", "E_PROOF_REPLAY", opens=False),
    Story.STALE: Expected("denied", "E_PROOF_TIME", opens=False),
}

# On a winter morning at an outdoor gate a volunteer measures wrists: no forehead counts, and
# no thermometer is waited for.
EXPECTED_IN_WINTER = EXPECTED | {
    Story.TOO_COLD: EXPECTED[Story.GOOD],
    Story.SILENT_THERMOMETER: EXPECTED[Story.GOOD],
}

# Of twenty people: fourteen good ones and one of each of the rest. Of the next twenty, four
# more come with what is not theirs, or no longer counts.
STOLEN = (Story.REVOKED, Story.LENT, Story.COPIED, Story.STALE)
ODD_ONES: tuple[Story, ...] = tuple(
    story for story in Story if story not in (Story.GOOD, *STOLEN)
)
MIX_OF = 20
# A picture is too old after half a minute; nobody comes while it is about to be.
COPY_ENDS_S, COPY_DOUBT_S = 30.0, 3.0
AFTER_S = {Story.LENT: 16.0, Story.COPIED: 16.0, Story.STALE: 32.0}  # after the first showing


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
    room = 101 + 100 * (number % 6) + number // 6 % 2
    return sub, GRIDS[building % len(GRIDS)], building, unit, room


def _label(rng: random.Random) -> str:
    masked = "*" + rng.choice(GIVEN) if rng.random() < 0.7 else "*"
    return rng.choice(SURNAMES) + masked


def write_script(
    town: Town, people: int, seed: int, *, phones: Sequence[Shows] = tuple(Shows)
) -> list[Person]:
    """Return who comes, in order: each twenty hold one of each odd story.

    `phones` is what people hold; a picture of a code is only taken of a live phone.
    """
    rng = random.Random(seed * 7919 + 1)
    holders = iter(rng.sample(town.residents, k=min(people, len(town.residents))))
    script: list[Person] = []
    for planned in _stories(rng, people, has_live=Shows.LIVE_PHONE in phones):
        number = len(script)
        if (other := _with_anothers(script, planned)) is not None:
            script.append(other)
            continue
        story = Story.GOOD if planned in AFTER_S else planned  # there was nobody's to show
        if story is Story.SECOND_SCAN:
            before = script[-1] = replace(script[-1], stays=True)
            script.append(
                Person(number, before.resident, story, before.shows, before.skin_c, number - 1)
            )
            continue
        holder = next(holders, None) or rng.choice(town.residents)
        shows = _shown_by(rng, story, phones)
        script.append(Person(number, holder, story, shows, _skin_c(rng, story)))
    return script


def _shown_by(rng: random.Random, story: Story, phones: Sequence[Shows]) -> Shows:
    """Return what a person holds; what is forged or has ended is on paper or a picture."""
    is_live = Shows.LIVE_PHONE in phones and story in (Story.GOOD, Story.FEVERISH)
    return rng.choice([s for s in phones if is_live or s is not Shows.LIVE_PHONE])


def _with_anothers(script: list[Person], story: Story) -> Person | None:
    """Return who comes with the pass of somebody that went in before, the latest unused."""
    if story not in AFTER_S:
        return None
    wanted = {Shows.CARD} if story is Story.LENT else {Shows.LIVE_PHONE}
    used = {person.same_as for person in script}
    owners = [
        p
        for p in script
        if p.story is Story.GOOD and p.shows in wanted and p.number not in used
    ]
    if not owners:
        return None
    owner = owners[-1]
    shows = Shows.CARD if story is Story.LENT else Shows.PHONE
    return Person(len(script), owner.resident, story, shows, owner.skin_c, owner.number)


def _stories(rng: random.Random, people: int, *, has_live: bool) -> Iterator[Story]:
    """Yield one story a person; a second scan follows a good one, the stolen come last."""
    left = people
    while left > 0:
        stolen = [s for s in STOLEN if has_live or s not in (Story.COPIED, Story.STALE)]
        is_later = (people - left) // MIX_OF % 2 == 1 and left >= MIX_OF
        size = min(MIX_OF, left)
        odd = list(ODD_ONES) if size == MIX_OF else rng.sample(ODD_ONES, k=size * 6 // MIX_OF)
        stories: list[Story] = [s for s in odd if s is not Story.SECOND_SCAN]
        last = stolen if is_later else []
        stories += [Story.GOOD] * (size - len(odd) - len(last))
        rng.shuffle(stories)
        if Story.SECOND_SCAN in odd:
            after = rng.choice([i for i, s in enumerate(stories) if s is Story.GOOD])
            stories.insert(after + 1, Story.SECOND_SCAN)
        yield from (*stories, *last)
        left -= size


def _skin_c(rng: random.Random, story: Story) -> float:
    if story is Story.FEVERISH:
        return rng.uniform(38.0, 39.2) - SKIN_BELOW_BODY_C
    if story is Story.TOO_COLD:
        return rng.uniform(29.6, 31.2)
    return rng.uniform(36.1, 36.7) - SKIN_BELOW_BODY_C
