"""A morning at -10 C: whoever has just come in is never counted as normal by infrared.

People warm up as Dzien 2020 measured it and stand before a simulated sensor; the machine, the
rules and the measuring are the real ones. `kiosk bench thermometer` plays it with thousands.
"""

import random

import pytest

from kiosk.bench.thermometer_case import Told, passage_of
from kiosk.bench.thermometer_cold import (
    GROUPS,
    Group,
    Lobby,
    play,
)
from kiosk.core.rules import Acclimatisation, Rules
from kiosk.simulate.foreheads import Kind, Person

PEOPLE = 200
KINDS = (Kind.FEVERISH, Kind.HEALTHY)
AT_ONCE, AGAIN_SOON = "minutes 0-5", "comes again within 5 min"
BLIND_TO_WEATHER = Rules(cold_outdoors_c=-50.0)


def group(mode: Acclimatisation, name: str) -> Group:
    return next(g for g in GROUPS if g.mode is mode and g.name == name)


def comes_twice_too_soon(lobby: Lobby, person: Person) -> Told:
    """Stand before the sensor, and again less than a minute after the first reading."""
    minutes = lobby.rng.uniform(0.0, 4.0)
    told = lobby.stand(person, minutes)
    assert told.entry is not None
    lobby.gate.pause(lobby.rng.uniform(11.0, 50.0))
    return lobby.stand(person, minutes + 0.5, passage_of(told.entry))


def comes_anew_from_outside(lobby: Lobby, person: Person) -> Told:
    """Stand before the sensor, be away for two hours, come in from the cold again."""
    minutes = lobby.rng.uniform(0.0, 5.0)
    told = lobby.stand(person, minutes)
    assert told.entry is not None
    lobby.gate.pause(7200.0)
    return lobby.stand(person, minutes, passage_of(told.entry))


TOO_SOON = (
    group(Acclimatisation.PERSON, AT_ONCE),
    group(Acclimatisation.LOBBY, AT_ONCE),
    group(Acclimatisation.LOBBY, AGAIN_SOON),
    group(Acclimatisation.TWICE, "minutes 0-5, once"),
    Group("twice too soon", Acclimatisation.TWICE, comes_twice_too_soon),
    Group("comes anew", Acclimatisation.LOBBY, comes_anew_from_outside),
    Group("comes anew", Acclimatisation.TWICE, comes_anew_from_outside),
)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_measured_out_of_the_cold_in_the_default_mode(kind: Kind) -> None:
    came = play(group(Acclimatisation.PERSON, AT_ONCE), kind, PEOPLE, random.Random(1), Rules())
    assert came.asked == 0
    assert came.kiosk == {"too_cold": PEOPLE}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("of", TOO_SOON, ids=lambda g: f"{g.mode.value}-{g.name}")
def test_nobody_who_waited_too_little_is_let_in_by_infrared(of: Group, kind: Kind) -> None:
    came = play(of, kind, PEOPLE, random.Random(2))
    assert came.kiosk.total() == PEOPLE
    assert came.kiosk["normal"] == 0


@pytest.mark.parametrize("of", TOO_SOON, ids=lambda g: f"{g.mode.value}-{g.name}")
def test_the_same_morning_lets_fevers_in_where_the_weather_is_not_asked(of: Group) -> None:
    """The day would show it: these are the people whom the value alone cannot stop."""
    came = play(of, Kind.FEVERISH, PEOPLE, random.Random(2), BLIND_TO_WEATHER)
    assert came.kiosk["normal"] > PEOPLE / 10


def test_a_tutorial_counts_nearly_every_cold_fever_as_normal() -> None:
    came = play(group(Acclimatisation.PERSON, AT_ONCE), Kind.FEVERISH, PEOPLE, random.Random(3))
    assert came.others["first"]["normal"] > 0.9 * PEOPLE
