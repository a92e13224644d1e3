"""The kiosk comes up without its journal or gate, and takes them when they are there."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from kiosk.core.faults import Fault
from kiosk.errors import DeviceMissing, KioskError
from kiosk.runtime.late import LateGate
from kiosk.runtime.troubles import Troubles
from kiosk.timing import ManualClock

T = TypeVar("T")


class PulseCounter:
    """A gate that counts."""

    def __init__(self) -> None:
        self.pulses = 0
        self.is_closed = False

    def pulse(self) -> None:
        """Count."""
        self.pulses += 1

    def take_passage(self) -> bool:
        """Nobody goes through."""
        return False

    def lamp(self, *, is_on: bool) -> None:
        """There is none."""

    def close(self) -> None:
        """Remember."""
        self.is_closed = True


def _opens_at(number: int, thing: T, failure: KioskError) -> Callable[[], T]:
    """Return what fails until its `number`th call."""
    calls: list[int] = []

    def open_it() -> T:
        calls.append(1)
        if len(calls) < number:
            raise failure
        return thing

    return open_it


def test_a_gate_that_comes_late_is_taken_and_its_fault_ends() -> None:
    clock = ManualClock()
    troubles = Troubles(clock)
    counter = PulseCounter()
    missing = DeviceMissing("gate", "no pins")
    gate = LateGate(_opens_at(2, counter, missing), clock, troubles)
    assert troubles.holds(Fault.GATE_FAULT)
    with pytest.raises(DeviceMissing):
        gate.pulse()
    clock.advance(6.0)
    gate.take_passage()
    assert not troubles.holds(Fault.GATE_FAULT)
    gate.pulse()
    gate.close()
    assert (counter.pulses, counter.is_closed) == (1, True)
