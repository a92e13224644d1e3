"""What a camera at a gate sees, drawn: nobody, a person with a paper card, one with a phone."""

import random
import zlib
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # grey, (H, W)

CYCLE = 8  # frames of a scene; hands shake, sensors are noisy
TILT_DEG, SHAKE_PX, NOISE_SD = 14.0, 2, 2.5
MODULE_PX = 4  # 30 mm of code at 20 cm, 1280 pixels across 66 degrees
QUIET_MODULES = 4
PAPER, INK, SCREEN_LIGHT, SCREEN_DARK = 225, 35, 235, 22


class Held(Enum):
    """What is held before the camera."""

    NOTHING = "nothing"
    CARD = "card"
    PHONE = "phone"
    DARK_PHONE = "dark_phone"


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing to see. `text` is that of the code; `code` a symbol made elsewhere."""

    held: Held
    text: str = ""
    code: segno.QRCode | None = None

    @classmethod
    def nobody(cls) -> "Scene":
        """Return the empty gateway."""
        return cls(Held.NOTHING)

    @classmethod
    def card(cls, text: str) -> "Scene":
        """Return a person who holds a paper card with this code."""
        return cls(Held.CARD, text)

    @classmethod
    def phone(cls, text: str, *, is_dark: bool = False) -> "Scene":
        """Return a person whose phone shows this code; in dark mode pale on dark."""
        return cls(Held.DARK_PHONE if is_dark else Held.PHONE, text)

    @classmethod
    def symbol(cls, code: segno.QRCode) -> "Scene":
        """Return a person who holds a paper card with this very symbol."""
        return cls(Held.CARD, repr(code), code)


class Painter:
    """Draws the frames of a scene, each a little different from the one before."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self._size = (width_px, height_px)
        rng = np.random.default_rng(1)
        shape = (height_px, width_px)
        self._noise = [
            (rng.standard_normal(shape, np.float32) * NOISE_SD).astype(np.int8)
            for _ in range(CYCLE)
        ]
        self._gateway = _gateway(width_px, height_px)
        self._scene: Scene | None = None
        self._still = self._gateway

    def frame(self, scene: Scene, number: int) -> Image:
        """Return frame `number` of a scene, uint8 (H, W)."""
        if scene != self._scene:
            self._scene, self._still = scene, self._compose(scene)
        turn = number % CYCLE
        image = self._still if scene.held is Held.NOTHING else self._shaken(turn)
        return np.asarray(cv2.add(image, self._noise[turn], dtype=cv2.CV_8U), np.uint8)

    def _shaken(self, turn: int) -> Image:
        """Move the picture by a pixel or two; the camera stands still, but nobody's hand."""
        span = 2 * SHAKE_PX + 1
        dx, dy = (turn * 3) % span - SHAKE_PX, (turn * 2) % span - SHAKE_PX
        return np.roll(self._still, (dy, dx), (0, 1))

    def _compose(self, scene: Scene) -> Image:
        if scene.held is Held.NOTHING:
            return self._gateway
        image = self._gateway.copy()
        _draw_person(image)
        # The tilt belongs to the code, so that a scene looks the same whenever it is drawn.
        rng = random.Random(zlib.crc32(scene.text.encode()))
        thing = _thing(scene)
        _paste(image, thing, self._size, rng.uniform(-TILT_DEG, TILT_DEG))
        return image


def _gateway(width_px: int, height_px: int) -> Image:
    """A lobby door: walls, floor, a window, a notice board."""
    rows = np.linspace(150, 95, height_px, dtype=np.float32)[:, None]
    image = np.repeat(rows, width_px, 1).astype(np.uint8)
    w, h = width_px, height_px
    for (x0, y0), (x1, y1), grey in (
        ((0.05, 0.08), (0.24, 0.55), 190),
        ((0.78, 0.05), (0.97, 0.98), 80),
        ((0.80, 0.08), (0.95, 0.95), 115),
        ((0.28, 0.10), (0.44, 0.32), 205),
        ((0.00, 0.86), (1.00, 1.00), 70),
    ):
        cv2.rectangle(image, (int(x0 * w), int(y0 * h)), (int(x1 * w), int(y1 * h)), grey, -1)
    for row in range(5):  # lines of a notice
        y = int((0.13 + row * 0.035) * h)
        cv2.line(image, (int(0.30 * w), y), (int(0.42 * w), y), 90, 3)
    return np.asarray(cv2.GaussianBlur(image, (5, 5), 0), np.uint8)


def _draw_person(image: Image) -> None:
    height, width = image.shape
    x, y = int(width * 0.58), int(height * 0.30)
    cv2.ellipse(image, (x, int(height * 0.95)), (260, 330), 0, 180, 360, 60, -1)
    cv2.ellipse(image, (x, y), (80, 105), 0, 0, 360, 172, -1)
    cv2.ellipse(image, (x, y - 50), (84, 70), 0, 180, 360, 40, -1)
    cv2.rectangle(image, (x - 62, y + 18), (x + 62, y + 78), 215, -1)  # a mask
    for dx in (-30, 30):
        cv2.circle(image, (x + dx, y - 14), 7, 30, -1)


def _thing(scene: Scene) -> Image:
    """The card or the phone, upright, with its code."""
    code = scene.code or segno.make_qr(scene.text, error="m", boost_error=False)
    modules = np.array([list(row) for row in code.matrix_iter(border=QUIET_MODULES)], np.uint8)
    is_dark = scene.held is Held.DARK_PHONE
    on_paper = scene.held is Held.CARD
    ink, ground = (INK, PAPER) if on_paper else (SCREEN_DARK, SCREEN_LIGHT)
    if is_dark:
        ink, ground = ground, ink
    pixels = np.where(modules == 1, ink, ground).astype(np.uint8)
    pixels = np.kron(pixels, np.ones((MODULE_PX, MODULE_PX), np.uint8))
    edge = 30 if on_paper else 22
    frame_grey = PAPER if on_paper else 12
    top = 56 if on_paper else 120
    held = cv2.copyMakeBorder(
        pixels, top, edge, edge, edge, cv2.BORDER_CONSTANT, None, frame_grey
    )
    if not on_paper:
        cv2.rectangle(held, (edge, 60), (held.shape[1] - edge, 118), ground, -1)
    return np.asarray(held, np.uint8)


def _paste(image: Image, thing: Image, size: tuple[int, int], tilt_deg: float) -> None:
    """Put a thing in the middle of the frame, turned, with soft edges."""
    height, width = thing.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), tilt_deg, 1.0)
    turn[:, 2] += (size[0] / 2 - width / 2, size[1] * 0.54 - height / 2)
    mask = np.full(thing.shape, 255, np.uint8)
    laid = cv2.warpAffine(thing, turn, size, flags=cv2.INTER_AREA)
    over = cv2.warpAffine(mask, turn, size, flags=cv2.INTER_NEAREST)
    cv2.copyTo(laid, over, image)
