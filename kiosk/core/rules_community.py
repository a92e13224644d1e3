"""The parts of the community's rules about households, visitors and vehicles. Values only.

Minutes are those of the local day. A window that passes midnight is written as two.
"""

from dataclasses import dataclass
from enum import Enum

from kiosk.core.words import Direction
from kiosk.core.words_home import RiskClass

Window = tuple[int, int]  # minutes of the local day: from the first, before the second
BOTH_WAYS = frozenset(Direction)


class Beyond(Enum):
    """What happens to who is beyond a limit."""

    REFER = "refer"
    DENY = "deny"


class Per(Enum):
    """Whose trips a quota counts."""

    HOUSEHOLD = "household"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Hours:
    """When a gate is open for passes of residents; outside of it the night rule holds."""

    windows: tuple[Window, ...]
    ways: frozenset[Direction] = BOTH_WAYS
    outside: Beyond = Beyond.REFER


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `trips` ways out in `days` local days, today being the last of them."""

    per: Per
    trips: int  # 0: nobody goes out without an exemption
    days: int
    beyond: Beyond = Beyond.DENY


class VisitorsAdmitted(Enum):
    """Which visitors may come in."""

    ALL = "all"
    APPOINTMENT = "appointment"  # the household has said so before
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Visitors:
    """How visitors are treated."""

    admit: VisitorsAdmitted = VisitorsAdmitted.ALL
    stay_s: float = 4 * 3600.0
    needs_host: bool = True
    regular_reading_s: float = 12 * 3600.0  # one reading of a courier counts this long


class OutsideVehicles(Enum):
    """Which vehicles from outside may come in."""

    ALL = "all"
    HOST = "host"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Vehicles:
    """How vehicles are treated."""

    outside: OutsideVehicles = OutsideVehicles.HOST
    occupants_max: int = 9


@dataclass(frozen=True, slots=True)
class Returnees:
    """Days at home by the class of where somebody comes from.

    `regions` are administrative codes of two to six digits (GB/T 2260), the longest that
    fits decides; a place that none fits counts as `unknown`.
    """

    low_days: int = 0
    medium_days: int = 14
    high_days: int = 14
    regions: tuple[tuple[str, RiskClass], ...] = ()
    unknown: RiskClass = RiskClass.MEDIUM


def risk_of(region: str, returnees: Returnees) -> RiskClass:
    """Return the class of a place by its administrative code."""
    fits = [(len(code), risk) for code, risk in returnees.regions if region.startswith(code)]
    return max(fits, key=lambda fit: fit[0])[1] if fits else returnees.unknown


def days_at_home(risk: RiskClass, returnees: Returnees) -> int:
    """Return for how many days somebody from a place of this class stays at home."""
    days = {
        RiskClass.LOW: returnees.low_days,
        RiskClass.MEDIUM: returnees.medium_days,
        RiskClass.HIGH: returnees.high_days,
    }
    return days[risk]
