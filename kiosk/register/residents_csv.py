"""Residents from a CSV file: rows taken, and rows refused with line, column and reason.

A header names the columns; sub, grid, building, unit and room are read, in any order, and
no other column is kept. UTF-8, with or without its mark, or GB 18030 (which is GBK's heir:
what Chinese office programs write). Reports never repeat what stood in a cell.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.core.words import Household
from kiosk.passes.claims import GRID_MAX, is_sub

COLUMNS = ("sub", "grid", "building", "unit", "room")
PART_CHARS_MAX = 16  # chosen: a building, unit or room has a short name
FILE_BYTES_MAX = 20_000_000  # chosen: half a million residents
_XLSX = b"PK\x03\x04"  # a zip archive, which an XLSX file is


class NoTable(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken. `line` counts from 1, the header included."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Residents:
    """What a file says. `rows` were read; `again` of them repeat a household's own row."""

    households: tuple[Household, ...]
    rows: int
    again: int
    refused: tuple[RefusedRow, ...]
    columns_left_out: int


class _Refused(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def read_residents(content: bytes) -> Residents:
    """Return the households in a CSV file. Raises NoTable."""
    rows = _rows(_text(content))
    try:
        _, header = next(rows)
    except StopIteration:
        raise NoTable("the file is empty") from None
    places = _places(header)
    taken: dict[str, tuple[int, Household]] = {}
    refused: list[RefusedRow] = []
    count = again = 0
    for line, cells in rows:
        count += 1
        try:
            again += _take(taken, line, _household(cells, places, len(header)))
        except _Refused as exc:
            refused.append(RefusedRow(line, exc.column, exc.reason))
    homes = tuple(home for _, home in taken.values())
    return Residents(homes, count, again, tuple(refused), len(header) - len(COLUMNS))


def _text(content: bytes) -> str:
    if len(content) > FILE_BYTES_MAX:
        raise NoTable(f"the file is larger than {FILE_BYTES_MAX // 1_000_000} MB")
    if content.startswith(_XLSX):
        raise NoTable("this is an XLSX file, which is not read yet: save it as CSV")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise NoTable("the file is neither UTF-8 nor GBK text: save it as CSV UTF-8")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of each row that is not empty. Raises NoTable."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [_plain(cell) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as exc:
            raise NoTable(f"line {line} is not CSV ({exc})") from exc
        if any(cells):
            yield line, cells


def _plain(cell: str) -> str:
    """Return a cell with wide digits and letters made narrow, without spaces around it."""
    return unicodedata.normalize("NFKC", cell).strip()


def _places(header: list[str]) -> dict[str, int]:
    """Return where each column stands. Raises NoTable when one is missing or doubled."""
    names = [name.lower() for name in header]
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise NoTable(
            f"the first line must name the columns {', '.join(COLUMNS)}; "
            f"missing: {', '.join(missing)}"
        )
    doubled = [column for column in COLUMNS if names.count(column) > 1]
    if doubled:
        raise NoTable(f"the first line names {', '.join(doubled)} twice")
    return {column: names.index(column) for column in COLUMNS}


def _household(cells: list[str], places: dict[str, int], width: int) -> Household:
    if len(cells) != width:
        raise _Refused("", f"has {len(cells)} cells, the first line has {width}")
    sub, grid, *door = (cells[places[column]] for column in COLUMNS)
    if not is_sub(sub):
        raise _Refused("sub", "is not 8 of 0-9 and A-Z without I, L, O, U")
    if not (grid.isascii() and grid.isdigit() and len(grid) <= 5 and int(grid) <= GRID_MAX):
        raise _Refused("grid", f"is not a whole number from 0 to {GRID_MAX}")
    for column, part in zip(COLUMNS[2:], door, strict=True):
        if not part or len(part) > PART_CHARS_MAX or not part.isprintable() or "-" in part:
            raise _Refused(column, f"is not 1 to {PART_CHARS_MAX} characters without a hyphen")
    return Household(sub, int(grid), "-".join(door))


def _take(taken: dict[str, tuple[int, Household]], line: int, home: Household) -> bool:
    """Take a household; a second resident of it says the same again. Returns whether so."""
    before, known = taken.setdefault(home.sub, (line, home))
    if known != home:
        raise _Refused("sub", f"stands in line {before} with another grid or door")
    return before != line
