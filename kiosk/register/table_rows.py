"""Rows of a table that an office program wrote: CSV in any of its dialects, or XLSX.

A merged area of a sheet gives its value to each of its cells, as a person reads it. A formula
is never worked out, nor is the value believed that stands beside it: its cell says `FORMULA`.
"""

import csv
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook

from kiosk.register.table_archive import NoTable, check_archive

FILE_BYTES_MAX = 20_000_000  # chosen: half a million residents
ROWS_MAX = 100_020  # a heading, and a hundred thousand residents
COLUMNS_MAX = 200
FORMULA = "\x00formula"
_XLSX = b"PK\x03\x04"  # a zip archive, which an XLSX file is
# What openpyxl lets out of a file that is broken, or made to break it.
_BROKEN = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    SyntaxError,
    EOFError,
    AssertionError,
    zipfile.BadZipFile,
    zlib.error,
)
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


Row = tuple[int, list[str]]  # the line, counted from 1, and its cells, plain


def read_rows(content: bytes) -> Iterator[Row]:
    """Yield each row that is not empty. Raises NoTable, also while it is read."""
    if len(content) > FILE_BYTES_MAX:
        raise NoTable(f"the file is larger than {FILE_BYTES_MAX // 1_000_000} MB")
    rows = _of_sheet(content) if content.startswith(_XLSX) else _of_text(_text(content))
    for number, (line, cells) in enumerate(rows):
        if number >= ROWS_MAX:
            raise NoTable(f"more than {ROWS_MAX} rows: import the grids one after another")
        yield line, cells


def plain(value: object) -> str:
    """Return what a cell says: wide digits and letters narrow, no spaces around it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime | date):
        value = value.isoformat()
    return unicodedata.normalize("NFKC", str(value)).strip()


def _text(content: bytes) -> str:
    marked = next((code for mark, code in _MARKS.items() if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise NoTable("the file is neither UTF-8 nor GBK text: save it as XLSX or CSV UTF-8")


def _of_text(text: str) -> Iterator[Row]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [plain(cell) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as exc:
            raise NoTable(f"line {line} is not CSV ({exc})") from exc
        if any(cells):
            yield line, cells


def _of_sheet(content: bytes) -> Iterator[Row]:
    """Yield the rows of the sheet that was open when the file was saved."""
    check_archive(content)
    try:
        book = load_workbook(io.BytesIO(content), data_only=False, keep_links=False)
        sheet = book.active
        if sheet is None or not hasattr(sheet, "merged_cells"):
            raise NoTable("the file has no sheet with cells")
        is_wide = sheet.max_column > COLUMNS_MAX or sheet.max_row > ROWS_MAX
        merged = {} if is_wide else _merged(sheet)
        cells = [] if is_wide else list(sheet.iter_rows())
    except NoTable:
        raise
    except _BROKEN as exc:
        raise NoTable("the XLSX file cannot be read: save it again, or as CSV") from exc
    if is_wide:
        raise NoTable(f"more than {COLUMNS_MAX} columns or {ROWS_MAX} rows")
    for row in cells:
        said = [_cell(cell, merged) for cell in row]
        if any(said):
            yield row[0].row, said


def _merged(sheet: Any) -> dict[tuple[int, int], object]:
    """Return the value of every cell that a merged area covers."""
    covered: dict[tuple[int, int], object] = {}
    for area in sheet.merged_cells.ranges:
        top, left, bottom, right = area.min_row, area.min_col, area.max_row, area.max_col
        first = sheet.cell(top, left)
        value = FORMULA if first.data_type == "f" else first.value
        for line in range(top, bottom + 1):
            for column in range(left, right + 1):
                covered[line, column] = value
    return covered


def _cell(cell: Any, merged: dict[tuple[int, int], object]) -> str:
    if cell.data_type == "f":
        return FORMULA
    value = merged.get((cell.row, cell.column), cell.value)
    return FORMULA if value == FORMULA else plain(value)
