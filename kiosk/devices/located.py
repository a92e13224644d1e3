"""Where a code is that no reader could even locate: too small, too dim, out of focus. Pure.

Two steps: patches whose texture is as dense as a code's, then the three squares of a code's
corners in them, by correlation, at eight sizes and three squeezes. On made-up cards from 1 to
9 pixels a module, blurred, or with 8 grey levels of contrast, the three squares were where
they belong at 0.5 and more; a gateway with a notice board gave 0.33. 8 to 16 ms a look on a
desktop's core, so it is asked a few times a second while something moves, not each frame.
"""

import itertools
import math

import cv2
import numpy as np

from kiosk.devices.unread import Corner, Corners
from kiosk.ports import GreyImage

ALIKE = 0.5  # correlation of the third best square
PATCHES_MAX, PATCH_PX = 3, 40
DENSE, DARK_GREY = 0.07, 12.0  # mean step to the surroundings, in shares of their light
MARGIN_PX = 6
SCALES = (2.8, 2.0, 1.4, 1.0, 0.7, 0.5, 0.35, 0.22)
SQUEEZES = ((1.0, 1.0), (1.4, 1.0), (1.0, 1.4))
LOOK_PX = (60, 420)  # sides of a scaled patch between which it is worth a look
APART_PX = 24  # squares of one code, in the scaled patch
COVERED = 0.4  # of the patch's side: between the squares of a code that fills it
GROWN = 1.15  # the squares' middles lie inside the code's corners

Box = tuple[int, int, int, int]  # left, top, width, height


def _corner_square() -> GreyImage:
    """A code's corner with its quiet ring, two pixels a module, a little out of focus."""
    rings = np.zeros((9, 9), np.uint8)
    for ring, level in ((0, 255), (1, 0), (2, 255), (3, 0)):
        rings[ring : 9 - ring, ring : 9 - ring] = level
    large = np.kron(rings, np.ones((2, 2), np.uint8))
    return np.asarray(cv2.GaussianBlur(large, (0, 0), 0.8), np.uint8)


SQUARE = _corner_square()


def locate(grey: GreyImage) -> Corners | None:
    """Return the corners of the code whose squares are clearest, None: there is none."""
    best, found = ALIKE, None
    for left, top, width, height in _patches(grey):
        patch = grey[
            max(0, top - MARGIN_PX) : top + height + MARGIN_PX,
            max(0, left - MARGIN_PX) : left + width + MARGIN_PX,
        ]
        for scale, (wider, higher) in itertools.product(SCALES, SQUEEZES):
            alike, squares = _squares(patch, scale * wider, scale * higher)
            side_px = math.sqrt(width * height * scale * wider * scale * higher)
            if alike >= best and _are_of_one_code(squares, COVERED * side_px):
                best = alike
                middles = [
                    (
                        (x + SQUARE.shape[1] / 2) / (scale * wider) + max(0, left - MARGIN_PX),
                        (y + SQUARE.shape[0] / 2) / (scale * higher) + max(0, top - MARGIN_PX),
                    )
                    for x, y in squares
                ]
                found = _corners(middles)
    return found


def _patches(grey: GreyImage) -> list[Box]:
    """Return the largest parts of a frame that are textured like a code."""
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    steps = cv2.blur(cv2.absdiff(half, cv2.blur(half, (9, 9))), (13, 13)).astype(np.float32)
    light = cv2.blur(half, (13, 13)).astype(np.float32) + DARK_GREY
    dense = (steps > DENSE * light).astype(np.uint8)
    dense = np.asarray(cv2.morphologyEx(dense, cv2.MORPH_OPEN, np.ones((9, 9))), np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dense)
    boxes = []
    for x, y, width, height, area in stats[1:].tolist():
        short, long = sorted((width, height))
        if short * 2 >= PATCH_PX and long < 2.6 * short and area > 0.45 * width * height:
            boxes.append((area, (x * 2, y * 2, width * 2, height * 2)))
    return [box for _, box in sorted(boxes, reverse=True)[:PATCHES_MAX]]


def _squares(patch: GreyImage, by_x: float, by_y: float) -> tuple[float, list[Corner]]:
    """Return the three places most like a code's corner, and how alike the third is."""
    how = cv2.INTER_AREA if min(by_x, by_y) < 1 else cv2.INTER_LINEAR
    height, width = round(patch.shape[0] * by_y), round(patch.shape[1] * by_x)
    if min(height, width) < LOOK_PX[0] or max(height, width) > LOOK_PX[1]:
        return 0.0, []
    scaled = cv2.resize(patch, (width, height), interpolation=how)
    alike = cv2.matchTemplate(scaled, SQUARE, cv2.TM_CCOEFF_NORMED)
    places: list[Corner] = []
    value = 0.0
    for _ in range(3):
        _, value, _, place = cv2.minMaxLoc(alike)
        places.append((float(place[0]), float(place[1])))
        cv2.circle(alike, place, APART_PX // 2, -1.0, -1)
    return value, places


def _are_of_one_code(squares: list[Corner], apart_px: float) -> bool:
    """Whether three places stand like a code's corners: a right angle, sides not too unlike.

    `apart_px` is how far they are apart in a patch that is one code.
    """
    if len(squares) < 3:
        return False
    one, other, across = sorted(math.dist(a, b) for a, b in itertools.combinations(squares, 2))
    is_right = 0.85 < across / math.hypot(one, other) < 1.18
    return one >= max(APART_PX, apart_px) and one > other / 2 and is_right


def _corners(middles: list[Corner]) -> Corners:
    """Return the corners of the code, the one with the right angle first, then around."""
    pairs = {k: math.dist(*(m for i, m in enumerate(middles) if i != k)) for k in range(3)}
    first = max(pairs, key=lambda k: pairs[k])
    one, two = (m for i, m in enumerate(middles) if i != first)
    x, y = middles[first]
    fourth = (one[0] + two[0] - x, one[1] + two[1] - y)
    middle_x, middle_y = (one[0] + two[0]) / 2, (one[1] + two[1]) / 2
    grown = [
        (middle_x + (cx - middle_x) * GROWN, middle_y + (cy - middle_y) * GROWN)
        for cx, cy in ((x, y), one, fourth, two)
    ]
    return grown[0], grown[1], grown[2], grown[3]
