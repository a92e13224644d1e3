"""What a child of the demo has logged since the last look."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class LogTail:
    """Reads a log file as it grows. One thread asks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_bytes = 0
        self._rest = b""

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield the events of new whole lines; one that a kill cut off is passed over."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read_bytes)
                chunk = file.read()
        except OSError:
            return
        self._read_bytes += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict) and "event" in record:
                    yield record


class Ledger:
    """When entries were kept at the gate and when they came to central, from both logs."""

    def __init__(self, kiosk: Path, central: Path) -> None:
        self._kiosk, self._central = LogTail(kiosk), LogTail(central)
        self._kept_s: dict[int, float] = {}
        self.batches: list[tuple[int, int, float]] = []  # first seq, last seq, boot second
        self.arrived = 0
        self.pulses = self.passed = 0

    def look(self) -> None:
        """Take in what is new."""
        for record in self._kiosk.events():
            self._note_kiosk(record)
        for record in self._central.events():
            if record["event"] == "intake.stored":
                first, last = int(record["from_seq"]), int(record["to_seq"])
                self.arrived = max(self.arrived, last)
                self.batches.append((first, last, float(record["mono_s"])))

    def lag_s(self, first: int, stored_s: float) -> float | None:
        """Return how long the oldest entry of a batch was on its way."""
        kept_s = self._kept_s.get(first)
        return None if kept_s is None else round(stored_s - kept_s, 1)

    def _note_kiosk(self, record: dict[str, Any]) -> None:
        if record["event"] == "journal.recorded":
            self._kept_s[int(record["seq"])] = float(record["mono_s"])
        self.pulses += record["event"] == "gate.pulsed"
        self.passed += record["event"] == "gate.passed"
