"""The five colours: read by everybody, and told apart by people who see fewer of them.

Source: Machado, Oliveira, Fernandes 2009, the three matrices of full severity, on linear RGB;
distances as CIE 1976.
"""

import itertools
import re

import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.screen.files import STATIC
from kiosk.screen.view import Tone

SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
WHITE = TO_XYZ @ np.ones(3)
RESULTS = (Tone.PASS, Tone.WAIT, Tone.INFO)
Colour = NDArray[np.float64]


def palette() -> dict[Tone, tuple[Colour, Colour]]:
    """Return ground and ink of each tone, linear RGB."""
    css = (STATIC / "resident.css").read_text("utf-8")
    rows = re.findall(r'data-tone="(\w+)"\] \{ --paper: (#\w{6}); --ink: (#\w{6}); \}', css)
    return {Tone(tone): (_linear(paper), _linear(ink)) for tone, paper, ink in rows}


def _linear(code: str) -> Colour:
    value = np.array([int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _lab(linear: Colour) -> Colour:
    ratio = TO_XYZ @ np.clip(linear, 0, 1) / WHITE
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: Colour, other: Colour, sight: str) -> float:
    """Return how far two colours are from each other for somebody."""
    seen = [_lab(SIGHT[sight] @ colour) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


@pytest.mark.parametrize("tone", list(Tone))
def test_words_stand_out_seven_to_one(tone: Tone) -> None:
    lights = sorted(float(TO_XYZ[1] @ colour) for colour in palette()[tone])
    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 7


@pytest.mark.parametrize("sight", list(SIGHT))
def test_no_result_looks_like_another(sight: str) -> None:
    colours = palette()
    for one, other in itertools.combinations(RESULTS, 2):
        assert apart(colours[one][0], colours[other][0], sight) >= 40, (one, other)


@pytest.mark.parametrize("sight", list(SIGHT))
def test_an_instruction_does_not_look_like_a_result(sight: str) -> None:
    colours = palette()
    for one, other in itertools.product((Tone.IDLE, Tone.BUSY), RESULTS):
        assert apart(colours[one][0], colours[other][0], sight) >= 20, (one, other)


def test_the_measure_finds_the_obvious_pair_that_is_wrong() -> None:
    """Dark green and red are one colour to one man in a hundred."""
    assert apart(_linear("#00573f"), _linear("#b00020"), "protanopia") < 40
