"""The sections of a rule file with their limits, and which number of `Rules` each key is.

The limits keep a slip of the pen from making a fever normal: lines stand where a body
temperature can be. What a key means stands beside its field in `core.rules_words`.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from kiosk.core.rules_words import Rules
from kiosk.rulebook.times import UNITS, Span

USUAL = Rules()
DAY_S, HOUR_S = 86_400.0, 3600.0
Way = Literal["in", "out"]
Stance = Literal["admit", "refer"]
Beyond = Literal["refer", "deny"]
Risk = Literal["low", "medium", "high"]
Days = Annotated[int, Field(ge=0, le=60)]
VERSION_MAX = 2**31 - 1
NAME_SIGNS_MAX = 40


class Section(BaseModel):
    """A part of the rules: frozen, strict, and no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _take_units(cls, tree: Any) -> Any:
        """`stay_h: 4` says the same as `stay: 4h`."""
        if not isinstance(tree, dict):
            return tree
        found = dict(tree)
        for name, field in cls.model_fields.items():
            for unit in UNITS if _is_span(field.metadata) else ():
                number = found.get(f"{name}_{unit}")
                is_number = isinstance(number, int | float) and not isinstance(number, bool)
                if is_number and name not in found:
                    found[name] = f"{found.pop(f'{name}_{unit}')}{unit}"
        return found


def _is_span(metadata: list[Any]) -> bool:
    return any(isinstance(m, BeforeValidator) and isinstance(m.func, Span) for m in metadata)


class Temperature(Section):
    """Lines and rounds."""

    measured: list[Way] = ["in", "out"]
    elevated_c: Annotated[float, Field(ge=36.5, le=38.0)] = USUAL.elevated_c
    retest_from_c: Annotated[float, Field(ge=36.5, le=38.0)] = USUAL.retest_from_c
    inconsistent_c: Annotated[float, Field(ge=0.1, le=2.0)] = USUAL.inconsistent_c
    wrist_doubt_c: Annotated[float, Field(ge=36.0, le=38.0)] = USUAL.wrist_doubt_c
    typed_low_c: Annotated[float, Field(ge=35.0, le=36.0)] = USUAL.typed_low_c
    contact_low_c: Annotated[float, Field(ge=35.0, le=36.0)] = USUAL.contact_low_c
    rounds: Annotated[int, Field(ge=3, le=5)] = USUAL.rounds_max
    misses: Annotated[int, Field(ge=1, le=5)] = USUAL.misses_max
    reading_wait: Annotated[float, BeforeValidator(Span(2, 60))] = USUAL.reading_wait_s
    staff_wait: Annotated[float, BeforeValidator(Span(10, 600))] = USUAL.staff_wait_s


class Cold(Section):
    """How a forehead comes to count out of the cold."""

    outdoors_below_c: Annotated[float, Field(ge=5.0, le=25.0)] = USUAL.cold_outdoors_c
    acclimatisation: Literal["person", "lobby", "twice"] = "person"
    lobby_wait: Annotated[float, BeforeValidator(Span(600, 7200))] = USUAL.lobby_wait_s
    lobby_holds: Annotated[float, BeforeValidator(Span(600, 7200))] = USUAL.lobby_holds_s
    twice_apart: Annotated[float, BeforeValidator(Span(60, 3600))] = USUAL.twice_apart_s
    twice_holds: Annotated[float, BeforeValidator(Span(60, 3600))] = USUAL.twice_holds_s
    twice_agree_c: Annotated[float, Field(ge=0.05, le=0.2)] = USUAL.twice_agree_c


class Passes(Section):
    """What a pass is worth."""

    repeat_window: Annotated[float, BeforeValidator(Span(0, 600))] = USUAL.repeat_window_s
    passback: Annotated[float, BeforeValidator(Span(0, DAY_S))] = USUAL.passback_s
    list_age_max: Annotated[float, BeforeValidator(Span(HOUR_S, 90 * DAY_S))] = (
        USUAL.list_age_max_s
    )
    unsure_clock: Literal["admit_marked", "ask_guard"] = "admit_marked"


class Gate(Section):
    """Pages and passages."""

    page_min: Annotated[float, BeforeValidator(Span(0.5, 10))] = USUAL.page_min_s
    passage_wait: Annotated[float, BeforeValidator(Span(1, 120))] = USUAL.passage_wait_s


