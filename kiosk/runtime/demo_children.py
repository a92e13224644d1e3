"""The demo's child processes: `kiosk run` and `kiosk central run`, killed and started again."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from kiosk.errors import KioskError

STOP_S = 10.0


class Child:
    """One program in a process of its own; its log lines go to a file, as journald's would."""

    def __init__(
        self, name: str, arguments: list[str], folder: Path, *, module: str = "kiosk"
    ) -> None:
        self.name = name
        self._arguments = [sys.executable, "-m", module, *arguments]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self.log_path = folder / f"{name}.log"
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start it, unless it runs."""
        with self._lock:
            if self.pid is not None:
                return
            with self.log_path.open("ab") as log_file:
                self._process = subprocess.Popen(
                    self._arguments,
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log_file,
                    stderr=log_file,
                    env={**os.environ, "PYTHONUNBUFFERED": "1"},
                    process_group=0,  # a Ctrl-C at the terminal is for us; we stop it in order
                )
            self.starts += 1

    def kill(self) -> None:
        """kill -9, as a crash or the power would."""
        with self._lock:
            if (process := self._process) is not None:
                process.kill()
                process.wait()

    def freeze(self, *, is_on: bool) -> None:
        """Let it fall silent with its connections open, or go on."""
        with self._lock:
            if (process := self._process) is not None:
                process.send_signal(signal.SIGSTOP if is_on else signal.SIGCONT)

    def stop(self) -> int | None:
        """Ask it to stop, wait, and return its exit code; kill it when it does not."""
        with self._lock:
            if (process := self._process) is None:
                return None
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                return process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                return process.wait()

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield what it logged; a line that a kill cut off is passed over."""
        if not self.log_path.exists():
            return
        for line in self.log_path.read_text("utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict) and "event" in record:
                    yield record


def cpu_seconds(pid: int | None) -> float:
    """Return the CPU seconds that a process has used, of all its threads."""
    stat = Path(f"/proc/{pid}/stat").read_text("ascii")
    ticks = stat.rpartition(")")[2].split()  # proc(5): fields 14 and 15, utime and stime
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


def run_command(*arguments: str) -> str:
    """Run one `kiosk` command to its end and return what it printed. Raises KioskError."""
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise KioskError(f"kiosk {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def answers(url: str) -> bool:
    """Return whether a server says that it is well."""
    try:
        return requests.get(f"{url}/healthz", timeout=1.0).ok
    except requests.RequestException:
        return False


def free_port(wished: int) -> int:
    """Return `wished`, or another port of the loopback when somebody has it.

    Whoever was given a port may not listen there yet: `wished` is given once on a machine,
    until the process that got it ends.
    """
    for port in (wished, 0):
        with contextlib.closing(socket.socket()) as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            if port:
                _claim(port)
            return int(probe.getsockname()[1])
    raise KioskError("no free port on the loopback address")


def _claim(port: int) -> None:
    """Take a name that one process of the machine can have. Raises OSError."""
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as claim:
        claim.bind(f"\0kiosk-port-{port}")
        claim.detach()  # open until this process ends
