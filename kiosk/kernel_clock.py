"""Whether the kernel's clock is disciplined: its own answer, or that of the watcher's file.

A hardened unit may not ask the kernel (`ProtectClock`, reliability sheet 6), so a small unit
beside it asks with adjtimex(2) and leaves the answer in a file. Whoever cannot ask knows
nothing: "not permitted" is never "synchronised".
"""

import ctypes
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from kiosk.clock_sources import RTC, UNKNOWN, KernelClock, LinuxMachine, boot_seconds

TOLD = Path("/run/kiosk-clock/clock.json")  # the runtime folder of kiosk-clock.service
TIMESYNCD = Path("/run/systemd/timesync/synchronized")
TOLD_AGE_MAX_S = 30.0  # three turns of the watcher: older than this, it has died
STA_UNSYNC = 0x40  # <linux/timex.h>: the kernel clock is not disciplined
_TIMEX_BYTES = 256  # struct timex is 208 bytes on 64-bit Linux; room to spare
_MAXERROR_OFFSET = 24  # `long maxerror`, microseconds, after modes, offset and freq
_STATUS_OFFSET = 40  # `int status`, after maxerror and esterror
_TOLD_BYTES_MAX = 4096
_ERROR_US_MAX = 16_000_000  # NTP_PHASE_LIMIT: above it the kernel is not synchronised


def this_machine(*, rtc: Path = RTC, told: Path = TOLD) -> LinuxMachine:
    """Return this machine, its kernel asked too. `told` is the watcher's file."""
    return LinuxMachine(rtc=rtc, ask=lambda: kernel_clock(told))


def ask_kernel() -> KernelClock:
    """Return whether the kernel clock is disciplined; unknown where we may not ask."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    if ctypes.CDLL(None).adjtimex(timex) < 0:
        return UNKNOWN
    status = int.from_bytes(timex.raw[_STATUS_OFFSET : _STATUS_OFFSET + 4], "little")
    error_us = int.from_bytes(timex.raw[_MAXERROR_OFFSET : _MAXERROR_OFFSET + 8], "little")
    return KernelClock(not status & STA_UNSYNC, min(error_us, _ERROR_US_MAX) / 1e6)


def kernel_clock(told: Path = TOLD, ask: Callable[[], KernelClock] = ask_kernel) -> KernelClock:
    """Return the kernel's answer, or the watcher's where we may not ask."""
    own = ask()
    return own if own.is_synced is not None else read_told(told, boot_seconds())


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
