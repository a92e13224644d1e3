"""`kiosk bench journal`: what an entry costs the card, beside a plain insert loop.

Flushes are counted by strace (fsync and fdatasync), bytes by the kernel (`write_bytes` of
/proc/self/io), each from the opening to the closing of the file, less what opening and
closing cost without an entry. The loops take turns; strace slows them, so that times are
taken in runs without it.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

EXIT_NO = 1
FLUSHES_MAX = 1.2
BYTES_MAX = 10_000
ROUNDS = 3
LOOPS = ("journal", "plain")
_MEMORY = ("tmpfs", "ramfs", "devtmpfs")
_STRACE = ("strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o")

Cost = dict[str, Any]


@click.command("journal")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
@click.option(
    "--entries", type=click.IntRange(10, 100_000), default=600, show_default=True, help="A run."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=tempfile.gettempdir(),
    show_default=True,
    help="On the disk that is meant.",
)
def command(as_json: bool, entries: int, folder: Path) -> None:
    """Measure what one entry costs: flushes, bytes written, time.

    Ends with 1 when an entry costs more than 1.2 flushes or 10 kB.
    """
    kind = file_system(folder.resolve())
    if kind in _MEMORY:
        raise click.UsageError(f"{folder} is on a {kind}, no disk; give --folder on one")
    if shutil.which("strace") is None:
        raise click.UsageError("strace counts the flushes and is missing: apt install strace")
    report = measure(folder, entries)
    click.echo(json.dumps(report) if as_json else _table(report))
    ours = report["journal"]
    if ours["flushes_per_entry"] > FLUSHES_MAX or ours["bytes_per_entry"] > BYTES_MAX:
        sys.exit(EXIT_NO)


def file_system(folder: Path) -> str:
    """Return the kind of file system that an absolute folder lies on."""
    best, kind = Path("/"), "unknown"
    for line in Path("/proc/self/mounts").read_text("utf-8").splitlines():
        _, mount, fstype, *_ = line.split(" ")
        point = Path(mount.replace("\\040", " "))
        if folder.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, fstype
    return kind


def measure(folder: Path, entries: int) -> Cost:
    """Return the cost of an entry in both loops."""
    runs: dict[str, list[Cost]] = {loop: [] for loop in LOOPS}
    for _ in range(ROUNDS):
        for loop in LOOPS:
            runs[loop].append(_run(loop, folder, entries))
    costs = {loop: _cost(loop, folder, entries, runs[loop]) for loop in LOOPS}
    return {"entries": entries, "rounds": ROUNDS, **costs}


def _cost(loop: str, folder: Path, entries: int, runs: list[Cost]) -> Cost:
    empty = _run(loop, folder, 0)["bytes"]
    flushes = _count_flushes(loop, folder, entries) - _count_flushes(loop, folder, 0)
    times_ms = sorted(1000 * s for run in runs for s in run["seconds"])
    return {
        "flushes_per_entry": round(flushes / entries, 3),
        "bytes_per_entry": round(
            statistics.median(run["bytes"] - empty for run in runs) / entries
        ),
        "commit_ms": {
            "p50": round(statistics.median(times_ms), 3),
            "p95": round(times_ms[len(times_ms) * 95 // 100], 3),
        },
    }


def _run(loop: str, folder: Path, entries: int, *before: str) -> Cost:
    """Run one loop in a process and a folder of its own."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="kiosk-bench-") as scratch:
        program = [sys.executable, "-m", "kiosk.bench.journal_loops"]
        line = [*before, *program, loop, scratch, str(entries)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["said nothing"])[-1]
        raise click.ClickException(f"{before[0] if before else loop} failed: {said}")
    cost: Cost = json.loads(done.stdout)
    return cost


def _count_flushes(loop: str, folder: Path, entries: int) -> int:
    with tempfile.NamedTemporaryFile("r", prefix="kiosk-strace-") as trace:
        _run(loop, folder, entries, *_STRACE, trace.name)
        return sum("sync(" in line for line in trace)


def _table(report: Cost) -> str:
    return "\n".join(_lines(report))


def _lines(report: Cost) -> Iterator[str]:
    yield f"{'':<24}{'journal':>12}{'plain loop':>12}"
    for name in ("flushes_per_entry", "bytes_per_entry"):
        yield f"{name:<24}{report['journal'][name]:>12}{report['plain'][name]:>12}"
    for part in ("p50", "p95"):
        values = [report[loop]["commit_ms"][part] for loop in LOOPS]
        yield f"{f'commit_ms {part}':<24}{values[0]:>12}{values[1]:>12}"
