"""gpiozero's mock pins with a witness: each level goes out as a datagram.

The gate runs the same code over these pins as over real ones; only the pin at the end is
made of a socket. A datagram is JSON {"pin", "level", "at_s"}, the stamp CLOCK_BOOTTIME of the
change; {"pin", "level"} that comes in drives an input pin. Nobody need be listening.
"""

import contextlib
import json
import select
import socket
import threading
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from kiosk.timing import boot_seconds

DATAGRAM_BYTES_MAX = 512
LISTEN_S = 0.2


class WitnessedPin(MockPin):  # type: ignore[misc] # gpiozero has no types
    """A pin that tells its factory every level it is set to."""

    def _set_function(self, value: str) -> None:
        super()._set_function(value)
        if value == "output":  # what a relay sees when the pin is claimed
            self.factory.tell(self.info.name, self._state)

    def _change_state(self, value: bool) -> bool:
        is_new: bool = super()._change_state(value)
        if is_new and self._function == "output":
            self.factory.tell(self.info.name, value)
        return is_new


class WitnessedFactory(MockFactory):  # type: ignore[misc] # gpiozero has no types
    """Mock pins whose other side is at the unix datagram socket `path`."""

    def __init__(self, path: str) -> None:
        super().__init__(pin_class=WitnessedPin)
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("")  # Linux gives it a name of its own, which leaves no file
        self._socket.setblocking(False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="mock-pins", daemon=True)
        self._thread.start()

    def tell(self, name: str, level: bool) -> None:
        """Send a level; a witness that is away or busy must not hold the gate."""
        said = {
            "pin": int(name.removeprefix("GPIO")),
            "level": int(level),
            "at_s": boot_seconds(),
        }
        with contextlib.suppress(OSError):
            self._socket.sendto(json.dumps(said).encode(), self._path)

    def close(self) -> None:
        """Let the pins go and close the socket. May be called again."""
        super().close()
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._stop.is_set():
            ready, _, _ = select.select([self._socket], [], [], LISTEN_S)
            if ready:
                self._drive(self._socket.recv(DATAGRAM_BYTES_MAX))

    def _drive(self, datagram: bytes) -> None:
        try:
            said: dict[str, Any] = json.loads(datagram)
            number, level = int(said["pin"]), bool(said["level"])
        except (ValueError, KeyError, TypeError):
            return  # whatever was sent here, it moves no pin
        for pin in list(self.pins.values()):
            if pin.info.name == f"GPIO{number}" and pin.function == "input":
                pin.drive_high() if level else pin.drive_low()
