"""What the machine says of the time: its kernel, its clock chip, and who watches over both.

A hardened unit may not ask the kernel (`ProtectClock`, reliability sheet 6), so a small unit
beside it asks with adjtimex(2) and leaves the answer in a file. Whoever cannot ask knows
nothing: "not permitted" is never "synchronised". Nothing here is believed for its own sake;
`timing.SystemClock` weighs it.
"""

import ctypes
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

RTC = Path("/sys/class/rtc/rtc0")
TOLD = Path("/run/kiosk-clock/clock.json")  # the runtime folder of kiosk-clock.service
TIMESYNCD = Path("/run/systemd/timesync/synchronized")
TOLD_AGE_MAX_S = 30.0  # three turns of the watcher: older than this, it has died
STA_UNSYNC = 0x40  # <linux/timex.h>: the kernel clock is not disciplined
_TIMEX_BYTES = 256  # struct timex is 208 bytes on 64-bit Linux; room to spare
_MAXERROR_OFFSET = 24  # `long maxerror`, microseconds, after modes, offset and freq
_STATUS_OFFSET = 40  # `int status`, after maxerror and esterror
_TOLD_BYTES_MAX = 4096
_ERROR_US_MAX = 16_000_000  # NTP_PHASE_LIMIT: above it the kernel is not synchronised


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
    """This machine. `rtc` is the chip's folder in sysfs, `told` the watcher's file."""

    def __init__(self, *, rtc: Path = RTC, told: Path = TOLD) -> None:
        self._rtc, self._told = rtc, told

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
        """Return the kernel's answer, or the watcher's where we may not ask."""
        own = ask_kernel()
        return own if own.is_synced is not None else read_told(self._told, boot_seconds())


def boot_seconds() -> float:
    """Return CLOCK_BOOTTIME in seconds."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def read_boot_id() -> str:
    """Return the kernel's id of this boot, or "unknown" where /proc hides it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "unknown"


def ask_kernel() -> KernelClock:
    """Return whether the kernel clock is disciplined; unknown where we may not ask."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    if ctypes.CDLL(None).adjtimex(timex) < 0:
        return UNKNOWN
    status = int.from_bytes(timex.raw[_STATUS_OFFSET : _STATUS_OFFSET + 4], "little")
    error_us = int.from_bytes(timex.raw[_MAXERROR_OFFSET : _MAXERROR_OFFSET + 8], "little")
    return KernelClock(not status & STA_UNSYNC, min(error_us, _ERROR_US_MAX) / 1e6)


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


def told_fields(kernel: KernelClock, *, boot_s: float) -> dict[str, object]:
    """Return what the watcher writes. The second opinion of timesyncd decides nothing."""
    return {
        "synced": kernel.is_synced,
        "max_error_us": round(kernel.error_s * 1e6),
        "boottime_s": round(boot_s, 3),
        "timesyncd": TIMESYNCD.exists(),
    }


def read_told(path: Path, boot_s: float) -> KernelClock:
    """Return what the watcher wrote; unknown when it is old, damaged or missing."""
    try:
        with path.open("rb") as file:
            fields = json.loads(file.read(_TOLD_BYTES_MAX))
    except (OSError, ValueError, RecursionError):
        return UNKNOWN
    return _told(fields, boot_s) if isinstance(fields, dict) else UNKNOWN


def _told(fields: Mapping[str, object], boot_s: float) -> KernelClock:
    synced, error_us = fields.get("synced"), fields.get("max_error_us")
    told_s = fields.get("boottime_s")
    if not isinstance(synced, bool) or type(error_us) is not int:
        return UNKNOWN
    if type(told_s) not in (int, float) or not 0 <= error_us <= _ERROR_US_MAX:
        return UNKNOWN
    age_s = boot_s - float(str(told_s))
    return KernelClock(synced, error_us / 1e6) if 0 <= age_s <= TOLD_AGE_MAX_S else UNKNOWN


def process_started_s(pid: int | None = None) -> float:
    """Return the CLOCK_BOOTTIME second at which a process (this one) was started."""
    stat = Path(f"/proc/{pid or os.getpid()}/stat").read_text("ascii")
    ticks = int(stat.rpartition(")")[2].split()[19])  # proc(5): field 22, starttime
    return ticks / os.sysconf("SC_CLK_TCK")
