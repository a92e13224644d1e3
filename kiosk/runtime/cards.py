"""Cards are printed to a PDF, and read back from it before anybody keeps it.

Every page is drawn at the resolution of an office printer's draft, and the gate's own
reader must read from each card exactly what was meant for it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pypdfium2

from kiosk.devices.codes import CascadeFinder
from kiosk.errors import MessageError
from kiosk.passes.card_face import Card
from kiosk.passes.sheet import LARGE, SHEET, Layout, make_sheet
from kiosk.ports import Frame, GreyImage

READ_BACK_DPI = 150
MM_PER_INCH, POINTS_PER_INCH = 25.4, 72
FONTS = Path(__file__).parents[1] / "screen/static/fonts"
LAYOUTS = {"sheet": SHEET, "large": LARGE}


def print_cards(cards: Sequence[Card], layout: Layout = SHEET) -> bytes:
    """Return a PDF of these cards. Raises MessageError when one of them cannot be read back."""
    font, bold = FONTS / "gate-sans-regular.ttf", FONTS / "gate-sans-bold.ttf"
    content = make_sheet(cards, font=font, bold=bold, layout=layout)
    read_back(content, cards, layout)
    return content


def read_back(content: bytes, cards: Sequence[Card], layout: Layout) -> None:
    """Raise MessageError that names page and card unless each is read as it was meant."""
    finder = CascadeFinder("auto")
    document = pypdfium2.PdfDocument(content)
    try:
        page_now, grey = -1, np.empty((0, 0), np.uint8)
        for number, card in enumerate(cards):
            page, left_mm, top_mm = layout.place(number)
            if page != page_now:
                page_now, grey = page, _render(document, page)
            place = _cut(grey, left_mm, top_mm, layout)
            found = {code.text for code in finder.find(Frame(place, 0.0, number + 1))}
            if found != {card.text}:
                raise MessageError(
                    f"page {page + 1}, card {number + 1} cannot be read back; nothing was kept"
                )
    finally:
        document.close()


def _render(document: pypdfium2.PdfDocument, page: int) -> GreyImage:
    drawn = document[page].render(scale=READ_BACK_DPI / POINTS_PER_INCH, grayscale=True)
    return np.ascontiguousarray(drawn.to_numpy().squeeze(), np.uint8)


def _cut(grey: GreyImage, left_mm: float, top_mm: float, layout: Layout) -> GreyImage:
    """Return the part of a page on which one card lies."""
    width_mm, height_mm = layout.card_mm
    x0, y0, x1, y1 = (
        round(value / MM_PER_INCH * READ_BACK_DPI)
        for value in (left_mm, top_mm, left_mm + width_mm, top_mm + height_mm)
    )
    return np.ascontiguousarray(grey[y0:y1, x0:x1])
