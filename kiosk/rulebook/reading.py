"""A rule file -> `Rules`: checked whole, every mistake at once, each with its path."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kiosk.core.rules_community import (
    Beyond,
    Hours,
    OutsideVehicles,
    Per,
    Quota,
    Returnees,
    Vehicles,
    Visitors,
    VisitorsAdmitted,
)
from kiosk.core.rules_words import Acclimatisation, Rules, UnsureClock
from kiosk.core.words import Direction
from kiosk.core.words_home import RiskClass
from kiosk.errors import ConfigError
from kiosk.rulebook.emergency import may_refuse_emergency
from kiosk.rulebook.relations import clashes
from kiosk.rulebook.sections import PLAIN, Book
from kiosk.rulebook.times import read_date, read_window
from kiosk.rulebook.tree import ROOT, joined, read_tree

UTC_OFFSET_S = 8 * 3600  # of local time in China


def read_rules(text: str, *, utc_offset_s: int = UTC_OFFSET_S) -> Rules:
    """Return the rules in a YAML text; dates in it are local.

    Raises ConfigError with every mistake and its path, also for rules under which somebody
    could be kept in who must get out.
    """
    tree, problems = read_tree(text)
    tree = {key: value for key, value in tree.items() if value is not None}
    book, wrong = _validated(tree)
    problems += [_problem(error) for error in wrong]
    told = {name for error in wrong for name in _spoken_of(error)}
    for clash in clashes(book, utc_offset_s):
        if not told.intersection(_upwards(clash.keys)):
            problems.append(f"{ROOT}.{clash.text}")
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    rules = _rules(book, utc_offset_s)
    if kept_in := may_refuse_emergency(rules):
        raise ConfigError([f"{ROOT}.order: an emergency is not let through: {kept_in}"])
    return rules


def _spoken_of(error: ErrorDetails) -> set[str]:
    """Return the section that a mistake makes worthless, or the one key."""
    section, *rest = error["loc"]
    is_key = bool(rest) and isinstance(rest[0], str)
    return {f"{section}.{rest[0]}"} if is_key else {str(section)}


def _upwards(keys: Sequence[str]) -> set[str]:
    return {part for key in keys for part in (key, key.partition(".")[0])}


def _validated(tree: dict[str, Any]) -> tuple[Book, list[ErrorDetails]]:
    """Return the sections, without what is wrong in them, and what is wrong."""
    try:
        return Book.model_validate(tree), []
    except ValidationError as exc:
        wrong = exc.errors()
    sound = {"version": 1, **tree}
    for error in wrong:
        section, *rest = error["loc"]
        kept = sound.pop(str(section), None)
        if section == "version":
            sound["version"] = 1
        elif isinstance(kept, dict) and rest:
            sound[str(section)] = {k: v for k, v in kept.items() if not _names(k, rest[0])}
    return Book.model_validate(sound), wrong


def _names(key: str, part: str | int) -> bool:
    """Whether a key is the one an error speaks of, also with its unit behind it."""
    return key == part or key.startswith(f"{part}_")


_SAYS = {
    "int_type": "is not a whole number",
    "float_type": "is not a number",
    "bool_type": "is not true or false",
    "string_type": "is not a word",
    "list_type": "is not a list",
    "dict_type": "is not keys with values",
    "model_type": "is not keys with values",
    "model_attributes_type": "is not keys with values",
    "too_short": "is empty",
    "too_long": "has too many lines",
    "string_too_long": "is too long",
    "string_pattern_mismatch": "is not a region code of two to six digits, such as 4201",
}


def _problem(error: ErrorDetails) -> str:
    path, kind = ROOT, error["type"]
    for part in error["loc"]:
        path = joined(path, part) if part != "[key]" else path
    limits = error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"{path}: no such key"
    if kind == "missing":
        return f"{path}: is missing"
    match kind:
        case "greater_than_equal":
            says = f"is below {limits['ge']:g}"
        case "less_than_equal":
            says = f"is above {limits['le']:g}"
        case "literal_error":
            says = f"must be {limits['expected'].replace(chr(39), '')}"
        case "value_error":
            says = str(limits["error"])
        case _:
            says = _SAYS.get(kind, error["msg"])
    return f"{path}: {_shown(error['input'])} {says}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _rules(book: Book, utc_offset_s: int) -> Rules:
    """The checked sections as the core's value."""
    sections = book.model_dump(by_alias=True)
    plain = {row.field: sections[row.section][row.key] for row in PLAIN}
    return replace(
        Rules(**plain),
        version=book.version,
        name=book.name,
        from_ms=read_date(book.from_, utc_offset_s) if book.from_ is not None else 0,
        order=tuple(book.order or ()),
        acclimatisation=Acclimatisation(book.cold.acclimatisation),
        unsure_clock=UnsureClock(book.passes.unsure_clock),
        hours=tuple(_hours(row.windows, row.ways, row.outside) for row in book.hours),
        quotas=tuple(
            Quota(Per(row.per), row.trips, row.days, Beyond(row.beyond)) for row in book.quotas
        ),
        refers_unknown=book.register_.unknown_household == "refer",
        refers_already_out=book.register_.already_out == "refer",
        measured=frozenset(map(Direction, book.temperature.measured)),
        visitors=Visitors(
            VisitorsAdmitted(book.visitors.admit),
            book.visitors.stay,
            book.visitors.needs_host,
            book.visitors.regular_reading,
        ),
        vehicles=Vehicles(OutsideVehicles(book.vehicles.outside), book.vehicles.occupants_max),
        returnees=_returnees(book),
    )


def _hours(windows: list[str], ways: Sequence[str], outside: str) -> Hours:
    found = sorted(window for word in windows for window in read_window(word))
    return Hours(tuple(found), frozenset(map(Direction, ways)), Beyond(outside))


def _returnees(book: Book) -> Returnees:
    part = book.returnees
    regions = tuple(sorted((code, RiskClass(risk)) for code, risk in part.regions.items()))
    days = (part.low_days, part.medium_days, part.high_days)
    return Returnees(*days, regions, RiskClass(part.unknown))
