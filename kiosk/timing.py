"""Time at a gate without a clock chip: monotonic seconds to wait, UTC to record.

After a power cut UTC is a rumour. Monotonic seconds are CLOCK_BOOTTIME, which counts
suspended time too and is the same for every process on the machine. UTC runs on them from
one fix: signed time, the kernel while it is disciplined, or a clock chip whose time is not
nonsense. Without any, UTC runs from a floor that it cannot be earlier than: the release, the
last time that was saved, the newest entry whose clock could be believed, and the system's
own clock where that is later and sane (fake-hwclock and timesyncd save it over a power cut).
No pass and no phone ever moves it.
"""

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, IntEnum
from typing import Protocol

from kiosk.clock_sources import (
    LinuxMachine,
    Machine,
    boot_seconds,
    process_started_s,
    read_boot_id,
)

__all__ = [
    "CHIP_AGE_UNKNOWN_S",
    "LATEST",
    "RELEASED",
    "Clock",
    "ClockState",
    "Fix",
    "Kept",
    "ManualClock",
    "Source",
    "Stamp",
    "SystemClock",
    "boot_seconds",
    "process_started_s",
    "read_boot_id",
]

RELEASED = datetime(2026, 11, 24, tzinfo=UTC)  # the clock never reads earlier than the release
LATEST = RELEASED.replace(year=RELEASED.year + 20)  # later than this is a chip's nonsense
KERNEL_ASKED_EVERY_S = 10.0  # chosen: how long one answer of the kernel is believed
STEP_S = 2.0  # a source that differs by more is a new fix; below it the clock runs on
REFIX_S = 86_400.0  # a fix is renewed daily, so that its drift stays small
SIGNED_HOLDS_S = 86_400.0  # chosen: so long central goes before the kernel
CHIP_HOLDS_S = 30 * 86_400.0  # a clock chip set less than this ago is as good as the network
CHIP_AGE_UNKNOWN_S = 365 * 86_400.0  # chosen: nobody ever saw it right
DRIFT = 50e-6  # chosen: what a Raspberry Pi's crystal may be off, over all temperatures
CHIP_ERROR_S = 2.0  # whole seconds, and the time that reading it takes
_ANCHORS_KEPT = 32


class ClockState(IntEnum):
    """What the clock is worth. The values are those of the entry on the wire."""

    TRUSTED = 0
    HOLDOVER = 1
    UNSURE = 2


class Source(Enum):
    """Where a fix came from."""

    SIGNED = "signed"
    KERNEL = "kernel"
    CHIP = "chip"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One instant, told both ways: to wait by (`mono_s`) and to record (`utc`)."""

    mono_s: float
    utc: datetime
    boot_id: str
    clock: ClockState
    since_set_s: float = 0.0  # since a source that could be believed set it; 0 when UNSURE


class Clock(Protocol):
    """Where time comes from. Everything that waits or records is given one."""

    def mono_s(self) -> float:
        """Return seconds since boot; never goes back."""

    def now(self) -> Stamp:
        """Return this instant."""


@dataclass(frozen=True, slots=True)
class Fix:
    """UTC was `utc`, give or take `error_s`, when this boot's clock stood at `mono_s`.

    `age_s` is how long ago, at that moment, the source itself had been set.
    """

    mono_s: float
    utc: datetime
    error_s: float
    source: Source
    age_s: float = 0.0

    def at(self, mono_s: float) -> datetime:
        """Return UTC at another second of the same boot."""
        return self.utc + timedelta(seconds=mono_s - self.mono_s)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a clock remembers over a power cut; the fix only over a restart in one boot."""

    floor: datetime = RELEASED
    chip_right: datetime | None = None  # when the clock chip was last seen to be right
    boot_id: str = ""
    fix: Fix | None = None


