"""The barrier, seen from another process: it opens for a moment, and is shut otherwise."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from gpiozero.exc import PinSetInput
from gpiozero.pins.mock import MockFactory, MockPin

from kiosk.config import GateConfig
from kiosk.devices import catalogue
from kiosk.devices.gate_gpio import GpioGate, Pins
from kiosk.errors import DeviceFault, DeviceMissing
from kiosk.ports import Gate
from kiosk.simulate.gate import GateWitness
from kiosk.timing import SystemClock, boot_seconds

CLOCK = SystemClock()
RELAY, CONTACT, LAMP = 17, 27, 22

# A gate in a process of its own, as the kiosk is one: it does what it is told line by line.
OWNER = """
import sys
from kiosk.config import GateConfig
from kiosk.devices import catalogue
from kiosk.timing import SystemClock
pins = GateConfig(pins="mock:" + sys.argv[1], contact_pin=27)
gate = catalogue.open_gate(pins, SystemClock())
print("open", flush=True)
for line in sys.stdin:
    if line == "pulse\\n":
        gate.pulse()
    print(gate.take_passage(), flush=True)
gate.close()
"""


def until(is_so: Callable[[], bool], limit_s: float = 3.0) -> bool:
    deadline_s = time.monotonic() + limit_s
    while time.monotonic() < deadline_s:
        if is_so():
            return True
        time.sleep(0.01)
    return False


def config(path: Path, **changes: object) -> GateConfig:
    pins = {"pin": RELAY, "contact_pin": CONTACT, "lamp_pin": LAMP, "pulse_ms": 120}
    return GateConfig.model_validate({"pins": f"mock:{path}", **pins, **changes})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate.sock"


@pytest.fixture
def witness(path: Path) -> Iterator[GateWitness]:
    with closing(GateWitness(path)) as seeing:
        yield seeing


@pytest.fixture
def gate(path: Path, witness: GateWitness) -> Iterator[Gate]:
    with closing(catalogue.open_gate(config(path), CLOCK)) as opened:
        assert until(lambda: len(levels(witness)) >= 1)
        yield opened


def levels(witness: GateWitness, pin: int = RELAY) -> list[int]:
    return [level for _, seen, level in witness.pulses() if seen == pin]


def lengths_s(witness: GateWitness, active: int = 1) -> list[float]:
    """Return how long the relay was pulled, each time it was."""
    found, since_s = [], None
    for at_s, pin, level in witness.pulses():
        if pin != RELAY:
            continue
        if level == active and since_s is None:
            since_s = at_s
        elif level != active and since_s is not None:
            found.append(at_s - since_s)
            since_s = None
    return found


def test_the_gate_is_shut_when_opened_and_when_closed(path: Path, witness: GateWitness) -> None:
    gate = catalogue.open_gate(config(path), CLOCK)
    assert until(lambda: levels(witness) == [0])
    gate.pulse()
    gate.close()
    gate.close()
    assert until(lambda: levels(witness) == [0, 1, 0])


def test_a_pulse_returns_at_once_and_ends_by_itself(gate: Gate, witness: GateWitness) -> None:
    began_s = boot_seconds()
    gate.pulse()
    assert boot_seconds() - began_s < 0.1
    assert until(lambda: levels(witness) == [0, 1, 0])
    assert 0.1 <= lengths_s(witness)[0] <= 0.25


def test_pulses_one_upon_the_other_never_exceed_the_limit(
    path: Path, witness: GateWitness
) -> None:
    limits = config(path, pulse_ms=200, pulse_ms_max=300)
    with closing(catalogue.open_gate(limits, CLOCK)) as gate:
        began_s = boot_seconds()
        while boot_seconds() - began_s < 0.7:
            gate.pulse()
            time.sleep(0.01)
        assert until(lambda: len(lengths_s(witness)) >= 1)
        assert 0.28 <= lengths_s(witness)[0] <= 0.45


def test_a_relay_that_pulls_on_low_is_shut_on_high(path: Path, witness: GateWitness) -> None:
    with closing(catalogue.open_gate(config(path, active_high=False), CLOCK)) as gate:
        assert until(lambda: levels(witness)[-1:] == [1])
        gate.pulse()
        assert until(lambda: levels(witness)[-2:] == [0, 1])


def test_a_passage_is_told_once_however_late_it_is_asked_for(
    gate: Gate, witness: GateWitness
) -> None:
    assert not gate.take_passage()
    witness.pass_through(CONTACT)
    assert until(gate.take_passage)
    assert not gate.take_passage()


@pytest.fixture
def contact() -> Iterator[tuple[Gate, MockPin]]:
    """A gate over gpiozero's own mock pins, and the pin of its contact."""
    factory = MockFactory(pin_class=MockPin)
    limits = GateConfig(pin=RELAY, contact_pin=CONTACT)
    with closing(GpioGate(limits, Pins(factory), CLOCK)) as opened:
        yield opened, factory.pin(CONTACT)


def test_somebody_who_stands_in_the_gate_is_one_passage(contact: tuple[Gate, MockPin]) -> None:
    gate, pin = contact
    pin.drive_low()
    assert until(gate.take_passage)
    time.sleep(0.1)
    assert not gate.take_passage()
    pin.drive_high()
    assert not gate.take_passage()


