"""The faces that a page to print carries with it: only the signs that stand on it.

A printer's computer may have no Chinese face, or one that lacks a gate's name.
"""

from base64 import b64encode
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FAMILY = "Gate Kiosk Sans"
_FONTS = Path(__file__).parents[1] / "screen" / "static" / "fonts"


def faces_for(text: str) -> str:
    """Return the rules of a style sheet that give `text` its faces, whole within themselves.

    A sign that the bold face lacks is taken from the regular one, as on the screens.
    """
    signs = {ord(sign) for sign in text}
    regular, bold = _cut("regular", signs), _cut("bold", signs)
    return (
        _rule(FAMILY, "400", regular)
        + _rule(FAMILY, "700", bold)
        + _rule(f"{FAMILY} Names", "100 900", regular)
    )


def _rule(family: str, weight: str, font: bytes) -> str:
    source = f'url("data:font/ttf;base64,{b64encode(font).decode()}") format("truetype")'
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: {source}; }}\n'


def _cut(face: str, signs: set[int]) -> bytes:
    """Return a shipped font reduced to those of `signs` that it has."""
    options = Options(hinting=False, layout_features=[], notdef_outline=True)
    with TTFont(_FONTS / f"gate-sans-{face}.ttf", lazy=True, recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=signs)
        subsetter.subset(font)
        made = BytesIO()
        font.save(made)
    return made.getvalue()
