"""Which pins the gate runs over: the machine's own, through lgpio, or witnessed ones.

lgpio makes a pipe in its working directory when it is imported, which fails where that
cannot be written (gpiozero issue 1106); LG_WD names a better place.
"""

import importlib
import os
import tempfile

from gpiozero import GPIOZeroError

from kiosk.config import GateConfig
from kiosk.devices.gate_gpio import GpioGate, Pins
from kiosk.devices.gate_mock import WitnessedFactory
from kiosk.errors import DeviceMissing
from kiosk.timing import Clock

MOCK_PREFIX = "mock:"


def open_gpio_gate(config: GateConfig, clock: Clock) -> GpioGate:
    """Open the gate on the pins that `config.pins` names. Raises DeviceMissing."""
    if config.pins.startswith(MOCK_PREFIX):
        return GpioGate(config, _witnessed(config.pins.removeprefix(MOCK_PREFIX)), clock)
    return GpioGate(config, _machine_pins(), clock)


def _witnessed(path: str) -> Pins:
    try:
        return Pins(WitnessedFactory(path))
    except OSError as exc:
        raise DeviceMissing("gate", f"mock pins at {path}: {exc.strerror}") from exc


def _machine_pins() -> Pins:
    folder = os.environ.get("RUNTIME_DIRECTORY", tempfile.gettempdir())
    os.environ.setdefault("LG_WD", folder)
    try:
        library = importlib.import_module("lgpio")
        factories = importlib.import_module("gpiozero.pins.lgpio")
    except ImportError as exc:
        raise DeviceMissing("gate", "lgpio is not installed: `kiosk check` says how") from exc
    except OSError as exc:
        raise DeviceMissing("gate", f"lgpio cannot work in {folder}: {exc.strerror}") from exc
    trouble: type[Exception] = library.error
    try:
        return Pins(factories.LGPIOFactory(), (trouble,))
    except (GPIOZeroError, OSError, trouble) as exc:
        raise DeviceMissing("gate", f"no GPIO lines on this machine: {exc}") from exc
