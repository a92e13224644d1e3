"""How warm it is in the room and outside: sensors of their own, or what the config says.

A sensor is a file of the kernel in thousandths of a degree (1-wire w1_therm `temperature`,
hwmon `temp1_input`, iio `in_temp_input`; the path may hold one `*` for the serial number), or
a Modbus sensor, `modbus:MAP@PORT`, alone on its line. Asking may take a second, so a thread
of its own does it; everybody else is given what was last heard. A DS18B20 that lost its power
says 85 C, which is out of range here, as all is that no room or street can have.
"""

import glob
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk.config import ThermometerConfig
from kiosk.core.faults import Fault
from kiosk.core.words import Placement, Surroundings
from kiosk.devices.modbus_line import ModbusSlave
from kiosk.devices.serial_line import SerialLine, open_line
from kiosk.devices.thermometer_modbus import temperatures
from kiosk.devices.thermometer_modbus_maps import RegisterMap, read_map
from kiosk.errors import ConfigError, DeviceError, DeviceMissing, DeviceSilent
from kiosk.ports import Beat, FaultReport
from kiosk.timing import Clock

ASK_EVERY_S = 10.0
OLD_S = 120.0  # chosen: a room does not change in two minutes; a door to the frost may
AIR_MIN_C, AIR_MAX_C = -40.0, 60.0
LOOK_EVERY_S = 1.0
MODBUS_ADDRESS = 1
FILE_BYTES_MAX = 200


class AirSource(Protocol):
    """Where a temperature of the air comes from."""

    def ask(self) -> float:
        """Return Celsius; may take a second. Raises DeviceError."""

    def close(self) -> None:
        """Give back what it holds. May be called again."""


class RoomSensor:
    """One sensor of the air. One thread calls `read_c`; any thread may call `held_c`."""

    def __init__(self, source: AirSource, clock: Clock) -> None:
        self._source, self._clock = source, clock
        self._due_s = clock.mono_s()
        self._held: tuple[float, float] | None = None  # Celsius, monotonic second
        self.trouble = "not asked yet"  # empty when the last answer was sound

    def read_c(self) -> float | None:
        """Ask if 10 s have passed since the last time; return Celsius as `held_c` does."""
        now_s = self._clock.mono_s()
        if now_s >= self._due_s:
            self._due_s = now_s + ASK_EVERY_S
            self._ask()
        return self.held_c()

    def held_c(self) -> float | None:
        """Return what was last heard, without asking; None when that is 120 s ago."""
        held = self._held
        if held is None or self._clock.mono_s() - held[1] > OLD_S:
            return None
        return held[0]

    def close(self) -> None:
        """Give the sensor back. May be called again."""
        self._source.close()

    def _ask(self) -> None:
        try:
            celsius = self._source.ask()
        except DeviceError as exc:
            self.trouble = exc.detail
            return
        if AIR_MIN_C <= celsius <= AIR_MAX_C:
            self._held, self.trouble = (celsius, self._clock.mono_s()), ""
        else:
            self.trouble = f"says {celsius:.1f} C"


