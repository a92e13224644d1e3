"""The screen's server over real HTTP: the newest view for everybody, and nobody waits."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import pytest
import requests

from kiosk.bench.screen_far import ours
from kiosk.bench.screen_storm import raise_storm
from kiosk.config import PrivacyConfig, ScreenConfig, Site
from kiosk.config_voice import VoiceConfig
from kiosk.core.wording import Page
from kiosk.core.words import Granted
from kiosk.errors import DeviceMissing
from kiosk.screen.guard import is_loopback
from kiosk.screen.scenery import Sounds
from kiosk.screen.web import ScreenServer
from tests.screen.making import (
    Served,
    busy_day,
    entry,
    events,
    first,
    frame,
    served,
    show,
    snapshot,
    until,
)


@pytest.fixture(scope="module")
def gate() -> Iterator[Served]:
    """A server for tests that change nothing."""
    with served(frame) as screen:
        screen.show(Page.IDLE)
        yield screen


def test_a_browser_that_comes_is_shown_the_present_page_at_once() -> None:
    with served() as screen:
        screen.show(Page.PASS_IN)
        began_s = time.monotonic()
        with events(f"{screen.url}/events") as stream:
            assert next(stream)["page"] == "pass_in"
        assert time.monotonic() - began_s < 1.0


def test_a_gate_that_has_not_spoken_yet_is_getting_ready() -> None:
    with served() as screen, events(f"{screen.url}/events") as stream:
        view = next(stream)
        assert (view["page"], view["zh"]["title"]) == ("starting", "正在准备，请稍等")


def test_the_same_page_for_the_next_person_is_a_new_showing() -> None:
    with served() as screen, events(f"{screen.url}/events") as stream:
        screen.show(snapshot(show(Page.PASS_IN, since_s=1000.0)))
        one = first(stream, lambda view: view["page"] == "pass_in")
        screen.show(snapshot(show(Page.PASS_IN, since_s=1003.0)))
        two = first(stream, lambda view: view["show"] > one["show"])
        assert two["page"] == "pass_in"


def test_a_page_that_goes_on_is_not_a_new_showing() -> None:
    with served() as screen, events(f"{screen.url}/events") as stream:
        for _ in range(20):
            screen.show(Page.LOOK_TEMP)
        seen = [first(stream, lambda view: view["page"] == "look_temp")]
        seen.append(next(stream))  # the heartbeat
        assert seen[0]["show"] == seen[1]["show"] == 1


def test_the_view_beats_every_two_seconds() -> None:
    with served() as screen:
        screen.show(Page.IDLE)
        with events(f"{screen.url}/events") as stream:
            next(stream)
            began_s = time.monotonic()
            assert next(stream)["page"] == "idle"
            assert 1.0 < time.monotonic() - began_s < 3.0


def test_a_result_is_never_left_standing_when_the_gate_falls_silent() -> None:
    with served() as screen:
        screen.show(Page.PASS_IN)
        began_s = time.monotonic()
        with (
            events(f"{screen.url}/events") as stream,
            events(f"{screen.url}/staff/events") as staff,
        ):
            lost = first(stream, lambda view: view["page"] != "pass_in")
            assert time.monotonic() - began_s < 8.0
            assert (lost["page"], lost["tone"]) == ("starting", "busy")
            assert first(staff, lambda view: view.get("is_lost"))
            screen.show(Page.IDLE)
            assert first(stream, lambda view: view["page"] == "idle")


def test_a_stop_takes_two_seconds_at_most_with_open_pages() -> None:
    screen = Served()
    screen.start()
    screen.show(Page.IDLE)
    with events(f"{screen.url}/events") as one, events(f"{screen.url}/staff/events") as two:
        next(one)
        next(two)
        assert screen.stop() < 2.0
        assert list(one) == []


def test_a_reader_that_never_reads_stops_nobody() -> None:
    """Its buffers fill; others are served on, publish stays quick, and the stop is in time."""
    screen = Served()
    screen.start()
    stuck = [socket.create_connection(("127.0.0.1", screen.port)) for _ in range(3)]
    for each in stuck:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        each.sendall(b"GET /staff/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    day = busy_day()
    with events(f"{screen.url}/events") as stream:
        slowest_s = 0.0
        for number in range(3000):
            began_s = time.monotonic()
            screen.show(snapshot(show(Page.PASS_IN, since_s=float(number)), recent=day))
            slowest_s = max(slowest_s, time.monotonic() - began_s)
        assert slowest_s < 0.5
        assert first(stream, lambda view: view["show"] == 3000)
    assert screen.stop() < 3.0
    for each in stuck:
        each.close()


def test_fifty_browsers_see_the_newest_page() -> None:
    with served() as screen:
        screen.show(Page.IDLE)
        seen: list[str] = []

        def watch() -> None:
            with events(f"{screen.url}/events") as stream:
                seen.append(first(stream, lambda view: view["page"] == "pass_out")["page"])

        browsers = [threading.Thread(target=watch, daemon=True) for _ in range(50)]
        for browser in browsers:
            browser.start()
        time.sleep(0.3)
        screen.show(Page.LOOK_TEMP)
        screen.show(Page.PASS_OUT)
        for browser in browsers:
            browser.join(10.0)
        assert seen == ["pass_out"] * 50


def test_browsers_without_number_are_asked_to_wait_and_let_in_again() -> None:
    with served() as screen:
        screen.show(Page.IDLE)
        crowd = [
            socket.create_connection(("127.0.0.1", screen.port), timeout=5) for _ in range(100)
        ]
        answered = []
        for each in crowd:
            each.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answered.append(each.recv(64).split()[1])
        assert answered.count(b"503") == 4
        for each in crowd:
            each.close()
        until(lambda: requests.get(f"{screen.url}/events", stream=True, timeout=5).ok)


def test_staff_pages_without_number_leave_the_residents_page_its_place() -> None:
    with served() as screen:
        screen.show(Page.IDLE)
        crowd = [
            socket.create_connection(("127.0.0.1", screen.port), timeout=5) for _ in range(97)
        ]
        answered = []
        for each in crowd:  # none of them reads on
            each.sendall(b"GET /staff/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answered.append(each.recv(64).split()[1])
        assert answered.count(b"503") == 1
        with events(f"{screen.url}/events") as stream:
            assert next(stream)["page"] == "idle"
        for each in crowd:
            each.close()


def test_browsers_that_come_and_vanish_without_end_leave_nothing_behind() -> None:
    """The bench does ten thousand within a minute; here as many as a test has time for."""
    with ours() as gate:
        port = int(gate.url.rpartition(":")[2])
        gate.show("idle")
        raise_storm(port, 100)
        before_mb = gate.memory_mb()
        storm = raise_storm(port, 600)
        assert (storm.served + storm.asked_to_wait, storm.unanswered) == (600, 0)
        assert storm.seconds < 60 * 600 / 10_000 * 4  # this machine is shared
        gate.show("pass_in")
        with events(f"{gate.url}/events") as stream:
            assert first(stream, lambda view: view["page"] == "pass_in")
        assert gate.memory_mb() - before_mb < 10


def test_a_worker_that_is_run_again_serves_the_page_that_stands() -> None:
    screen = Served()
    screen.start()
    screen.show(Page.FEVER)
    screen.stop()
    screen.show(Page.HOLD)
    screen.start()
    with events(f"{screen.url}/events") as stream:
        assert next(stream)["page"] == "hold"
    screen.stop()


def test_the_worker_beats_while_it_serves() -> None:
    with served() as screen:
        until(lambda: len(screen.beats) >= 3)
        gaps = [b - a for a, b in zip(screen.beats, screen.beats[1:], strict=False)]
        assert max(gaps) < 2.0


def test_a_port_that_is_taken_has_a_name() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = ScreenServer(
            ScreenConfig(port=port), preview=lambda: None, privacy=PrivacyConfig()
        )
        with pytest.raises(DeviceMissing, match=f"127.0.0.1:{port}"):
            server.run(threading.Event(), lambda: None)


def test_the_preview_is_small_grey_and_newest() -> None:
    with served(lambda: frame(7)) as screen:
        answer = requests.get(f"{screen.url}/preview", timeout=5)
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Cache-Control"] == "no-store"
        picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert picture.shape == (270, 480)
        assert len(answer.content) < 30_000


def test_a_gate_without_tones_asks_for_none() -> None:
    with served() as screen, served(sounds=Sounds(VoiceConfig(tones=False))) as silent:
        for each, sound in ((screen, "good"), (silent, "")):
            each.show(Page.PASS_IN)
            with events(f"{each.url}/events") as stream:
                assert next(stream)["sound"] == sound


def test_the_page_bears_the_name_and_the_time_of_its_gate() -> None:
    with served(site=Site(gate="东门", timezone="Asia/Urumqi")) as screen:
        screen.show(Page.IDLE)
        with events(f"{screen.url}/events") as stream:
            view = next(stream)
            assert (view["gate"], view["time"]) == ("东门", "12:05")


def test_without_a_fresh_frame_there_is_no_preview() -> None:
    old = frame()
    object.__setattr__(old, "at_s", old.at_s - 10.0)
    for source in (lambda: None, lambda: old):
        with served(source) as screen:
            answer = requests.get(f"{screen.url}/preview", timeout=5)
            assert (answer.status_code, answer.content) == (204, b"")


def test_many_pages_share_one_picture_of_a_moment() -> None:
    taken: list[int] = []

    def newest() -> object:
        taken.append(1)
        return frame(len(taken))

    with served(newest) as screen, requests.Session() as session:
        began_s = time.monotonic()
        for _ in range(40):
            session.get(f"{screen.url}/preview", timeout=5)
        assert len(taken) <= 2 + (time.monotonic() - began_s) / 0.1


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8080", "", "192.168.1.9"]
)
def test_only_this_machine_is_answered(gate: Served, host: str) -> None:
    for path in ("/", "/staff", "/events", "/preview", "/static/resident.js"):
        answer = requests.get(f"{gate.url}{path}", headers={"Host": host}, timeout=5)
        assert answer.status_code == 421
        assert "南门" not in answer.text


def test_loopback_has_three_names() -> None:
    for host in (
        "127.0.0.1",
        "127.0.0.1:8080",
        "localhost:1",
        "LOCALHOST",
        "[::1]",
        "[::1]:80",
    ):
        assert is_loopback(host)
    for host in ("::1.evil", "localhost.evil:80", "127.0.0.2", "[::1", "127.0.0.1:8080:1"):
        assert not is_loopback(host)


@pytest.mark.parametrize("path", ["/", "/staff", "/events", "/preview", "/static/resident.css"])
def test_nothing_runs_in_the_page_that_did_not_come_from_here(gate: Served, path: str) -> None:
    with requests.get(f"{gate.url}{path}", stream=True, timeout=5) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'") and "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        assert "Server" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/static/../web.py", "/static/%2e%2e/web.py", "/static/..%2fweb.py", "/static/"]
)
def test_no_file_beside_the_pages_is_given_away(gate: Served, path: str) -> None:
    with socket.create_connection(("127.0.0.1", gate.port), timeout=5) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert raw.recv(200).split()[1] in (b"404", b"405")


def test_the_public_stream_never_carries_what_the_staff_stream_does() -> None:
    case = entry(Granted(), label="诸葛*亮", scan=77)
    with served() as screen:
        screen.show(snapshot(show(Page.PASS_IN, entry=case), recent=busy_day()))
        with (
            events(f"{screen.url}/events") as public,
            events(f"{screen.url}/staff/events") as staff,
        ):
            assert next(staff)["now"]["case"]["label"] == "诸葛*亮"
            text = json.dumps(next(public), ensure_ascii=False)
            assert not any(each in text for each in ("诸葛", "张*", UUID(int=77).hex, "36."))


def test_pages_and_their_parts_are_shipped(gate: Served) -> None:
    for path in ("/", "/staff"):
        page = requests.get(gate.url + path, timeout=5)
        assert page.encoding == "utf-8"
        for part in _parts(page.text):
            assert requests.get(gate.url + part, timeout=5).status_code == 200, part


def _parts(page: str) -> list[str]:
    quoted = page.split('"')
    found = [text for text in quoted if text.startswith("/static/")]
    assert all(Path(text).suffix in {".css", ".js", ".svg"} for text in found)
    return found
