"""Watches everything around the demo's gate and makes one view of it, ten times a second.

Nothing is told twice: the picture is the camera's last frame, the curve what went over the
serial line, the barrier what the relay did, the decision what the journal holds.
"""

import threading
import time
from contextlib import ExitStack, closing
from typing import Any

from kiosk.runtime.demo_entries import JournalReader
from kiosk.runtime.demo_follow import Follower
from kiosk.runtime.demo_logs import Ledger
from kiosk.runtime.demo_play import Playground
from kiosk.runtime.demo_setup import door_words, setup_view
from kiosk.runtime.demo_stage import Stage
from kiosk.runtime.demo_tiles import camera_tile, gate_tile, small_picture, thermometer_tile
from kiosk.runtime.demo_words import PLACES, SILENT, WAITS
from kiosk.runtime.demo_world import WorldKeeper
from kiosk.screen.words import WallClock, load_words
from kiosk.timing import boot_seconds

LOOK_EVERY_S = 0.1
BATCHES_SHOWN = 4
FAULTS_SHOWN = 3
LOST_AFTER_S = 0.4  # a stream that is opened again at once was never away


class Watch:
    """The newest view; a thread of its own makes it. Any thread may read it."""

    def __init__(self, stage: Stage, world: WorldKeeper, play: Playground) -> None:
        self._stage, self._world, self._play = stage, world, play
        zone = WallClock.of("Asia/Shanghai")
        self.entries = JournalReader(stage.site.state / "journal.db", load_words(), zone)
        self._ledger = Ledger(stage.kiosk.log_path, stage.central.log_path)
        self._staff = Follower(f"{stage.site.screen_url}/staff/events")
        self._died_s: float | None = None
        self._outage_s: float | None = None
        self._stop = threading.Event()
        self.view: dict[str, Any] = {}
        self.number = 0
        self._look()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def setup(self) -> dict[str, Any]:
        """Return what does not change."""
        return setup_view(self._stage)

    def picture(self) -> bytes | None:
        """Return what the camera sent last, small, as JPEG."""
        return small_picture(self._stage.street.camera)

    def close(self) -> None:
        """Look away."""
        with ExitStack() as closed:
            closed.enter_context(closing(self._staff))
            self._stop.set()
            self._staff.end()
            self._stage.street.watcher.end()
            self._thread.join(5.0)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            self._look()

    def _look(self) -> None:
        self._ledger.look()
        self.entries.look()
        self._note_outage()
        view = self._make()
        if view != self.view:
            self.view = view
            self.number += 1

    def _make(self) -> dict[str, Any]:
        street, now_s = self._stage.street, boot_seconds()
        pulses = [(s, v) for s, pin, v in street.gate.pulses() if pin == street.relay_pin]
        return {
            "play": self._play_tile(),
            "gate": gate_tile(pulses, street.steps.went_through_s, now_s)
            | {"pulses": self._ledger.pulses, "passed": self._ledger.passed},
            "camera": camera_tile(street.camera, is_kiosk_up=self._is_up, now_s=now_s),
            "thermometer": thermometer_tile(street.thermometer.sent(), time.monotonic()),
            "screen": self._screen_tile(),
            "decision": self.entries.decision,
            "journal": {"rows": self.entries.journal, "newest": self.entries.newest},
            "central": self._central_tile(now_s),
            "faults": self._faults(),
            "world": self._world.now.model_dump(),
        }

    @property
    def _is_up(self) -> bool:
        return self._stage.street.watcher.is_alive

    def _play_tile(self) -> dict[str, Any]:
        steps, guest = self._stage.street.steps, self._play.guest
        waits = guest.waits_for if guest is not None else ""
        is_kept = waits in ("volunteer", "ignored") or (waits and steps.place.value == "away")
        name, door = "", ("", "")
        if guest is not None and guest.look is not None:
            resident = self._stage.town.residents[guest.look]
            name, door = resident.label, door_words(resident.building, resident.room)
        outcome = self._play.outcome
        return {
            "is_busy": self._play.is_busy,
            "is_auto": self._play.is_auto,
            "place": steps.place.value,
            "look": guest.look if guest is not None else None,
            "is_somebody": guest is not None,
            "name": name,
            "door": door,
            "held": self._stage.street.camera.scene.held.value,
            "said": WAITS[waits] if is_kept else PLACES[steps.place],
            "outcome": None
            if outcome is None
            else {"number": outcome.number, "opened": outcome.opened, "page": outcome.page},
        }

    def _screen_tile(self) -> dict[str, Any]:
        watcher = self._stage.street.watcher
        return {
            "is_alive": watcher.is_alive,
            "view": watcher.view,
            "said": SILENT["kiosk"],
            "outage_s": self._outage_s,
        }

    def _note_outage(self) -> None:
        """Measure how long the public page was gone."""
        now_s = boot_seconds()
        is_serving = self._is_up and self._stage.street.watcher.view.get("page") != "starting"
        if not self._is_up and self._died_s is None:
            self._died_s = now_s
        elif is_serving and self._died_s is not None:
            self._outage_s, self._died_s = round(now_s - self._died_s, 1), None

    def _central_tile(self, now_s: float) -> dict[str, Any]:
        ledger = self._ledger
        is_up = self._stage.central.pid is not None
        return {
            "is_up": is_up,
            "arrived": ledger.arrived,
            "waiting": max(0, self.entries.newest - ledger.arrived),
            "said": SILENT["central"],
            "rows": [
                {
                    "first": first,
                    "last": last,
                    "lag_s": ledger.lag_s(first, stored_s),
                    "ago_s": int(now_s - stored_s),
                }
                for first, last, stored_s in ledger.batches[: -BATCHES_SHOWN - 1 : -1]
            ],
        }

    def _faults(self) -> list[dict[str, Any]]:
        """Return what the staff page says is wrong, and the way back."""
        faults = self._staff.view.get("faults", [])
        told = [fault for fault in faults if "line" in fault and "way_back" in fault]
        return [{"line": f["line"], "way_back": f["way_back"]} for f in told[:FAULTS_SHOWN]]
