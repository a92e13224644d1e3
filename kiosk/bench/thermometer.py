"""Simulated people before the thermometer, beside a tutorial's way and the vendors' way.

All three get the same samples, in the same run. The report of `--json`:
  seed, people
  rates: [{hz,
      time: {still | dip | dip_any: {kiosk | first | maximum:
          {readings, p50_s, p95_s, bias_c, sd_c}}},
      kinds: {kind: {kiosk | first | maximum: {outcome: people}}}}]
  cold: [{mode, group, feverish | healthy:
      {people, readings_asked, kiosk | first | maximum: {outcome: people}}}]
Seconds are from the head in place to the value; bias and SD are of the raw value against the
skin. `dip`: the head turns away for 0.25 s, 0.4 s after it was in place; `dip_any`: at any
time in the first 1.2 s. The kinds come mixed, six healthy people to one of each other kind.
An outcome is normal, elevated, or in one word why it is neither.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from statistics import mean, median, pstdev, quantiles
from typing import Any

import click

from kiosk.bench import thermometer_cold, thermometer_soak
from kiosk.bench.thermometer_case import Gate, Told
from kiosk.bench.thermometer_sides import SIDES, Answer
from kiosk.core.rules import Rules
from kiosk.core.words import Placement, Surroundings
from kiosk.simulate.foreheads import (
    Booth,
    Dip,
    Forehead,
    Kind,
    Person,
    dip,
    forehead_of,
    make_person,
)

RATES_HZ = (2.0, 5.0, 8.0, 10.0, 14.0, 30.0)
ROOM_C = 22.0
MILD = Surroundings(Placement.HEATED_LOBBY, ROOM_C, outdoor_c=20.0)
ALL_SIDES = ("kiosk", *SIDES)
DIP_AT_S, DIP_ANY_S = 0.4, 1.2
HEALTHY_TO_ONE = 6  # of each other kind; still a gate with a great deal of trouble

Dips = Callable[[random.Random], tuple[Dip, ...]]
MOVES: dict[str, Dips] = {
    "still": lambda rng: (),
    "dip": lambda rng: (dip(rng, from_s=DIP_AT_S, to_s=DIP_AT_S),),
    "dip_any": lambda rng: (dip(rng, from_s=0.0, to_s=DIP_ANY_S),),
}


@click.command("thermometer")
@click.option("--people", type=click.IntRange(2, 100_000), default=100, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--rate", "rates", type=click.FloatRange(1, 60), multiple=True, help="Hz.")
@click.option("--part", type=click.Choice(["all", "rates", "cold"]), default="all")
@click.option("--soak", "is_soak", is_flag=True, help="A day at 30 Hz with faults instead.")
@click.option("--hours", type=click.FloatRange(0.02, 240), default=24.0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(
    *,
    people: int,
    seed: int,
    rates: tuple[float, ...],
    part: str,
    is_soak: bool,
    hours: float,
    as_json: bool,
) -> None:
    """Time to reading, error and outcomes of made-up people; those from the cold.

    PEOPLE is the number of each row. With --soak: a day through the real line and worker in
    accelerated time, with a fault every 30 s.
    """
    if is_soak:
        soaked = thermometer_soak.soak(hours, seed)
        click.echo(json.dumps(soaked) if as_json else thermometer_soak.table(soaked))
        return
    report: dict[str, Any] = {"seed": seed, "people": people}
    if part != "cold":
        report["rates"] = [_at_rate(hz, people, seed) for hz in rates or RATES_HZ]
    if part != "rates":
        report["cold"] = list(thermometer_cold.measure(people, seed))
    click.echo(json.dumps(report) if as_json else "\n".join(_table(report)))


def _at_rate(hz: float, people: int, seed: int) -> dict[str, Any]:
    """Return the row of one rate."""
    times = {}
    for name, dips in MOVES.items():
        crowd = _crowd([Kind.HEALTHY] * people, hz, random.Random(f"{seed} {name}"), dips)
        times[name] = _times([told for _, told in crowd])
    rng = random.Random(f"{seed} kinds")
    mixed = [*Kind, *[Kind.HEALTHY] * (HEALTHY_TO_ONE - 1)] * people
    rng.shuffle(mixed)
    return {"hz": hz, "time": times, "kinds": _outcomes(_crowd(mixed, hz, rng, MOVES["still"]))}


def _crowd(
    kinds: list[Kind], hz: float, rng: random.Random, dips: Dips
) -> Iterator[tuple[Kind, Told]]:
    """Let people come to one gate, one after another."""
    gate = Gate(Booth(rng, rate_hz=hz, room_c=ROOM_C), MILD, Rules())
    for kind in kinds:
        person = make_person(kind, rng)
        yield kind, gate.present(partial(_step_in, person, rng, dips))


def _step_in(person: Person, rng: random.Random, dips: Dips) -> Forehead:
    return forehead_of(person, rng, room_c=ROOM_C, dips=dips(rng))


def _times(crowd: list[Told]) -> dict[str, Any]:
    """Return when each side had its first value, and how far off the skin it was."""
    return {
        side: _spread([(t, a) for t in crowd if (a := _answer(side, t))]) for side in ALL_SIDES
    }


def _answer(side: str, told: Told) -> tuple[float, float] | None:
    """Return seconds after the head was in place, and the error of the raw value."""
    if side == "kiosk":
        reading = told.first
        return None if reading is None else _off(told, reading.at_s, reading.raw_c)
    answer = _plain(side, told)
    return None if answer is None else _off(told, answer.at_s, answer.raw_c)


def _plain(side: str, told: Told) -> Answer | None:
    return SIDES[side](told.samples, ROOM_C)


def _off(told: Told, at_s: float, raw_c: float) -> tuple[float, float]:
    return at_s - told.in_place_s, raw_c - told.skin_c


def _spread(found: list[tuple[Told, tuple[float, float]]]) -> dict[str, float | int | None]:
    seconds = [answer[0] for _, answer in found]
    errors_c = [answer[1] for _, answer in found]
    if len(found) < 2:
        nothing = dict.fromkeys(("p50_s", "p95_s", "bias_c", "sd_c"))
        return {"readings": len(found), **nothing}
    return {
        "readings": len(found),
        "p50_s": round(median(seconds), 2),
        "p95_s": round(quantiles(seconds, n=20, method="inclusive")[18], 2),
        "bias_c": round(mean(errors_c), 3),
        "sd_c": round(pstdev(errors_c), 3),
    }


def _outcomes(crowd: Iterator[tuple[Kind, Told]]) -> dict[str, dict[str, dict[str, int]]]:
    """Count what became of each kind, on each side."""
    counts = {kind: {side: Counter[str]() for side in ALL_SIDES} for kind in Kind}
    for kind, told in crowd:
        counts[kind]["kiosk"][told.outcome] += 1
        for side in SIDES:
            answer = _plain(side, told)
            counts[kind][side][answer.outcome if answer else "nobody_seen"] += 1
    return {
        kind.value: {side: dict(c.most_common()) for side, c in sides.items()}
        for kind, sides in counts.items()
    }


def _table(report: dict[str, Any]) -> Iterator[str]:
    for row in report.get("rates", ()):
        yield f"\n{row['hz']:g} Hz: seconds from the head in place to the value, error in C"
        for move, sides in row["time"].items():
            for side, figures in sides.items():
                yield f"  {move:8}{side:9}" + "".join(
                    f"{k} {v!s:7}" for k, v in figures.items()
                )
        for kind, sides in row["kinds"].items():
            for side, counts in sides.items():
                yield f"  {kind:18}{side:9}{_said(counts)}"
    for row in report.get("cold", ()):
        yield f"\nfrom -10 C, mode {row['mode']}: {row['group']}"
        for who in ("feverish", "healthy"):
            figures = row[who]
            asked = figures["readings_asked"]
            yield f"  {who:9}{figures['people']} people, {asked} readings asked for"
            for side in ALL_SIDES:
                yield f"    {side:9}{_said(figures[side])}"


def _said(counts: dict[str, int]) -> str:
    return ", ".join(f"{outcome} {count}" for outcome, count in counts.items())
