"""How much memory the kiosk takes while the demo plays."""

import threading
from pathlib import Path

from kiosk.runtime.demo_children import Child

MEMORY_EVERY_S = 2.0


class MemoryWatch:
    """Notes the kiosk's proportional set size while the script plays."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
        self.seen: list[float] = []

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._stop.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        while not self._stop.wait(MEMORY_EVERY_S):
            if (size_mb := _memory_mb(self._child.pid)) is not None:
                self.seen.append(size_mb)


def _memory_mb(pid: int | None) -> float | None:
    """Return the proportional set size of a process in MB, None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except OSError:
        return None
    line = next((row for row in text.splitlines() if row.startswith("Pss:")), None)
    return int(line.split()[1]) / 1000 if line else None