class HoursRow(Section):
    """When the gate is open."""

    windows: Annotated[list[str], Field(min_length=1, max_length=24)]
    ways: Annotated[list[Way], Field(min_length=1)] = ["in", "out"]
    outside: Beyond = "refer"


class QuotaRow(Section):
    """So many ways out in so many days. A month of trips is all that a gate looks back."""

    per: Literal["household", "person"]
    trips: Annotated[int, Field(ge=0, le=99)]
    days: Annotated[int, Field(ge=1, le=31)]
    beyond: Beyond = "deny"


class IsolationRow(Section):
    """Orders to stay at home."""

    days: Annotated[int, Field(ge=1, le=60)] = USUAL.isolation_days


class RegisterRow(Section):
    """What is not known of a household."""

    unknown_household: Stance = "admit"
    already_out: Stance = "admit"
    age_max: Annotated[float, BeforeValidator(Span(HOUR_S, 365 * DAY_S))] | None = None


class VisitorsRow(Section):
    """Visitors and couriers."""

    admit: Literal["all", "appointment", "none"] = "all"
    stay: Annotated[float, BeforeValidator(Span(300, 7 * DAY_S))] = USUAL.visitors.stay_s
    needs_host: bool = USUAL.visitors.needs_host
    regular_reading: Annotated[float, BeforeValidator(Span(0, 7 * DAY_S))] = (
        USUAL.visitors.regular_reading_s
    )


class VehiclesRow(Section):
    """Vehicles from outside."""

    outside: Literal["all", "host", "none"] = "host"
    occupants_max: Annotated[int, Field(ge=1, le=99)] = USUAL.vehicles.occupants_max


class ReturneesRow(Section):
    """Days at home by where somebody comes from."""

    low_days: Days = USUAL.returnees.low_days
    medium_days: Days = USUAL.returnees.medium_days
    high_days: Days = USUAL.returnees.high_days
    unknown: Risk = "medium"
    regions: dict[Annotated[str, Field(pattern=r"^[1-8][0-9]{1,5}$")], Risk] = {}


class Book(Section):
    """A whole rule file."""

    version: Annotated[int, Field(ge=1, le=VERSION_MAX)]
    name: Annotated[str, Field(max_length=NAME_SIGNS_MAX)] = ""
    from_: Annotated[str | None, Field(alias="from")] = None
    temperature: Temperature = Temperature()
    cold: Cold = Cold()
    passes: Annotated[Passes, Field(alias="pass")] = Passes()
    gate: Gate = Gate()
    hours: Annotated[list[HoursRow], Field(max_length=16)] = []
    quotas: Annotated[list[QuotaRow], Field(max_length=16)] = []
    isolation: IsolationRow = IsolationRow()
    register_: Annotated[RegisterRow, Field(alias="register")] = RegisterRow()
    visitors: VisitorsRow = VisitorsRow()
    vehicles: VehiclesRow = VehiclesRow()
    returnees: ReturneesRow = ReturneesRow()
    order: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """Which key of which section a plain number of `Rules` is."""

    section: str  # as in the file
    key: str
    field: str  # of Rules


PLAIN = (
    Key("temperature", "elevated_c", "elevated_c"),
    Key("temperature", "retest_from_c", "retest_from_c"),
    Key("temperature", "inconsistent_c", "inconsistent_c"),
    Key("temperature", "wrist_doubt_c", "wrist_doubt_c"),
    Key("temperature", "typed_low_c", "typed_low_c"),
    Key("temperature", "contact_low_c", "contact_low_c"),
    Key("temperature", "rounds", "rounds_max"),
    Key("temperature", "misses", "misses_max"),
    Key("temperature", "reading_wait", "reading_wait_s"),
    Key("temperature", "staff_wait", "staff_wait_s"),
    Key("cold", "outdoors_below_c", "cold_outdoors_c"),
    Key("cold", "lobby_wait", "lobby_wait_s"),
    Key("cold", "lobby_holds", "lobby_holds_s"),
    Key("cold", "twice_apart", "twice_apart_s"),
    Key("cold", "twice_holds", "twice_holds_s"),
    Key("cold", "twice_agree_c", "twice_agree_c"),
    Key("pass", "repeat_window", "repeat_window_s"),
    Key("pass", "passback", "passback_s"),
    Key("pass", "list_age_max", "list_age_max_s"),
    Key("gate", "page_min", "page_min_s"),
    Key("gate", "passage_wait", "passage_wait_s"),
    Key("isolation", "days", "isolation_days"),
    Key("register", "age_max", "register_age_max_s"),
)
