"""A camera over a real stream: the newest frame wins, and a dead one is known to be dead."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.devices.camera_cv import CvCamera
from kiosk.devices.codes import CascadeFinder
from kiosk.errors import DeviceLost, DeviceMissing
from kiosk.simulate.camera import Scene, StreamCamera
from kiosk.timing import SystemClock, boot_seconds


@pytest.fixture
def stream() -> Iterator[StreamCamera]:
    with closing(StreamCamera()) as camera:
        yield camera


def _open(source: str) -> CvCamera:
    return CvCamera(source, fps=30, width_px=1280, height_px=720, clock=SystemClock())


def _lose(camera: CvCamera, *, patience_s: float = 2.0) -> str:
    """Take frames until the camera is lost; returns what it says then."""
    deadline_s = time.monotonic() + 6.0
    with pytest.raises(DeviceLost) as caught:
        while time.monotonic() < deadline_s:
            camera.capture(patience_s)
    return caught.value.detail


@contextlib.contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve with `handler`; gives the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/x"
        server.shutdown()
        thread.join()


def _look(source: str) -> None:
    with closing(_open(source)) as camera:
        camera.capture(2.0)


def test_frames_are_grey_new_and_nobodys_to_write(stream: StreamCamera) -> None:
    with closing(_open(stream.url)) as camera:
        first, second = camera.capture(2.0), camera.capture(2.0)
    assert first.grey.shape == (720, 1280)
    assert first.grey.dtype == np.uint8
    assert second.number > first.number
    assert second.at_s > first.at_s
    with pytest.raises(ValueError, match="read-only"):
        first.grey[0, 0] = 1


def test_a_slow_consumer_sees_the_present_not_the_past(stream: StreamCamera) -> None:
    with closing(_open(stream.url)) as camera:
        camera.capture(2.0)
        time.sleep(1.0)
        frame = camera.capture(2.0)
        assert boot_seconds() - frame.at_s < 0.2
        newest = camera.newest()
    assert newest is not None
    assert newest.number >= frame.number


def test_a_stream_that_stalls_is_lost_and_opens_again(stream: StreamCamera) -> None:
    with closing(_open(stream.url)) as camera:
        camera.capture(2.0)
        stream.stall(True)
        _lose(camera)
    stream.stall(False)
    with closing(_open(stream.url)) as camera:
        assert camera.capture(2.0).number == 1


def test_a_stream_that_closes_is_lost_at_once_and_missing_until_it_is_back(
    stream: StreamCamera,
) -> None:
    with closing(_open(stream.url)) as camera:
        camera.capture(2.0)
        stream.refuse(True)
        assert "ended" in _lose(camera)
    with pytest.raises(DeviceMissing):
        _open(stream.url)
    stream.refuse(False)
    _open(stream.url).close()


def test_the_same_frame_for_ever_is_a_lost_camera(stream: StreamCamera) -> None:
    with closing(_open(stream.url)) as camera:
        camera.capture(2.0)
        stream.repeat(True)
        began_s = time.monotonic()
        assert "nothing but the same frame" in _lose(camera, patience_s=3.0)
    assert 1.9 < time.monotonic() - began_s < 3.0


@pytest.mark.parametrize("fps", [15, 30])
def test_a_file_keeps_its_own_pace_and_ends_as_a_lost_camera(tmp_path: Path, fps: int) -> None:
    file = tmp_path / "short.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), fps, (320, 240))
    for number in range(fps):
        writer.write(np.full((240, 320, 3), number * 8, np.uint8))
    writer.release()
    began_s = time.monotonic()
    with closing(_open(str(file))) as camera:
        assert "ended" in _lose(camera)
    assert 0.8 < time.monotonic() - began_s < 2.0


@pytest.mark.parametrize(
    "source", ["/dev/video97", "http://127.0.0.1:9/none.mjpg", "/no/file.mp4"]
)
def test_a_camera_that_is_not_there_is_named(source: str) -> None:
    with pytest.raises(DeviceMissing, match=source.replace(".", r"\.")):
        _open(source)


def test_a_stream_that_turns_to_rubbish_is_lost(stream: StreamCamera) -> None:
    class Rubbish(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            parts = stream.parts()
            with contextlib.suppress(OSError):
                for _ in range(3 * 10):  # ten pictures of three pieces each
                    self.wfile.write(next(parts))
                for piece in parts:
                    self.wfile.write(piece if len(piece) < 1000 else bytes(len(piece)))

        def log_message(self, *_: object) -> None:
            pass

    with _serving(Rubbish) as url, closing(_open(url)) as camera:
        camera.capture(2.0)
        assert _lose(camera)
        stream.refuse(True)


def test_closing_does_not_wait_for_a_camera_that_hangs(stream: StreamCamera) -> None:
    camera = _open(stream.url)
    camera.capture(2.0)
    stream.stall(True)
    began_s = time.monotonic()
    camera.close()
    camera.close()
    assert time.monotonic() - began_s < 2.5
    assert "camera" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(DeviceLost, match="closed"):
        while True:
            camera.capture(0.1)


@pytest.mark.parametrize("body", [b"<html>log in</html>", bytes(range(256)) * 64, b""])
def test_an_address_that_answers_something_else_is_named(body: bytes) -> None:
    class Portal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with _serving(Portal) as url, pytest.raises((DeviceMissing, DeviceLost)):
        _look(url)


def test_a_server_that_never_answers_does_not_hold_the_worker() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        began_s = time.monotonic()
        with pytest.raises(DeviceMissing):
            _open(f"http://127.0.0.1:{mute.getsockname()[1]}/x.mjpg")
    assert time.monotonic() - began_s < 7.0


def test_a_card_shown_to_the_stream_is_read_within_a_few_frames(stream: StreamCamera) -> None:
    finder = CascadeFinder("auto")
    with closing(_open(stream.url)) as camera:
        camera.capture(2.0)
        number = stream.show(Scene.card("HC1:" + "A5+ZC" * 30))
        deadline_s = time.monotonic() + 3.0
        codes = finder.find(camera.capture(2.0))
        while not codes and time.monotonic() < deadline_s:
            codes = finder.find(camera.capture(2.0))
    assert [code.text for code in codes] == ["HC1:" + "A5+ZC" * 30]
    assert stream.first_sent(number) is not None
