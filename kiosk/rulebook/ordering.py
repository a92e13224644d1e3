"""In which order the rules may be asked: what an order must have, and what must wait.

An order that admits before it has looked admits everybody; so each rule that may admit
stands behind all that may refuse, and the temperature comes last, as it always did.
"""

from collections.abc import Iterator, Sequence

from kiosk.core.rules import USUAL_ORDER

EMERGENCY, VALIDITY = "emergency", "validity"
ADMITTING = ("visit_out", "regular", "unmeasured")
TEMPERATURE = (
    "typed", "weather", "instrument", "again", "elevated", "missing", "trend", "admission",
)  # fmt: skip
MANDATORY = (
    EMERGENCY, VALIDITY, "clock", "freshness", "blank", "isolation", "visitor", *TEMPERATURE,
)  # fmt: skip


def order_problems(order: Sequence[str]) -> list[str]:
    """Return what is wrong with an order, with the place of each mistake."""
    problems = [*_strange(order), *_lacking(order)]
    known = [name for name in order if name in USUAL_ORDER]
    return problems or [*_first(known), *_too_late(known), *_temperature(known)]


def _strange(order: Sequence[str]) -> Iterator[str]:
    for place, name in enumerate(order):
        if name not in USUAL_ORDER:
            yield f"order[{place}]: {name!r}: there is no such rule"
        elif name in order[:place]:
            yield f"order[{place}]: {name} stands twice"


def _lacking(order: Sequence[str]) -> Iterator[str]:
    for name in MANDATORY:
        if name not in order:
            yield f"order: {name} is missing; it cannot be left out"


def _first(order: list[str]) -> Iterator[str]:
    if order[0] != EMERGENCY:
        yield f"order[0]: {order[0]} stands before {EMERGENCY}, which must be first"
    others = [name for name in order if name != EMERGENCY]
    if others[0] != VALIDITY:
        place = order.index(others[0])
        yield f"order[{place}]: {others[0]} stands before {VALIDITY}; only {EMERGENCY} may"


def _too_late(order: list[str]) -> Iterator[str]:
    """What may refuse must have been asked before anything may admit."""
    admitting = (*ADMITTING, *TEMPERATURE)
    first = next(place for place, name in enumerate(order) if name in admitting)
    for place in range(first + 1, len(order)):
        name = order[place]
        if name not in admitting and name not in (EMERGENCY, VALIDITY):
            yield f"order[{place}]: {name} stands behind {order[first]}, which may admit"
    first_temperature = min(order.index(name) for name in TEMPERATURE)
    for place in range(first_temperature + 1, len(order)):
        if order[place] in ADMITTING:
            yield f"order[{place}]: {order[place]} stands behind {order[first_temperature]}"


def _temperature(order: list[str]) -> Iterator[str]:
    asked = [name for name in order if name in TEMPERATURE]
    if tuple(asked) != TEMPERATURE:
        yield f"order: the rules about temperatures must stand as {', '.join(TEMPERATURE)}"
