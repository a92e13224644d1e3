"""Cards -> a PDF to print and cut: ten on an A4 page, or a large one on an A5 page.

Fonts are the project's own subsets, so that no letter depends on the machine that prints.
Crop marks stand in the margin: a card that is cut has no line on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from reportlab.lib.pagesizes import A4, A5, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from kiosk.passes.card_face import CARD_MM, Card, draw_card, register_fonts

MARK_MM, MARK_GAP_MM = 4.0, 1.0


@dataclass(frozen=True, slots=True)
class Layout:
    """How cards lie on a page. `scale` 2 doubles everything on them."""

    page_mm: tuple[float, float]
    columns: int
    rows: int
    scale: float = 1.0

    @property
    def card_mm(self) -> tuple[float, float]:
        """Width and height of a card as it is printed."""
        return CARD_MM[0] * self.scale, CARD_MM[1] * self.scale

    def place(self, number: int) -> tuple[int, float, float]:
        """Return the page of card `number`, and its left and top edge from the page's, mm."""
        width, height = self.card_mm
        page, place = divmod(number, self.columns * self.rows)
        row, column = divmod(place, self.columns)
        left = (self.page_mm[0] - self.columns * width) / 2
        top = (self.page_mm[1] - self.rows * height) / 2
        return page, left + column * width, top + row * height


SHEET = Layout((A4[0] / mm, A4[1] / mm), columns=2, rows=5)
_A5 = landscape(A5)
LARGE = Layout((_A5[0] / mm, _A5[1] / mm), columns=1, rows=1, scale=2.0)


def make_sheet(
    cards: Sequence[Card], *, font: Path, bold: Path, layout: Layout = SHEET
) -> bytes:
    """Return a PDF with the cards in their order. Raises ConfigError without the fonts."""
    register_fonts(font, bold)
    file = BytesIO()
    size = (layout.page_mm[0] * mm, layout.page_mm[1] * mm)
    canvas = Canvas(file, pagesize=size)
    canvas.setTitle("出入证 Passes")
    page_now = -1
    for number, card in enumerate(cards):
        page, left_mm, top_mm = layout.place(number)
        if page != page_now:
            if page:
                canvas.showPage()
            _draw_marks(canvas, layout)
            page_now = page
        canvas.saveState()
        canvas.translate(left_mm * mm, size[1] - (top_mm + layout.card_mm[1]) * mm)
        canvas.scale(layout.scale, layout.scale)
        draw_card(canvas, card)
        canvas.restoreState()
    canvas.save()
    return file.getvalue()


def _draw_marks(canvas: Canvas, layout: Layout) -> None:
    """Draw crop marks in the margin, at the ends of every line to cut along."""
    _, left_mm, top_mm = layout.place(0)
    (width, height), (page_width, page_height) = layout.card_mm, layout.page_mm
    near, far = MARK_GAP_MM, MARK_GAP_MM + MARK_MM
    columns = [left_mm + number * width for number in range(layout.columns + 1)]
    rows = [top_mm + number * height for number in range(layout.rows + 1)]
    lines = [(x, top_mm - far, x, top_mm - near) for x in columns]
    lines += [(left_mm - far, y, left_mm - near, y) for y in rows]
    lines += [
        (page_width - a, page_height - b, page_width - c, page_height - d)
        for a, b, c, d in lines
    ]
    canvas.setLineWidth(0.3)
    canvas.setStrokeGray(0)
    canvas.lines([tuple(value * mm for value in line) for line in lines])
