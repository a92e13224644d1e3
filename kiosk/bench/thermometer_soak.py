"""A day of a thermometer at 30 Hz in accelerated time, with a fault every 30 s.

Real are the pseudo-terminal, pyserial, `SerialLine`, `SerialThermometer`, the decoder, the
`Measurer` and the whole `ThermometerWorker.run`, in a thread of its own. Simulated are time
and the module: each time the driver looks at its line, the module takes one turn of 1/30 s
first. The back-off of the supervisor is played in simulated time too. pyserial waits 1 ms
instead of 100 for a first byte, since seconds are short here.

`back` is from the end of a fault to the next reading, with the person's steps in and out.
"""

import contextlib
import logging
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from kiosk.bench.thermometer_day import Day
from kiosk.bench.thermometer_work import work

WARM_UP_SHARE = 0.1  # of the time, before memory is compared


def soak(hours: float, seed: int) -> dict[str, Any]:
    """Run the day and return what it showed."""
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kiosk-soak-") as folder, _quiet():
        day = Day(Path(folder) / "thermometer", hours, seed)
        thread = threading.Thread(target=work, args=(day,), name="thermometer")
        thread.start()
        thread.join()
        day.module.unplug()
    if not day.stop.is_set():
        raise click.ClickException("the worker ended before the day did; its error is above")
    return _figures(day, hours, time.monotonic() - began_s)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log of thousands of faults off the terminal; it is made all the same."""
    logger, sink = logging.getLogger("kiosk"), logging.NullHandler()
    before, logger.propagate = logger.propagate, False
    logger.addHandler(sink)
    try:
        yield
    finally:
        logger.removeHandler(sink)
        logger.propagate = before


def _figures(day: Day, hours: float, wall_s: float) -> dict[str, Any]:
    watched = day.watched
    warm = watched.sizes[int(len(watched.sizes) * WARM_UP_SHARE) :] or watched.sizes
    memory_kb = [row[0] for row in warm]
    return {
        "hours": hours,
        "packets": day.module.packets,
        "wall_s": round(wall_s, 1),
        "readings": watched.readings,
        "line_given_up": watched.failures,
        "faults": {
            name: {
                "count": count,
                "back": len(watched.back_s.get(name, ())),
                "back_max_s": round(max(watched.back_s.get(name, [0.0])), 2),
            }
            for name, count in watched.faults.items()
        },
        "memory_kb": {"first": memory_kb[0], "last": memory_kb[-1], "most": max(memory_kb)},
        "threads": [min(r[1] for r in warm), max(r[1] for r in warm)],
        "open_files": [min(r[2] for r in warm), max(r[2] for r in warm)],
    }


def table(figures: dict[str, Any]) -> str:
    """Return the report as lines of text."""
    rows = [f"{k:16}{v}" for k, v in figures.items() if k != "faults"]
    rows += [
        f"{name:16}{row['count']} times, back {row['back']}, at worst {row['back_max_s']} s"
        for name, row in figures["faults"].items()
    ]
    return "\n".join(rows)
