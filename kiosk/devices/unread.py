"""A code that was located and not read: what would make it readable, measured. Pure.

Thresholds were chosen on the simulator's cards, made too small, too large, tilted, dim,
blurred and blinded, and looked at on public photographs of codes with glare, blur and folds.
"""

import math

import cv2
import numpy as np

from kiosk.core.messages_screen import Hint
from kiosk.ports import GreyImage

Corner = tuple[float, float]
Corners = tuple[
    Corner, Corner, Corner, Corner
]  # top left, top right, bottom right, bottom left

BLOCKS, GLARE_GREY, GLARE_BLOCKS = 8, 245, 3  # of 64: no dark module in 3 of them
DIM_GREY, PALE_GREY = 85, 45  # of its light modules; between its light and its dark ones
TILTED, SQUEEZED = 0.80, 0.75  # of opposite sides; of width and height
FAR_SHARE, NEAR_SHARE = 0.20, 0.60  # of the picture's height
LARGE_SHARE = 0.28  # a blurred code as large as this is nearer than the lens can focus
BLURRED = 0.25  # steepest change from pixel to pixel, in shares of the contrast


def hint_for(grey: GreyImage, corners: Corners) -> Hint:
    """Return what whoever holds this code should do."""
    height = grey.shape[0]
    sides = _sides(corners)
    side_px = sum(sides) / 4
    patch = _patch(grey, corners)
    if patch is None or side_px < FAR_SHARE * height:
        return Hint.CLOSER
    if _has_glare(patch):
        return Hint.GLARE
    dark, light = np.percentile(patch, (5, 95))
    if light < DIM_GREY or light - dark < PALE_GREY:
        return Hint.BRIGHTER
    if side_px > NEAR_SHARE * height:
        return Hint.FURTHER
    if _is_tilted(sides):
        return Hint.FLATTER
    if _steepness(patch) < BLURRED * (light - dark):
        return Hint.FURTHER if side_px > LARGE_SHARE * height else Hint.CLOSER
    return Hint.FLATTER  # sharp, bright and large: it is creased, or a finger is on it


def _sides(corners: Corners) -> tuple[float, float, float, float]:
    """Return top, right, bottom, left, pixels."""
    top_left, top_right, bottom_right, bottom_left = corners
    return (
        math.dist(top_left, top_right),
        math.dist(top_right, bottom_right),
        math.dist(bottom_right, bottom_left),
        math.dist(bottom_left, top_left),
    )


def _is_tilted(sides: tuple[float, float, float, float]) -> bool:
    top, right, bottom, left = sides
    across, down = top + bottom, left + right
    is_squeezed = min(across, down) < SQUEEZED * max(across, down)
    return is_squeezed or any(
        min(pair) < TILTED * max(pair) for pair in ((top, bottom), (left, right))
    )


def _patch(grey: GreyImage, corners: Corners) -> GreyImage | None:
    """Return the part of a frame that holds the code, None where that is nothing."""
    height, width = grey.shape
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    left, right = max(0, int(min(xs))), min(width, int(max(xs)) + 1)
    top, bottom = max(0, int(min(ys))), min(height, int(max(ys)) + 1)
    patch = grey[top:bottom, left:right]
    return patch if min(patch.shape) >= BLOCKS else None


def _has_glare(patch: GreyImage) -> bool:
    """Whether parts are white where there ought to be dark modules too."""
    rows, columns = (edge // BLOCKS for edge in patch.shape)
    whole = patch[: rows * BLOCKS, : columns * BLOCKS]
    blocks = whole.reshape(BLOCKS, rows, BLOCKS, columns)
    return int((blocks.min(axis=(1, 3)) >= GLARE_GREY).sum()) >= GLARE_BLOCKS


def _steepness(patch: GreyImage) -> float:
    """Return the change from pixel to pixel that only one in fifty exceeds."""
    smooth = cv2.blur(patch, (1, 3)).astype(np.int16)
    return float(np.percentile(np.abs(np.diff(smooth, axis=1)), 98))
