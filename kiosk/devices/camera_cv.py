"""A camera through OpenCV: V4L2 device, file, HTTP MJPEG or RTSP stream.

A thread of its own keeps reading, so that the newest frame wins: OpenCV queues a stream
without bound, and a consumer that is slower than the camera would see the past. A camera
counts as lost after 2 s without a frame that differs from the one before, whatever `read`
says: some drivers return the old buffer after an unplug, `isOpened` stays true, and a
closed stream answers False at once for ever (measured; opencv issues 10927, 14044).
"""

import threading
import time
from pathlib import Path

import cv2
import numpy as np

from kiosk.errors import DeviceLost, DeviceMissing
from kiosk.ports import Frame, GreyImage
from kiosk.timing import Clock

OPEN_MS, READ_MS = 3000, 1500
LOST_S = 2.0
CLOSE_S = 3.0
PROBE_STEP = 16  # every 16th pixel each way tells a new frame from a repeated buffer


class CvCamera:
    """Implements `ports.Camera`. Raises DeviceMissing when it cannot be opened."""

    def __init__(
        self, source: str, *, fps: int, width_px: int, height_px: int, clock: Clock
    ) -> None:
        self._source = source
        self._clock = clock
        self._capture = _open(source, fps, width_px, height_px)
        self._pace_s = 1 / fps if _is_file(source) else 0.0
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
            raise DeviceLost("camera", self._ended or f"no new frame for {LOST_S:.0f} s")

    def newest(self) -> Frame | None:
        """Return the newest frame without waiting."""
        return self._newest

    def close(self) -> None:
        """Stop reading and give the camera back."""
        self._stop.set()
        self._thread.join(CLOSE_S)

    def _has_news(self) -> bool:
        is_new = self._newest is not None and self._newest.number > self._given
        return is_new or bool(self._ended)

    def _run(self) -> None:
        """Read until told to stop or nothing new comes; this thread owns the capture."""
        probe: GreyImage | None = None
        number = 0
        while not self._stop.is_set():
            is_read, image = self._capture.read()
            now_s = self._clock.mono_s()
            if not is_read:
                self._end("the source ended or gave no frame in time")
                break
            grey = _to_grey(image)
            seen = grey[::PROBE_STEP, ::PROBE_STEP]
            if probe is None or not np.array_equal(seen, probe):
                number += 1
                probe, self._new_s = seen, now_s
                self._publish(Frame(grey, now_s, number))
            elif now_s - self._new_s > LOST_S:
                self._end(f"the same frame for {LOST_S:.0f} s")
                break
            if self._pace_s:
                time.sleep(self._pace_s)
        self._capture.release()

    def _publish(self, frame: Frame) -> None:
        frame.grey.flags.writeable = False
        with self._changed:
            self._newest = frame
            self._changed.notify_all()

    def _end(self, why: str) -> None:
        with self._changed:
            self._ended = why
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
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width_px)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height_px)
        capture.set(cv2.CAP_PROP_FPS, fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if not capture.isOpened():
        capture.release()
        raise DeviceMissing("camera", f"{source}: cannot be opened, or is in use")
    return capture


def _is_file(source: str) -> bool:
    return "://" not in source and Path(source).is_file()


def _to_grey(image: np.ndarray) -> GreyImage:
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(grey, np.uint8)
