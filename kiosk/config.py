"""config.yaml -> one frozen Config; every problem with its path, all at once.

Read once, whole. An unknown key is an error. `KIOSK_SECTION__KEY` environment variables
override a key. The last good text is kept in the state directory and used when the file
is broken; thresholds of the community are not here but in the rules.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import ErrorDetails

from kiosk.config_text import placed, read_text
from kiosk.config_voice import VoiceConfig
from kiosk.errors import ConfigError

ENV_PREFIX = "KIOSK_"
DEFAULT_PATHS = (Path("config.yaml"), Path("/etc/kiosk/config.yaml"))
LAST_GOOD = "config.last-good.yaml"
CONFIG_BYTES_MAX = 256_000  # chosen: a config file is a few kB
MODELS = (
    "gy5a", "gy614", "mcu90640", "optris", "optris-hs", "raytek", "none",
    "framed:idc50", "framed:ys-haiman", "framed:cjmcu90614", "framed:rqvk002", "framed:m23",
)  # fmt: skip
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _is_known_model(name: str) -> str:
    is_map = name.startswith("modbus:") and name != "modbus:"
    if not is_map and name not in MODELS:
        raise ValueError(f"must be one of {', '.join(MODELS)}, or modbus:MAP")
    return name


def _is_known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise ValueError("no such time zone; for example Asia/Shanghai") from exc
    return name


def _is_central_url(url: str) -> str:
    if not url:
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be empty, or begin with https://")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("plain http is for 127.0.0.1 only; use https://")
    return url.rstrip("/")


def _is_own_address(address: str) -> str:
    """Return a plain address to listen on, or "". Raises ValueError."""
    if not address:
        return address
    try:
        found = ip_address(address)
    except ValueError as exc:
        raise ValueError(
            "must be empty, or this machine's own address as 192.168.1.20"
        ) from exc
    if found.is_unspecified:
        raise ValueError("must be one address of this machine: tablets call it by that")
    return address


HostName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$")]


class Section(BaseModel):
    """A part of the config: frozen, and no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Site(Section):
    """Which community, which gate."""

    community: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,8}$")] = "demo"
    gate: Annotated[str, Field(min_length=1, max_length=24)] = "南门"
    timezone: Annotated[str, AfterValidator(_is_known_zone)] = "Asia/Shanghai"
    phone: Annotated[str, Field(pattern=r"^[0-9 +()-]{0,24}$")] = ""
    practice: bool = False  # the pages say so; nothing else changes
    supplies: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=12)], ...], Field(max_length=12)
    ] = ("蔬菜", "口罩", "药品")


class Lane(Section):
    """Which way people go."""

    direction: Literal["in", "out"] = "in"


class CameraConfig(Section):
    """Where frames come from and how codes in them are read."""

    source: Annotated[str, BeforeValidator(str), Field(min_length=1)] = "/dev/video0"
    reader: Literal["auto", "pyzbar", "zxing"] = "auto"
    fps: Annotated[int, Field(ge=5, le=60)] = 30
    width_px: Annotated[int, Field(ge=320, le=3840)] = 1280
    height_px: Annotated[int, Field(ge=240, le=2160)] = 720


class ThermometerConfig(Section):
    """The serial thermometer and the conditions it stands in."""

    port: Annotated[str, Field(min_length=1)] = "/dev/kiosk/thermometer"
    model: Annotated[str, AfterValidator(_is_known_model)] = "gy5a"
    baud: Literal[9600, 19200, 38400, 57600, 115200, 460800, 921600] | None = None
    address: Annotated[int, Field(ge=1, le=247)] = 1
    emissivity: Annotated[float, Field(ge=0.5, le=1.0)] = 0.98
    placement: Literal["heated_lobby", "outdoors"] = "outdoors"
    room_c: Annotated[float, Field(ge=-40, le=60)] | None = None
    room_port: str | None = None
    outdoor_c: Annotated[float, Field(ge=-60, le=60)] | None = None
    outdoor_port: str | None = None
    distance_cm: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    warm_up_s: Annotated[float, Field(ge=0, le=7200)] = 1200
    calibration: str | None = None  # file; None means calibration.json of the state directory


