"""The ledger as one page to print and sign: HTML that stands alone, on A4.

It asks for nothing from outside and runs nothing; what entries say is escaped.
"""

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.ledger.catalogue import Pair, Words
from kiosk.ledger.counting import DayLedger
from kiosk.ledger.faces import faces_for
from kiosk.ledger.tables import TOTALS, Row, Table, notes_of, tables_of, totals

_STYLE = Path(__file__).parent / "pages" / "page.css"
_LARGE = ("entries", "people", "went_in", "went_out", "referred", "denied")
_SHORT_ROWS = 26  # chosen: a table of so many lines is moved to the next page rather than cut
_SIGNED = ("made_by", "checked_by", "date")

Faces = Callable[[str], str]  # the text of a page -> the rules that give it its faces


@dataclass(frozen=True, slots=True)
class About:
    """What stands above the tables."""

    community: str
    made: str  # local date and time


def to_html(ledger: DayLedger, about: About, words: Words, faces: Faces = faces_for) -> str:
    """Return the page. Tables without a line are left out."""
    tables = [t for t in tables_of(ledger, words) if t.rows and t.name != TOTALS]
    parts = [_head(ledger, about, words), _totals(ledger, words)]
    parts += [_table(table, words) for table in tables]
    parts += [_notes(notes_of(ledger, words)), _signatures(words)]
    title = f"{words.pair('title')[0]} {ledger.day.on.isoformat()} {about.community}"
    body = "".join(parts)
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n"
        f"<style>\n{faces(html.unescape(body))}{_STYLE.read_text('utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _head(ledger: DayLedger, about: About, words: Words) -> str:
    day = ledger.day
    gates = "、".join(sorted({key[0] for key in ledger.tables["gate"]}))
    said = {
        "community": about.community,
        "day": f"{day.on.isoformat()}",
        "gates": gates or words.pair("site.no_gates")[0],
        "made": about.made,
        "zone": day.zone.key,
    }
    items = "".join(
        f"<div><dt>{_both(words.pair(f'site.{name}'))}</dt><dd>{html.escape(text)}</dd></div>"
        for name, text in said.items()
    )
    title = _both(words.pair("title"))
    return f'<header><h1>{title}</h1><dl class="about">{items}</dl></header>\n'


def _totals(ledger: DayLedger, words: Words) -> str:
    """Return the numbers that are asked for first large, and the others below."""
    numbers = totals(ledger)
    large = "".join(_number(*one, words) for one in numbers if one[0] in _LARGE)
    small = "".join(_number(*one, words) for one in numbers if one[0] not in _LARGE)
    return f'<dl class="large">{large}</dl>\n<dl class="small">{small}</dl>\n'


def _number(name: str, number: int, words: Words) -> str:
    return f"<div><dt>{_both(words.pair(f'total.{name}'))}</dt><dd>{number}</dd></div>"


def _table(table: Table, words: Words) -> str:
    heads = [f'<th scope="col">{_both(head)}</th>' for head in table.texts]
    heads += [f'<th scope="col" class="number">{_both(head)}</th>' for head in table.numbers]
    rows = "".join(f"<tr>{''.join(_cells(row))}</tr>\n" for row in table.rows)
    short = ' class="short"' if len(table.rows) <= _SHORT_ROWS else ""
    return (
        f'<div class="scroll"><table{short}><caption>{_both(table.title)}</caption>\n'
        f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>\n{rows}</tbody>\n"
        f"{_foot(table, words)}</table></div>\n"
    )


def _cells(row: Row) -> Iterator[str]:
    first, *more = row.texts
    yield f'<th scope="row">{_both(first)}</th>'
    for text in more:
        yield f"<td>{_both(text)}</td>"
    for number in row.numbers:
        yield _number_cell(number)


def _number_cell(number: int) -> str:
    nought = " nought" if number == 0 else ""
    return f'<td class="number{nought}">{number}</td>'


def _foot(table: Table, words: Words) -> str:
    """Return the line that the page is checked by: every table adds up to the same."""
    if table.total is None:
        return ""
    cells = "".join(_number_cell(number) for number in table.total)
    span = f' colspan="{len(table.texts)}"' if len(table.texts) > 1 else ""
    said = _both(words.pair("column.sum"))
    return f'<tfoot><tr><th scope="row"{span}>{said}</th>{cells}</tr></tfoot>\n'


def _notes(notes: list[Pair]) -> str:
    items = "".join(f"<li>{_both(note)}</li>\n" for note in notes)
    return f'<ol class="notes">\n{items}</ol>\n'


def _signatures(words: Words) -> str:
    lines = "".join(
        f'<div><div class="line"></div><p>{_both(words.pair(f"sign.{name}"))}</p></div>'
        for name in _SIGNED
    )
    return f'<section class="signatures">{lines}</section>\n'


def _both(pair: Pair) -> str:
    """Return both languages; a name of a gate or a person stands once."""
    chinese, english = (html.escape(text) for text in pair)
    if chinese == english:
        return chinese
    return f'{chinese} <span lang="en">{english}</span>'
