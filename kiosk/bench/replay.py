"""`kiosk bench replay`: recorded days held against other rules, as the command does it.

A month of a busy gate is written to a journal as the gate writes it, then `kiosk entries
replay` is run from start to end in a process of its own; beside it, the same journal read
through and nothing asked.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click

from kiosk.bench.replay_month import DAYS, fill_journal
from kiosk.journal.walk import walk

EXIT_NO = 1
REPLAY_S_MAX = 60.0  # for a million


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the wall, of all processors, of reading alone; what the command said."""

    command_s: float
    cpu_s: float
    read_s: float
    judged: int
    otherwise: int


@click.command("replay")
@click.option("--entries", type=click.IntRange(100), default=1_000_000, show_default=True)
@click.option("--residents", type=click.IntRange(10), default=50_000, show_default=True)
@click.option("--rules", "rules_name", default="closed", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(*, entries: int, residents: int, rules_name: str, as_json: bool) -> None:
    """Judge a month anew. Ends with 1 when a million entries would take over a minute."""
    with tempfile.TemporaryDirectory() as name:
        state = Path(name)
        fill_journal(state / "journal.db", entries, residents)
        took = _measure(state, rules_name)
    figures = {
        "entries": entries,
        "replay_s": round(took.command_s, 2),
        "replay_cpu_s": round(took.cpu_s, 2),
        "read_through_s": round(took.read_s, 2),
        "judged": took.judged,
        "otherwise": took.otherwise,
    }
    lines = [json.dumps(figures)] if as_json else [f"{k}: {v}" for k, v in figures.items()]
    click.echo("\n".join(lines))
    if took.command_s > REPLAY_S_MAX * max(1.0, entries / 1_000_000):
        raise SystemExit(EXIT_NO)


def _measure(state: Path, rules_name: str) -> Took:
    asked = ["entries", "replay", "--rules", rules_name, "--days", str(DAYS + 1), "--json"]
    began_s, used_s = time.perf_counter(), _children_s()
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *asked, "--state", str(state)],
        capture_output=True,
        text=True,
        check=True,
    )
    command_s, cpu_s = time.perf_counter() - began_s, _children_s() - used_s
    began_s = time.perf_counter()
    for _ in walk(state / "journal.db"):
        pass
    read_s = time.perf_counter() - began_s
    said = json.loads(done.stdout)
    return Took(command_s, cpu_s, read_s, said["judged"], said["judged"] - said["same"])


def _children_s() -> float:
    """Return the processor seconds of processes that have ended: others may use them too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
