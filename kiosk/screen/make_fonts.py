"""Make the fonts of the pages and of the card sheet from an OFL-licensed CJK family.

    python -m kiosk.screen.make_fonts NotoSansCJK-Regular.ttc NotoSansCJK-Bold.ttc

Source: Noto Sans CJK SC 2.004, Debian's fonts-noto-cjk. Its outlines are cubic (CFF), which the
maker of the sheet refuses, so they are turned into quadratic ones (TrueType) that stay within
`ERROR_UNITS_MAX` of the drawing. Needs fonttools and brotli; the kiosk itself needs neither.

| face | signs | ttf, for the sheet | woff2, for the pages |
|---|---|---|---|
| regular | GBK and a few names beyond it: 20,904 hanzi | 6.8 MB | 3.0 MB |
| bold | GB2312 level 1: 3,755 hanzi, and every sign of the wording | 1.0 MB | 0.5 MB |

Bold holds more than today's wording needs, so that a new sentence, or the name of a gate, does
not ask for new fonts. The same sources and the same versions of fonttools and brotli give the
same bytes: no time of making is written.
"""

import sys
from pathlib import Path

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable

HERE = Path(__file__).parent
FONTS = HERE / "static" / "fonts"
FAMILY = "Gate Kiosk Sans"  # "Source" is a reserved name, "Noto" a trademark of others
SOURCE_FAMILY = "Noto Sans CJK SC"
ERROR_UNITS_MAX = 1.0  # thousandths of the em, chosen: a third of a pixel in a 340 px title
BEYOND_GBK = "䶮㛃"  # chosen: hanzi of known names that GBK lacks
BEYOND_SOURCE = "≒"  # in GBK, drawn by no face of the source; no word and no name uses it
NAME_IDS_KEPT = (0, 7, 8, 9, 11, 12, 13, 14)  # copyright, trademark, makers, licence
FIXED_TIME_S = 3_725_000_000  # seconds since 1904, a day in 2022: bytes do not change daily


def ascii_signs() -> set[str]:
    """Return the printable signs of ASCII."""
    return set(map(chr, range(0x20, 0x7F)))


def gbk_signs() -> set[str]:
    """Return every sign that GBK writes with two bytes."""
    plane = (chr(n) for n in range(0x80, 0x10000) if not 0xD800 <= n < 0xE000)
    return {c for c in plane if len(c.encode("gbk", "ignore")) == 2} - set(BEYOND_SOURCE)


def level_1_hanzi() -> set[str]:
    """Return the 3,755 commonest hanzi: rows 16 to 55 of GB2312."""
    cells = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return {c for pair in cells for c in pair.decode("gb2312", "ignore")}


def wording_signs() -> set[str]:
    """Return every sign that stands in a catalogue or a file of the pages."""
    pages = [*HERE.glob("static/**/*.html"), *HERE.glob("static/*.*s")]
    files = [*HERE.glob("catalogues/*.json"), *pages]
    return {c for file in files for c in file.read_text("utf-8") if c.isprintable()}


def regular_signs() -> set[str]:
    """Return what the regular face must hold: wording, and any name."""
    return ascii_signs() | gbk_signs() | set(BEYOND_GBK) | wording_signs()


def bold_signs() -> set[str]:
    """Return what the bold face must hold: wording of today and of tomorrow."""
    return ascii_signs() | level_1_hanzi() | wording_signs()


def open_source(file: Path) -> TTFont:
    """Return the simplified Chinese face of a collection, or the font in a plain file.

    Raises LookupError when `file` has no such face.
    """
    number = 0
    while True:
        font = TTFont(file, fontNumber=number, recalcTimestamp=False)
        if font["name"].getDebugName(1) == SOURCE_FAMILY:
            return font
        number += 1
        if number >= getattr(font.reader, "numFonts", 1):
            raise LookupError(f"{file} holds no {SOURCE_FAMILY}")


def keep_only(font: TTFont, signs: set[str]) -> None:
    """Reduce `font` to `signs`, without features and hints.

    Raises LookupError naming the signs that the source does not draw.
    """
    lacking = sorted(c for c in signs if ord(c) not in font.getBestCmap())
    if lacking:
        raise LookupError(f"the source draws none of {''.join(lacking)}")
    options = Options()
    options.layout_features = []
    options.name_IDs = ["*"]
    options.hinting = False
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes={ord(c) for c in signs})
    subsetter.subset(font)


def straighten(font: TTFont) -> None:
    """Replace the cubic outlines (CFF) of `font` by quadratic ones (glyf)."""
    drawn, order = font.getGlyphSet(), font.getGlyphOrder()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        drawn[name].draw(Cu2QuPen(pen, ERROR_UNITS_MAX, reverse_direction=True))
        glyphs[name] = pen.glyph()
    del font["CFF "]
    font["loca"] = newTable("loca")
    font["glyf"] = glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, glyphs
    _write_counts(font)
    font["post"].formatType, font["post"].glyphOrder = 3.0, None
    font.sfntVersion = "\x00\x01\x00\x00"


def _write_counts(font: TTFont) -> None:
    """Give `font` the table of counts that TrueType outlines need; no hint programs."""
    maxp = newTable("maxp")
    maxp.tableVersion, maxp.maxZones = 0x00010000, 1
    for name in (
        "maxTwilightPoints",
        "maxStorage",
        "maxFunctionDefs",
        "maxInstructionDefs",
        "maxStackElements",
        "maxSizeOfInstructions",
        "maxComponentElements",
    ):
        setattr(maxp, name, 0)
    maxp.numGlyphs = len(font.getGlyphOrder())
    font["maxp"] = maxp


def rename(font: TTFont, style: str) -> None:
    """Give `font` a name of its own; copyright, makers and licence stay as they were."""
    names = font["name"]
    names.names = [n for n in names.names if n.nameID in NAME_IDS_KEPT and n.langID == 0x409]
    told = {
        1: FAMILY,
        2: style,
        3: f"{FAMILY} {style}, from {SOURCE_FAMILY}",
        4: f"{FAMILY} {style}",
        5: "Version 2.004",
        6: f"{FAMILY.replace(' ', '')}-{style}",
    }
    for number, text in told.items():
        names.setName(text, number, 3, 1, 0x409)
    font["head"].modified = font["head"].created = FIXED_TIME_S


def make(source: Path, style: str, signs: set[str], folder: Path) -> list[Path]:
    """Write the ttf and the woff2 of one face into `folder` and return their paths."""
    font = open_source(source)
    keep_only(font, signs)
    straighten(font)
    rename(font, style)
    made = []
    for flavor, ending in ((None, "ttf"), ("woff2", "woff2")):
        font.flavor = flavor
        made.append(folder / f"gate-sans-{style.lower()}.{ending}")
        font.save(made[-1])
    return made


def main(arguments: list[str]) -> None:
    """Make both faces from the regular and the bold source named in `arguments`."""
    regular, bold = map(Path, arguments)
    FONTS.mkdir(parents=True, exist_ok=True)
    for file in (
        *make(regular, "Regular", regular_signs(), FONTS),
        *make(bold, "Bold", bold_signs(), FONTS),
    ):
        print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
