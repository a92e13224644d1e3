"""A code that is seen and cannot be read: what would help, measured on made-up cards."""

import cv2
import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.messages_screen import Hint
from kiosk.devices.codes import CascadeFinder
from kiosk.devices.located import locate
from kiosk.devices.unread import hint_for
from kiosk.ports import Frame, GreyImage
from kiosk.simulate.scene import Painter, Scene

PASS = "HC1:" + "6BFOXN%TSMAHN" * 12
MODULES = np.array(
    [list(row) for row in segno.make_qr(PASS, error="m", boost_error=False).matrix_iter()]
)
PAINTER = Painter(1280, 720)
NOISE = np.random.default_rng(1).standard_normal((720, 1280)) * 2.5


def held(
    module_px: float,
    *,
    ink: int = 35,
    ground: int = 225,
    blur_px: float = 0.0,
    glare: float = 0.0,
) -> GreyImage:
    """Return the gateway with a code held up before it."""
    image = PAINTER.frame(Scene.nobody(), 0).copy()
    side = round(MODULES.shape[0] * module_px)
    code = np.where(MODULES == 1, ink, ground).astype(np.uint8)
    how = cv2.INTER_AREA if module_px < 1 else cv2.INTER_NEAREST
    large = np.kron(code, np.ones((8, 8), np.uint8))
    small = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA if side < 424 else how)
    top, left = 370 - side // 2, 640 - side // 2
    image[top : top + side, left : left + side] = small
    if glare:
        cv2.circle(image, (640 + side // 8, 370 + side // 8), int(side * glare), 255, -1)
    if blur_px:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur_px), np.uint8)
    return np.clip(image + NOISE, 0, 255).astype(np.uint8)


def hints(image: GreyImage, looks: int = 8) -> list[Hint]:
    """Return what is measured while a hand holds this for three seconds."""
    finder, found = CascadeFinder("auto"), []
    for look in range(looks):
        frame = Frame(np.roll(image, look % 3, 0), look * 0.4, look)
        if not finder.find(frame) and (unread := finder.unread(frame)) is not None:
            found.append(unread.hint)
            assert abs(unread.x_px - 640) < 60 and abs(unread.y_px - 370) < 60
    return found


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        (held(0.9, blur_px=1.0), Hint.CLOSER),
        (held(2.0, blur_px=1.5), Hint.CLOSER),
        (held(9.0, blur_px=5.0), Hint.FURTHER),
        (held(4.0, glare=0.2), Hint.GLARE),
        (held(4.0, ink=20, ground=255, glare=0.2), Hint.GLARE),
        (held(4.0, ink=16, ground=28), Hint.BRIGHTER),
    ],
    ids=["far", "far and blurred", "near", "glare on paper", "glare on a phone", "dark phone"],
)
def test_what_would_help_is_measured(image: GreyImage, hint: Hint) -> None:
    found = hints(image)
    assert len(found) >= 3
    assert set(found) == {hint}


def test_a_code_held_at_a_slant_should_be_held_flat() -> None:
    slanted = ((500.0, 200.0), (660.0, 240.0), (660.0, 360.0), (500.0, 400.0))
    assert hint_for(held(4.0), slanted) is Hint.FLATTER


def test_a_readable_code_asks_for_nothing() -> None:
    assert hints(held(4.0)) == []


def test_no_code_is_seen_in_what_people_wear_and_hang_up() -> None:
    """Checks, stripes, flowers and print: nothing with a code's three corners."""
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[:720, :1280]
    flowers = cv2.GaussianBlur(rng.random((720, 1280)).astype(np.float32), (0, 0), 6)
    cloths = [
        np.where((rows // 9 + columns // 9) % 2, 60, 190),
        np.where((columns // 7) % 2, 50, 200),
        np.where(flowers > np.median(flowers), 70, 210),
        np.where(rng.random((720, 1280)) > 0.5, 80, 180),
        np.where((rows // 14) % 2 * (rng.random((720, 1280)) > 0.4), 40, 220),
    ]
    for cloth in cloths:
        image = PAINTER.frame(Scene.nobody(), 0).copy()
        image[200:600, 400:900] = cloth[200:600, 400:900]
        assert locate(image) is None
    for scene in (Scene.nobody(), Scene.card("")):
        assert locate(PAINTER.frame(scene, 0)) is None or scene.text == ""


def test_a_picture_that_stands_still_is_not_searched() -> None:
    """An empty gateway, and a poster in it, cost nothing after a few seconds."""
    finder, image = CascadeFinder("auto"), held(4.0, ink=16, ground=28)
    seen = []
    for look in range(20):
        frame = Frame(image, look * 1.0, look)
        finder.find(frame)
        seen.append(finder.unread(frame) is not None)
    assert any(seen[:4]) and not any(seen[6:])


@settings(max_examples=60, deadline=None)
@given(
    corners=st.tuples(
        *[st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)) for _ in range(4)]
    )
)
def test_any_four_corners_give_a_hint(
    corners: tuple[tuple[float, float], ...],
) -> None:
    one, two, three, four = corners
    assert hint_for(held(4.0), (one, two, three, four)) in Hint