class GateConfig(Section):
    """The relay, the contact and the lamp."""

    pins: Annotated[str, Field(pattern=r"^(auto|none|mock:.+)$")] = "auto"
    pin: Annotated[int, Field(ge=0, le=53)] = 17
    active_high: bool = True
    pulse_ms: Annotated[int, Field(ge=50, le=5000)] = 500
    pulse_ms_max: Annotated[int, Field(ge=50, le=5000)] = 1000
    contact_pin: Annotated[int, Field(ge=0, le=53)] | None = None
    lamp_pin: Annotated[int, Field(ge=0, le=53)] | None = None


class ScreenConfig(Section):
    """The page that people see."""

    host: Literal["127.0.0.1", "localhost", "::1"] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    inches: Annotated[float, Field(ge=7.0, le=65.0)] = 10.1  # the panel's diagonal
    distance_m: Annotated[float, Field(ge=0.3, le=2.0)] = 1.0  # of people's eyes from it
    staff: Literal["one", "two"] = "two"  # screens: staff share the resident's, or have theirs


class LanConfig(Section):
    """The staff page for paired tablets on the local network; closed without an address."""

    address: Annotated[str, AfterValidator(_is_own_address)] = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 8443
    names: Annotated[tuple[HostName, ...], Field(max_length=8)] = ()
    certificate: str | None = None  # PEM with its chain; None: one of its own making
    key: str | None = None


class JournalConfig(Section):
    """How long entries are kept, and how much room they may take."""

    keep_days: Annotated[int, Field(ge=7, le=365)] = 30
    bytes_max: Annotated[int, Field(ge=10_000_000)] = 1_000_000_000


class CentralConfig(Section):
    """The central server. An empty url means that this gate works alone."""

    url: Annotated[str, AfterValidator(_is_central_url)] = ""
    ca_file: str | None = None


class RulesConfig(Section):
    """The community's rules; a local file only while there is no central server."""

    file: str | None = None


class PrivacyConfig(Section):
    """What the staff page may show."""

    show_labels: bool = True


class Config(Section):
    """Everything that was set for this kiosk."""

    site: Site = Site()
    lane: Lane = Lane()
    camera: CameraConfig = CameraConfig()
    thermometer: ThermometerConfig = ThermometerConfig()
    gate: GateConfig = GateConfig()
    screen: ScreenConfig = ScreenConfig()
    lan: LanConfig = LanConfig()
    voice: VoiceConfig = VoiceConfig()
    journal: JournalConfig = JournalConfig()
    central: CentralConfig = CentralConfig()
    rules: RulesConfig = RulesConfig()
    privacy: PrivacyConfig = PrivacyConfig()


@dataclass(frozen=True, slots=True)
class StateDir:
    """Where the kiosk keeps what it must not lose."""

    root: Path

    @property
    def journal(self) -> Path:
        """The entries."""
        return self.root / "journal.db"

    @property
    def sync(self) -> Path:
        """Request counter and cursors of the sync thread."""
        return self.root / "sync.db"

    @property
    def passages(self) -> Path:
        """The index of last passages; may be deleted, is built again."""
        return self.root / "passages.db"

    @property
    def register(self) -> Path:
        """Households and residents."""
        return self.root / "register.db"

    @property
    def directory(self) -> Path:
        """Locked rows about residents."""
        return self.root / "directory.db"

    @property
    def elsewhere(self) -> Path:
        """What was granted at the other gates; may be deleted, central sends it again."""
        return self.root / "elsewhere.db"

    @property
    def keys(self) -> Path:
        """device.key, device.pub, bundle, root.pub."""
        return self.root / "keys"

    @property
    def staff_pins(self) -> Path:
        """Short names of staff and their hashed PINs."""
        return self.keys / "staff-pins.json"

    @property
    def tablets(self) -> Path:
        """Which tablets may open the staff page over the local network."""
        return self.keys / "tablets.json"

    @property
    def lists(self) -> Path:
        """Signed lists: trust."""
        return self.root / "lists"

    @property
    def calibration(self) -> Path:
        """The thermometer's calibration."""
        return self.root / "calibration.json"

    @property
    def voice(self) -> Path:
        """Recorded sentences, by the name of what is said."""
        return self.root / "voice"

    @property
    def rendered(self) -> Path:
        """Sentences that were spoken by a program; may be deleted, are made again."""
        return self.root / "rendered"

    @property
    def clock(self) -> Path:
        """What is remembered of the time over a power cut."""
        return self.root / "clock.json"

    @property
    def last_good_config(self) -> Path:
        """The text of the newest config that was without mistakes."""
        return self.root / LAST_GOOD

    def make(self) -> None:
        """Create the folders, readable by their owner alone."""
        for folder in (self.root, self.keys, self.lists):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def find_config(path: Path | None = None) -> Path | None:
    """Return the config file to use: the one given, or the first default that exists."""
    if path is not None:
        return path
    return next((p for p in DEFAULT_PATHS if p.is_file()), None)


