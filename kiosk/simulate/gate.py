"""The other side of the mock pins: what a relay and a passage contact would be wired to.

The kiosk sends each change of a level as one JSON datagram {"pin", "level", "at_s"}; the
same shape without the stamp, sent back, moves the kiosk's contact. This is the witness that
a gate had opened: it lives in another process, and what it saw outlives a kiosk that was
killed.
"""

import json
import socket
import threading
import time
from pathlib import Path

DATAGRAM_BYTES_MAX = 512
CONTACT_CLOSED, CONTACT_OPEN = 0, 1  # the contact pulls its pin to ground
PASSING_S = 0.25  # somebody keeps the contact closed this long
LISTEN_S = 0.2


class GateWitness:
    """Sees the pins of the kiosk that talks to `path`. Any thread may ask."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: list[tuple[float, int, int]] = []
        self._kiosk: bytes | str | None = None
        self._stop = threading.Event()
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(LISTEN_S)
        self._thread = threading.Thread(target=self._listen, name="gate-witness", daemon=True)
        self._thread.start()

    def pulses(self) -> list[tuple[float, int, int]]:
        """Return every level that was set: CLOCK_BOOTTIME second, pin, level; oldest first."""
        return list(self._seen)

    def pass_through(self, pin: int) -> None:
        """Let somebody walk through the contact on `pin`; takes a quarter of a second."""
        self._tell(pin, CONTACT_CLOSED)
        time.sleep(PASSING_S)
        self._tell(pin, CONTACT_OPEN)

    def close(self) -> None:
        """Look away. May be called again."""
        self._stop.set()
        self._thread.join()
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _tell(self, pin: int, level: int) -> None:
        if self._kiosk is None:
            return
        try:
            self._socket.sendto(json.dumps({"pin": pin, "level": level}).encode(), self._kiosk)
        except OSError:  # the kiosk has died: nobody is there to see the passage
            self._kiosk = None

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                datagram, sender = self._socket.recvfrom(DATAGRAM_BYTES_MAX)
            except TimeoutError:
                continue
            self._note(datagram, sender)

    def _note(self, datagram: bytes, sender: bytes | str | None) -> None:
        try:
            said = json.loads(datagram)
            seen = float(said["at_s"]), int(said["pin"]), int(said["level"])
        except (ValueError, KeyError, TypeError):
            return
        self._kiosk = sender or None
        self._seen.append(seen)
