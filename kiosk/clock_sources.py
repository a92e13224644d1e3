"""What a clock may ask of the machine it runs on, and what needs no more than a file.

Nothing here is believed for its own sake; `timing.SystemClock` weighs it. Whether the
kernel's clock is disciplined is asked in `kernel_clock`, which this module does not import:
a pass is checked with `timing` alone, and its import must stay cheap.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

RTC = Path("/sys/class/rtc/rtc0")


@dataclass(frozen=True, slots=True)
class KernelClock:
    """Whether the kernel's clock is disciplined (None: unknown), and how far it may be off."""

    is_synced: bool | None
    error_s: float = 0.0


UNKNOWN = KernelClock(None)


class Machine(Protocol):
    """What a clock may ask of the machine it runs on."""

    def boot_s(self) -> float:
        """Return seconds since boot, suspended ones too."""

    def boot_id(self) -> str:
        """Return the name of this boot."""

    def wall(self) -> datetime:
        """Return what the system's clock says."""

    def rtc_s(self) -> int | None:
        """Return what the clock chip says in seconds since 1970; None without one."""

    def kernel(self) -> KernelClock:
        """Return what is known of the kernel's discipline."""


class LinuxMachine:
    """This machine. `rtc` is the chip's folder in sysfs, `ask` whoever knows of the kernel."""

    def __init__(
        self, *, rtc: Path = RTC, ask: Callable[[], KernelClock] = lambda: UNKNOWN
    ) -> None:
        self._rtc, self._ask = rtc, ask

    def boot_s(self) -> float:
        """Return CLOCK_BOOTTIME in seconds."""
        return boot_seconds()

    def boot_id(self) -> str:
        """Return the kernel's id of this boot."""
        return read_boot_id()

    def wall(self) -> datetime:
        """Return CLOCK_REALTIME; after a power cut it may be anything."""
        return datetime.now(UTC)

    def rtc_s(self) -> int | None:
        """Return what the clock chip says in seconds since 1970; None without one."""
        return read_rtc(self._rtc)

    def kernel(self) -> KernelClock:
        """Return what whoever knows of the kernel says."""
        return self._ask()


def boot_seconds() -> float:
    """Return CLOCK_BOOTTIME in seconds."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def read_boot_id() -> str:
    """Return the kernel's id of this boot, or "unknown" where /proc hides it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "unknown"


def read_rtc(folder: Path) -> int | None:
    """Return what a clock chip says, in seconds since 1970; None when there is none."""
    try:
        return int((folder / "since_epoch").read_text("ascii"))
    except (OSError, ValueError):
        return None


def rtc_name(folder: Path = RTC) -> str | None:
    """Return the name of the clock chip's driver; None when there is no chip."""
    try:
        return (folder / "name").read_text("utf-8", "replace").strip()
    except OSError:
        return None


def process_started_s(pid: int | None = None) -> float:
    """Return the CLOCK_BOOTTIME second at which a process (this one) was started."""
    stat = Path(f"/proc/{pid or os.getpid()}/stat").read_text("ascii")
    ticks = int(stat.rpartition(")")[2].split()[19])  # proc(5): field 22, starttime
    return ticks / os.sysconf("SC_CLK_TCK")