def read_config(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the config in `path`; None: all defaults. Raises ConfigError with all problems."""
    text = ""
    if path is not None:
        try:
            text = path.read_bytes()[: CONFIG_BYTES_MAX + 1].decode("utf-8")
        except OSError as exc:
            raise ConfigError([f"{path}: {exc.strerror}"]) from exc
        except UnicodeDecodeError as exc:
            raise ConfigError([f"{path}: not UTF-8 text (byte {exc.start})"]) from exc
    return parse_config(text, environ)


def parse_config(text: str, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the config in a YAML text. Raises ConfigError with every problem."""
    if len(text) > CONFIG_BYTES_MAX:
        raise ConfigError([f"config: longer than {CONFIG_BYTES_MAX} characters"])
    told = read_text(text)
    merged, variables = _override(told.sections, environ)
    try:
        config = Config.model_validate(merged)
    except ValidationError as exc:
        problems = [_problem(e) for e in exc.errors()]
    else:
        problems = _cross_checks(config)
    if problems:
        raise ConfigError([placed(p, told.lines, variables) for p in problems])
    return config


def _override(
    tree: dict[str, Any], environ: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the sections as the environment wants them, and the variable of each key."""
    variables = {}
    for name, value in sorted(environ.items()):
        section, mark, key = name.removeprefix(ENV_PREFIX).lower().partition("__")
        if not name.startswith(ENV_PREFIX) or not mark:
            continue
        part = tree.setdefault(section, {})
        if isinstance(part, dict):
            part[key] = _value_of(value)
            variables[f"{section}.{key}"] = name
    return tree, variables


def _value_of(typed: str) -> Any:
    """Return what a variable says; what is no YAML is a word, and refused as such."""
    try:
        return yaml.safe_load(typed) if typed.strip() else ""
    except (yaml.YAMLError, RecursionError):
        return typed


def _problem(error: ErrorDetails) -> str:
    path = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{path}: no such key{_meant(*error['loc'])}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{path}: {error['input']!r}: {message[:1].lower()}{message[1:]}"


def _meant(*path: str | int) -> str:
    """Return a question for the key that a slip of the pen is like, if any is."""
    *section, slip = (str(part) for part in path)
    model: Any = Config
    for name in section:
        model = model.model_fields[name].annotation
    near = get_close_matches(slip, model.model_fields, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _cross_checks(config: Config) -> list[str]:
    problems = []
    gate = config.gate
    if gate.pulse_ms > gate.pulse_ms_max:
        problems.append(f"gate.pulse_ms: {gate.pulse_ms} is above gate.pulse_ms_max")
    pins = [p for p in (gate.pin, gate.contact_pin, gate.lamp_pin) if p is not None]
    if len(set(pins)) != len(pins):
        problems.append("gate: pin, contact_pin and lamp_pin must be three different pins")
    if (config.lan.certificate is None) != (config.lan.key is None):
        problems.append("lan: certificate and key belong together; give both or neither")
    if config.rules.file and config.central.url:
        problems.append("rules.file: only while central.url is empty; rules come from central")
    return problems
