"""Memory of a process and of what it started: PSS, shared pages divided fairly."""

import os
from pathlib import Path


def pss_mb(process: int | str) -> float:
    """Return the PSS of one process; 0.0 where it is gone."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    rows = (row.split() for row in text.splitlines())
    return next(int(row[1]) for row in rows if row[0] == "Pss:") / 1024


def tree_pss_mb(root: int) -> float:
    """Return the PSS of a process and everything it started."""
    return pss_mb(root) + sum(tree_pss_mb(child) for child in _children().get(root, ()))


def browser_process() -> int:
    """Return the browser that this process started. Raises LookupError."""
    children, waiting = _children(), [os.getpid()]
    while waiting:
        process = waiting.pop()
        name = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")[0]
        if b"chromium" in name:
            return process
        waiting += children.get(process, [])
    raise LookupError("no browser runs here")


def _children() -> dict[int, list[int]]:
    """Return who started whom."""
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (parent := _parent(folder)):
            found.setdefault(parent, []).append(int(folder.name))
    return found


def _parent(folder: Path) -> int:
    """Return who started a process, 0 where it is gone."""
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
