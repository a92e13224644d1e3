"""Pass texts -> an A4 sheet of cards to print and cut.

The symbol is 30 mm wide, 35 with its quiet zone: what a camera of 60 degrees, focused at
20 cm, still reads when it is slightly soft. Error correction M. Fonts are the project's own
subsets, so that no letter depends on the machine that prints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from kiosk.core.words_pass import Refusal
from kiosk.errors import ConfigError, MessageError
from kiosk.passes.claims import Claims, decode_claims
from kiosk.passes.text import read_pass

CODE_MM, QUIET_MODULES = 30.0, 4
CARD_MM = (85.0, 54.0)
COLUMNS, ROWS = 2, 5
_TEXT_X_MM = 43.0
_LOCAL_DAY_S = 8 * 3600  # China has one zone


@dataclass(frozen=True, slots=True)
class Card:
    """What is printed on one card."""

    text: str
    claims: Claims


def read_card(text: str) -> Card:
    """Return the card of a pass text. Raises MessageError when it is not a pass."""
    shown = read_pass(text)
    claims = shown if isinstance(shown, Refusal) else decode_claims(shown.payload)
    if isinstance(claims, Refusal):
        raise MessageError(f"not a pass: {claims.value}")
    return Card(text, claims)


def make_sheet(cards: Sequence[Card], *, font: Path, bold: Path) -> bytes:
    """Return a PDF with the cards, ten a page. Raises ConfigError without the fonts."""
    _register_fonts(font, bold)
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setTitle("出入证 Passes")
    for number, card in enumerate(cards):
        place = number % (COLUMNS * ROWS)
        if number and not place:
            canvas.showPage()
        canvas.saveState()
        canvas.translate(*_corner(place))
        _draw_card(canvas, card)
        canvas.restoreState()
    canvas.save()
    return file.getvalue()


def _register_fonts(font: Path, bold: Path) -> None:
    try:
        pdfmetrics.registerFont(TTFont("gate", str(font)))
        pdfmetrics.registerFont(TTFont("gate-bold", str(bold)))
    except (OSError, TTFError) as exc:
        raise ConfigError([f"{font}: {exc}"]) from exc


def _corner(place: int) -> tuple[float, float]:
    """Return the lower left corner of a card on its page, in points."""
    width, height = CARD_MM[0] * mm, CARD_MM[1] * mm
    left = (A4[0] - COLUMNS * width) / 2
    top = A4[1] - (A4[1] - ROWS * height) / 2
    column, row = place % COLUMNS, place // COLUMNS
    return left + column * width, top - (row + 1) * height


def _draw_card(canvas: Canvas, card: Card) -> None:
    width, height = CARD_MM[0] * mm, CARD_MM[1] * mm
    canvas.setStrokeGray(0.75)
    canvas.setDash(2, 2)
    canvas.rect(0, 0, width, height)
    canvas.setDash()
    _draw_code(canvas, card.text, left=4 * mm, middle=height / 2)
    claims = card.claims
    lines = (
        ("gate-bold", 17, 40.0, "出入证"),
        ("gate", 9, 35.5, f"Pass · {claims.iss}"),
        ("gate", 15, 26.0, claims.label),  # the regular font has the most signs
        ("gate", 9, 19.0, f"网格 Grid {claims.grid}"),
        ("gate", 9, 13.5, f"自 From {_day(claims.nbf_s)}"),
        ("gate", 9, 8.5, f"至 Until {_day(claims.exp_s)}"),
    )
    canvas.setFillGray(0)
    for font, size, y_mm, words in lines:
        canvas.setFont(font, size)
        canvas.drawString(_TEXT_X_MM * mm, y_mm * mm, words)


def _draw_code(canvas: Canvas, text: str, *, left: float, middle: float) -> None:
    """Draw the symbol as squares, row by row, neighbours in one: no seams in print."""
    rows = [list(row) for row in segno.make_qr(text, error="m", boost_error=False).matrix]
    module = CODE_MM * mm / len(rows)
    left += QUIET_MODULES * module
    top = middle + CODE_MM * mm / 2
    canvas.setFillGray(0)
    for number, row in enumerate(rows):
        for start, length in _runs(row):
            x, y = left + start * module, top - (number + 1) * module
            canvas.rect(x, y, length * module, module, stroke=0, fill=1)


def _runs(row: Sequence[int]) -> list[tuple[int, int]]:
    """Return (start, length) of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    for place, cell in enumerate(row):
        if cell and runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif cell:
            runs.append((place, 1))
    return runs


def _day(utc_s: int) -> str:
    return f"{datetime.fromtimestamp(utc_s + _LOCAL_DAY_S, UTC):%Y-%m-%d}"
