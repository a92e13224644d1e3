"""Which programs hold a serial line open, by /proc. No driver is loaded for it.

A device is known by its number, whatever node leads to it; but each mount of
pseudo-terminals counts anew, so there the mount must be the same too: a container's
/dev/pts/0 is not ours. A lock says that somebody has a line, not who. Of programs of other
users nothing is seen unless we are root; then the answer is empty, not wrong.
"""

import contextlib
import os
import stat
from pathlib import Path

PROC = Path("/proc")
PTS_MAJORS = range(136, 144)  # Documentation/admin-guide/devices.txt: Unix98 PTY slaves
NAMED_MAX = 3  # chosen: more do not fit a sentence


def holders_of(port: str) -> tuple[str, ...]:
    """Return who holds the line, as "NAME (pid N)"; this process only when nobody else does."""
    try:
        there = os.stat(port)  # noqa: PTH116 - the device number is wanted
    except (OSError, ValueError):
        return ()
    if not stat.S_ISCHR(there.st_mode):
        return ()
    pids = [int(p.name) for p in PROC.iterdir() if p.name.isdecimal()]
    holding = [pid for pid in sorted(pids) if _holds(pid, there)]
    others = [pid for pid in holding if pid != os.getpid()] or holding
    return tuple(f"{_name(pid)} (pid {pid})" for pid in others[:NAMED_MAX])


def other_holders_of(port: str) -> tuple[str, ...]:
    """Return who holds the line beside this process."""
    own = f"(pid {os.getpid()})"
    return tuple(holder for holder in holders_of(port) if not holder.endswith(own))


def _holds(pid: int, line: os.stat_result) -> bool:
    with contextlib.suppress(OSError):  # it has ended, or is not ours to look into
        for file in (PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                if _is_same(file.stat(), line):
                    return True
    return False


def _is_same(one: os.stat_result, line: os.stat_result) -> bool:
    is_device = stat.S_ISCHR(one.st_mode) and one.st_rdev == line.st_rdev
    is_numbered_anew = os.major(line.st_rdev) in PTS_MAJORS
    return is_device and (not is_numbered_anew or one.st_dev == line.st_dev)


def _name(pid: int) -> str:
    try:
        return (PROC / str(pid) / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return "a program"
