"""Residents from a committee's table: rows taken, and rows refused by line, column, reason.

The headings are those that residents' committees write, in Chinese or English, in any order,
under a title or a note. Grid, building, unit and room are read and kept; a name, an ID number
and a telephone number are looked at, so that mistakes come out, and kept nowhere. A household
without a reference keeps the one that its door had before, or gets a new one. A report never
repeats what stood in a cell. A house without units has unit 1.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import phonenumbers
from stdnum.cn import ric
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError

from kiosk.core.words import Household
from kiosk.passes.claims import GRID_MAX, STOCK_PREFIX, SUB_ALPHABET, SUB_CHARS, is_sub
from kiosk.register.table_archive import NoTable
from kiosk.register.table_heads import find_heads
from kiosk.register.table_rows import FORMULA, read_rows

__all__ = ["NoTable", "RefusedRow", "Residents", "read_residents"]

HEADINGS: dict[str, tuple[str, ...]] = {
    "sub": ("sub", "household", "户号", "户编号", "家庭编号"),
    "grid": ("grid", "gridno", "网格", "网格号", "网格编号", "所属网格"),
    "building": ("building", "楼", "楼号", "楼栋", "楼栋号", "栋", "幢", "幢号", "楼幢"),
    "unit": ("unit", "单元", "单元号"),
    "room": ("room", "室", "室号", "房号", "房间", "房间号", "门牌", "门牌号", "户室"),
    "name": ("name", "姓名", "居民姓名", "户主", "户主姓名"),
    "id_number": ("idnumber", "id", "身份证", "身份证号", "身份证号码", "公民身份号码"),
    "phone": ("phone", "telephone", "mobile", "电话", "手机", "手机号", "手机号码", "联系电话"),
}
KEPT = {"sub", "grid", "building", "unit", "room"}
NEEDED = ("grid", "building", "room")
PART_CHARS_MAX = 16  # chosen: a building, unit or room has a short name
_ASKED = {name: HEADINGS[name][2] for name in NEEDED}
_ENDINGS = {
    "building": re.compile(r"(号楼|楼|栋|幢|座|#|号)$"),
    "unit": re.compile(r"(单元|门)$"),
    "room": re.compile(r"(室|房|号|户)$"),
}
_GRID = re.compile(r"(?:第)?([0-9]{1,5})(?:号)?(?:网格)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken. `line` counts from 1, as the office program counts."""

    line: int
    column: str  # the heading as it is written; empty: the row as a whole
    reason: str


@dataclass(frozen=True, slots=True)
class Residents:
    """What a file says. `rows` were read; `again` of them repeat a household's own row."""

    households: tuple[Household, ...]
    rows: int
    again: int
    refused: tuple[RefusedRow, ...]
    columns_left_out: int
    fresh: int = 0  # households that got a new reference


