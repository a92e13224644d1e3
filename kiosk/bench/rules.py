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
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from kiosk.bench.community import cti_of, sub_of
from kiosk.core.machine import Idle, step
from kiosk.core.messages import PassPresented
from kiosk.core.words import Credential, Direction, Facts, Household, PassKind
from kiosk.register import passages_rows as rows
from kiosk.register.households import write_households
from kiosk.register.passages_schema import commit, connect
from kiosk.register.register import HouseRegister, open_register
from kiosk.rulebook.presets import preset_text
from kiosk.rulebook.reading import read_rules
from kiosk.timing import ClockState, ManualClock, Stamp

EXIT_NO = 1
FACTS_P99_MS, STEP_P99_MS, HELD_MB_MAX = 1.0, 2.0, 40.0
NOW = datetime(2027, 1, 31, 10, 0, tzinfo=UTC)
MONTH_MS = 30 * 86_400_000
_NOWHERE = Facts("", Direction.OUT)


@dataclass(frozen=True, slots=True)
class Size:
    """How big a community is."""

    residents: int
    passages: int


@click.command("rules")
@click.option("--residents", type=click.IntRange(10), default=50_000, show_default=True)
@click.option("--passages", type=click.IntRange(1), default=1_000_000, show_default=True)
@click.option("--asked", type=click.IntRange(100), default=4_000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(*, residents: int, passages: int, asked: int, as_json: bool) -> None:
    """Facts and a step in a big community, beside an empty one. Ends with 1 when too slow."""
    with tempfile.TemporaryDirectory() as name:
        big, small = Path(name, "big"), Path(name, "small")
        _fill(big, Size(residents, passages))
        _fill(small, Size(10, 1))
        figures = _measure(big, small, residents, asked)
    if as_json:
        click.echo(json.dumps(figures))
    else:
        for what, value in figures.items():
            click.echo(f"{what}: {value}")
    is_slow = figures["facts_p99_ms"] > FACTS_P99_MS or figures["step_p99_ms"] > STEP_P99_MS
    if is_slow or figures["held_mb"] > HELD_MB_MAX:
        raise SystemExit(EXIT_NO)


def _fill(folder: Path, size: Size) -> None:
    """Write a register and an index of passages, as a month would have left them."""
    folder.mkdir()
    rng = random.Random(5)
    homes = [
        Household(sub_of(n), n % 40, f"{n // 300}-1-{n % 300}")
        for n in range(size.residents // 2)
    ]
    write_households(folder / "register.db", homes, version=1, issued_ms=_ms(NOW))
    db = connect(folder / "passages.db")
    with commit(db):
        for seq, noted in enumerate(_passages(rng, size), 1):
            rows.put(db, replace(noted, seq=seq))
    db.close()


def _passages(rng: random.Random, size: Size) -> Iterator[rows.Noted]:
    for number in range(size.passages):
        who, is_out = rng.randrange(size.residents), number % 2 == 0
        utc_ms = _ms(NOW) - MONTH_MS + number * MONTH_MS // size.passages
        yield rows.Noted(
            seq=0,
            kind="passage",
            at_s=number / 10,
            boot_id="boot",
            utc_ms=utc_ms,
            gate="南门",
            direction="out" if is_out else "in",
            decision="granted",
            reason=None,
            cti=cti_of(who),
            sub=sub_of(who // 2),
            estimate_c=36.4,
            is_measured=True,
            staff="",
            refers_to_seq=None,
            details={"trip": 1} if is_out else {},
        )


def _measure(big: Path, small: Path, residents: int, asked: int) -> dict[str, float]:
    rules, rng = read_rules(preset_text("closed")), random.Random(6)
    before_mb = _held_mb()
    began_s = time.perf_counter()
    register = _open(big)
    opened_s = time.perf_counter() - began_s
    empty = _open(small)
    took: dict[str, list[float]] = {name: [] for name in ("facts", "step", "empty")}
    for number in range(asked):
        shown = _shown(rng.randrange(residents), number)
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


def _open(folder: Path) -> HouseRegister:
    return open_register(
        register_path=folder / "register.db",
        passages_path=folder / "passages.db",
        journal_path=folder / "journal.db",
        gate="南门",
        direction=Direction.OUT,
        clock=ManualClock(NOW),
    )


def _shown(who: int, number: int) -> PassPresented:
    at = Stamp(2e6 + number, NOW, "boot", ClockState.TRUSTED)
    kind, end_s = PassKind.RESIDENT, 2_000_000_000
    credential = Credential(cti_of(who), sub_of(who // 2), "demo", kind, 1, "", end_s)
    return PassPresented(at, UUID(int=number), credential, _NOWHERE)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _ms_at(took_s: list[float], percent: int) -> float:
    return round(statistics.quantiles(took_s, n=100)[percent - 1] * 1000, 3)


def _held_mb() -> float:
    """Return what this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6
