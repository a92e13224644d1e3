"""A camera over a real stream: the newest frame wins, and a dead one is known to be dead."""

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


def _lose(camera: CvCamera, within_s: float = 6.0) -> str:
    """Take frames until the camera is lost; returns what it says then."""
    deadline_s = time.monotonic() + within_s
    with pytest.raises(DeviceLost) as caught:
        while time.monotonic() < deadline_s:
            camera.capture(2.0)
    return caught.value.detail


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


def test_the_same_frame_for_ever_is_a_lost_camera(tmp_path: Path) -> None:
    file = tmp_path / "frozen.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 240))
    for _ in range(120):
        writer.write(np.full((240, 320, 3), 90, np.uint8))
    writer.release()
    with closing(_open(str(file))) as camera:
        camera.capture(2.0)
        assert "frame for 2 s" in _lose(camera)


def test_a_file_ends_as_a_lost_camera_and_keeps_its_pace(tmp_path: Path) -> None:
    file = tmp_path / "short.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 240))
    for number in range(30):
        writer.write(np.full((240, 320, 3), number * 8, np.uint8))
    writer.release()
    began_s = time.monotonic()
    with closing(_open(str(file))) as camera:
        assert "ended" in _lose(camera)
    assert time.monotonic() - began_s > 0.8


@pytest.mark.parametrize(
    "source", ["/dev/video97", "http://127.0.0.1:9/none.mjpg", "/no/file.mp4"]
)
def test_a_camera_that_is_not_there_is_named(source: str) -> None:
    with pytest.raises(DeviceMissing, match=source.replace(".", r"\.")):
        _open(source)


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

    with ThreadingHTTPServer(("127.0.0.1", 0), Portal) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        with pytest.raises((DeviceMissing, DeviceLost)):
            _look(f"http://127.0.0.1:{server.server_port}/x")
        server.shutdown()
        thread.join()


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
