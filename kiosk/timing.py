"""Time at a gate without a clock chip: monotonic seconds to wait, UTC to record.

After a power cut UTC is a rumour. Monotonic seconds are CLOCK_BOOTTIME, which counts
suspended time too and is the same for every process on the machine. UTC runs from the
best source seen since boot; a floor (the release date, or the newest entry of the
journal) keeps it from falling into the past.
"""

import ctypes
import errno
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Protocol

RELEASED = datetime(2026, 11, 24, tzinfo=UTC)  # the clock never reads earlier than the release
SYNC_STATE_AGE_S = 10.0  # chosen: how long one answer of the kernel is believed
STA_UNSYNC = 0x40  # <linux/timex.h>: the kernel clock is not disciplined
_TIMEX_BYTES = 256  # struct timex is 208 bytes on 64-bit Linux; room to spare
_STATUS_OFFSET = 40  # `int status` after modes, offset, freq, maxerror, esterror


class ClockState(IntEnum):
    """What the clock is worth. The values are those of the entry on the wire."""

    TRUSTED = 0
    HOLDOVER = 1
    UNSURE = 2


@dataclass(frozen=True, slots=True)
class Stamp:
    """One instant, told both ways: to wait by (`mono_s`) and to record (`utc`)."""

    mono_s: float
    utc: datetime
    boot_id: str
    clock: ClockState
    since_set_s: float = 0.0  # HOLDOVER: seconds since a source that could be believed set it


class Clock(Protocol):
    """Where time comes from. Everything that waits or records is given one."""

    def mono_s(self) -> float:
        """Return seconds since boot; never goes back."""

    def now(self) -> Stamp:
        """Return this instant."""


def boot_seconds() -> float:
    """Return CLOCK_BOOTTIME in seconds."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def read_boot_id() -> str:
    """Return the kernel's id of this boot, or "unknown" where /proc hides it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "unknown"


def kernel_is_synced() -> bool | None:
    """Return whether the kernel clock is disciplined; None where we may not ask.

    EPERM (a hardened unit) is "unknown", never "synced".
    """
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.adjtimex(timex) < 0:
        return None if ctypes.get_errno() == errno.EPERM else False
    status = int.from_bytes(timex.raw[_STATUS_OFFSET : _STATUS_OFFSET + 4], "little")
    return not status & STA_UNSYNC


@dataclass(frozen=True, slots=True)
class _Anchor:
    """UTC was `utc` when the monotonic clock stood at `mono_s`."""

    mono_s: float
    utc: datetime
    state: ClockState


class SystemClock:
    """The real clock. Any thread may ask; only the sync thread calls `trust`."""

    def __init__(self, floor: datetime = RELEASED) -> None:
        self._boot_id = read_boot_id()
        start = max(datetime.now(UTC), floor, RELEASED)
        self._anchor = _Anchor(boot_seconds(), start, ClockState.UNSURE)
        self._is_signed = False
        self._asked_s = -SYNC_STATE_AGE_S

    def mono_s(self) -> float:
        """Return seconds since boot."""
        return boot_seconds()

    def now(self) -> Stamp:
        """Return this instant, by the best source seen since boot."""
        mono_s = boot_seconds()
        self._ask_kernel(mono_s)
        anchor = self._anchor
        utc = anchor.utc + timedelta(seconds=mono_s - anchor.mono_s)
        return Stamp(mono_s, utc, self._boot_id, anchor.state)

    def not_before(self, utc: datetime) -> None:
        """Take the instant of a kept entry as a floor: it was earlier than now."""
        now = self.now()
        if now.clock is ClockState.UNSURE and utc > now.utc:
            self._anchor = _Anchor(now.mono_s, utc, ClockState.UNSURE)

    def trust(self, utc: datetime, mono_s: float) -> None:
        """Take signed time: it was `utc` at `mono_s`. Earlier than the release is ignored."""
        if utc >= RELEASED:
            self._anchor = _Anchor(mono_s, utc, ClockState.TRUSTED)
            self._is_signed = True

    def _ask_kernel(self, mono_s: float) -> None:
        if self._is_signed or mono_s - self._asked_s < SYNC_STATE_AGE_S:
            return
        self._asked_s = mono_s
        utc = datetime.now(UTC)
        if kernel_is_synced() and utc >= RELEASED:
            self._anchor = _Anchor(mono_s, utc, ClockState.TRUSTED)


class ManualClock:
    """A clock that goes on only when told to, for tests and replays."""

    def __init__(
        self,
        utc: datetime = datetime(2027, 1, 5, 0, 0, tzinfo=UTC),
        *,
        mono_s: float = 100.0,
        state: ClockState = ClockState.TRUSTED,
        boot_id: str = "00000000-0000-4000-8000-000000000001",
    ) -> None:
        self._stamp = Stamp(mono_s, utc, boot_id, state)

    def mono_s(self) -> float:
        """Return the seconds it stands at."""
        return self._stamp.mono_s

    def now(self) -> Stamp:
        """Return the instant it stands at."""
        return self._stamp

    def advance(self, seconds: float) -> Stamp:
        """Let `seconds` pass and return the new instant."""
        old = self._stamp
        utc = old.utc + timedelta(seconds=seconds)
        self._stamp = Stamp(old.mono_s + seconds, utc, old.boot_id, old.clock)
        return self._stamp


def process_started_s(pid: int | None = None) -> float:
    """Return the CLOCK_BOOTTIME second at which a process (this one) was started."""
    stat = Path(f"/proc/{pid or os.getpid()}/stat").read_text("ascii")
    ticks = int(stat.rpartition(")")[2].split()[19])  # proc(5): field 22, starttime
    return ticks / os.sysconf("SC_CLK_TCK")
