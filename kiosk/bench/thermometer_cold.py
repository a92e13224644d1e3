"""From the cold: who is counted as normal in each mode, beside what others would make of it.

It is -10 C outside and 22 C in the lobby. Each group has as many feverish as healthy people,
warmed up as Dzien 2020 measured it. Nobody of the staff comes, so that only what infrared
alone decides is counted.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kiosk.bench.thermometer_case import Gate, Told, passage_of
from kiosk.bench.thermometer_sides import SIDES
from kiosk.core.rules import Acclimatisation, Rules
from kiosk.core.words import LastPassage, Placement, Surroundings
from kiosk.simulate.foreheads import Booth, Forehead, Kind, Person, forehead_of, make_person

ROOM_C, OUTDOOR_C = 22.0, -10.0
RATE_HZ = 10.0
COLD = Surroundings(Placement.HEATED_LOBBY, ROOM_C, OUTDOOR_C)
COLD_MINUTES = 5.0
WATCH_S = 2.0
MINUTE_S = 60.0
TWICE_AFTER_S = 62.0  # when somebody who was told to wait a minute comes again
TRIES_MAX = 5


@dataclass(frozen=True, slots=True)
class Group:
    """People who do the same thing under one mode."""

    name: str
    mode: Acclimatisation
    come: "Callable[[Lobby, Person], Told]"


@dataclass(slots=True)
class Lobby:
    """The heated lobby, its gate, and chance."""

    gate: Gate
    rng: random.Random
    last_face: Forehead | None = None  # as it was when the thermometer was stood before

    def stand(self, person: Person, minutes: float, last: LastPassage | None = None) -> Told:
        """Let somebody who came in `minutes` ago show the pass; the warmth is as of now."""
        face = forehead_of(person, self.rng, room_c=ROOM_C, minutes=minutes)
        self.last_face = face
        return self.gate.present(lambda: face, last=last)


def _at_once(lobby: Lobby, person: Person) -> Told:
    return lobby.stand(person, lobby.rng.uniform(0.0, COLD_MINUTES))


def _waits(lobby: Lobby, person: Person, *, minutes: float) -> Told:
    """Show the pass at the door, wait inside, show it again."""
    return _shows_twice(lobby, person, apart_min=minutes, inside_min=minutes)


def _impatient(lobby: Lobby, person: Person) -> Told:
    minutes = lobby.rng.uniform(0.5, COLD_MINUTES)
    return _shows_twice(lobby, person, apart_min=minutes, inside_min=minutes)


def _waits_outside(lobby: Lobby, person: Person) -> Told:
    """Show the pass at the door, smoke outside, come in again when the time is over."""
    inside_min = lobby.rng.uniform(0.0, COLD_MINUTES)
    return _shows_twice(lobby, person, apart_min=10.0, inside_min=inside_min)


def _shows_twice(lobby: Lobby, person: Person, *, apart_min: float, inside_min: float) -> Told:
    told = lobby.stand(person, 0.0)
    assert told.entry is not None
    lobby.gate.pause(apart_min * MINUTE_S)
    return lobby.stand(person, inside_min, passage_of(told.entry))


def _again_and_again(lobby: Lobby, person: Person, *, tries: int) -> Told:
    """Stand before it, come again a minute later, until it is normal or called a fever."""
    minutes = lobby.rng.uniform(0.0, COLD_MINUTES)
    began_s = lobby.gate.at_s
    told = lobby.stand(person, minutes)
    asked = told.asked
    for _ in range(tries - 1):
        if told.entry is None or told.outcome in ("normal", "elevated"):
            break
        lobby.gate.pause(TWICE_AFTER_S)
        inside_min = minutes + (lobby.gate.at_s - began_s) / MINUTE_S
        told = lobby.stand(person, inside_min, passage_of(told.entry))
        asked += told.asked
    told.asked = asked
    return told


GROUPS = (
    Group("minutes 0-5", Acclimatisation.PERSON, _at_once),
    Group("minutes 0-5", Acclimatisation.LOBBY, _at_once),
    Group("comes again within 5 min", Acclimatisation.LOBBY, _impatient),
    Group("waits 10 min inside", Acclimatisation.LOBBY, partial(_waits, minutes=10.2)),
    Group("waits 15 min inside", Acclimatisation.LOBBY, partial(_waits, minutes=15.0)),
    Group("waits 30 min inside", Acclimatisation.LOBBY, partial(_waits, minutes=30.0)),
    Group("waits 10 min outside", Acclimatisation.LOBBY, _waits_outside),
    Group("minutes 0-5, once", Acclimatisation.TWICE, _at_once),
    Group("minutes 0-5, twice", Acclimatisation.TWICE, partial(_again_and_again, tries=2)),
    Group(
        "minutes 0-5, five times",
        Acclimatisation.TWICE,
        partial(_again_and_again, tries=TRIES_MAX),
    ),
)


@dataclass(slots=True)
class Tally:
    """What became of them: outcomes of the kiosk, and of what it is held beside."""

    people: int = 0
    asked: int = 0
    kiosk: Counter[str] = field(default_factory=Counter)
    others: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in SIDES}
    )


def measure(people: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield one row for each group: outcomes of `people` feverish and as many healthy."""
    for number, group in enumerate(GROUPS):
        row: dict[str, Any] = {"mode": group.mode.value, "group": group.name}
        for kind in (Kind.FEVERISH, Kind.HEALTHY):
            rng = random.Random(f"{seed} {number} {kind.value}")
            row[kind.value] = _figures(play(group, kind, people, rng))
        yield row


def play(
    group: Group, kind: Kind, people: int, rng: random.Random, rules: Rules | None = None
) -> Tally:
    """Let `people` of a kind come as their group does; under other rules if they are given."""
    rules = rules or Rules(acclimatisation=group.mode)
    booth = Booth(rng, rate_hz=RATE_HZ, room_c=ROOM_C)
    lobby, tally = Lobby(Gate(booth, COLD, rules), rng), Tally()
    for _ in range(people):
        told = group.come(lobby, make_person(kind, rng))
        tally.people += 1
        tally.asked += told.asked
        tally.kiosk[told.outcome] += 1
        assert lobby.last_face is not None
        samples = lobby.gate.watch(lobby.last_face, WATCH_S)
        for name, side in SIDES.items():
            answer = side(samples, ROOM_C)
            tally.others[name][answer.outcome if answer else "nobody_seen"] += 1
    return tally


def _figures(tally: Tally) -> dict[str, Any]:
    return {
        "people": tally.people,
        "readings_asked": tally.asked,
        "kiosk": dict(tally.kiosk.most_common()),
        **{name: dict(counts.most_common()) for name, counts in tally.others.items()},
    }