class KernelFile:
    """A file in which the kernel gives thousandths of a degree. Implements `AirSource`."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def ask(self) -> float:
        """Read the file. Raises DeviceMissing or DeviceSilent."""
        paths = glob.glob(self._pattern) if "*" in self._pattern else [self._pattern]  # noqa: PTH207 - a pattern may be absolute
        if len(paths) != 1:
            raise DeviceMissing("room sensor", f"{self._pattern}: {len(paths)} sensors there")
        try:
            with Path(paths[0]).open("rb") as file:
                text = file.read(FILE_BYTES_MAX)
            return int(text) / 1000
        except OSError as exc:
            raise DeviceMissing("room sensor", f"{paths[0]}: {exc.strerror}") from exc
        except ValueError as exc:  # w1_therm gives an empty file when the bus has failed
            raise DeviceSilent("room sensor", f"{paths[0]}: no number in it") from exc

    def close(self) -> None:
        """Do nothing: the file is not kept open."""


class ModbusAir:
    """A Modbus sensor alone on its line, opened when it is asked. Implements `AirSource`."""

    def __init__(self, registers: RegisterMap, port: str) -> None:
        self._map, self._port = registers, port
        self._opened: tuple[SerialLine, ModbusSlave] | None = None

    def ask(self) -> float:
        """Read the register. After any failure the line is opened anew the next time."""
        asked = self._map
        try:
            line, slave = self._slave()
            line.drain()  # an answer that came late
            registers = slave.read(asked.first, asked.count, function=asked.function)
            found = None if registers is None else temperatures(registers, asked)
        except DeviceError:
            self.close()
            raise
        if found is None:
            self.close()
            raise DeviceSilent("room sensor", f"{self._port}: no sound answer")
        return found.object_c

    def close(self) -> None:
        """Give the line back. May be called again."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[0].close()

    def _slave(self) -> tuple[SerialLine, ModbusSlave]:
        if self._opened is None:
            asked = self._map
            line = open_line(
                self._port, baud=asked.baud, parity=asked.parity, stop_bits=asked.stop_bits
            )
            slave = ModbusSlave(line, MODBUS_ADDRESS, answer_s=asked.answer_s)
            self._opened = line, slave
        return self._opened


def open_room_sensor(port: str, clock: Clock) -> RoomSensor:
    """Return the sensor at `port`: a kernel file, or `modbus:MAP@PORT`.

    It need not be there yet. Raises ConfigError when `port` itself is wrong.
    """
    kind, _, rest = port.partition(":")
    if kind != "modbus":
        if "/" not in port:
            raise ConfigError([f"{port!r}: must be a file, or modbus:MAP@PORT"])
        return RoomSensor(KernelFile(port), clock)
    name, _, line = rest.partition("@")
    if not name or not line:
        raise ConfigError([f"{port!r}: must be modbus:MAP@PORT"])
    return RoomSensor(ModbusAir(read_map(name), line), clock)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a temperature comes from: a sensor, or else what was typed."""

    name: str
    sensor: RoomSensor | None
    typed_c: float | None

    def celsius(self) -> float | None:
        return self.typed_c if self.sensor is None else self.sensor.held_c()


class RoomWatch:
    """The place of the thermometer, followed by its sensors.

    `run` is the body of a worker; any thread may ask for the `surroundings`. Where a sensor
    is configured and fails, its temperature is unknown: what was typed is not used instead.
    """

    def __init__(self, config: ThermometerConfig, clock: Clock, report: FaultReport) -> None:
        """Raises ConfigError when a port is wrong; a sensor that is missing is a fault."""
        self._placement = Placement(config.placement)
        room, outdoor = (
            None if port is None else open_room_sensor(port, clock)
            for port in (config.room_port, config.outdoor_port)
        )
        self._room = _Place("room", room, config.room_c)
        self._outdoor = _Place("outdoors", outdoor, config.outdoor_c)
        self._report = report
        self._is_told = False

    @property
    def has_sensors(self) -> bool:
        """Whether there is anything to run for."""
        return bool(self._sensors())

    def surroundings(self) -> Surroundings:
        """Return the place as it is known now. Never waits."""
        return Surroundings(self._placement, self._room.celsius(), self._outdoor.celsius())

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Ask the sensors until `stop`."""
        try:
            beat()
            self.look()
            while not stop.wait(LOOK_EVERY_S):
                beat()
                self.look()
        finally:
            for _, sensor in self._sensors():
                sensor.close()

    def look(self) -> None:
        """Ask each sensor whose turn it is; tell when one fails, and when all are well."""
        failed = [
            f"{name}: {sensor.trouble}"
            for name, sensor in self._sensors()
            if sensor.read_c() is None
        ]
        if bool(failed) != self._is_told:
            self._is_told = bool(failed)
            self._report(Fault.ROOM_SENSOR, is_on=self._is_told, detail="; ".join(failed))

    def _sensors(self) -> list[tuple[str, RoomSensor]]:
        places = (self._room, self._outdoor)
        return [(place.name, place.sensor) for place in places if place.sensor is not None]
