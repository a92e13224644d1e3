"""A contact sheet: every state of the resident's page in both print sizes, on one picture."""

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Page as Tab

from kiosk.bench.screen_side import Side
from kiosk.bench.screen_states import State, states

COLUMNS, THUMB_PX, LABEL_PX, GAP_PX = 8, (480, 300), 22, 8
WAIT_MS = 3000


def draw_sheet(tab: Tab, side: Side, path: Path) -> int:
    """Write the sheet. Returns how many pictures are on it."""
    width, height = THUMB_PX
    pictures = [*_pictures(tab, side, is_big=False), *_pictures(tab, side, is_big=True)]
    rows = -(-len(pictures) // COLUMNS)
    cell = (width + GAP_PX, height + LABEL_PX + GAP_PX)
    sheet = Image.new("RGB", (COLUMNS * cell[0] + GAP_PX, rows * cell[1] + GAP_PX), "#555555")
    draw = ImageDraw.Draw(sheet)
    for place, (name, png) in enumerate(pictures):
        left = GAP_PX + place % COLUMNS * cell[0]
        top = GAP_PX + place // COLUMNS * cell[1]
        draw.text((left + 4, top + 4), name, fill="#ffffff")
        thumb = Image.open(io.BytesIO(png)).convert("RGB").resize(THUMB_PX)
        sheet.paste(thumb, (left, top + LABEL_PX))
    sheet.save(path)
    return len(pictures)


def _pictures(tab: Tab, side: Side, *, is_big: bool) -> Iterator[tuple[str, bytes]]:
    for name, png in shots(tab, side, is_big=is_big):
        yield f"{name} A+" if is_big else name, png


def shots(tab: Tab, side: Side, *, is_big: bool) -> Iterator[tuple[str, bytes]]:
    """Yield a picture of each state."""
    tab.goto(side.url)
    tab.wait_for_function("document.fonts.status === 'loaded'")
    for name, shown in states():
        see(tab, side, (name, shown))
        if is_big:
            tab.evaluate("document.body.classList.add('big')")
        yield name, tab.screenshot(animations="disabled")


def see(tab: Tab, side: Side, state: State) -> None:
    """Show a state and wait until the browser has it."""
    number = side.show(state[1])
    tab.wait_for_function("n => document.body.showNo >= n", arg=number, timeout=WAIT_MS)
