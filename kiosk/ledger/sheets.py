"""The ledger as CSV and XLSX. Nothing that stands in a cell is ever computed.

A gate's name or a staff member's may look like a formula. In CSV such a text gets an
apostrophe in front, as the spreadsheets themselves write it; in XLSX every text is a string
by its type. Numbers are numbers.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from kiosk.ledger.catalogue import Pair, Words
from kiosk.ledger.cells import harmless
from kiosk.ledger.tables import COLUMNS, INSIDE_COLUMNS, Row, Table

BOM = "\ufeff"  # without it Excel in China reads the file as GBK
CELL_CHARS_MAX = 32_767  # of Excel
_TEXTS = ("day", "table", "item", "detail")
_NUMBERS = (*COLUMNS, INSIDE_COLUMNS[-1])
_FIRST_WIDTHS = (30, 30)
_NUMBER_WIDTH = 16
# https://www.w3.org/TR/xml/#charsets; openpyxl lets U+FFFE and halves of pairs through
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Cell = str | int


def to_csv(tables: Sequence[Table], day: str, words: Words) -> str:
    """Return all tables under one heading, a line of a table a row."""
    file = io.StringIO()
    file.write(BOM)
    sheet = csv.writer(file)
    heads = [words.pair(f"column.{name}") for name in (*_TEXTS, *_NUMBERS)]
    sheet.writerow([both(head) for head in heads])
    for table in tables:
        for row in table.rows:
            cells = _flat(table, row, day)
            sheet.writerow([harmless(c) if isinstance(c, str) else c for c in cells])
    return file.getvalue()


def to_xlsx(tables: Sequence[Table], day: str) -> bytes:
    """Return a workbook: a sheet a table, its heading frozen."""
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.title[0])
        sheet.freeze_panes = "A2"
        heads = [both(head) for head in (*table.texts, *table.numbers)]
        for place in range(len(heads)):
            is_text = place < len(table.texts)
            width = _FIRST_WIDTHS[place] if is_text else _NUMBER_WIDTH
            sheet.column_dimensions[get_column_letter(place + 1)].width = width
        sheet.append([_typed(sheet, head, is_bold=True) for head in heads])
        for cells in _lines(table):
            sheet.append([_typed(sheet, cell) for cell in cells])
    book.properties.title = day
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def both(pair: Pair) -> str:
    """Return both languages in one cell."""
    chinese, english = pair
    return chinese if chinese == english else f"{chinese} {english}"


def _flat(table: Table, row: Row, day: str) -> list[Cell]:
    texts = [both(text) for text in row.texts]
    detail = texts[1] if len(texts) > 1 else ""
    numbers = dict(zip(table.columns, row.numbers, strict=True))
    said = [numbers.get(name, "") for name in _NUMBERS]
    return [day, both(table.title), texts[0], detail, *said]


def _lines(table: Table) -> Iterator[list[Cell]]:
    for row in table.rows:
        yield [*(both(text) for text in row.texts), *row.numbers]


def _typed(sheet: object, cell: Cell, *, is_bold: bool = False) -> WriteOnlyCell:
    """Return a cell whose type is that of its value; a text is never looked into."""
    value = _NOT_IN_XML.sub("\ufffd", cell) if isinstance(cell, str) else cell
    if isinstance(value, str):
        value = value[:CELL_CHARS_MAX]
    made = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        made.data_type = "s"
    if is_bold:
        made.font = Font(bold=True)
    return made
