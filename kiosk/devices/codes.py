"""Frames -> texts of QR codes: zxing-cpp on every frame, one rotating retry, pyzbar last.

Why this order: on public photographs zxing-cpp reads more than zbar at a thirteenth of the
cost; each retry stage wins back other misses, and a pass is in view for 10 to 60 frames, so
the rotation reaches every stage. zbar reads some damaged codes that zxing does not. Either
alone runs the gate. A picture that stands still has nothing new for a stage that has seen
it, so an empty gateway costs little more than the first look. At night every frame is also
looked at through a 3x3 blur: with 18 % of the light and noise of 10 grey levels that read 25
of 25 made-up cards in 2 ms each, where the first look read none and x1.5 22 in 14 ms.
"""

import importlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import cv2
import numpy as np

from kiosk import log
from kiosk.devices.located import locate
from kiosk.devices.unread import Corners, hint_for
from kiosk.errors import DeviceMissing
from kiosk.ports import FoundCode, Frame, GreyImage, Unread

Reader = Literal["auto", "pyzbar", "zxing"]

STILL_EVERY = 6  # chosen: looks between two retries at a picture that all stages have seen
THUMB_PX, STILL_GREY = (64, 36), 4  # means of 400 pixels: noise moves them by far less
MOVED_S, LOCATE_EVERY_S = 3.0, 0.4  # chosen: five looks in the two seconds of a hint
NIGHT_GREY = 60  # chosen: mean grey below which it is night; a lit gateway has 100 and more


@dataclass(frozen=True, slots=True)
class Seen:
    """A code and where its middle is, in pixels of the image it was read from.

    `corners` of one that was located and not read; only zxing-cpp tells of those.
    """

    data: bytes
    x_px: float
    y_px: float
    corners: Corners | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One way to look at a frame. `scale` is how much larger its image is."""

    name: str
    look: Callable[[GreyImage], list[Seen]]
    scale: float = 1.0


class CascadeFinder:
    """Implements `ports.CodeFinder`. One thread owns it.

    Raises DeviceMissing when no decoder that was asked for can be loaded.
    """

    def __init__(self, reader: Reader) -> None:
        zxing = _load("zxingcpp") if reader != "pyzbar" else None
        pyzbar = _load("pyzbar.pyzbar") if reader != "zxing" else None
        stages = [*_zxing_stages(zxing), *_pyzbar_stages(pyzbar)]
        if not stages:
            raise DeviceMissing("camera", f"no decoder for codes (camera.reader: {reader})")
        self.lacks = _lacking(zxing, pyzbar) if reader == "auto" else ""
        self._first, *self._retries = stages
        self._night = _night_stage(self._first) if zxing is not None else None
        self._turn = 0
        self._stillness = Stillness(len(self._retries))
        self._failed: set[str] = set()
        self._unread: Corners | None = None
        self._moved_s = self._located_s = -math.inf

    def find(self, frame: Frame) -> list[FoundCode]:
        """Return the codes in a frame, nearest the centre first."""
        stage, seen = self._first_that_reads(frame)
        return [
            FoundCode(code.data.decode("ascii", "replace"), stage.name)
            for code in _by_nearness(seen, frame, stage)
        ]

    def read(self, frame: Frame) -> list[bytes]:
        """Return the bytes of the codes in a frame, for benches: not every code is ASCII."""
        return [code.data for code in self._first_that_reads(frame)[1]]

    def unread(self, frame: Frame) -> Unread | None:
        """Return what `find` located in this frame, if it read nothing there."""
        if self._unread is None and self._is_worth_locating(frame.at_s):
            self._located_s = frame.at_s
            self._unread = locate(frame.grey)
        if self._unread is None:
            return None
        middle = np.mean(self._unread, axis=0)
        hint = hint_for(frame.grey, self._unread)
        return Unread(hint, float(middle[0]), float(middle[1]))

    def _is_worth_locating(self, at_s: float) -> bool:
        """Whether something moved a moment ago: nobody holds a pass in a still picture."""
        if self._stillness.has_changed:
            self._moved_s = at_s
        is_moving = at_s - self._moved_s <= MOVED_S
        return is_moving and at_s - self._located_s >= LOCATE_EVERY_S

    def _first_that_reads(self, frame: Frame) -> tuple[Stage, list[Seen]]:
        self._unread = None
        for stage in self._stages_of_frame(frame.grey):
            if seen := self._look(stage, frame.grey):
                return stage, seen
        return self._first, []

    def _stages_of_frame(self, grey: GreyImage) -> Iterator[Stage]:
        """Yield the first stage, then, if that read nothing, the retry whose turn it is."""
        yield self._first
        thumb = cv2.resize(grey, THUMB_PX, interpolation=cv2.INTER_AREA)
        if self._night is not None and thumb.mean() < NIGHT_GREY:
            yield self._night
        if self._retries and self._stillness.is_worth_a_retry(np.asarray(thumb, np.uint8)):
            self._turn = (self._turn + 1) % len(self._retries)
            yield self._retries[self._turn]

    def _look(self, stage: Stage, grey: GreyImage) -> list[Seen]:
        """Look once. What a hostile code makes a decoder raise is that decoder's trouble."""
        try:
            seen = stage.look(grey)
        except (ValueError, RuntimeError, cv2.error) as exc:
            if stage.name not in self._failed:
                self._failed.add(stage.name)
                log.warning(log.Event.READER_STAGE_FAILED, stage=stage.name, error=str(exc))
            return []
        for code in seen:
            if code.corners is not None and self._unread is None:
                self._unread = _scaled(code.corners, 1 / stage.scale)
        return [code for code in seen if code.corners is None]


