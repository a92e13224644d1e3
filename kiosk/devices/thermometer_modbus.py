"""Thermometers that speak Modbus RTU: a register map and a poller.

Sources: Modbus over serial line 1.02; the maps of the makers in `maps`. The emissivity is
written to a register that is not saved, for the saved one wears; so it is lost when the
device restarts, and is looked at again every half second.
"""

from dataclasses import replace

from kiosk.config import ThermometerConfig
from kiosk.devices.modbus_line import ModbusSlave
from kiosk.devices.packets import (
    AMBIENT_MAX_C,
    AMBIENT_MIN_C,
    OBJECT_MAX_C,
    OBJECT_MIN_C,
    plausible,
)
from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_line import Temperatures
from kiosk.devices.thermometer_modbus_maps import RegisterMap, read_map
from kiosk.devices.thermometer_polled import PolledThermometer, open_polled
from kiosk.errors import ConfigError, DeviceFault, DeviceMissing
from kiosk.timing import Clock

CHECK_EVERY_POLLS = 5
TRIES = 3
OBJECT_C = OBJECT_MIN_C, OBJECT_MAX_C
AMBIENT_C = AMBIENT_MIN_C, AMBIENT_MAX_C


class ModbusPoller:
    """Implements `thermometer_polled.Poller`."""

    needs_agreement = False  # a CRC of 16 bits stands behind every answer

    def __init__(self, registers: RegisterMap, *, address: int, emissivity: float) -> None:
        self.period_s = registers.period_s
        self._map, self._address = registers, address
        self._steps = round(emissivity / registers.emissivity_scale)
        self._slave: tuple[SerialLine, ModbusSlave] | None = None
        self._is_set = False
        self._polls = 0

    def prepare(self, line: SerialLine) -> None:
        """Write the emissivity and read it back. A device that is silent is asked later.

        Raises DeviceFault when it does not stick.
        """
        self._is_set = self._set_up(self._slave_on(line))

    def poll(self, line: SerialLine) -> Temperatures | None:
        """Ask once. Raises DeviceFault when the device says that it cannot measure."""
        slave = self._slave_on(line)
        self._polls += 1
        if self._is_set and self._polls % CHECK_EVERY_POLLS == 0:
            self._is_set = self._read_emissivity(slave) in (self._steps, None)
        if not self._is_set:
            self._is_set = self._set_up(slave)
            return None
        asked = self._map
        registers = slave.read(asked.first, asked.count, function=asked.function)
        return None if registers is None else temperatures(registers, asked)

    def _slave_on(self, line: SerialLine) -> ModbusSlave:
        if self._slave is None or self._slave[0] is not line:
            slave = ModbusSlave(line, self._address, answer_s=self._map.answer_s)
            self._slave = line, slave
        return self._slave[1]

    def _set_up(self, slave: ModbusSlave) -> bool:
        """Return whether the emissivity stands; False when the device does not answer."""
        register = self._map.emissivity
        if register is None:
            return True
        found = None
        for _ in range(TRIES):
            if not slave.write(register, self._steps, function=self._map.write_function):
                return False
            found = self._read_emissivity(slave)
            if found in (self._steps, None):
                return found is not None
        raise DeviceFault(
            "thermometer", f"emissivity register {register:#04x} stays at {found}"
        )

    def _read_emissivity(self, slave: ModbusSlave) -> int | None:
        register = self._map.emissivity
        if register is None:
            return self._steps
        found = slave.read(register, 1, function=3)
        return None if found is None else found[0]


def open_modbus(name: str, config: ThermometerConfig, clock: Clock) -> PolledThermometer:
    """Open the line of a thermometer with the register map `name`.

    Raises DeviceMissing, also where the map is not there, has mistakes, or is that of a
    sensor of the air; DeviceFault when the device does not take its settings.
    """
    try:
        registers = read_map(name)
    except ConfigError as exc:
        raise DeviceMissing("thermometer", "; ".join(exc.problems)) from exc
    if registers.measures != "surface":
        raise DeviceMissing("thermometer", f"modbus map {name} is of a sensor of the air")
    return open_polled(
        config.port,
        baud=config.baud or registers.baud,
        poller=ModbusPoller(registers, address=config.address, emissivity=config.emissivity),
        clock=clock,
        parity=registers.parity,
        stop_bits=registers.stop_bits,
    )


def temperatures(registers: list[int], asked: RegisterMap) -> Temperatures | None:
    """Return what a block of registers means; None for what no device can mean.

    An object or sensor out of the device's range counts as the lowest or highest there is:
    too cold, too hot or not ready for a reading. Raises DeviceFault for its error bits.
    """

    def celsius(register: int) -> float:
        raw = registers[register - asked.first]
        is_negative = asked.signed and raw >= 0x8000
        return round((raw - 0x10000 if is_negative else raw) * asked.scale, 4)

    object_c = celsius(asked.object)
    ambient_c = None if asked.ambient is None else celsius(asked.ambient)
    if asked.status is not None:
        status, bits = registers[asked.status - asked.first], asked.status_bits
        if _has(status, bits.error):
            raise DeviceFault("thermometer", f"says it cannot measure (status {status:#06x})")
        object_c = _bounded(status, bits.object_low, bits.object_high, object_c, OBJECT_C)
        if ambient_c is not None:
            ambient_c = _bounded(
                status, bits.sensor_cold, bits.sensor_hot, ambient_c, AMBIENT_C
            )
    found = plausible(object_c, ambient_c)
    if found is None or asked.distance is None:
        return found
    distance_cm = registers[asked.distance - asked.first] * asked.distance_scale_cm
    return replace(found, distance_cm=distance_cm)


def _has(status: int, bits: list[int]) -> bool:
    return any(status >> bit & 1 for bit in bits)


def _bounded(
    status: int, low: list[int], high: list[int], celsius: float, limits_c: tuple[float, float]
) -> float:
    if _has(status, low):
        return limits_c[0]
    return limits_c[1] if _has(status, high) else celsius
