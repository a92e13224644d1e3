"""Whether a rule set could ever keep somebody in who must get out: tried, not argued.

Each rule set is held against the worst that a gate can know, once with a word of staff that
it is an emergency; every single case must be let through at once, without a temperature.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from kiosk.core.rules import Case, Rules, decide
from kiosk.core.words import (
    Credential,
    Direction,
    Facts,
    Granted,
    LastPassage,
    Missing,
    NoReading,
    PassKind,
    PassWarning,
    Reading,
    Refusal,
    Refused,
    Source,
)
from kiosk.core.words_home import Binding, CardState, Home, Isolation, Trip, Visit
from kiosk.timing import ClockState, Stamp

_CTI, _ORDER, _SUB = bytes(8), bytes(8), "h-1"
_LONG_S = 10 * 365 * 86_400.0
_OFFSET_S = 8 * 3600
_BOOT = "00000000-0000-4000-8000-000000000001"
_HOURS = (0, 3, 7, 12, 18, 23)  # local; a night rule may begin at any of them


def may_refuse_emergency(rules: Rules) -> str:
    """Return which emergency these rules would not let through at once, "" when none."""
    for name, case in _CASES:
        verdict = decide(case, rules).verdict
        if not isinstance(verdict, Granted):
            said = "nothing" if verdict is None else type(verdict).__name__.lower()
            return f"{name}: {said}"
    return ""


def worst_cases() -> Iterator[tuple[str, Case]]:
    """Yield the worst that a gate can know of somebody, each with its name."""
    for direction, clock, hour in product(Direction, ClockState, _HOURS):
        at = _at(hour, clock)
        home = _worst_home(at)
        facts = _facts(direction, home)
        where = f"{direction.value}, {hour:02}:00, clock {clock.name.lower()}"
        for kind in PassKind:
            yield f"{kind.name.lower()} pass, {where}", Case(_pass(kind), facts, at)
        for readings in _READINGS:
            case = Case(_pass(PassKind.RESIDENT), facts, at, readings)
            yield f"{len(readings)} readings, {where}", case
        yield f"nothing known, {where}", Case(_pass(PassKind.VISITOR), Facts("", direction), at)
        blank = replace(facts, home=replace(home, binding=None, visit=None))
        card = replace(_pass(PassKind.RESIDENT), card_no=1)
        yield f"blank card, {where}", Case(card, blank, at)
        yield f"cancelled card, {where}", Case(card, facts, at)
    for reason, direction, clock in product(Refusal, Direction, ClockState):
        at = _at(3, clock)
        case = Case(Refused(reason, _CTI), _facts(direction, _worst_home(at)), at)
        yield f"pass refused with {reason.value}, {direction.value}", case


def _at(hour: int, clock: ClockState) -> Stamp:
    midnight = datetime(2027, 1, 5, tzinfo=UTC) - timedelta(seconds=_OFFSET_S)
    return Stamp(1e6, midnight + timedelta(hours=hour), _BOOT, clock)


def _pass(kind: PassKind) -> Credential:
    warnings = tuple(PassWarning)
    return Credential(_CTI, _SUB, "demo", kind, 1, "", exp_s=0, warnings=warnings)


def _worst_home(at: Stamp) -> Home:
    """Isolation, a spent quota, out already, an old register, a visit that is over."""
    now_ms = int(at.utc.timestamp() * 1000)
    return Home(
        register_age_s=_LONG_S,
        isolation=Isolation(_ORDER, now_ms + 10**9, "z"),
        trips=tuple(Trip(_CTI, now_ms - 1000 * n) for n in range(200)),
        is_out=True,
        visit=Visit(_ORDER, now_ms - 2000, now_ms - 1000),
        binding=Binding(CardState.CANCELLED),
        utc_offset_s=_OFFSET_S,
    )


def _facts(direction: Direction, home: Home) -> Facts:
    in_before = LastPassage(1, 1e6 - 1, _BOOT, 0, Direction.IN, Granted(), has_passed=True)
    return Facts(
        "",
        direction,
        last=in_before,
        granted=in_before,
        list_age_s=_LONG_S,
        home=home,
        is_typed_chosen=True,
    )


def _reading(estimate_c: float, source: Source = Source.INFRARED) -> Reading:
    return Reading(estimate_c, estimate_c, 0.1, 9, 1e6, 1e6, None, "", source)


_READINGS: tuple[tuple[Reading | NoReading, ...], ...] = (
    (_reading(41.0),),
    (_reading(41.0, Source.TYPED_CONTACT),),
    (_reading(20.0, Source.TYPED_WRIST),),
    (_reading(37.2), _reading(39.0), _reading(36.0)),
    (NoReading(Missing.LEFT, is_fault=False, at_s=1e6),),
    (NoReading(Missing.LOST, is_fault=True, at_s=1e6),),
)
_CASES = tuple((name, replace(case, is_emergency=True)) for name, case in worst_cases())
