"""A camera through OpenCV: V4L2 device, file, HTTP MJPEG or RTSP stream.

A thread of its own keeps reading, so that the newest frame wins: OpenCV queues a stream
without bound, and a consumer that is slower than the camera would see the past. A camera
counts as lost after 2 s without a frame that differs from the one before, whatever `read`
says: some drivers return the old buffer after an unplug, `isOpened` stays true, and a
closed stream answers False at once for ever (measured; opencv issues 10927, 14044).

The pictures of an MJPEG stream are taken as they come and decoded to grey here: half the
CPU of OpenCV's way over colour, and 9 MB less memory (measured at 1280x720, 30 frames/s).
"""

import threading
from pathlib import Path

import cv2
import numpy as np

from kiosk.errors import DeviceLost, DeviceMissing
from kiosk.ports import Frame, GreyImage
from kiosk.timing import Clock

OPEN_MS, READ_MS = 3000, 1500
LOST_S = 2.0
CLOSE_S = 3.0
FILE_FPS_MAX = 120  # chosen: a file that claims more is not believed
MJPG = cv2.VideoWriter.fourcc(*"MJPG")
AS_SENT = -1  # CAP_PROP_FORMAT: `read` gives the bytes of a picture, not its pixels


class CvCamera:
    """Implements `ports.Camera`. Raises DeviceMissing when it cannot be opened."""

    def __init__(
        self, source: str, *, fps: int, width_px: int, height_px: int, clock: Clock
    ) -> None:
        self._source = source
        self._clock = clock
        self._capture = _open(source, fps, width_px, height_px)
        self._pace_s = _pace_s(self._capture, fps) if _is_file(source) else 0.0
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._given = 0
        self._new_s = clock.mono_s()
        self._ended = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def capture(self, timeout_s: float) -> Frame:
        """Wait for a frame newer than the last one. Raises DeviceLost."""
        with self._changed:
            self._changed.wait_for(self._has_news, timeout_s)
            frame = self._newest
            if frame is not None and frame.number > self._given:
                self._given = frame.number
                return frame
            raise DeviceLost("camera", self._ended or f"no new frame for {timeout_s:.1f} s")

    def newest(self) -> Frame | None:
        """Return the newest frame without waiting."""
        return self._newest

    def close(self) -> None:
        """Stop reading and give the camera back."""
        self._stop.set()
        self._end("closed")
        self._thread.join(CLOSE_S)

    def _has_news(self) -> bool:
        is_new = self._newest is not None and self._newest.number > self._given
        return is_new or bool(self._ended)

    def _run(self) -> None:
        """Read until told to stop or nothing new comes; this thread owns the capture."""
        try:
            self._end(self._read_on())
        except cv2.error as exc:
            self._end(f"OpenCV cannot read it: {exc}")
        finally:
            self._capture.release()

    def _read_on(self) -> str:
        """Publish what is new. Returns why that ended."""
        due_s = self._clock.mono_s()
        while not self._stop.is_set():
            is_read, image = self._capture.read()
            now_s = self._clock.mono_s()
            if not is_read:
                return "the source ended or gave no frame in time"
            grey = _to_grey(image)
            if grey is not None and self._is_new(grey):
                self._new_s = now_s
                self._publish(grey, now_s)
            elif now_s - self._new_s > LOST_S:
                return f"nothing but the same frame for {LOST_S:.0f} s"
            due_s = max(due_s + self._pace_s, now_s - self._pace_s)
            self._stop.wait(max(0.0, due_s - now_s))
        return "closed"

    def _is_new(self, grey: GreyImage) -> bool:
        """Return whether a pixel differs. All are compared: a dark gateway has few that do."""
        newest = self._newest
        return newest is None or not np.array_equal(grey, newest.grey)

    def _publish(self, grey: GreyImage, at_s: float) -> None:
        grey.flags.writeable = False
        with self._changed:
            number = 1 if self._newest is None else self._newest.number + 1
            self._newest = Frame(grey, at_s, number)
            self._changed.notify_all()

    def _end(self, why: str) -> None:
        with self._changed:
            self._ended = self._ended or why
            self._changed.notify_all()


def _open(source: str, fps: int, width_px: int, height_px: int) -> cv2.VideoCapture:
    if "://" in source:
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            OPEN_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            READ_MS,
        ]
        capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
    elif _is_file(source):
        capture = cv2.VideoCapture(source)
    elif not Path(source).exists():
        raise DeviceMissing("camera", f"{source}: no such device")
    else:
        capture = cv2.VideoCapture(source, cv2.CAP_V4L2)
        capture.set(cv2.CAP_PROP_FOURCC, MJPG)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width_px)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height_px)
        capture.set(cv2.CAP_PROP_FPS, fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if not capture.isOpened():
        capture.release()
        raise DeviceMissing("camera", f"{source}: cannot be opened, or is in use")
    if "://" in source and int(capture.get(cv2.CAP_PROP_FOURCC)) == MJPG:
        capture.set(cv2.CAP_PROP_FORMAT, AS_SENT)
    return capture


def _is_file(source: str) -> bool:
    return "://" not in source and Path(source).is_file()


def _pace_s(file: cv2.VideoCapture, fps: int) -> float:
    """Return the seconds between two frames of a file; `fps` where it does not say."""
    own_fps = file.get(cv2.CAP_PROP_FPS)
    return 1 / own_fps if 1 <= own_fps <= FILE_FPS_MAX else 1 / fps


def _to_grey(image: np.ndarray) -> GreyImage | None:
    """Return the grey levels of a picture, None where its bytes are none.

    OpenCV gives the bytes of a picture as one row, its pixels as rows of colours.
    """
    if image.ndim == 3:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    if image.shape[0] > 1:
        return np.asarray(image, np.uint8)
    grey = cv2.imdecode(image, cv2.IMREAD_GRAYSCALE)
    return None if grey is None else np.asarray(grey, np.uint8)
