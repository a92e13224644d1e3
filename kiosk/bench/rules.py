"""`kiosk bench rules`: a look-up and a decision in a big community, beside an empty one.

50,000 residents in 25,000 households and a month of a million passages at this gate, half of
them ways out. A person of either community is looked up and decided about in turn, with every
rule of the closed preset; the step includes the making of the entry, not its writing. Memory
is what this process holds more after both are open and were asked.
"""

import json
import random
import resource
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import click

from kiosk.bench.rules_month import Size, fill_folder, open_folder, shown_by
from kiosk.core.machine import Idle, step
from kiosk.rulebook.presets import preset_text
from kiosk.rulebook.reading import read_rules

EXIT_NO = 1
FACTS_P99_MS, STEP_P99_MS, HELD_MB_MAX = 1.0, 2.0, 40.0


@click.command("rules")
@click.option("--residents", type=click.IntRange(10), default=50_000, show_default=True)
@click.option("--passages", type=click.IntRange(1), default=1_000_000, show_default=True)
@click.option("--asked", type=click.IntRange(100), default=4_000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(*, residents: int, passages: int, asked: int, as_json: bool) -> None:
    """Facts and a step in a big community, beside an empty one. Ends with 1 when too slow."""
    with tempfile.TemporaryDirectory() as name:
        big, small = Path(name, "big"), Path(name, "small")
        fill_folder(big, Size(residents, passages))
        fill_folder(small, Size(10, 1))
        figures = _measure(big, small, residents, asked)
    if as_json:
        click.echo(json.dumps(figures))
    else:
        for what, value in figures.items():
            click.echo(f"{what}: {value}")
    is_slow = figures["facts_p99_ms"] > FACTS_P99_MS or figures["step_p99_ms"] > STEP_P99_MS
    if is_slow or figures["held_mb"] > HELD_MB_MAX:
        raise SystemExit(EXIT_NO)


def _measure(big: Path, small: Path, residents: int, asked: int) -> dict[str, float]:
    rules, rng = read_rules(preset_text("closed")), random.Random(6)
    before_mb = _held_mb()
    began_s = time.perf_counter()
    register = open_folder(big)
    opened_s = time.perf_counter() - began_s
    empty = open_folder(small)
    took: dict[str, list[float]] = {name: [] for name in ("facts", "step", "empty")}
    for number in range(asked):
        shown = shown_by(rng.randrange(residents), number)
        began = time.perf_counter()
        facts = register.facts(shown)
        known = time.perf_counter()
        step(Idle(), replace(shown, facts=facts), rules)
        done = time.perf_counter()
        empty.facts(shown)
        took["facts"].append(known - began)
        took["step"].append(done - began)
        took["empty"].append(time.perf_counter() - done)
    held_mb = _held_mb() - before_mb
    register.close()
    empty.close()
    return {
        "facts_p50_ms": _ms_at(took["facts"], 50),
        "facts_p99_ms": _ms_at(took["facts"], 99),
        "facts_empty_p50_ms": _ms_at(took["empty"], 50),
        "step_p50_ms": _ms_at(took["step"], 50),
        "step_p99_ms": _ms_at(took["step"], 99),
        "opened_s": round(opened_s, 3),
        "held_mb": round(held_mb, 1),
    }


def _ms_at(took_s: list[float], percent: int) -> float:
    return round(statistics.quantiles(took_s, n=100)[percent - 1] * 1000, 3)


def _held_mb() -> float:
    """Return what this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6
