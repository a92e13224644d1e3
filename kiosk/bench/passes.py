"""`kiosk bench passes`: verifying a pass, beside its bare signature check and base45.

Both sides take turns in one run, each with an issuer made for the run. The import is timed
in fresh interpreters that have imported cryptography's Ed25519 already. `--hostile` puts
random texts and truly signed, changed payloads to the verifier and counts what it says.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from kiosk.bench.passes_hostile import attack
from kiosk.bench.passes_import import import_ms
from kiosk.bench.passes_office import Office

EXIT_NO = 1
RATIO_MAX, IMPORT_MS_MAX = 1.3, 25.0
ROUNDS, CALLS = 60, 200


@click.command("passes")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
@click.option("--hostile", is_flag=True, help="1,000,000 texts and 200,000 signed payloads.")
@click.option("--seed", type=int, default=1, show_default=True)
def command(as_json: bool, hostile: bool, seed: int) -> None:
    """Measure what a pass costs to verify, beside its bare signature and base45.

    Ends with 1 when it costs more than 1.3 times that, the import more than 25 ms, or
    something hostile was taken.
    """
    office = Office()
    report = measure(office)
    is_good = _is_within(report)
    if hostile:
        report["hostile"] = attack(office, random.Random(seed))
        is_good = is_good and report["hostile"]["bad"] == 0
    click.echo(json.dumps(report) if as_json else json.dumps(report, indent=1))
    sys.exit(0 if is_good else EXIT_NO)


def measure(office: Office) -> dict[str, Any]:
    """Return the figures of a good pass, a forged one and a phone's, and of the import."""
    text = office.paper()
    forged = text[:-2] + ("00" if text[-2:] != "00" else "10")
    report: dict[str, Any] = {}
    for name, shown in (("paper", text), ("forged", forged)):
        whole_us, bare_us = _beside(partial(office.outcome, shown), office.bare(shown))
        report[name] = {
            "outcome": office.outcome(shown),
            "us": round(whole_us, 1),
            "bare_us": round(bare_us, 1),
            "ratio": round(whole_us / bare_us, 3),
        }
    phone = office.phone()
    whole_us, bare_us = _beside(partial(office.outcome, phone), office.bare(text))
    report["phone"] = {"us": round(whole_us, 1), "papers": round(whole_us / bare_us, 2)}
    report["import_ms"] = round(import_ms(), 1)
    return report


def _is_within(report: dict[str, Any]) -> bool:
    ratios = [report[name]["ratio"] for name in ("paper", "forged")]
    return bool(max(ratios) <= RATIO_MAX and report["import_ms"] <= IMPORT_MS_MAX)


def _beside(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """Return the median microseconds of a call of each; they take turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for side, call in enumerate((ours, bare)):
            began = time.perf_counter()
            for _ in range(CALLS):
                call()
            times[side].append((time.perf_counter() - began) / CALLS * 1e6)
    return statistics.median(times[0]), statistics.median(times[1])