class _Refused(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass
class _Taking:
    """What was taken so far."""

    known: Mapping[tuple[int, str], str]  # references by grid and door
    subs: dict[str, tuple[int, Household]] = field(default_factory=dict)
    doors: dict[tuple[int, str], str] = field(default_factory=dict)
    people: dict[object, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)  # references that no new one may be
    again: int = 0
    fresh: int = 0


def read_residents(
    content: bytes, known: Mapping[tuple[int, str], str] | None = None
) -> Residents:
    """Return the households in a file. `known` are references that doors have already.

    Raises NoTable.
    """
    rows = read_rows(content)
    header, places = find_heads(rows, HEADINGS, _ASKED)
    taking, refused, count = _Taking(known or {}), [], 0
    taking.used.update(taking.known.values())
    for line, cells in rows:
        count += 1
        try:
            _take(taking, line, _cells(cells, places, len(header)))
        except _Refused as exc:
            heading = header[places[exc.column]] if exc.column in places else exc.column
            refused.append(RefusedRow(line, heading, exc.reason))
    homes = tuple(home for _, home in taking.subs.values())
    left_out = len([name for name in header if name]) - len(KEPT & places.keys())
    return Residents(homes, count, taking.again, tuple(refused), left_out, taking.fresh)


def _cells(cells: list[str], places: dict[str, int], width: int) -> dict[str, str]:
    """Return the cells that are read, by column. Raises _Refused."""
    if len(cells) > width and any(cells[width:]):
        raise _Refused("", f"has {len(cells)} cells, the headings are {width}")
    if len(cells) <= max(places.values()) and len(cells) < width:
        raise _Refused("", f"has {len(cells)} cells, the headings are {width}")
    said = {name: cells[place] for name, place in places.items()}
    for name, cell in said.items():
        if cell == FORMULA:
            raise _Refused(name, "holds a formula: write the value in its place")
    return said


def _take(taking: _Taking, line: int, said: Mapping[str, str]) -> None:
    """Take a resident; a second one of a household says the same again."""
    sub = said.get("sub", "").upper() if "sub" in said else ""
    if said.get("sub") and (not is_sub(sub) or sub != said["sub"]):
        raise _Refused("sub", "is not 8 of 0-9 and A-Z without I, L, O, U")
    if sub.startswith(STOCK_PREFIX):
        raise _Refused("sub", "begins as blank cards do: 0000")
    grid, door = _grid(said["grid"]), _door(said)
    _check_person(taking, line, said, door)
    place = (grid, door)
    sub = sub or taking.doors.get(place) or taking.known.get(place) or _new_sub(taking)
    home = Household(sub, grid, door)
    before, known = taking.subs.get(sub, (line, home))
    if known != home:
        raise _Refused("sub", f"stands in line {before} with another grid or door")
    other = taking.doors.get(place, sub)
    if other != sub:
        raise _Refused("sub", f"its door has another reference in line {taking.subs[other][0]}")
    _note_person(taking, line, said, door)
    if sub in taking.subs:
        taking.again += 1
        return
    taking.fresh += place not in taking.known and not said.get("sub")
    taking.subs[sub], taking.doors[place] = (line, home), sub
    taking.used.add(sub)


def _grid(said: str) -> int:
    found = _GRID.fullmatch(said)
    if found is None or int(found[1]) > GRID_MAX:
        raise _Refused("grid", f"is not a whole number from 0 to {GRID_MAX}")
    return int(found[1])


def _door(said: Mapping[str, str]) -> str:
    """Return building, unit and room without the words behind their numbers."""
    parts = {"unit": "1", **{name: said[name] for name in _ENDINGS if said.get(name)}}
    door = []
    for name, ending in _ENDINGS.items():
        part = ending.sub("", parts.get(name, "")).strip()
        if not part or len(part) > PART_CHARS_MAX or not part.isprintable() or "-" in part:
            raise _Refused(name, f"is not 1 to {PART_CHARS_MAX} characters without a hyphen")
        door.append(part)
    return "-".join(door)


def _check_person(taking: _Taking, line: int, said: Mapping[str, str], door: str) -> None:
    """Look at what is not kept: a mistake there is often a mistake of the whole row."""
    if number := said.get("id_number"):
        _check_id_number(number)
    if phone := said.get("phone"):
        _check_phone(phone)
    for column, key in _persons(said, door):
        if (before := taking.people.get(key)) is not None:
            raise _Refused(column, f"the same resident stands in line {before}")


def _note_person(taking: _Taking, line: int, said: Mapping[str, str], door: str) -> None:
    taking.people.update((key, line) for _, key in _persons(said, door))


def _persons(said: Mapping[str, str], door: str) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    if said.get("id_number"):
        found.append(("id_number", said["id_number"].upper()))
    elif said.get("name"):
        found.append(("name", (said["name"], door)))
    return found


_MISTAKES: tuple[tuple[type[ValidationError], str], ...] = (
    (InvalidLength, "is not 18 signs long"),
    (InvalidComponent, "holds no such date or region"),
    (InvalidChecksum, "its last sign does not fit the others: a digit is wrong"),
)


def _check_id_number(number: str) -> None:
    """Check an ID number (GB 11643). Raises _Refused."""
    if re.search("[OolI]", number[:-1]):
        raise _Refused("id_number", "has a letter in place of 0 or 1")
    try:
        ric.validate(number)
    except ValidationError as exc:
        reason = next((why for kind, why in _MISTAKES if isinstance(exc, kind)), "is not one")
        raise _Refused("id_number", reason) from exc


def _check_phone(phone: str) -> None:
    try:
        is_valid = phonenumbers.is_valid_number(phonenumbers.parse(phone, "CN"))
    except phonenumbers.NumberParseException:
        is_valid = False
    if not is_valid:
        raise _Refused("phone", "is no telephone number of China")


def _new_sub(taking: _Taking, choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a reference that nobody has; it says nothing about the door."""
    while True:
        sub = "".join(choose(SUB_ALPHABET) for _ in range(SUB_CHARS))
        if not sub.startswith(STOCK_PREFIX) and sub not in taking.used:
            taking.used.add(sub)
            return sub
