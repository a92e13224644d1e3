"""Which register of a Modbus thermometer means what: maps as YAML, shipped or a site's own.

Shipped maps stand in the folder `maps`; their registers are those of the makers' manuals. A
site's own map is a file whose name ends in .yaml. It is checked whole, and every mistake is
named with the path of its key.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from kiosk.errors import ConfigError

SHIPPED = Path(__file__).parent / "maps"
BLOCK_REGISTERS_MAX = 32  # chosen: with 32 registers an answer takes 75 ms at 9600 baud
MAP_BYTES_MAX = 20_000  # chosen: a map is a few hundred bytes

Register = Annotated[int, Field(ge=0, le=0xFFFF, strict=True)]
Bits = Annotated[list[Annotated[int, Field(ge=0, le=15, strict=True)]], Field(max_length=16)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StatusBits(_Part):
    """Bits of the status register, 0 the lowest. What is not listed is not looked at."""

    error: Bits = []  # the device cannot measure: a fault
    sensor_cold: Bits = []
    sensor_hot: Bits = []
    object_low: Bits = []
    object_high: Bits = []


class RegisterMap(_Part):
    """What one kind of device says where. Temperatures are `scale` Celsius a step."""

    measures: Literal["surface", "air"] = "surface"
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    function: Literal[3, 4] = 3  # 3 holding registers, 4 input registers
    scale: Annotated[float, Field(gt=0, le=1)] = 0.1
    signed: bool = True
    period_s: Annotated[float, Field(ge=0.02, le=10)] = 0.1
    answer_s: Annotated[float, Field(ge=0.02, le=1)] = 0.1
    block: tuple[Register, Register] | None = None  # asked in one go; None: what is needed
    object: Register
    ambient: Register | None = None
    distance: Register | None = None
    distance_scale_cm: Annotated[float, Field(gt=0, le=100)] = 1.0
    status: Register | None = None
    status_bits: StatusBits = StatusBits()
    emissivity: Register | None = None  # must be one that is not saved: it is written often
    emissivity_scale: Annotated[float, Field(gt=0, le=0.01)] = 0.0001
    write_function: Literal[6, 16] = 6

    @property
    def first(self) -> int:
        """The lowest register that is asked."""
        return min(self._asked())

    @property
    def count(self) -> int:
        """How many registers are asked in one go."""
        return max(self._asked()) - self.first + 1

    def _asked(self) -> list[int]:
        named = (self.object, self.ambient, self.distance, self.status, *(self.block or ()))
        return [register for register in named if register is not None]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.count > BLOCK_REGISTERS_MAX:
            raise ValueError(
                f"object, ambient, distance and status must lie within {BLOCK_REGISTERS_MAX} "
                "registers: they are asked in one go"
            )
        if self.status is None and self.status_bits != StatusBits():
            raise ValueError("status_bits need a status register")
        return self


def read_map(name: str) -> RegisterMap:
    """Return the shipped map `name`, or that in the file `name` if it ends in .yaml.

    Raises ConfigError with every mistake and its path.
    """
    path = Path(name) if name.endswith(".yaml") else SHIPPED / f"{name}.yaml"
    if not name.endswith(".yaml") and name not in shipped_maps():
        known = ", ".join(shipped_maps())
        raise ConfigError([f"modbus map {name!r}: not known; use {known}, or a .yaml file"])
    try:
        text = path.read_bytes()[: MAP_BYTES_MAX + 1].decode("utf-8")
    except OSError as exc:
        raise ConfigError([f"{path}: {exc.strerror}"]) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError([f"{path}: not UTF-8 text (byte {exc.start})"]) from exc
    return parse_map(text, name=str(path))


def parse_map(text: str, *, name: str) -> RegisterMap:
    """Return the map in a YAML text. Raises ConfigError with every mistake and its path."""
    if len(text) > MAP_BYTES_MAX:
        raise ConfigError([f"{name}: longer than {MAP_BYTES_MAX} characters"])
    try:
        tree = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as exc:  # ValueError: a date that no calendar has
        raise ConfigError([f"{name}: not YAML: {' '.join(str(exc).split())}"]) from exc
    if not isinstance(tree, dict):
        raise ConfigError([f"{name}: must be keys with registers, such as `object: 0x13`"])
    try:
        return RegisterMap.model_validate(tree)
    except ValidationError as exc:
        raise ConfigError([_problem(name, error) for error in exc.errors()]) from exc


def shipped_maps() -> list[str]:
    """Return the names of the maps that come with the kiosk."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def _problem(name: str, error: ErrorDetails) -> str:
    place = ".".join(str(part) for part in error["loc"])
    path = f"{name}: {place}" if place else name
    if error["type"] == "extra_forbidden":
        return f"{path}: no such key"
    if error["type"] == "missing":
        return f"{path}: is missing"
    message = error["msg"].removeprefix("Value error, ")
    said = f"{error['input']!r}: " if place else ""
    return f"{path}: {said}{message[:1].lower()}{message[1:]}"
