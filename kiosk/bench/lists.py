"""`kiosk bench lists`: a revocation list, beside a set of ids from a JSON file.

The list is loaded as the kiosk loads it: signature, strict form, order, hash. The other side
is the shortest thing that works: hexadecimal ids in a JSON array, nothing checked. Both take
turns in one run. Memory is what Python's allocator counts, in a load of its own.
"""

import hashlib
import json
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Container
from functools import partial
from typing import Any, TypeVar

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.passes.revocation import (
    IDS_MAX,
    RevocationRefusal,
    Revocations,
    apply,
    make_revocations,
    read_revocations,
)

EXIT_NO = 1
LOAD_MS_MAX, LOOK_US_MAX, HELD_MB_MAX = 20.0, 1.0, 6.0  # for 20,000 of 100,000
ROUNDS = 15
SIDES = ("list", "json")
_DAY_S = 86_400

Figures = dict[str, Any]
T = TypeVar("T")


@click.command("lists")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
@click.option(
    "--passes",
    type=click.IntRange(1, 10**6),
    default=100_000,
    show_default=True,
    help="Issued.",
)
@click.option(
    "--revoked",
    type=click.IntRange(0, IDS_MAX),
    default=20_000,
    show_default=True,
    help="Of them, on the list.",
)
def command(as_json: bool, passes: int, revoked: int) -> None:
    """Measure what a list of revoked passes costs: loading, a look-up, memory.

    Ends with 1 above 20 ms, 1 us or 6 MB, and when a look-up is wrong.
    """
    if revoked > passes:
        raise click.UsageError("--revoked: more than there are passes")
    report = measure(passes, revoked)
    click.echo(json.dumps(report) if as_json else _table(report))
    ours = report["list"]
    is_slow = ours["load_ms"] > LOAD_MS_MAX or ours["look_us"] > LOOK_US_MAX
    if is_slow or ours["held_mb"] > HELD_MB_MAX or ours["wrong"]:
        sys.exit(EXIT_NO)


def measure(passes: int, revoked: int) -> Figures:
    """Return the figures of both sides."""
    ids = [hashlib.sha256(number.to_bytes(4)).digest()[:8] for number in range(passes)]
    status = Ed25519PrivateKey.generate()
    message = make_revocations(
        ids[:revoked], community="bench", seq=1, issued_s=0, next_s=_DAY_S, status=status
    )
    text = json.dumps([cti.hex() for cti in ids[:revoked]]).encode()
    public = status.public_key().public_bytes_raw()
    loads: dict[str, Callable[[], Container[bytes]]] = {
        "list": partial(_load_list, message, public),
        "json": partial(_load_json, text),
    }
    load_ms: dict[str, list[float]] = {side: [] for side in SIDES}
    look_us: dict[str, list[float]] = {side: [] for side in SIDES}
    for _ in range(ROUNDS):
        for side in SIDES:
            known, took_s = _timed(loads[side])
            load_ms[side].append(took_s * 1000)
            _, took_s = _timed(partial(_look, known, ids))
            look_us[side].append(took_s * 1e6 / passes)
    sizes = {"list": len(message), "json": len(text)}
    figures: Figures = {"passes": passes, "revoked": revoked, "rounds": ROUNDS}
    for side in SIDES:
        held_mb, peak_mb = _memory_mb(loads[side])
        figures[side] = {
            "load_ms": round(statistics.median(load_ms[side]), 2),
            "look_us": round(statistics.median(look_us[side]), 3),
            "held_mb": held_mb,
            "peak_mb": peak_mb,
            "file_kb": round(sizes[side] / 1000),
            "wrong": abs(_look(loads[side](), ids) - revoked),
        }
    return figures


def _load_list(message: bytes, public: bytes) -> Revocations:
    part = read_revocations(message, public)
    held = part if isinstance(part, RevocationRefusal) else apply(None, part)
    assert isinstance(held, Revocations), held
    return held


def _load_json(text: bytes) -> set[bytes]:
    return {bytes.fromhex(cti) for cti in json.loads(text)}


def _look(known: Container[bytes], ids: list[bytes]) -> int:
    """Look for every pass; returns how many are revoked."""
    return sum(cti in known for cti in ids)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start_s = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start_s


def _memory_mb(load: Callable[[], object]) -> tuple[float, float]:
    """Return what a loaded list holds, and the most that loading took."""
    tracemalloc.start()
    try:
        known = load()
        held, peak = tracemalloc.get_traced_memory()
        del known
    finally:
        tracemalloc.stop()
    return round(held / 1e6, 2), round(peak / 1e6, 2)


def _table(report: Figures) -> str:
    head = f"{report['revoked']} of {report['passes']}"
    lines = [f"{head:<20}{'list':>10}{'json set':>10}"]
    for name in report["list"]:
        values = [report[side][name] for side in SIDES]
        lines.append(f"{name:<20}{values[0]:>10}{values[1]:>10}")
    return "\n".join(lines)
