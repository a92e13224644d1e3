"""The barrier: relay, passage contact and lamp on GPIO pins, through gpiozero.

The relay is let go by a timer of this process. That cannot be promised when the process is
killed during a pulse: Raspberry Pi kernels keep an output's level after its release, so a
site wires a relay that times its own pulse, and this module says at the start when the
kernel would keep the level. Opening and closing it here sets the relay to shut.
"""

import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from gpiozero import DigitalInputDevice, GPIOZeroError, OutputDevice
from gpiozero.pins import Factory

from kiosk import log
from kiosk.config import GateConfig
from kiosk.errors import DeviceFault, DeviceMissing
from kiosk.timing import Clock

CONTACT_HOLD_S = 0.05  # chosen: a contact bounces for a few ms, a person takes much longer
EDGES_MAX = 256  # chosen: what a contact bounces between two questions
SHUT_AGAIN_S = 0.2  # chosen: a relay that could not be let go is tried again this soon
KEEPS_LEVEL = tuple(
    Path(f"/sys/module/{name}/parameters/persist_gpio_outputs")
    for name in ("pinctrl_bcm2835", "pinctrl_rp1")
)


@dataclass(frozen=True, slots=True)
class Pins:
    """Where pins come from, and what that library raises beside gpiozero's own errors."""

    factory: Factory
    trouble: tuple[type[Exception], ...] = ()

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """Everything that a pin may raise."""
        return (GPIOZeroError, OSError, *self.trouble)


class Relay:
    """An output that is let go after a time, at the latest `max_s` after it was pulled."""

    def __init__(self, device: OutputDevice, pins: Pins, clock: Clock) -> None:
        self._device, self._pins, self._clock = device, pins, clock
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._pulled_s: float | None = None
        self.failure = ""  # why it could not be let go

    def pulse(self, *, for_s: float, max_s: float) -> None:
        """Pull it for `for_s` from now on; returns at once. Raises DeviceFault."""
        with self._lock:
            now_s = self._clock.mono_s()
            if self._pulled_s is None:
                self._set(is_on=True)
                self._pulled_s = now_s
            until_s = min(now_s + for_s, self._pulled_s + max_s)
            self._let_go_in(max(0.0, until_s - now_s))

    def close(self) -> None:
        """Let go and give the pin back. May be called again."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
            if self._device.closed:
                return
            try:
                self._set(is_on=False)
            finally:
                self._device.close()

    def _let_go_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._let_go)
        self._timer.daemon = True
        self._timer.start()

    def _let_go(self) -> None:
        """Run by the timer: nobody hears what it raises, so a failure is kept and retried."""
        with self._lock:
            if self._timer is not threading.current_thread():
                return  # a later pulse has its own timer
            try:
                self._set(is_on=False)
            except DeviceFault as exc:
                if not self.failure:
                    log.error(log.Event.GATE_FAILED, detail=exc.detail)
                self.failure = exc.detail
                self._let_go_in(SHUT_AGAIN_S)
                return
            self.failure, self._pulled_s = "", None

    def _set(self, *, is_on: bool) -> None:
        try:
            self._device.value = is_on
        except self._pins.errors as exc:
            raise DeviceFault("gate", f"relay: {_said(exc)}") from exc


class Contact:
    """The passage contact: closes to ground when somebody goes through; latched.

    gpiozero's thread leaves the edges; whoever asks judges them.
    """

    def __init__(self, device: DigitalInputDevice, clock: Clock) -> None:
        self._device, self._clock = device, clock
        self._edges: deque[tuple[float, bool]] = deque(maxlen=EDGES_MAX)
        self._closed_s: float | None = None  # since when it is closed and not yet counted
        device.when_activated = self._on_closed
        device.when_deactivated = self._on_opened

    def take(self) -> bool:
        """Return whether it was closed long enough since the last call; once a closing."""
        has_passed = False
        while self._edges:
            at_s, is_closed = self._edges.popleft()
            has_passed |= self._is_long(at_s)
            self._closed_s = at_s if is_closed else None
        if self._is_long(self._clock.mono_s()):
            has_passed, self._closed_s = True, None
        return has_passed

    def close(self) -> None:
        """Give the pin back. May be called again."""
        self._device.close()

    def _is_long(self, until_s: float) -> bool:
        return self._closed_s is not None and until_s - self._closed_s >= CONTACT_HOLD_S

    def _on_closed(self) -> None:
        self._edges.append((self._clock.mono_s(), True))

    def _on_opened(self) -> None:
        self._edges.append((self._clock.mono_s(), False))


class GpioGate:
    """Implements `ports.Gate`. Opened and closed by the main thread."""

    def __init__(self, config: GateConfig, pins: Pins, clock: Clock) -> None:
        """Claim the pins, relay shut. Raises DeviceMissing."""
        self._config, self._pins = config, pins
        self._closers: list[Relay | Contact | OutputDevice] = []
        try:
            self._claim(clock)
        except pins.errors as exc:
            self.close()
            raise DeviceMissing("gate", f"pins do not open: {_said(exc)}") from exc
        _warn_if_level_stays()

    def _claim(self, clock: Clock) -> None:
        config, factory = self._config, self._pins.factory
        output = OutputDevice(
            config.pin, active_high=config.active_high, initial_value=False, pin_factory=factory
        )
        self._relay = Relay(output, self._pins, clock)
        self._closers.append(self._relay)
        self._contact: Contact | None = None
        if config.contact_pin is not None:
            device = DigitalInputDevice(config.contact_pin, pull_up=True, pin_factory=factory)
            self._contact = Contact(device, clock)
            self._closers.append(self._contact)
        self._lamp: OutputDevice | None = None
        if config.lamp_pin is not None:
            self._lamp = OutputDevice(config.lamp_pin, pin_factory=factory)
            self._closers.append(self._lamp)

    def pulse(self) -> None:
        """Open for one person; returns at once. Raises DeviceFault."""
        if self._relay.failure:
            raise DeviceFault("gate", self._relay.failure)
        ms, ms_max = self._config.pulse_ms, self._config.pulse_ms_max
        self._relay.pulse(for_s=min(ms, ms_max) / 1000, max_s=ms_max / 1000)

    def take_passage(self) -> bool:
        """Return whether somebody went through since the last call."""
        return self._contact is not None and self._contact.take()

    def lamp(self, *, is_on: bool) -> None:
        """Light or darken the lamp, if there is one. Raises DeviceFault."""
        if self._lamp is None:
            return
        try:
            self._lamp.value = is_on
        except self._pins.errors as exc:
            raise DeviceFault("gate", f"lamp: {_said(exc)}") from exc

    def close(self) -> None:
        """Shut the gate and give the pins back. May be called again."""
        closers, self._closers = self._closers, []
        errors: tuple[type[Exception], ...] = (DeviceFault, *self._pins.errors)
        for part in closers:
            try:
                part.close()
            except errors as exc:
                log.error(log.Event.GATE_FAILED, detail=f"at closing: {_said(exc)}")
        self._pins.factory.close()


def _warn_if_level_stays() -> None:
    for path in KEEPS_LEVEL:
        if path.is_file() and path.read_text("ascii", "replace").strip() in ("Y", "1"):
            log.warning(log.Event.GATE_LEVEL_STAYS, parameter=str(path))


def _said(exc: BaseException) -> str:
    return " ".join(str(exc).split()) or type(exc).__name__
