"""The stream at the far end is paced and never still, and it fails when it is told to."""

import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from itertools import pairwise
from urllib.error import HTTPError

import cv2
import numpy as np
import pytest

from kiosk.simulate.camera import Scene, StreamCamera
from kiosk.simulate.scene import CYCLE, Painter
from kiosk.timing import boot_seconds

PASS = "HC1:" + "6BFOXN%TSMAHN" * 12


@pytest.fixture
def stream() -> Iterator[StreamCamera]:
    with closing(StreamCamera()) as camera:
        yield camera


def _next_picture(answer: HTTPResponse) -> bytes:
    """Read one part by the length that it says."""
    length = 0
    while line := answer.readline().strip():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    picture = answer.read(length)
    assert answer.readline() == b"\r\n"
    return picture


def _pictures(camera: StreamCamera, count: int) -> list[bytes]:
    with urllib.request.urlopen(camera.url, timeout=3.0) as answer:
        return [_next_picture(answer) for _ in range(count)]


def test_thirty_pictures_a_second_no_two_alike(stream: StreamCamera) -> None:
    _pictures(stream, CYCLE)  # drawn once
    began_s = time.monotonic()
    pictures = _pictures(stream, 31)
    assert 0.9 < time.monotonic() - began_s < 1.5
    assert all(one != other for one, other in pairwise(pictures))
    assert all(picture.startswith(b"\xff\xd8") for picture in pictures)


def test_it_tells_when_a_scene_was_first_sent(stream: StreamCamera) -> None:
    assert stream.first_sent(99) is None
    with urllib.request.urlopen(stream.url, timeout=3.0) as answer:
        _next_picture(answer)
        shown_s = boot_seconds()
        number = stream.show(Scene.card(PASS))
        assert any(_next_picture(answer) and stream.first_sent(number) for _ in range(200))
        seen_s = boot_seconds()
    first_s = stream.first_sent(number)
    assert first_s is not None
    assert shown_s < first_s < seen_s


def test_the_first_picture_of_a_showing_has_the_whole_code(stream: StreamCamera) -> None:
    reader = cv2.QRCodeDetectorAruco()
    stream.show(Scene.card("CARD"))
    (picture,) = _pictures(stream, 1)
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    assert image.shape == (720, 1280)
    assert reader.detectAndDecode(image)[0] == "CARD"


def test_a_stalled_stream_keeps_the_line_and_goes_on(stream: StreamCamera) -> None:
    with urllib.request.urlopen(stream.url, timeout=3.0) as answer:
        _next_picture(answer)
        stream.stall(True)
        threading.Timer(0.5, stream.stall, [False]).start()
        began_s = time.monotonic()
        for _ in range(3):  # one may have been on its way
            _next_picture(answer)
    assert time.monotonic() - began_s > 0.4


def test_an_unplugged_stream_ends_and_refuses(stream: StreamCamera) -> None:
    with urllib.request.urlopen(stream.url, timeout=3.0) as answer:
        _next_picture(answer)
        stream.refuse(True)
        while answer.read(65536):
            pass
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(stream.url, timeout=3.0)
    refused.value.close()
    stream.refuse(False)
    assert _pictures(stream, 1)


def test_a_frozen_stream_sends_one_picture_for_ever(stream: StreamCamera) -> None:
    stream.repeat(True)
    assert len(set(_pictures(stream, 5))) == 1


@pytest.mark.parametrize(
    "scene",
    [Scene.nobody(), Scene.card(PASS), Scene.phone(PASS), Scene.phone(PASS, is_dark=True)],
)
def test_every_drawing_of_a_scene_differs_from_the_one_before(scene: Scene) -> None:
    painter = Painter(640, 360)
    frames = [painter.frame(scene, number) for number in range(CYCLE + 1)]
    assert all(np.any(one != other) for one, other in pairwise(frames))
    assert np.array_equal(frames[0], frames[CYCLE])


def test_a_dark_phone_shows_the_code_of_a_pale_one_inverted() -> None:
    painter = Painter(1280, 720)
    pale = painter.frame(Scene.phone(PASS), 0)[300:480, 560:720].mean()
    dark = painter.frame(Scene.phone(PASS, is_dark=True), 0)[300:480, 560:720].mean()
    assert pale + dark == pytest.approx(257, abs=25)
    assert pale != dark