class SystemClock:
    """The real clock. Any thread may ask; only the sync thread calls `trust`."""

    def __init__(
        self,
        floor: datetime = RELEASED,
        *,
        machine: Machine | None = None,
        kept: Kept = Kept(),  # a value
    ) -> None:
        self._machine = machine or LinuxMachine()
        self._boot_id = self._machine.boot_id()
        self._kept = replace(kept, floor=max(kept.floor, floor, RELEASED))
        self._fix = self._first_fix(self._machine.boot_s())
        self._heard_s = self._fix.mono_s
        self._signed_s: float | None = None
        self._asked_s = -KERNEL_ASKED_EVERY_S
        is_believed = self._state(self._fix.mono_s)[0] is ClockState.TRUSTED
        self._anchors = deque([self._fix] if is_believed else [], _ANCHORS_KEPT)

    def mono_s(self) -> float:
        """Return seconds since boot."""
        return self._machine.boot_s()

    def now(self) -> Stamp:
        """Return this instant, by the best source seen since boot."""
        mono_s = self._machine.boot_s()
        self._ask_kernel(mono_s)
        state, since_set_s = self._state(mono_s)
        return Stamp(mono_s, self._fix.at(mono_s), self._boot_id, state, since_set_s)

    @property
    def source(self) -> Source:
        """Where the time comes from."""
        return self._fix.source

    @property
    def anchors(self) -> tuple[Fix, ...]:
        """Return the fixes of this boot that could be believed, oldest first."""
        return tuple(self._anchors)

    def not_before(self, utc: datetime) -> None:
        """Take the instant of a kept entry as a floor: it was earlier than now."""
        now = self.now()
        if now.clock is ClockState.UNSURE and now.utc < utc <= LATEST:
            self._fix = Fix(now.mono_s, utc, 0.0, Source.FLOOR)

    def trust(self, utc: datetime, mono_s: float, *, error_s: float = 0.0) -> None:
        """Take signed time: it was `utc` at `mono_s`. What cannot be is ignored."""
        if RELEASED <= utc <= LATEST:
            self._signed_s = mono_s
            self._take(Fix(mono_s, utc, error_s, Source.SIGNED))

    def kept(self) -> Kept:
        """Return what is worth remembering. The floor never goes back."""
        now = self.now()
        if self._fix.source not in (Source.SIGNED, Source.KERNEL):
            return self._kept
        chip_s, right = self._machine.rtc_s(), self._kept.chip_right
        if chip_s is not None and abs(chip_s - now.utc.timestamp()) <= STEP_S + 1.0:
            right = now.utc
        floor = max(self._kept.floor, now.utc)
        self._kept = Kept(floor, right, self._boot_id, self._fix)
        return self._kept

    def _first_fix(self, mono_s: float) -> Fix:
        """Return what is known at the start: of this boot, from the chip, or a floor."""
        kept, fix = self._kept, self._kept.fix
        is_ours = kept.boot_id == self._boot_id != "unknown"
        if fix is not None and is_ours and fix.mono_s <= mono_s:
            return fix
        chip_s = self._machine.rtc_s()
        if chip_s is not None and kept.floor.timestamp() <= chip_s <= LATEST.timestamp():
            return self._chip_fix(datetime.fromtimestamp(chip_s, UTC), mono_s)
        wall = self._machine.wall()
        start = max(wall, kept.floor) if wall <= LATEST else kept.floor
        return Fix(mono_s, start, 0.0, Source.FLOOR)

    def _chip_fix(self, utc: datetime, mono_s: float) -> Fix:
        """A chip before the floor has lost its cell, so this one has kept going."""
        right = self._kept.chip_right
        age_s = CHIP_AGE_UNKNOWN_S if right is None else max(0.0, (utc - right).total_seconds())
        return Fix(mono_s, utc, CHIP_ERROR_S + age_s * DRIFT, Source.CHIP, age_s)

    def _state(self, mono_s: float) -> tuple[ClockState, float]:
        """Return what the clock is worth, and how long ago it was set."""
        fix = self._fix
        if fix.source is Source.FLOOR:
            return ClockState.UNSURE, 0.0
        if fix.source is Source.CHIP:
            since_s = fix.age_s + mono_s - fix.mono_s
            is_fresh = since_s < CHIP_HOLDS_S
            return ClockState.TRUSTED if is_fresh else ClockState.HOLDOVER, since_s
        return ClockState.TRUSTED, max(0.0, mono_s - self._heard_s)

    def _take(self, fix: Fix) -> None:
        """Run on from a new fix, unless the one in force is as good."""
        old = self._fix
        is_set = old.source in (Source.SIGNED, Source.KERNEL)
        step_s = abs((fix.utc - old.at(fix.mono_s)).total_seconds())
        self._heard_s = fix.mono_s
        is_surer = fix.error_s + STEP_S < old.error_s
        if is_set and step_s <= STEP_S and not is_surer and fix.mono_s - old.mono_s < REFIX_S:
            return
        self._fix = fix
        self._anchors.append(fix)

    def _ask_kernel(self, mono_s: float) -> None:
        """Ask now and then; while central's time is fresh it goes before the kernel's."""
        if mono_s - self._asked_s < KERNEL_ASKED_EVERY_S:
            return
        self._asked_s = mono_s
        if self._signed_s is not None and mono_s - self._signed_s < SIGNED_HOLDS_S:
            return
        kernel, utc = self._machine.kernel(), self._machine.wall()
        if kernel.is_synced and RELEASED <= utc <= LATEST:
            self._take(Fix(mono_s, utc, kernel.error_s, Source.KERNEL))


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

    def set_utc(self, utc: datetime) -> Stamp:
        """Let UTC step to another value, as a source that knows better makes it."""
        self._stamp = replace(self._stamp, utc=utc)
        return self._stamp