def test_a_contact_that_bounces_is_no_passage(contact: tuple[Gate, MockPin]) -> None:
    gate, pin = contact
    for _ in range(20):
        pin.drive_low()
        pin.drive_high()
    time.sleep(0.1)
    assert not gate.take_passage()


def test_the_lamp_follows(gate: Gate, witness: GateWitness) -> None:
    gate.lamp(is_on=True)
    gate.lamp(is_on=False)
    assert until(lambda: levels(witness, LAMP) == [0, 1, 0])


def test_the_gate_works_without_anybody_watching(path: Path) -> None:
    with closing(catalogue.open_gate(config(path), CLOCK)) as gate:
        gate.pulse()
        with closing(GateWitness(path)) as late:
            assert until(lambda: levels(late) == [0])


def test_strange_datagrams_move_nothing(path: Path) -> None:
    strange = [b"", b"{", b"[]", b'{"pin": "x", "level": 0}', b'{"pin": 17, "level": 1}']
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as far_end:
        far_end.bind(str(path))
        far_end.settimeout(3.0)
        with closing(catalogue.open_gate(config(path), CLOCK)) as gate:
            _, kiosk = far_end.recvfrom(512)
            for sent in (*strange, b"\xff" * 600):
                far_end.sendto(sent, kiosk)
            assert not gate.take_passage()
            for level in (0, 1):
                far_end.sendto(b'{"pin": 27, "level": %d}' % level, kiosk)
                time.sleep(0.1)
            assert until(gate.take_passage)


class WeldedPin(MockPin):  # type: ignore[misc]
    """A pin that can be pulled and fails when it is let go, until it is mended."""

    is_welded = True

    def _set_state(self, value: float) -> None:
        if self._state and not value and WeldedPin.is_welded:
            raise PinSetInput("welded")
        super()._set_state(value)


def test_a_relay_that_does_not_let_go_is_a_fault_until_it_does() -> None:
    WeldedPin.is_welded = True
    factory = MockFactory(pin_class=WeldedPin)
    gate = GpioGate(GateConfig(pin=RELAY, pulse_ms=50), Pins(factory), CLOCK)
    pin = factory.pin(RELAY)
    with closing(gate):
        gate.pulse()
        assert until(lambda: _is_faulty(gate))
        assert pin.state == 1
        WeldedPin.is_welded = False
        assert until(lambda: not pin.state)
        assert not _is_faulty(gate)


def _is_faulty(gate: Gate) -> bool:
    try:
        gate.pulse()
    except DeviceFault:
        return True
    return False


def test_pins_that_do_not_exist_are_missing(path: Path) -> None:
    with pytest.raises(DeviceMissing, match="pins do not open"):
        catalogue.open_gate(config(path, pin=53), CLOCK)


def test_a_machine_without_gpio_says_so() -> None:
    if Path("/dev/gpiochip0").exists():
        pytest.skip("this machine has GPIO lines")
    with pytest.raises(DeviceMissing, match=r"lgpio|GPIO"):
        catalogue.open_gate(GateConfig(pins="auto"), CLOCK)


def test_a_gate_without_pins_moves_nothing_and_sees_nobody() -> None:
    with closing(catalogue.open_gate(GateConfig(pins="none"), CLOCK)) as gate:
        gate.pulse()
        gate.lamp(is_on=True)
        assert not gate.take_passage()


@pytest.fixture
def owner(path: Path, witness: GateWitness) -> Iterator[subprocess.Popen[str]]:
    """A gate that another process owns."""
    child = _own(path)
    yield child
    _end(child)


def _own(path: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", OWNER, str(path)]
    child = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert child.stdout is not None and child.stdout.readline() == "open\n"
    return child


def _tell(child: subprocess.Popen[str], word: str) -> str:
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(word + "\n")
    child.stdin.flush()
    return child.stdout.readline().strip()


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        child.kill()
    child.communicate()


def test_pulses_of_another_process_are_seen_with_their_length(
    owner: subprocess.Popen[str], witness: GateWitness
) -> None:
    for count in (1, 2):
        began_s = boot_seconds()
        _tell(owner, "pulse")
        assert until(lambda count=count: len(lengths_s(witness)) == count)
        assert witness.pulses()[-2][0] >= began_s
    assert all(0.45 <= seconds <= 0.8 for seconds in lengths_s(witness))
    witness.pass_through(CONTACT)
    assert until(lambda: _tell(owner, "look") == "True")


def test_after_a_kill_in_the_middle_of_a_pulse_the_next_owner_shuts(
    owner: subprocess.Popen[str], witness: GateWitness, path: Path
) -> None:
    _tell(owner, "pulse")
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert until(lambda: levels(witness) == [0, 1])
    witness.pass_through(CONTACT)  # nobody is there to see it, and nothing breaks
    following = _own(path)
    try:
        assert until(lambda: levels(witness) == [0, 1, 0])
        witness.pass_through(CONTACT)
        assert until(lambda: _tell(following, "look") == "True")
    finally:
        _end(following)
