"""`kiosk bench replay`: recorded days held against other rules, as the command does it.

A month of a busy gate is written to a journal as the gate writes it, then `kiosk entries
replay` is run from start to end in a process of its own; beside it, the same journal read
through and nothing asked.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import click

from kiosk.bench.community import cti_of, sub_of
from kiosk.core.words import (
    Decision,
    Denied,
    Direction,
    Entry,
    EntryKind,
    Granted,
    Reading,
    Reason,
    Referred,
    TraceLine,
)
from kiosk.journal.schema import connect_writer
from kiosk.journal.walk import walk
from kiosk.timing import ClockState, Stamp
from kiosk.wire import encode_entry

EXIT_NO = 1
REPLAY_S_MAX = 60.0  # for a million
DAYS = 31
NEWEST = datetime(2027, 1, 31, 13, 0, tzinfo=UTC)
BOOT = "00000000-0000-4000-8000-000000000001"
_QUOTA = (TraceLine("isolation", "-"), TraceLine("hours", "-"), TraceLine("quota", "deny"))
_ALL_ASKED = (TraceLine("isolation", "-"), TraceLine("admission", "admit"))


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
        _fill(state / "journal.db", entries, residents)
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


def _fill(path: Path, count: int, residents: int) -> None:
    """Write a journal, as it would lie on a card; heads are not looked at by a replay."""
    path.touch()
    with closing(connect_writer(path)) as db:
        db.execute("BEGIN")
        db.executemany(
            "INSERT INTO entry (seq, is_urgent, body, head) VALUES (?, 0, ?, zeroblob(32))",
            (
                (seq, encode_entry(entry, seq=seq, boot_no=1))
                for seq, entry in enumerate(_entries(count, residents), 1)
            ),
        )
        db.execute("COMMIT")


def _entries(count: int, residents: int) -> Iterator[Entry]:
    """Yield who came: half of them on the way out, some feverish, some refused."""
    rng, began = random.Random(8), NEWEST - timedelta(days=DAYS)
    for number in range(count):
        at = began + timedelta(days=DAYS) * (number / count)
        stamp = Stamp(number * 2.6, at, BOOT, ClockState.TRUSTED)
        is_out, who = number % 2 == 0, rng.randrange(residents)
        decision, trace = _said(rng, is_out=is_out)
        is_measured = not isinstance(decision, Denied)
        is_trip = is_out and isinstance(decision, Granted)
        yield Entry(
            EntryKind.PASSAGE,
            stamp,
            UUID(int=number),
            "南门",
            Direction.OUT if is_out else Direction.IN,
            decision,
            cti_of(who),
            sub_of(who // 2),
            "",
            1,
            readings=(_reading(rng, stamp, decision),) if is_measured else (),
            trace=trace,
            details=(("trip", 1),) if is_trip else (),
        )


def _said(rng: random.Random, *, is_out: bool) -> tuple[Decision, tuple[TraceLine, ...]]:
    what = rng.random()
    if what < 0.01:
        return Referred(Reason.ELEVATED), (TraceLine("elevated", "refer"),)
    if is_out and what < 0.06:
        return Denied(Reason.QUOTA), _QUOTA
    return Granted(), _ALL_ASKED


def _reading(rng: random.Random, at: Stamp, decision: Decision) -> Reading:
    estimate_c = 36.4 if isinstance(decision, Granted) else 38.2
    estimate_c = round(estimate_c + rng.uniform(-0.3, 0.3), 2)
    return Reading(estimate_c - 2, estimate_c, 0.1, 9, at.mono_s - 1, at.mono_s, 22.0, "c1")


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
