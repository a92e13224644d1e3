"""The cascade reads paper and phones, nearest the centre first; nothing hostile kills it."""

import sys

import cv2
import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.devices.codes import CascadeFinder, Stillness
from kiosk.errors import DeviceMissing
from kiosk.ports import Frame, GreyImage
from kiosk.simulate.scene import Painter, Scene

PASS = "HC1:" + "6BFOXN%TSMAHN" * 12
PAINTER = Painter(1280, 720)


def _frame(grey: GreyImage, number: int = 1) -> Frame:
    return Frame(grey, 0.0, number)


def _texts(finder: CascadeFinder, scene: Scene, looks: int = 8) -> list[str]:
    """Return what is read within so many looks at a scene."""
    for look in range(looks):
        if codes := finder.find(_frame(PAINTER.frame(scene, look))):
            return [code.text for code in codes]
    return []


def _code(text: str, scale: int = 4) -> GreyImage:
    matrix = segno.make_qr(text).matrix_iter(scale=scale, border=4)
    return np.array([[0 if cell else 255 for cell in row] for row in matrix], np.uint8)


def _beside(*images: GreyImage) -> GreyImage:
    """Put codes side by side on a grey ground, the first in the middle of the frame."""
    ground = np.full((720, 1280), 160, np.uint8)
    for image, left in zip(images, (540, 40, 1000), strict=False):
        height, width = image.shape
        ground[250 : 250 + height, left : left + width] = image
    return ground


@pytest.mark.parametrize("reader", ["auto", "zxing"])
@pytest.mark.parametrize(
    "scene", [Scene.card(PASS), Scene.phone(PASS), Scene.phone(PASS, is_dark=True)]
)
def test_cards_and_phones_are_read(reader: str, scene: Scene) -> None:
    finder = CascadeFinder(reader)  # type: ignore[arg-type]  # one of the literals
    assert _texts(finder, scene) == [PASS]


@pytest.mark.needs_zbar
@pytest.mark.parametrize("scene", [Scene.card(PASS), Scene.phone(PASS)])
def test_pyzbar_alone_reads_what_is_dark_on_pale(scene: Scene) -> None:
    assert _texts(CascadeFinder("pyzbar"), scene) == [PASS]


def test_an_empty_gateway_holds_no_code() -> None:
    assert _texts(CascadeFinder("auto"), Scene.nobody(), looks=12) == []


def test_the_code_nearest_the_centre_comes_first() -> None:
    frame = _frame(_beside(_code("MIDDLE"), _code("LEFT"), _code("RIGHT")))
    codes = CascadeFinder("auto").find(frame)
    assert codes[0].text == "MIDDLE"
    assert {code.text for code in codes} == {"MIDDLE", "LEFT", "RIGHT"}


@pytest.mark.parametrize(
    "reader", ["auto", pytest.param("pyzbar", marks=pytest.mark.needs_zbar)]
)
def test_one_part_of_a_split_code_kills_nobody(reader: str) -> None:
    part = segno.make_sequence("SPLIT " * 40, symbol_count=3)[0]
    image = np.array(
        [[0 if cell else 255 for cell in row] for row in part.matrix_iter(scale=4, border=4)],
        np.uint8,
    )
    finder = CascadeFinder(reader)  # type: ignore[arg-type]  # one of the literals
    for look in range(8):
        finder.find(_frame(_beside(image), look))
    assert finder.find(_frame(_beside(_code("AFTER")))) != []


def test_bytes_that_are_no_text_come_back_as_what_is_left_of_them() -> None:
    codes = CascadeFinder("auto").find(_frame(_beside(_code("好\x00\x1b[31m"))))
    assert all(isinstance(code.text, str) for code in codes)


def test_a_reader_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    with pytest.raises(DeviceMissing, match=r"camera\.reader: zxing"):
        CascadeFinder("zxing")


@pytest.mark.needs_zbar
def test_auto_goes_on_with_pyzbar_alone_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    finder = CascadeFinder("auto")
    assert finder.lacks == "zxing-cpp"
    assert _texts(finder, Scene.card(PASS)) == [PASS]


def test_auto_goes_on_without_pyzbar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)
    finder = CascadeFinder("auto")
    assert "libzbar0" in finder.lacks
    assert _texts(finder, Scene.phone(PASS, is_dark=True)) == [PASS]


def test_retries_are_spent_on_what_is_new() -> None:
    stillness = Stillness(6)
    still = np.full((36, 64), 100, np.uint8)
    assert [stillness.is_worth_a_retry(still) for _ in range(8)] == [True] * 6 + [False] * 2
    moved = still.copy()
    cv2.rectangle(moved, (30, 15), (34, 19), 0, -1)
    assert stillness.is_worth_a_retry(moved)


def test_at_night_a_card_is_read_at_every_look() -> None:
    finder = CascadeFinder("auto")
    rng = np.random.default_rng(3)
    looks = []
    for look in range(10):
        light = PAINTER.frame(Scene.card(PASS), look) * 0.18
        dark = np.clip(light + rng.normal(0, 10, light.shape), 0, 255).astype(np.uint8)
        looks.append([code.text for code in finder.find(_frame(dark, look))])
    assert looks == [[PASS]] * 10


@given(seed=st.integers(0, 2**32 - 1), grain=st.sampled_from([1, 3, 8]))
@settings(max_examples=25, deadline=None)
def test_noise_is_never_a_code(seed: int, grain: int) -> None:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (240 // grain, 320 // grain), np.uint8)
    image = np.kron(small, np.ones((grain, grain), np.uint8))
    finder = CascadeFinder("auto")
    assert [finder.find(_frame(image, look)) for look in range(6)] == [[]] * 6


@given(content=st.binary(min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_whatever_stands_in_a_code_comes_back_as_text(content: bytes) -> None:
    matrix = segno.make_qr(content, mode="byte").matrix_iter(scale=4, border=4)
    image = np.array([[0 if cell else 255 for cell in row] for row in matrix], np.uint8)
    codes = CascadeFinder("zxing").find(_frame(image))
    assert [code.text for code in codes] == [content.decode("ascii", "replace")]
