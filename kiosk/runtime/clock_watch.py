"""Asks the kernel about its clock, for the gate whose unit may not (`ProtectClock`).

One small file that is replaced every few seconds; the gate believes none that is older
than 30 s. Whoever watches holds no right to set any clock.
"""

import json
import threading
from collections.abc import Callable
from pathlib import Path

from kiosk.clock_sources import KernelClock, boot_seconds
from kiosk.kernel_clock import ask_kernel, told_fields

LOOK_EVERY_S = 1.0
WRITE_EVERY_S = 10.0


def watch(
    path: Path,
    stop: threading.Event,
    *,
    ask: Callable[[], KernelClock] = ask_kernel,
    look_every_s: float = LOOK_EVERY_S,
) -> None:
    """Write what the kernel says every 10 s, and at once when it changes, until `stop`.

    Raises OSError when the file cannot be written.
    """
    told: bool | None = None
    written_s: float | None = None
    while not stop.is_set():
        kernel, now_s = ask(), boot_seconds()
        is_due = written_s is None or now_s - written_s >= WRITE_EVERY_S
        if is_due or kernel.is_synced is not told:
            _write(path, kernel, now_s)
            told, written_s = kernel.is_synced, now_s
        stop.wait(look_every_s)


def _write(path: Path, kernel: KernelClock, boot_s: float) -> None:
    """Replace the file; it stands in memory, so nothing is flushed."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(told_fields(kernel, boot_s=boot_s)), "utf-8")
    fresh.chmod(0o644)
    fresh.replace(path)
