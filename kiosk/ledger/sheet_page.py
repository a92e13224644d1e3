"""A handover sheet as a page to print and sign, and as lines for a terminal.

Like the page of the day it stands alone: it asks for nothing and runs nothing, and what
entries say is escaped. There are no names of residents on it, and none may be in its notes.
"""

import html
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.core.duty import Counts, Note, Sheet
from kiosk.ledger.catalogue import Pair, Words
from kiosk.ledger.faces import faces_for

_STYLE = Path(__file__).parent / "pages" / "page.css"
_LARGE = ("entries", "went_in", "went_out", "referred", "denied", "cases")
_NUMBERS = (*(field.name for field in fields(Counts)), "cases", "cards", "overstayed")
_SIGNED = ("handed_over", "taken_over", "date")

Numbers = list[tuple[str, int]]
SayFault = Callable[[str], Pair]  # the wire value of a fault -> its words


def sheet_html(
    sheet: Sheet,
    community: str,
    zone: ZoneInfo,
    words: Words,
    say_fault: SayFault,
) -> str:
    """Return the page."""
    numbers = numbers_of(sheet)
    large = "".join(_number(one, words) for one in numbers if one[0] in _LARGE)
    small = "".join(_number(one, words) for one in numbers if one[0] not in _LARGE)
    title = _both(words.pair("sheet.title"))
    body = (
        f'<header><h1>{title}</h1><dl class="about">{_about(sheet, community, zone, words)}'
        f'</dl></header>\n<dl class="large">{large}</dl>\n<dl class="small">{small}</dl>\n'
        f"{_lists(sheet, zone, words, say_fault)}{_signatures(words)}"
    )
    name = html.escape(f"{words.pair('sheet.title')[0]} {sheet.gate} {sheet.staff}")
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}</title>\n"
        f"<style>\n{faces_for(html.unescape(body))}{_STYLE.read_text('utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def sheet_text(sheet: Sheet, zone: ZoneInfo, words: Words) -> Iterator[str]:
    """Give the sheet line by line."""
    yield f"{words.pair('sheet.title')[1]}: {sheet.gate}, {sheet.staff}"
    yield f"{_span(sheet, zone)}; {_taken(sheet, zone, words)[1]}"
    for name, number in numbers_of(sheet):
        chinese, english = words.pair(f"sheet.{name}")
        yield f"{number:>6}  {english}  {chinese}"
    yield f"entries {sheet.first} to {sheet.last}"
    if sheet.faults:
        yield f"{words.pair('sheet.faults')[1]}: {', '.join(sheet.faults)}"
    for note in sheet.notes:
        text = "".join(sign if sign.isprintable() else "\ufffd" for sign in note.text)
        yield f"{_moment(note.at_ms, zone)} {note.staff}: {text}"


def numbers_of(sheet: Sheet) -> Numbers:
    """Return the numbers of a sheet by name, in the order in which they are told."""
    counts = sheet.counts
    return [
        (name, getattr(counts if hasattr(counts, name) else sheet, name)) for name in _NUMBERS
    ]


def _about(sheet: Sheet, community: str, zone: ZoneInfo, words: Words) -> str:
    said: list[tuple[str, Pair]] = [
        ("sheet.community", (community, community)),
        ("sheet.gate", (sheet.gate, sheet.gate)),
        ("sheet.staff", (sheet.staff, sheet.staff)),
        ("sheet.span", (_span(sheet, zone),) * 2),
        ("sheet.range", (f"{sheet.first}–{sheet.last}",) * 2),
        ("sheet.taken", _taken(sheet, zone, words)),
    ]
    return "".join(
        f"<div><dt>{_both(words.pair(key))}</dt><dd>{_both(pair)}</dd></div>"
        for key, pair in said
    )


def _lists(sheet: Sheet, zone: ZoneInfo, words: Words, say_fault: SayFault) -> str:
    """Return what is out of order, the notes, and how the numbers are to be read."""
    told = [_both(say_fault(name)) for name in sheet.faults]
    told = told or [_both(words.pair("sheet.no_faults"))]
    notes = [_note(note, zone) for note in sheet.notes] or [_both(words.pair("sheet.no_notes"))]
    meaning = [_both(words.pair("sheet.meaning"))]
    if not sheet.is_sure:
        meaning.append(_both(words.pair("sheet.unsure")))
    return (
        f"<h2>{_both(words.pair('sheet.faults'))}</h2>\n{_list(told)}"
        f"<h2>{_both(words.pair('sheet.notes'))}</h2>\n{_list(notes)}"
        f'<ol class="notes">{"".join(f"<li>{one}</li>" for one in meaning)}</ol>\n'
    )


def _list(items: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>\n"


def _note(note: Note, zone: ZoneInfo) -> str:
    who = html.escape(f"{_moment(note.at_ms, zone)} {note.staff}")
    return f"<b>{who}</b> {html.escape(note.text)}"


def _number(one: tuple[str, int], words: Words) -> str:
    return f"<div><dt>{_both(words.pair(f'sheet.{one[0]}'))}</dt><dd>{one[1]}</dd></div>"


def _signatures(words: Words) -> str:
    lines = "".join(
        f'<div><div class="line"></div><p>{_both(words.pair(f"sheet.sign.{name}"))}</p></div>'
        for name in _SIGNED
    )
    return f'<section class="signatures">{lines}</section>\n'


def _taken(sheet: Sheet, zone: ZoneInfo, words: Words) -> Pair:
    if sheet.taken_by is None or sheet.taken_ms is None:
        return words.pair("sheet.not_taken")
    text = f"{sheet.taken_by}, {_moment(sheet.taken_ms, zone)}"
    return text, text


def _span(sheet: Sheet, zone: ZoneInfo) -> str:
    doubt = "" if sheet.is_sure else "≈ "
    return f"{doubt}{_moment(sheet.since_ms, zone)} – {_moment(sheet.at_ms, zone)}"


def _moment(utc_ms: int, zone: ZoneInfo) -> str:
    at = datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(zone)
    return f"{at:%Y-%m-%d %H:%M}"


def _both(pair: Pair) -> str:
    chinese, english = (html.escape(text) for text in pair)
    if chinese == english:
        return chinese
    return f'{chinese} <span lang="en">{english}</span>'
