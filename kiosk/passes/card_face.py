"""What one printed card looks like: the code, whose it is in large letters, until when.

The symbol is 30 mm wide, 35 with its quiet zone: what a camera of 60 degrees, focused at
20 cm, still reads when it is slightly soft. Error correction M. A duty card is framed and a
blank card of the stock has its number and a line for a name, so that nobody mixes them up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import segno
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from kiosk.core.words_pass import PassKind, Refusal
from kiosk.errors import ConfigError, MessageError
from kiosk.passes.claims import Claims, decode_claims, stock_number
from kiosk.passes.text import read_pass

CARD_MM = (85.0, 54.0)
CODE_MM, QUIET_MODULES = 30.0, 4
SITE_CHARS_MAX = 16
REGULAR, BOLD = "gate", "gate-bold"
_TEXT_X_MM = 43.0
_LOCAL_DAY_S = 8 * 3600  # China has one zone
_MISSING = "□"  # stands where a font has no sign, so that somebody notices
_TITLES = {
    PassKind.RESIDENT: "出入证",
    PassKind.STAFF: "工作证",
    PassKind.VISITOR: "访客证",
}
_NAMES = {
    PassKind.RESIDENT: "Resident pass",
    PassKind.STAFF: "Duty card",
    PassKind.VISITOR: "Visitor card",
}


@dataclass(frozen=True, slots=True)
class Card:
    """What is printed on one card. `site` is what people call the community."""

    text: str
    claims: Claims
    site: str = ""

    @property
    def number(self) -> int | None:
        """The number on a card of the stock."""
        return stock_number(self.claims.sub)


def read_card(text: str, site: str = "") -> Card:
    """Return the card of a paper pass's text. Raises MessageError when it is none."""
    shown = read_pass(text)
    claims = shown if isinstance(shown, Refusal) else decode_claims(shown.payload)
    if isinstance(claims, Refusal):
        raise MessageError(f"not a paper pass: {claims.value}")
    if claims.kind not in _TITLES:
        raise MessageError(f"not a paper pass: {Refusal.KIND.value}")
    return Card(text, claims, site)


def register_fonts(font: Path, bold: Path) -> None:
    """Make the fonts known to reportlab. Raises ConfigError without them."""
    for name, path in ((REGULAR, font), (BOLD, bold)):
        try:
            pdfmetrics.registerFont(TTFont(name, str(path)))
        except (OSError, TTFError) as exc:
            raise ConfigError([f"{path}: {exc}"]) from exc


def draw_card(canvas: Canvas, card: Card) -> None:
    """Draw one card, its lower left corner at the origin."""
    if card.claims.kind is PassKind.STAFF:
        _draw_frame(canvas)
    _draw_code(canvas, card.text, left=4 * mm, middle=CARD_MM[1] * mm / 2)
    canvas.setFillGray(0)
    for font, size, y_mm, words in _lines(card):
        canvas.setFont(font, size)
        canvas.drawString(_TEXT_X_MM * mm, y_mm * mm, printable(words, font))
    if card.number is not None:
        canvas.setLineWidth(0.5)
        canvas.line(_TEXT_X_MM * mm, 20.5 * mm, 80 * mm, 20.5 * mm)


def printable(words: str, font: str) -> str:
    """Return words with a box in the place of each sign that a font lacks."""
    known = pdfmetrics.getFont(font).face.charToGlyph
    return "".join(sign if ord(sign) in known and sign >= " " else _MISSING for sign in words)


def _lines(card: Card) -> list[tuple[str, float, float, str]]:
    """Return (font, points, height in mm, words) of each line, from above."""
    claims, site = card.claims, card.site[:SITE_CHARS_MAX] or card.claims.iss
    lines = [
        (BOLD, 17.0, 43.5, _TITLES[claims.kind]),
        (REGULAR, 9.0, 39.0, _NAMES[claims.kind]),
        (REGULAR, 9.0, 34.0, site),
    ]
    if card.number is None:
        lines.append((REGULAR, 19.0, 24.5, claims.label))  # the regular font has the most signs
    else:
        lines.append((BOLD, 17.0, 26.5, f"No. {card.number:05}"))
        lines.append((REGULAR, 7.0, 21.5, "姓名 Name"))
    lines.append((REGULAR, 9.0, 15.5, f"网格 Grid {claims.grid}"))
    lines.append((REGULAR, 9.0, 10.5, f"自 From {_day(claims.nbf_s)}"))
    lines.append((REGULAR, 11.0, 5.0, f"至 Until {_day(claims.exp_s - 1)}"))
    return lines


def _draw_frame(canvas: Canvas) -> None:
    canvas.setLineWidth(2.5)
    canvas.setStrokeGray(0)
    canvas.rect(1.5 * mm, 1.5 * mm, (CARD_MM[0] - 3) * mm, (CARD_MM[1] - 3) * mm)


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
