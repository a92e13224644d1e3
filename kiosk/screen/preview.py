"""The camera's picture for people who aim a pass: small, grey, and only when asked for.

The page pulls one JPEG after the other into a canvas. An endless MJPEG in an <img> was
measured at 720 MB of browser memory, pulling at 290.
"""

from collections.abc import Callable

import cv2

from kiosk.ports import Frame
from kiosk.timing import boot_seconds

WIDTH_PX = 480
QUALITY = 70
FRAME_AGE_MAX_S = 2.0  # an older picture is no mirror any more
ENCODE_EVERY_S = 0.1  # at most ten pictures a second, however many browsers ask

Preview = Callable[[], Frame | None]


class PreviewJpeg:
    """Encodes the newest frame, once for all who ask within a tenth of a second."""

    def __init__(self, newest: Preview) -> None:
        self._newest = newest
        self._jpeg = b""
        self._encoded_s = 0.0

    def take(self) -> bytes:
        """Return the newest picture as JPEG, b"" where there is none."""
        now_s = boot_seconds()
        if now_s - self._encoded_s < ENCODE_EVERY_S:
            return self._jpeg
        frame = self._newest()
        is_fresh = frame is not None and now_s - frame.at_s <= FRAME_AGE_MAX_S
        self._jpeg = encode(frame) if frame is not None and is_fresh else b""
        self._encoded_s = now_s
        return self._jpeg


def encode(frame: Frame) -> bytes:
    """Return a frame as a small grey JPEG."""
    height, width = frame.grey.shape
    size = (WIDTH_PX, max(1, round(height * WIDTH_PX / width)))
    small = cv2.resize(frame.grey, size, interpolation=cv2.INTER_AREA)
    is_done, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(jpeg) if is_done else b""
