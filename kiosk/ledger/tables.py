"""A day's counts as tables in words: the same ones on the terminal, in sheets, on the page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from typing import Any

from kiosk.core.words import Direction, EntryKind
from kiosk.ledger.catalogue import Pair, Words
from kiosk.ledger.counting import (
    DENIED,
    GRANTED,
    INFRARED,
    NO_HOUSEHOLD,
    NO_VALUE,
    NOBODY,
    NOT_KNOWN,
    NOT_MEASURED,
    NOT_ON_REGISTER,
    NOTHING_DECIDED,
    REFERRED,
    TABLES,
    TYPED,
    DayLedger,
    Key,
    Line,
)

TOTALS, INSIDE = "totals", "inside"
COLUMNS = tuple(field.name for field in fields(Line))
INSIDE_COLUMNS = ("went_in", "went_out", "difference")
_DETAILED = frozenset({"outcome", "staff"})  # their keys are pairs
_OUTCOMES = (GRANTED, REFERRED, DENIED, NOTHING_DECIDED)
_DIRECTIONS = tuple(direction.value for direction in Direction)
_LAST_GRIDS = (NOT_ON_REGISTER, NO_HOUSEHOLD)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is about, and its numbers."""

    texts: tuple[Pair, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`texts` and `numbers` are the headings of a row's two parts."""

    name: str
    title: Pair
    texts: tuple[Pair, ...]
    numbers: tuple[Pair, ...]
    columns: tuple[str, ...]  # of the numbers, the same names in every table
    rows: tuple[Row, ...]
    total: tuple[int, ...] | None = None  # where the lines add up to something


def tables_of(ledger: DayLedger, words: Words) -> list[Table]:
    """Return the tables of a day, totals first."""
    counted = [_table(name, ledger, words) for name in TABLES]
    return [totals_of(ledger, words), *counted, _inside(ledger, words)]


def totals_of(ledger: DayLedger, words: Words) -> Table:
    """Return one number a line."""
    rows = tuple(
        Row((words.pair(f"total.{name}"),), (number,)) for name, number in totals(ledger)
    )
    heads = (words.pair("column.item"),), (words.pair("column.count"),)
    return Table(TOTALS, words.pair("table.totals"), *heads, COLUMNS[:1], rows)


def totals(ledger: DayLedger) -> list[tuple[str, int]]:
    """Return the day's single numbers by name, in the order in which they are told."""
    line, kinds = ledger.totals, ledger.tables["kind"]
    instruments = {key[0]: one.entries for key, one in ledger.tables["instrument"].items()}
    typed = sum(n for name, n in instruments.items() if name.startswith(TYPED))

    def of_kind(kind: EntryKind) -> int:
        return kinds[(kind.value,)].entries if (kind.value,) in kinds else 0

    return [
        ("entries", line.entries),
        ("people", ledger.people),
        ("went_in", line.went_in),
        ("went_out", line.went_out),
        ("granted", line.granted),
        ("taken_back", ledger.taken_back),
        ("referred", line.referred),
        ("denied", line.denied),
        ("undecided", line.undecided),
        ("infrared", instruments.get(INFRARED, 0)),
        ("typed", typed),
        ("no_value", instruments.get(NO_VALUE, 0)),
        ("not_measured", instruments.get(NOT_MEASURED, 0)),
        ("visitors", of_kind(EntryKind.VISITOR)),
        ("visitors_inside", ledger.visitors_inside),
        ("overrides", of_kind(EntryKind.OVERRIDE)),
        ("persuaded", of_kind(EntryKind.PERSUADED)),
        ("withdrawn", of_kind(EntryKind.WITHDRAWN)),
        ("unsure", ledger.unsure),
        ("unreadable", ledger.unreadable),
    ]


def notes_of(ledger: DayLedger, words: Words) -> list[Pair]:
    """Return what a reader must know to believe the numbers."""
    notes = [words.pair(f"note.{name}") for name in ("entries", "people", "went", "instrument")]
    day = ledger.day
    if day.since is None:
        notes.append(words.pair("note.inside_start"))
    else:
        notes.append(words.pair("note.inside_since", since=day.since.isoformat()))
    if any(gate.difference < 0 for gate in ledger.inside.values()):
        notes.append(words.pair("note.inside_negative"))
    if ledger.unsure:
        notes.append(words.pair("note.unsure", count=ledger.unsure))
    if ledger.unreadable:
        notes.append(words.pair("note.unreadable", count=ledger.unreadable))
    return notes


def to_json(ledger: DayLedger) -> dict[str, Any]:
    """Return everything that was counted, under its wire values."""
    day = ledger.day
    return {
        "day": day.on.isoformat(),
        "timezone": day.zone.key,
        "inside_since": None if day.since is None else day.since.isoformat(),
        "totals": dict(totals(ledger)),
        "tables": {
            name: [
                {"key": list(key), **dict(zip(COLUMNS, astuple(line), strict=True))}
                for key, line in _sorted(name, lines)
            ]
            for name, lines in ledger.tables.items()
        },
        "inside": {
            gate: {"came": one.came, "left": one.left, "difference": one.difference}
            for gate, one in sorted(ledger.inside.items())
        },
    }


def _table(name: str, ledger: DayLedger, words: Words) -> Table:
    texts = [words.pair(f"item.{name}")]
    if name in _DETAILED:
        texts.append(words.pair(f"detail.{name}"))
    rows = tuple(
        Row(_texts(name, key, words), astuple(line))
        for key, line in _sorted(name, ledger.tables[name])
    )
    numbers = tuple(words.pair(f"column.{column}") for column in COLUMNS)
    title = words.pair(f"table.{name}")
    return Table(name, title, tuple(texts), numbers, COLUMNS, rows, astuple(ledger.totals))


def _inside(ledger: DayLedger, words: Words) -> Table:
    rows = tuple(
        Row(((gate, gate),), (one.came, one.left, one.difference))
        for gate, one in sorted(ledger.inside.items())
    )
    numbers = tuple(words.pair(f"column.{name}") for name in INSIDE_COLUMNS)
    total = tuple(sum(column) for column in zip(*(row.numbers for row in rows), strict=True))
    heads = (words.pair("item.inside"),), numbers
    title = words.pair("table.inside")
    return Table(INSIDE, title, *heads, INSIDE_COLUMNS, rows, total or (0, 0, 0))


def _texts(name: str, key: Key, words: Words) -> tuple[Pair, ...]:
    first = key[0]
    match name:
        case "hour":
            return (words.pair("hour.label", hour=first),)
        case "grid" if first not in _LAST_GRIDS:
            return (words.pair("grid.label", grid=first),)
        case "outcome":
            return words.value("outcome", first), _of(words, "reason", key[1])
        case "staff":
            who = (first, first) if first else words.pair("staff.nobody")
            return who, _of(words, "kind", key[1])
        case "on_duty":
            return (_on_duty(first, words),)
        case "gate":
            return ((first, first),)
    return (words.value(name, first),)


def _on_duty(whose: str, words: Words) -> Pair:
    known = {NOBODY: "on_duty.nobody", NOT_KNOWN: "on_duty.not_known"}
    return words.pair(known[whose]) if whose in known else (whose, whose)


def _of(words: Words, group: str, value: str) -> Pair:
    return words.value(group, value) if value else ("", "")


def _sorted(name: str, lines: Mapping[Key, Line]) -> list[tuple[Key, Line]]:
    """Return the lines as people look for them; where there is no order, the most first."""
    order = _ORDERS.get(name)
    if order is None:
        return sorted(lines.items(), key=lambda line: (-line[1].entries, line[0]))
    return sorted(lines.items(), key=lambda line: (order(line[0]), line[0]))


def _place(known: Iterable[str]) -> Callable[[Key], tuple[int, str]]:
    places = {value: place for place, value in enumerate(known)}
    return lambda key: (places.get(key[0], len(places)), "")


def _grid_place(key: Key) -> tuple[int, str]:
    grid = key[0]
    return (-1, grid.zfill(12)) if grid not in _LAST_GRIDS else (_LAST_GRIDS.index(grid), "")


_ORDERS: Mapping[str, Callable[[Key], tuple[int, str]]] = {
    "hour": lambda key: (0, key[0]),
    "outcome": _place(_OUTCOMES),
    "direction": _place(_DIRECTIONS),
    "grid": _grid_place,
    "staff": lambda key: (int(not key[0]), key[0]),
    "on_duty": lambda key: (int(key[0] in (NOBODY, NOT_KNOWN)), key[0]),
    "gate": lambda key: (0, key[0]),
}
