"""A camera as an HTTP MJPEG stream at 30 frames a second, and the ways in which one fails.

Every part carries its length: without it OpenCV waits for the next part, 35 ms (measured).
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2

from kiosk.simulate.scene import CYCLE, Painter, Scene
from kiosk.timing import boot_seconds

__all__ = ["Scene", "StreamCamera"]

JPEG_QUALITY = 85


@dataclass(frozen=True, slots=True)
class _Showing:
    """A scene from when it was put before the camera. Its frames are encoded once each."""

    number: int
    scene: Scene
    frames: dict[int, bytes]


class StreamCamera:
    """Serves `url` until closed. All methods may be called from any thread."""

    def __init__(self, *, fps: int = 30, width_px: int = 1280, height_px: int = 720) -> None:
        self._pace_s = 1 / fps
        self._painter = Painter(width_px, height_px)
        self._drawing = threading.Lock()
        self._nobody: dict[int, bytes] = {}
        self._showing = _Showing(0, Scene.nobody(), self._nobody)
        self._sent_s: dict[int, float] = {}
        self._last_sent: tuple[float, bytes] | None = None
        self._is_stalled = self._is_repeating = self._is_refusing = self._is_closed = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/stream.mjpg"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), daemon=True
        )
        self._thread.start()

    def show(self, scene: Scene) -> int:
        """Put a scene before the camera. Returns the number of this showing."""
        frames = self._nobody if scene == Scene.nobody() else {}
        showing = _Showing(self._showing.number + 1, scene, frames)
        self._frame(showing, 0)
        self._showing = showing
        return showing.number

    def first_sent(self, number: int) -> float | None:
        """Return the CLOCK_BOOTTIME second at which a showing's first frame went out."""
        return self._sent_s.get(number)

    def last_sent(self) -> tuple[float, bytes] | None:
        """Return when the newest frame went to a viewer, and its JPEG; None: none did yet."""
        return self._last_sent

    @property
    def scene(self) -> Scene:
        """What is before the camera."""
        return self._showing.scene

    def stall(self, is_on: bool) -> None:
        """Keep connections open and send nothing, as a camera that hangs does."""
        self._is_stalled = is_on

    def repeat(self, is_on: bool) -> None:
        """Send the same picture again and again, as a driver that lost its camera does."""
        self._is_repeating = is_on

    def refuse(self, is_on: bool) -> None:
        """Close connections and take no new ones, as an unplugged camera does."""
        self._is_refusing = is_on

    def close(self) -> None:
        """End all streams and the server."""
        self._is_closed = True
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)

    @property
    def is_refusing(self) -> bool:
        """Whether connections are closed."""
        return self._is_refusing or self._is_closed

    def parts(self) -> Iterator[bytes]:
        """Yield one part after another, paced, until the stream ends."""
        due_s, number = boot_seconds(), 0
        while not self.is_refusing:
            due_s = max(due_s + self._pace_s, boot_seconds() - self._pace_s)
            time.sleep(max(0.0, due_s - boot_seconds()))
            if self._is_stalled:
                continue
            showing = self._showing
            jpeg = self._frame(showing, 0 if self._is_repeating else number)
            self._sent_s.setdefault(showing.number, boot_seconds())
            self._last_sent = boot_seconds(), jpeg
            yield b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(
                jpeg
            )
            yield jpeg
            yield b"\r\n"
            number += 1

    def _frame(self, showing: _Showing, number: int) -> bytes:
        turn = number % CYCLE
        if (jpeg := showing.frames.get(turn)) is not None:
            return jpeg
        with self._drawing:
            image = self._painter.frame(showing.scene, turn)
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        showing.frames[turn] = data.tobytes()
        return showing.frames[turn]


def _handler_of(camera: StreamCamera) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One viewer."""

        def do_GET(self) -> None:
            """Stream until the viewer or the camera goes."""
            if camera.is_refusing:
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            with contextlib.suppress(OSError):
                for part in camera.parts():
                    self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
