"""The whole lane beside the tutorial's loop: the same people, far ends and machine.

Rounds alternate between the two sides. Each: nobody comes (CPU idle), people come (passes
read, code to the opening gate, CPU busy), then the server stops answering and people go on
coming (seconds in which nobody can pass).
"""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import click

from kiosk.bench.lane_sides import Lane, open_kiosk, open_tutorial
from kiosk.runtime.demo_children import Child, cpu_seconds
from kiosk.runtime.demo_site import RELAY_PIN
from kiosk.simulate.camera import Scene
from kiosk.simulate.town import SKIN_BELOW_BODY_C, Person, Shows, Story, Town, make_town
from kiosk.timing import boot_seconds

SETTLE_S = 3.0
HOLD_UP_S = 0.8  # a card is held up this long, then its holder bends to the thermometer
PATIENCE_S = 8.0
GAP_S = 2.2
NORMAL_SKIN_C = 36.4 - SKIN_BELOW_BODY_C


@dataclass(slots=True)
class Side:
    """What one program did, over all rounds."""

    name: str
    people: int = 0
    passed: int = 0
    open_s: list[float] = field(default_factory=list)  # first whole code to the opening gate
    idle_cpu: list[float] = field(default_factory=list)
    busy_cpu: list[float] = field(default_factory=list)
    silent_s: float = 0.0
    blocked_s: float = 0.0


@click.command("lane")
@click.option("--people", type=click.IntRange(1, 200), default=8, show_default=True)
@click.option("--rounds", type=click.IntRange(1, 20), default=3, show_default=True)
@click.option("--idle-s", type=float, default=10.0, show_default=True)
@click.option("--silent-s", type=float, default=40.0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(*, people: int, rounds: int, idle_s: float, silent_s: float, as_json: bool) -> None:
    """The whole lane beside a tutorial's loop, in alternating rounds.

    Seconds blocked: from a person's coming to their giving up, while the server is silent.
    """
    sides = (Side("kiosk"), Side("tutorial"))
    openers = (open_kiosk, open_tutorial)
    for round_no in range(rounds):
        for side, opener in zip(sides, openers, strict=True):
            click.echo(f"round {round_no + 1}, {side.name}", err=True)
            with ExitStack() as opened:
                lane = opener(round_no, opened)
                _play(lane, side, people=people, idle_s=idle_s, silent_s=silent_s)
    report = {side.name: _figures(side) for side in sides}
    click.echo(json.dumps(report) if as_json else _table(report))


def _play(lane: Lane, side: Side, *, people: int, idle_s: float, silent_s: float) -> None:
    """Play one round on one side."""
    crowd = _Crowd(make_town(1))
    time.sleep(SETTLE_S)
    side.idle_cpu.append(_cpu_share(lane.gate_program, lambda: time.sleep(idle_s)))
    side.busy_cpu.append(
        _cpu_share(lane.gate_program, lambda: _let_pass(lane, side, crowd, people))
    )
    lane.server.freeze(is_on=True)
    try:
        _try_in_silence(lane, side, crowd, silent_s)
    finally:
        lane.server.freeze(is_on=False)


def _cpu_share(child: Child, what: Callable[[], None]) -> float:
    """Return the share of one core that `child` took while `what` ran."""
    began_s, used_s = boot_seconds(), cpu_seconds(child.pid)
    what()
    return (cpu_seconds(child.pid) - used_s) / (boot_seconds() - began_s)


class _Crowd:
    """Healthy people with good passes on paper, one after another."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._count = 0

    def next(self) -> Person:
        number = self._count
        self._count += 1
        resident = self._town.residents[number % len(self._town.residents)]
        return Person(number, resident, Story.GOOD, Shows.CARD, NORMAL_SKIN_C)


def _let_pass(lane: Lane, side: Side, crowd: _Crowd, people: int) -> None:
    for _ in range(people):
        side.people += 1
        if (seconds := _pass_by(lane, crowd.next())) is not None:
            side.passed += 1
            side.open_s.append(seconds)


def _try_in_silence(lane: Lane, side: Side, crowd: _Crowd, silent_s: float) -> None:
    began_s = boot_seconds()
    while (came_s := boot_seconds()) - began_s < silent_s:
        is_open = _pass_by(lane, crowd.next()) is not None
        side.blocked_s += 0.0 if is_open else boot_seconds() - came_s
    side.silent_s += boot_seconds() - began_s


def _pass_by(lane: Lane, person: Person) -> float | None:
    """Come, show the card, bend to the thermometer, go. Returns seconds to the open gate."""
    camera, gate = lane.ends.camera, lane.ends.gate
    came_s = boot_seconds()
    showing = camera.show(Scene.card(lane.pass_of(person)))
    time.sleep(HOLD_UP_S)
    lane.ends.thermometer.approach(person.skin_c)
    opened_s = None
    while opened_s is None and boot_seconds() - came_s < PATIENCE_S:
        time.sleep(0.02)
        opened_s = next(
            (s for s, pin, level in gate.pulses() if pin == RELAY_PIN and level and s > came_s),
            None,
        )
    camera.show(Scene.nobody())
    lane.ends.thermometer.leave()
    time.sleep(GAP_S)
    sent_s = camera.first_sent(showing)
    return opened_s - sent_s if opened_s is not None and sent_s is not None else None


def _figures(side: Side) -> dict[str, Any]:
    return {
        "people": side.people,
        "passes_read": side.passed,
        "code_to_gate_s": round(median(side.open_s), 2) if side.open_s else None,
        "cpu_idle": round(median(side.idle_cpu), 3),
        "cpu_busy": round(median(side.busy_cpu), 3),
        "silent_s": round(side.silent_s, 1),
        "blocked_s": round(side.blocked_s, 1),
    }


def _table(report: dict[str, dict[str, Any]]) -> str:
    names = list(report)
    rows = [f"{'':16}" + "".join(f"{name:>12}" for name in names)]
    for key in report[names[0]]:
        rows.append(f"{key:16}" + "".join(f"{report[name][key]!s:>12}" for name in names))
    return "\n".join(rows)
