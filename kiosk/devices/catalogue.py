"""Config -> devices: the only place that knows models.

Each driver is imported when its device is opened, so that what a site does not have (or a
command does not need) costs neither memory nor time at the start.
"""

import importlib
from datetime import date

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
    streaming = importlib.import_module("kiosk.devices.thermometer_line").open_streaming
    decoder = importlib.import_module("kiosk.devices.thermometer_gy5a").Gy5aDecoder()
    thermometer: Thermometer = streaming(
        config.port, baud=config.baud or 9600, decoder=decoder, clock=clock
    )
    return thermometer


def open_gate(config: GateConfig, clock: Clock) -> Gate:
    """Open the gate, shut. Raises DeviceMissing."""
    if config.pins == "none":
        nothing: Gate = importlib.import_module("kiosk.devices.gate_none").NullGate()
        return nothing
    gate: Gate = importlib.import_module("kiosk.devices.gate_pins").open_gpio_gate(
        config, clock
    )
    return gate


def surroundings(config: ThermometerConfig) -> Surroundings:
    """Return the place of the thermometer, as the config says."""
    return Surroundings(Placement(config.placement), config.room_c, config.outdoor_c)


def conditions(
    config: ThermometerConfig, calibration: Calibration | None, clock: Clock
) -> Conditions:
    """Return what must hold before a reading counts, from the config and the calibration."""
    here = surroundings(config)

    def today() -> date:
        return clock.now().utc.date()

    return Conditions(
        surroundings=lambda: here,
        warm_up_s=config.warm_up_s,
        calibration=calibration,
        today=today,
    )
