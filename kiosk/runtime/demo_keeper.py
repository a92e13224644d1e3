"""Keeps the demo's children running, as systemd would, and kills them where the plan says."""

import threading
from collections.abc import Iterable

from kiosk.runtime.demo_children import Child
from kiosk.timing import boot_seconds

LOOK_EVERY_S = 0.05
STOP_S = 15.0


class Keeper:
    """Starts what died; held-down children stay down. `outages` are pairs of seconds."""

    def __init__(self, children: Iterable[Child]) -> None:
        self._children = tuple(children)
        self._down: set[str] = set()
        self._kills: list[tuple[float, Child]] = []
        self._down_since_s: dict[str, float] = {}
        self.outages: dict[str, list[tuple[float, float]]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def kill_after(self, child: Child, seconds: float) -> None:
        """Kill `child` with SIGKILL in `seconds`."""
        self._kills.append((boot_seconds() + seconds, child))

    def hold_down(self, child: Child, *, is_down: bool) -> None:
        """Stop `child` and leave it so, or let it start again."""
        if is_down and child.name not in self._down:
            self._down.add(child.name)
            self._note_down(child)
            child.stop()
        elif not is_down and child.name in self._down:
            self._down.remove(child.name)

    def close(self) -> None:
        """Stop every child, the first one first."""
        self._stop.set()
        self._thread.join(STOP_S)
        for child in self._children:
            child.stop()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            self._kill_due()
            for child in self._children:
                if child.pid is None and child.name not in self._down:
                    self._start(child)

    def _kill_due(self) -> None:
        now_s = boot_seconds()
        for due in [kill for kill in self._kills if kill[0] <= now_s]:
            self._kills.remove(due)
            self._note_down(due[1])
            due[1].kill()

    def _start(self, child: Child) -> None:
        child.start()
        if (since_s := self._down_since_s.pop(child.name, None)) is not None:
            self.outages.setdefault(child.name, []).append((since_s, boot_seconds()))

    def _note_down(self, child: Child) -> None:
        self._down_since_s.setdefault(child.name, boot_seconds())
