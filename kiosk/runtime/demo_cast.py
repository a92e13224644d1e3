"""The made-up residents whom a visitor of the demo may be: how they look, what they show."""

import random
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from kiosk.screen.desk_forms import Form
from kiosk.simulate.foreheads import warmed
from kiosk.simulate.town import (
    SKIN_BELOW_BODY_C,
    WARM_BODY_C,
    Person,
    Resident,
    Shows,
    Story,
    Town,
)

REVOKED_FROM = 1_000_000  # numbers of those whose passes were taken back before the day began
FOREIGN = (
    "WIFI:T:WPA;S:Home-301;P:12345678;;",
    "https://qr.example.com/pay?id=20261126&amount=6.50",
)


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody is drawn."""

    hat: str
    coat: str
    hair: str
    is_old: bool = False
    has_glasses: bool = False


LOOKS = (
    Look("knit", "red", "black"),
    Look("flaps", "green", "grey", is_old=True),
    Look("none", "blue", "black", has_glasses=True),
    Look("hood", "yellow", "brown"),
    Look("cap", "teal", "black"),
    Look("bun", "violet", "grey", is_old=True, has_glasses=True),
    Look("none", "orange", "brown"),
    Look("knit", "navy", "black", has_glasses=True),
)
SAME_AGAIN, WITH_ANOTHERS = "again", ("lent", "photo")


class Wish(Form):
    """Who comes, with what, how warm."""

    resident: Annotated[int, Field(ge=0, lt=len(LOOKS))]
    story: Literal[
        "good", "expired", "forged", "revoked", "lent", "photo", "foreign", "again"
    ] = "good"
    shows: Literal["card", "phone", "dark_phone", "live_phone"] = "card"
    body_c: Annotated[float, Field(ge=34.0, le=41.0)] = WARM_BODY_C
    is_from_cold: bool = False

    @property
    def skin_c(self) -> float:
        """What the thermometer sees of them, Celsius."""
        chilled_c = warmed(60.0)[0] - warmed(0.0)[0] if self.is_from_cold else 0.0
        return self.body_c - chilled_c - SKIN_BELOW_BODY_C


@dataclass(frozen=True, slots=True)
class Part:
    """One person of a story; `look` None: a stranger, `text`: what they show instead."""

    person: Person
    look: int | None
    text: str = ""


def parts_of(wish: Wish, town: Town, number: int) -> list[Part]:
    """Return who comes, one after the other; their numbers begin with `number`."""
    resident = town.residents[wish.resident]
    me = Person(number, resident, Story.GOOD, _shows(wish), wish.skin_c)
    match wish.story:
        case "expired" | "forged":
            return [Part(_with(me, Story(wish.story)), wish.resident)]
        case "revoked":
            return [Part(_revoked(wish.resident, resident, wish.skin_c), wish.resident)]
        case "foreign":
            return [Part(me, wish.resident, FOREIGN[number % len(FOREIGN)])]
        case "again":
            first = Person(number, resident, Story.GOOD, me.shows, me.skin_c, stays=True)
            after = Person(number + 1, resident, Story.SECOND_SCAN, me.shows, me.skin_c, number)
            return [Part(first, wish.resident), Part(after, wish.resident)]
        case "lent" | "photo":
            return _with_anothers(wish, resident, number)
        case _:
            return [Part(me, wish.resident)]


def revoked_of(town: Town) -> list[Person]:
    """Return everybody of the cast with a pass that is to be taken back."""
    residents = town.residents[: len(LOOKS)]
    return [_revoked(i, resident, 0.0) for i, resident in enumerate(residents)]


def anybody(rng: random.Random) -> Wish:
    """Return who comes next when the demo plays by itself: most are what they should be."""
    stories = ("expired", "forged", "revoked", "lent", "photo", "foreign", "again")
    story = "good" if rng.random() < 0.6 else rng.choice(stories)
    is_ill = story == "good" and rng.random() < 0.15
    body_c = rng.uniform(38.0, 39.2) if is_ill else rng.uniform(36.1, 36.7)
    return Wish.model_validate(
        {
            "resident": rng.randrange(len(LOOKS)),
            "story": story,
            "shows": rng.choice([shows.value for shows in Shows]),
            "body_c": round(body_c, 1),
        }
    )


def _shows(wish: Wish) -> Shows:
    """A phone that draws its pass anew has a good one; all else is on paper or a picture."""
    shows = Shows(wish.shows)
    is_live = shows is Shows.LIVE_PHONE and wish.story not in ("good", SAME_AGAIN)
    return Shows.PHONE if is_live else shows


def _with(person: Person, story: Story) -> Person:
    return Person(person.number, person.resident, story, person.shows, person.skin_c)


def _revoked(index: int, resident: Resident, skin_c: float) -> Person:
    return Person(REVOKED_FROM + index, resident, Story.REVOKED, Shows.CARD, skin_c)


def _with_anothers(wish: Wish, resident: Resident, number: int) -> list[Part]:
    """The owner goes in, warm and well; then somebody else comes with the same pass."""
    is_lent = wish.story == "lent"
    held = Shows.CARD if is_lent else Shows.LIVE_PHONE
    owner_skin_c = WARM_BODY_C - SKIN_BELOW_BODY_C
    owner = Person(number, resident, Story.GOOD, held, owner_skin_c)
    story = Story.LENT if is_lent else Story.COPIED
    shows = Shows.CARD if is_lent else Shows.PHONE
    other = Person(number + 1, resident, story, shows, wish.skin_c, number)
    return [Part(owner, wish.resident), Part(other, None)]
