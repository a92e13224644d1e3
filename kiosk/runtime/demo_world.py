"""The world around the demo's gate: the weather, who helps, and what is broken just now."""

import threading
from typing import Annotated, Literal

from pydantic import Field

from kiosk.runtime.demo_site import WARM_OUTDOOR_C
from kiosk.runtime.demo_stage import Stage
from kiosk.screen.desk_forms import Form
from kiosk.timing import boot_seconds

SENSOR_ASKED_S = 12.0  # the kiosk asks the sensor in the street every ten seconds


class World(Form):
    """Everything that a visitor can set, as it is now."""

    outdoor_c: Annotated[float, Field(ge=-30.0, le=40.0)] = WARM_OUTDOOR_C
    volunteer: Literal["auto", "visitor"] = "auto"
    camera: Literal["ok", "stalled", "unplugged"] = "ok"
    thermometer: Literal["ok", "silent", "noise", "frozen", "unplugged"] = "ok"
    is_central_away: bool = False


class WorldKeeper:
    """Makes the far ends what a visitor wants them to be. Any thread may ask."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._lock = threading.Lock()
        self.now = World()
        self._weather_s = 0.0

    @property
    def is_weather_news(self) -> bool:
        """Whether the kiosk may not have asked its sensor since the weather changed."""
        return boot_seconds() - self._weather_s < SENSOR_ASKED_S

    def become(self, wanted: World) -> None:
        """Change what differs. May take seconds: central is given time to stop."""
        with self._lock:
            before, self.now = self.now, wanted
            if wanted.outdoor_c != before.outdoor_c:
                self._stage.site.feel(wanted.outdoor_c)
                self._weather_s = boot_seconds()
            self._stage.street.volunteer.is_away = wanted.volunteer == "visitor"
            if wanted.camera != before.camera:
                self._set_camera(wanted.camera)
            if wanted.thermometer != before.thermometer:
                self._set_thermometer(wanted.thermometer)
            is_away = wanted.is_central_away
            self._stage.keeper.hold_down(self._stage.central, is_down=is_away)

    def cut_power(self) -> None:
        """kill -9 of the kiosk; who keeps it starts it again."""
        self._stage.keeper.kill_after(self._stage.kiosk, 0.0)

    def _set_camera(self, state: str) -> None:
        camera = self._stage.street.camera
        camera.stall(state == "stalled")
        camera.refuse(state == "unplugged")

    def _set_thermometer(self, state: str) -> None:
        thermometer = self._stage.street.thermometer
        thermometer.silence(state == "silent")
        thermometer.noise(state == "noise")
        thermometer.freeze(state == "frozen")
        if state == "unplugged":
            thermometer.unplug()
        else:
            thermometer.plug()
