"""The key of numbers as a page to print, laminate and hang where staff sit.

It stands alone: its faces are in it, it asks for nothing from outside and runs nothing.
"""

import html
from pathlib import Path

from kiosk.core.words import Reason, Refusal
from kiosk.ledger.faces import faces_for
from kiosk.screen.staff_key import MEASURE, NUMBERS
from kiosk.screen.words import Pair, Words

_STYLE = Path(__file__).parent / "static" / "staff_key.css"
_HEADS = ("label.key_number", "label.key_reason", "label.next", "label.say")


def key_sheet(words: Words, gate: str) -> str:
    """Return the page: each number with its reason, the next step and what to say."""
    title = words.pair("label.key_title")
    heads = "".join(f'<th scope="col">{_both(words.pair(key))}</th>' for key in _HEADS)
    body = (
        f"<header><h1>{_both(title)}</h1><p>{html.escape(gate)}</p></header>\n"
        f"<p>{_both(words.pair('label.key_how'))}</p>\n"
        f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{_measure(words)}"
        f"{''.join(_row(number, reason, words) for reason, number in _by_number())}"
        "</tbody>\n</table>\n"
    )
    style = faces_for(html.unescape(body)) + _STYLE.read_text("utf-8")
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title[0])} {html.escape(gate)}</title>\n"
        f"<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _by_number() -> list[tuple[Reason | Refusal, int]]:
    return sorted(NUMBERS.items(), key=lambda one: one[1])


def _row(number: int, reason: Reason | Refusal, words: Words) -> str:
    keys = [f"{group}.{reason.value}" for group in ("reason", "next", "say")]
    return _cells(number, [words.pair(key) for key in keys])


def _measure(words: Words) -> str:
    return _cells(
        MEASURE,
        [
            words.pair("staff.page.staff_measures"),
            words.pair("next.not_typed"),
            words.pair("say.not_typed"),
        ],
    )


def _cells(number: int, said: list[Pair]) -> str:
    tens = f' class="tens{number // 10}"'
    cells = "".join(f"<td>{_both(pair)}</td>" for pair in said)
    return f'<tr{tens}><th scope="row">{number}</th>{cells}</tr>\n'


def _both(pair: Pair) -> str:
    return f'{html.escape(pair[0])} <span lang="en">{html.escape(pair[1])}</span>'
