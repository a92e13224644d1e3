"""systemd's notify socket (sd_notify(3)): one datagram a message."""

import os
import socket


def notify(message: str) -> bool:
    """Send `READY=1`, `WATCHDOG=1`, `STATUS=...`. Returns whether somebody listens."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path.startswith(("/", "@")):
        return False
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        try:
            line.sendto(message.encode(), address)
        except OSError:
            return False
    return True
