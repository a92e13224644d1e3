"""`kiosk check` on the clock: what it is worth, where from, how old, and what to do."""

from pathlib import Path

from kiosk.cli.check_finding import Finding, State
from kiosk.clock_sources import RTC, Machine, rtc_name
from kiosk.config import StateDir
from kiosk.kernel_clock import this_machine
from kiosk.runtime.kept_clock import read_kept
from kiosk.timing import (
    CHIP_AGE_UNKNOWN_S,
    RELEASED,
    ClockState,
    Source,
    Stamp,
    SystemClock,
)


def check_clock(
    state: StateDir, *, machine: Machine | None = None, chip: Path = RTC
) -> Finding:
    """Return what the clock is worth; of central, what the gate heard in this boot counts."""
    machine = machine or this_machine()
    clock = SystemClock(machine=machine, kept=read_kept(state.clock))
    now, name = clock.now(), rtc_name(chip)
    shown = f"{now.utc:%Y-%m-%d %H:%M} UTC, RTC: {name or '-'}"
    if now.clock is ClockState.UNSURE:
        if machine.wall() < RELEASED:
            return Finding("clock", State.WRONG, "clock.early", shown)
        code = "clock.no_chip" if name is None else "clock.chip_wrong"
        return Finding("clock", State.WARN, code, shown)
    return _believed(clock.source, now, shown)


def _believed(source: Source, now: Stamp, shown: str) -> Finding:
    if source is Source.CHIP and now.since_set_s >= CHIP_AGE_UNKNOWN_S:
        return Finding("clock", State.WARN, "clock.never", shown)
    shown = f"{shown}, {_age(now.since_set_s)}"
    if now.clock is ClockState.TRUSTED:
        return Finding("clock", State.OK, f"clock.{source.value}", shown)
    return Finding("clock", State.WARN, "clock.old", shown)


def _age(seconds: float) -> str:
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{seconds:.0f} s"