class Stillness:
    """Tells whether a picture has something new for the retries, of which there are so many."""

    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._thumb: GreyImage | None = None
        self._looks = 0

    @property
    def has_changed(self) -> bool:
        """Return whether the newest picture differed from the ones before."""
        return self._looks == 1

    def is_worth_a_retry(self, thumb: GreyImage) -> bool:
        """Return whether it changed, or one of the stages has not seen it, or it is time."""
        if self._thumb is None or cv2.absdiff(thumb, self._thumb).max() > STILL_GREY:
            self._thumb, self._looks = thumb, 0
        self._looks += 1
        return self._looks <= self._retries or self._looks % STILL_EVERY == 0


def _lacking(zxing: ModuleType | None, pyzbar: ModuleType | None) -> str:
    """Return the name of the decoder that is not installed, empty where both are."""
    if zxing is None:
        return "zxing-cpp"
    return "pyzbar or libzbar0" if pyzbar is None else ""


def _load(name: str) -> ModuleType | None:
    """Return a decoder's module, None where it or its library is not installed."""
    try:
        return importlib.import_module(name)
    except (ImportError, OSError):
        return None


def _zxing_stages(zxing: ModuleType | None) -> list[Stage]:
    if zxing is None:
        return []
    formats = getattr(zxing.BarcodeFormat, "QRCodeModel2", zxing.BarcodeFormat.QRCode)
    looked_for = {"formats": formats, "return_errors": True}
    global_histogram = zxing.Binarizer.GlobalHistogram
    clahe = cv2.createCLAHE(3.0, (8, 8))

    def read(grey: GreyImage) -> list[Seen]:
        return [_from_zxing(r) for r in zxing.read_barcodes(grey, **looked_for)]

    def read_global(grey: GreyImage) -> list[Seen]:
        found = zxing.read_barcodes(grey, binarizer=global_histogram, **looked_for)
        return [_from_zxing(r) for r in found]

    return [
        Stage("zxing", read),
        Stage("zxing-x1.5", lambda grey: read(_enlarged(grey, 1.5)), 1.5),
        Stage("zxing-clahe", lambda grey: read(np.asarray(clahe.apply(grey), np.uint8))),
        Stage("zxing-x2", lambda grey: read(_enlarged(grey, 2.0)), 2.0),
        Stage("zxing-sharp", lambda grey: read(_sharpened(grey))),
        Stage("zxing-global", read_global),
    ]


def _night_stage(first: Stage) -> Stage:
    """The first look through a blur that is as fine as a sensor's noise."""
    return Stage(
        f"{first.name}-blur",
        lambda grey: first.look(np.asarray(cv2.blur(grey, (3, 3)), np.uint8)),
    )


def _pyzbar_stages(pyzbar: ModuleType | None) -> list[Stage]:
    if pyzbar is None:
        return []
    symbols = [pyzbar.ZBarSymbol.QRCODE]

    def read(grey: GreyImage) -> list[Seen]:
        return [_from_zbar(code) for code in pyzbar.decode(grey, symbols=symbols)]

    return [Stage("pyzbar", read)]


def _from_zxing(result: Any) -> Seen:
    place = result.position
    left, right = place.top_left, place.bottom_right
    x_px, y_px = (left.x + right.x) / 2, (left.y + right.y) / 2
    if result.valid:
        return Seen(result.bytes, x_px, y_px)
    corners = (left, place.top_right, right, place.bottom_left)
    one, two, three, four = ((c.x, c.y) for c in corners)
    return Seen(b"", x_px, y_px, (one, two, three, four))


def _scaled(corners: Corners, by: float) -> Corners:
    """Return corners in the pixels of the frame."""
    one, two, three, four = ((x * by, y * by) for x, y in corners)
    return one, two, three, four


def _from_zbar(code: Any) -> Seen:
    box = code.rect
    return Seen(code.data, box.left + box.width / 2, box.top + box.height / 2)


def _enlarged(grey: GreyImage, by: float) -> GreyImage:
    image = cv2.resize(grey, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC)
    return np.asarray(image, np.uint8)


def _sharpened(grey: GreyImage) -> GreyImage:
    """Unsharp mask: sigma 2, amount 1.5."""
    blurred = cv2.GaussianBlur(grey, (0, 0), 2)
    return np.asarray(cv2.addWeighted(grey, 2.5, blurred, -1.5, 0), np.uint8)


def _by_nearness(seen: list[Seen], frame: Frame, stage: Stage) -> list[Seen]:
    height, width = frame.grey.shape
    x_px, y_px = width * stage.scale / 2, height * stage.scale / 2
    return sorted(seen, key=lambda code: math.hypot(code.x_px - x_px, code.y_px - y_px))
