"""The shipped fonts: nothing on a page or a card is drawn by a system font, or not at all."""

import io
import json
import time
from pathlib import Path

import pypdfium2
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.areaPen import AreaPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as SheetFont
from reportlab.pdfgen.canvas import Canvas

from kiosk.screen.make_fonts import (
    FONTS,
    SOURCE_FAMILY,
    bold_signs,
    gbk_signs,
    level_1_hanzi,
    make,
    regular_signs,
)

CATALOGUES = sorted((FONTS.parents[1] / "catalogues").glob("*.json"))
FILES = [f"gate-sans-{face}.{end}" for face in ("regular", "bold") for end in ("ttf", "woff2")]
NAMES_OF_PEOPLE = "玥祎堃龑赟喆翀犇䶮㛃"  # the last two are in no older national set
EM = 1000


@pytest.fixture(scope="module", params=FILES)
def font(request: pytest.FixtureRequest) -> TTFont:
    return TTFont(FONTS / request.param)


def words(file: Path) -> str:
    return "".join(json.loads(file.read_text("utf-8")).values())


def lacking(font: TTFont, signs: str | set[str]) -> set[str]:
    return {c for c in signs if ord(c) not in font.getBestCmap()}


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda file: file.stem)
def test_every_sign_of_the_wording_is_in_every_font(font: TTFont, catalogue: Path) -> None:
    assert not lacking(font, {c for c in words(catalogue) if c.isprintable()})


def test_a_font_holds_all_that_it_is_made_for(font: TTFont) -> None:
    is_bold = font["name"].getDebugName(2) == "Bold"
    assert not lacking(font, bold_signs() if is_bold else regular_signs())


def test_rare_names_can_be_written() -> None:
    with TTFont(FONTS / "gate-sans-regular.ttf") as font:
        assert not lacking(font, NAMES_OF_PEOPLE)


def test_the_sets_of_signs_have_their_known_sizes() -> None:
    assert len(level_1_hanzi()) == 3755
    assert sum("\u4e00" <= c <= "\u9fa5" for c in gbk_signs()) == 20902


def test_outlines_are_truetype(font: TTFont) -> None:
    assert font.sfntVersion == "\x00\x01\x00\x00"
    assert "glyf" in font
    assert "CFF " not in font


@pytest.mark.parametrize("face", ["regular", "bold"])
def test_every_hanzi_is_drawn_and_both_files_of_a_face_hold_the_same(face: str) -> None:
    with TTFont(FONTS / f"gate-sans-{face}.ttf") as font:
        glyphs, names = font["glyf"], font.getBestCmap()
        empty = {chr(n) for n in names if n > 0x4E00 and not glyphs[names[n]].numberOfContours}
        with TTFont(FONTS / f"gate-sans-{face}.woff2") as packed:
            assert packed.flavor == "woff2"
            assert set(packed.getBestCmap()) == set(names)
    assert not empty


def test_a_font_has_a_name_of_its_own_and_keeps_its_licence(font: TTFont) -> None:
    told = {n.nameID: str(n) for n in font["name"].names}
    for number in (1, 4, 6):
        assert "Gate" in told[number]
        assert not any(name in told[number] for name in ("Source", "Noto"))
    assert "Adobe" in told[0]
    assert "SIL Open Font License" in told[13]
    licence = (FONTS / "OFL.txt").read_text("ascii")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Reserved Font Name 'Source'" in licence


def test_the_fonts_stay_small() -> None:
    assert sum((FONTS / file).stat().st_size for file in FILES) < 12_000_000


def test_the_sheet_can_embed_both_and_its_text_comes_back() -> None:
    paper = io.BytesIO()
    canvas = Canvas(paper)
    for face, text in (("regular", NAMES_OF_PEOPLE), ("bold", "出入证")):
        pdfmetrics.registerFont(SheetFont(face, str(FONTS / f"gate-sans-{face}.ttf")))
        canvas.setFont(face, 24)
        canvas.drawString(50, 600 if face == "bold" else 500, text)
    canvas.save()
    with pypdfium2.PdfDocument(paper.getvalue()) as document:
        page = document[0]
        text = page.get_textpage()
        found = text.get_text_range()
        text.close()
        page.close()
    assert NAMES_OF_PEOPLE in found
    assert "出入证" in found


def draw_square(side: int, *, is_round: bool) -> T2CharStringPen:
    pen = T2CharStringPen(EM, None)
    pen.moveTo((0, 0))
    pen.lineTo((side, 0))
    if is_round:
        pen.curveTo((side * 1.2, side * 0.3), (side * 1.2, side * 0.7), (side, side))
    else:
        pen.lineTo((side, side))
    pen.lineTo((0, side))
    pen.closePath()
    return pen


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small CFF font under the source's name: 一 with straight edges, 口 with a curve."""
    shapes = {
        ".notdef": draw_square(500, is_round=False),
        "one": draw_square(600, is_round=False),
        "mouth": draw_square(700, is_round=True),
        "spare": draw_square(800, is_round=False),
    }
    builder = FontBuilder(EM, isTTF=False)
    builder.setupGlyphOrder(list(shapes))
    builder.setupCharacterMap({ord("一"): "one", ord("口"): "mouth", ord("多"): "spare"})
    strokes = {name: pen.getCharString() for name, pen in shapes.items()}
    builder.setupCFF("Source", {}, strokes, {})
    builder.setupHorizontalMetrics(dict.fromkeys(shapes, (EM, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": SOURCE_FAMILY, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "source.otf")
    return tmp_path / "source.otf"


def test_the_same_source_gives_the_same_bytes_at_another_time(
    source: Path, tmp_path: Path
) -> None:
    first = [file.read_bytes() for file in make(source, "Bold", {"一", "口"}, tmp_path)]
    second_then = int(time.time())
    while int(time.time()) == second_then:  # a font notes its time in whole seconds
        time.sleep(0.05)
    assert [f.read_bytes() for f in make(source, "Bold", {"一", "口"}, tmp_path)] == first


def test_a_curve_is_kept_within_a_thousandth_and_the_rest_is_left_out(
    source: Path, tmp_path: Path
) -> None:
    made, _ = make(source, "Bold", {"一", "口"}, tmp_path)
    with TTFont(made) as font, TTFont(source) as drawn:
        assert set(font.getBestCmap()) == {ord("一"), ord("口")}
        for sign in map(ord, "一口"):
            ours, theirs = (f.getGlyphSet()[f.getBestCmap()[sign]] for f in (font, drawn))
            assert abs(area(ours) - area(theirs)) < 1.0 * EM
            assert ours.width == theirs.width == EM


def area(glyph: object) -> float:
    pen = AreaPen()
    glyph.draw(pen)  # type: ignore[attr-defined]
    return abs(pen.value)


def test_a_sign_that_the_source_lacks_is_named(source: Path, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="二"):
        make(source, "Bold", {"一", "二"}, tmp_path)
