"""`kiosk check` on where memory may end up: what was typed must never come onto a disk.

Source: proc(5), /proc/swaps. Swap on zram is memory again, unless it has a device behind it
(Linux, Documentation/admin-guide/blockdev/zram.rst, writeback).
"""

from pathlib import Path

from kiosk.cli.check_finding import Finding, State

SWAPS, BLOCK = Path("/proc/swaps"), Path("/sys/block")
_NOTHING_BEHIND = "none"


def check_swap(*, swaps: Path = SWAPS, block: Path = BLOCK) -> Finding:
    """Return whether what staff type may be written to a disk by the kernel."""
    try:
        lines = swaps.read_text("utf-8", "replace").splitlines()[1:]
    except OSError:
        return Finding("swap", State.OK, "swap.off")  # a kernel without swap
    places = [line.split()[0] for line in lines if line.strip()]
    on_disk = [place for place in places if not _is_memory(place, block)]
    if on_disk:
        return Finding("swap", State.WARN, "swap.on", ", ".join(on_disk))
    return Finding("swap", State.OK, "swap.memory" if places else "swap.off")


def _is_memory(place: str, block: Path) -> bool:
    name = Path(place).name
    if not name.startswith("zram"):
        return False
    try:
        return (block / name / "backing_dev").read_text("ascii").strip() == _NOTHING_BEHIND
    except FileNotFoundError:
        return True  # a kernel that cannot write it back
    except (OSError, UnicodeDecodeError):
        return False
