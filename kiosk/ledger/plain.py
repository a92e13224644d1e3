"""The ledger on a terminal: tables whose columns stand in line, Chinese signs two wide."""

import unicodedata
from collections.abc import Iterator, Sequence

from kiosk.ledger.catalogue import Pair
from kiosk.ledger.sheets import both
from kiosk.ledger.tables import TOTALS, Table

_GAP = "  "


def to_text(tables: Sequence[Table], notes: Sequence[Pair]) -> str:
    """Return all tables and what must be known to read them, in English and Chinese."""
    parts = ["\n".join(_lines(table)) for table in tables if table.rows]
    parts.append("\n".join(_safe(english) for _, english in notes))
    return "\n\n".join(parts)


def _lines(table: Table) -> Iterator[str]:
    texts = [[_safe(both(text)) for text in row.texts] for row in table.rows]
    heads = [both(head) for head in table.texts]
    widths = [_width_of(column) for column in zip(heads, *texts, strict=True)]
    numbers = [english for _, english in table.numbers]
    number_widths = [max(len(name), 7) for name in numbers]
    if table.name != TOTALS:
        yield both(table.title)
    yield _line(
        heads, widths, [n.rjust(w) for n, w in zip(numbers, number_widths, strict=True)]
    )
    for row, cells in zip(table.rows, texts, strict=True):
        said = [f"{n:>{w}}" for n, w in zip(row.numbers, number_widths, strict=True)]
        yield _line(cells, widths, said)


def _line(texts: Sequence[str], widths: Sequence[int], numbers: Sequence[str]) -> str:
    padded = [
        text + " " * (width - _width(text)) for text, width in zip(texts, widths, strict=True)
    ]
    return _GAP.join([*padded, *numbers]).rstrip()


def _width_of(column: Sequence[str]) -> int:
    return max(_width(text) for text in column)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _safe(text: str) -> str:
    """Return a text without what would move a terminal's cursor."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
