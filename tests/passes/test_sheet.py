"""Cards are printed as people need them, and nothing is kept that the gate cannot read."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.words import PassKind
from kiosk.errors import ConfigError, MessageError
from kiosk.passes.card_face import CARD_MM, Card, read_card
from kiosk.passes.claims import stock_number, stock_sub
from kiosk.passes.issue import issue
from kiosk.passes.sheet import LARGE, SHEET, Layout, make_sheet
from kiosk.runtime.cards import print_cards, read_back
from tests.passes.making import CLAIMS, ISSUER, VECTOR

DPI = 150
CARD = read_card(VECTOR, "兰园社区")


def codes_in(content: bytes) -> list[list[zxingcpp.Barcode]]:
    """What an independent reader finds on each page of a PDF."""
    document = pypdfium2.PdfDocument(content)
    found = []
    for page in document:
        grey = np.array(page.render(scale=DPI / 72).to_pil().convert("L"))
        found.append(zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode))
    document.close()
    return found


def cards(count: int) -> list[Card]:
    made = [replace(CLAIMS, cti=number.to_bytes(8)) for number in range(count)]
    return [read_card(issue(claims, ISSUER), "兰园社区") for claims in made]


@pytest.mark.parametrize(("count", "pages"), [(1, [1]), (10, [10]), (11, [10, 1])])
def test_every_card_of_a_sheet_is_read_back_and_its_code_is_30_mm_wide(
    count: int, pages: list[int]
) -> None:
    made = cards(count)
    found = codes_in(print_cards(made))
    assert [len(page) for page in found] == pages
    assert {code.text for page in found for code in page} == {card.text for card in made}
    for code in (code for page in found for code in page):
        width_mm = (code.position.top_right.x - code.position.top_left.x) / DPI * 25.4
        assert 29.0 < width_mm < 31.0


def test_a_large_card_has_a_code_of_60_mm_on_its_own_page() -> None:
    ((code,),) = codes_in(print_cards([CARD], LARGE))
    assert code.text == VECTOR
    width_mm = (code.position.top_right.x - code.position.top_left.x) / DPI * 25.4
    assert 59.0 < width_mm < 61.0


def test_a_card_whose_code_was_drawn_wrong_is_named_and_nothing_is_kept() -> None:
    made = cards(11)
    fonts = Path(make_sheet.__code__.co_filename).parents[1] / "screen/static/fonts"
    font, bold = fonts / "gate-sans-regular.ttf", fonts / "gate-sans-bold.ttf"
    swapped = [*made[:10], replace(made[10], text=made[0].text)]
    content = make_sheet(swapped, font=font, bold=bold)
    with pytest.raises(MessageError, match="page 2, card 11"):
        read_back(content, made, SHEET)
    faint = make_sheet(made[:1], font=font, bold=bold, layout=replace(SHEET, scale=0.15))
    with pytest.raises(MessageError, match="page 1, card 1"):
        read_back(faint, made[:1], replace(SHEET, scale=0.15))


@pytest.mark.parametrize("layout", [SHEET, LARGE], ids=["sheet", "large"])
def test_cards_lie_on_the_page_side_by_side_with_room_for_crop_marks(layout: Layout) -> None:
    width, height = layout.card_mm
    assert (width, height) == (CARD_MM[0] * layout.scale, CARD_MM[1] * layout.scale)
    places = [layout.place(number) for number in range(layout.columns * layout.rows)]
    assert len(set(places)) == len(places)
    for page, left, top in places:
        assert page == 0
        assert 5 <= left <= layout.page_mm[0] - width - 5
        assert 5 <= top <= layout.page_mm[1] - height - 5
    assert layout.place(len(places))[0] == 1


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=20))
def test_any_name_of_a_community_can_be_printed(site: str) -> None:
    ((code,),) = codes_in(print_cards([replace(CARD, site=site)]))
    assert code.text == VECTOR


@pytest.mark.needs_shared
def test_naughty_names_of_a_community_can_be_printed(shared: Path) -> None:
    strings = json.loads((shared / "data/vectors/naughty-strings.json").read_text("utf-8"))
    made = [replace(CARD, site=text) for text in strings]
    assert len(print_cards(made)) > 100_000


def test_a_phone_s_pass_or_a_strange_code_is_no_card() -> None:
    with pytest.raises(MessageError, match="not a paper pass"):
        read_card("https://example.org")
    with pytest.raises(MessageError, match="not a paper pass"):
        read_card("GD1:" + VECTOR[4:])


def test_a_missing_font_is_named(tmp_path: Path) -> None:
    nothing = tmp_path / "none.ttf"
    with pytest.raises(ConfigError, match=r"none\.ttf"):
        make_sheet([], font=nothing, bold=nothing)


@given(st.integers(0, 32**4 - 1))
def test_the_number_of_a_blank_card_stands_in_its_reference(number: int) -> None:
    assert stock_number(stock_sub(number)) == number
    claims = replace(CLAIMS, kind=PassKind.VISITOR, sub=stock_sub(number), label="")
    assert read_card(issue(claims, ISSUER)).number == number


def test_nobody_s_own_pass_has_a_number() -> None:
    assert CARD.number is None
    assert stock_number("0000") is None
    assert stock_number("0000I000") is None
