"""Config -> devices: the only place that knows models.

Each driver is imported when its device is opened, so that what a site does not have (or a
command does not need) costs neither memory nor time at the start.
"""

import importlib
from collections.abc import Callable
from datetime import date
from typing import Any

from kiosk.config import CameraConfig, GateConfig, ThermometerConfig
from kiosk.core.measure import Calibration, Conditions
from kiosk.core.words import Placement, Surroundings
from kiosk.errors import DeviceMissing
from kiosk.ports import Camera, CodeFinder, Gate, Thermometer
from kiosk.timing import Clock


def open_camera(config: CameraConfig, clock: Clock) -> Camera:
    """Open the camera. Raises DeviceMissing."""
    module = importlib.import_module("kiosk.devices.camera_cv")
    camera: Camera = module.CvCamera(
        config.source,
        fps=config.fps,
        width_px=config.width_px,
        height_px=config.height_px,
        clock=clock,
    )
    return camera


def open_finder(config: CameraConfig) -> CodeFinder:
    """Return the reading cascade."""
    module = importlib.import_module("kiosk.devices.codes")
    finder: CodeFinder = module.CascadeFinder(config.reader)
    return finder


def open_thermometer(config: ThermometerConfig, clock: Clock) -> Thermometer:
    """Open the thermometer. Raises DeviceMissing, also where the config says there is none.

    A gate without a thermometer refers everybody to a person, as one whose thermometer is
    broken does.
    """
    if config.model == "none":
        raise DeviceMissing("thermometer", "thermometer.model is none: staff take readings")
    model, _, kind = config.model.partition(":")
    if model == "framed":
        return _open_framed(kind, config, clock)
    if model == "modbus":
        opening = importlib.import_module("kiosk.devices.thermometer_modbus")
        modbus: Thermometer = opening.open_modbus(kind, config, clock)
        return modbus
    if model in _POLLED:
        return _open_asked(model, config, clock)
    module, decoder, has_emissivity, baud = _STREAMING[model]
    make = getattr(importlib.import_module(f"kiosk.devices.{module}"), decoder)
    made = make(emissivity=config.emissivity) if has_emissivity else make()
    return _open_streaming(made, config.baud or baud, config, clock)


# model -> module, decoder, whether emissivity can be set, baud
_STREAMING = {
    "gy5a": ("thermometer_gy5a", "Gy5aDecoder", False, 9600),
    "gy614": ("thermometer_gy614", "Gy614Decoder", True, 9600),
    "mcu90640": ("thermometer_mcu90640", "Mcu90640Decoder", True, 115200),
}

# model -> module, poller, what else it is told, baud
_POLLED: dict[str, tuple[str, str, dict[str, bool], int]] = {
    "optris": ("thermometer_optris", "OptrisPoller", {}, 115200),
    "optris-hs": ("thermometer_optris", "OptrisPoller", {"is_high_resolution": True}, 115200),
    "raytek": ("thermometer_raytek", "RaytekPoller", {}, 9600),
}


def _open_asked(model: str, config: ThermometerConfig, clock: Clock) -> Thermometer:
    module, poller, options, baud = _POLLED[model]
    make = getattr(importlib.import_module(f"kiosk.devices.{module}"), poller)
    made = make(emissivity=config.emissivity, **options)
    return _open_polled(made, config.baud or baud, config, clock)


def _open_framed(kind: str, config: ThermometerConfig, clock: Clock) -> Thermometer:
    framed = importlib.import_module("kiosk.devices.thermometer_framed")
    row = framed.ROWS[kind]
    baud = config.baud or row.baud
    if not row.request:
        return _open_streaming(framed.FramedDecoder(row), baud, config, clock)
    return _open_polled(framed.FramedPoller(row), baud, config, clock)


def _open_streaming(
    decoder: Any, baud: int, config: ThermometerConfig, clock: Clock
) -> Thermometer:
    open_it = importlib.import_module("kiosk.devices.thermometer_line").open_streaming
    opened: Thermometer = open_it(config.port, baud=baud, decoder=decoder, clock=clock)
    return opened


def _open_polled(
    poller: Any, baud: int, config: ThermometerConfig, clock: Clock
) -> Thermometer:
    open_it = importlib.import_module("kiosk.devices.thermometer_polled").open_polled
    opened: Thermometer = open_it(config.port, baud=baud, poller=poller, clock=clock)
    return opened


def open_gate(config: GateConfig, clock: Clock) -> Gate:
    """Open the gate, shut. Raises DeviceMissing."""
    if config.pins == "none":
        nothing: Gate = importlib.import_module("kiosk.devices.gate_none").NullGate()
        return nothing
    gate: Gate = importlib.import_module("kiosk.devices.gate_pins").open_gpio_gate(
        config, clock
    )
    return gate


def conditions(
    config: ThermometerConfig,
    calibration: Calibration | None,
    clock: Clock,
    surroundings: Callable[[], Surroundings] | None = None,
) -> Conditions:
    """Return what must hold before a reading counts, from the config and the calibration.

    Without `surroundings` the temperatures of room and street are those of the config.
    """
    typed = Surroundings(Placement(config.placement), config.room_c, config.outdoor_c)
    band = config.distance_cm

    def today() -> date:
        return clock.now().utc.date()

    return Conditions(
        surroundings=surroundings or (lambda: typed),
        distance_cm=(band[0], band[1]) if band is not None else None,
        warm_up_s=config.warm_up_s,
        calibration=calibration,
        today=today,
    )
