"""What a demo was asked for; `--fault PART:WHAT=VALUE`: what goes wrong, and when."""

import random
import re
from dataclasses import dataclass
from pathlib import Path

from kiosk.simulate.town_rules import Preset

_FAULT = re.compile(r"^(?P<part>[a-z]+):(?P<what>[a-z]+)=(?P<value>.+)$")
_RANGE = re.compile(r"^(\d{1,3})-(\d{1,3})%$")
RANGES = (
    "central:down",
    "thermometer:silent",
    "thermometer:noise",
    "camera:stall",
    "camera:close",
)
COUNTS = ("central:kill", "kiosk:kill")
WEATHER = re.compile(r"^weather:(?P<outdoor_c>-?\d{1,2})$")
KILLS_MAX = 500


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Ranges in shares of the script, 0 to 1; kills as counts over the whole of it.

    `outdoor_c` is the weather of the day, Celsius; None: a warm one.
    """

    ranges: tuple[tuple[str, float, float], ...] = ()
    kills: tuple[tuple[str, int], ...] = ()
    outdoor_c: float | None = None

    def holds(self, fault: str, person: int, people: int) -> bool:
        """Return whether `fault` holds while person number `person` of `people` comes."""
        share = person / people
        return any(name == fault and a <= share < b for name, a, b in self.ranges)

    def kills_of(self, part: str) -> int:
        """Return how often `part` is killed."""
        return sum(count for name, count in self.kills if name == f"{part}:kill")

    @property
    def is_calm(self) -> bool:
        """Whether nothing goes wrong, so that the figures mean something; winter may be."""
        return not self.ranges and not self.kills


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What was asked for on the command line."""

    seed: int
    reader: str
    folder: Path | None
    faults: FaultPlan
    preset: Preset = Preset.USUAL
    goes_out: bool = False  # the gate is the way out
    pace: float = 0.0  # 1: people take their time, so that whoever watches can follow
    is_played: bool = False  # by whoever opens its page, and not from a script


def parse_faults(texts: tuple[str, ...]) -> FaultPlan:
    """Return the plan. Raises ValueError with a sentence for ops."""
    ranges, kills = [], []
    outdoor_c = None
    for text in texts:
        if (weather := WEATHER.match(text)) is not None:
            outdoor_c = float(weather["outdoor_c"])
            continue
        match = _FAULT.match(text)
        name = f"{match['part']}:{match['what']}" if match else ""
        if match is not None and name in RANGES:
            ranges.append((name, *_parse_range(text, match["value"])))
        elif match is not None and name in COUNTS:
            kills.append((name, _parse_count(text, match["value"])))
        else:
            known = ", ".join((*RANGES, *COUNTS, "weather:DEGREES"))
            raise ValueError(f"{text!r} is not PART:WHAT=VALUE with one of {known}")
    return FaultPlan(tuple(ranges), tuple(kills), outdoor_c)


def _parse_range(text: str, value: str) -> tuple[float, float]:
    match = _RANGE.match(value)
    if match is None or not int(match[1]) < int(match[2]) <= 100:
        raise ValueError(f"{text!r}: the value must be a range such as 0-50%")
    return int(match[1]) / 100, int(match[2]) / 100


def _parse_count(text: str, value: str) -> int:
    if not value.isdigit() or not 0 < int(value) <= KILLS_MAX:
        raise ValueError(f"{text!r}: the value must be a count from 1 to {KILLS_MAX}")
    return int(value)


def spread_kills(count: int, people: int, rng: random.Random) -> dict[int, list[float]]:
    """Return for each person's number the seconds after coming at which a kill falls."""
    delays: dict[int, list[float]] = {}
    for number in range(count):
        person = int((number + rng.random()) * people / count)
        delays.setdefault(min(person, people - 1), []).append(rng.uniform(0.0, 4.0))
    return {person: sorted(times) for person, times in delays.items()}
