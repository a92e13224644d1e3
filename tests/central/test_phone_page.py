"""The phone's page in a browser: a key that cannot be read out, a code that a gate reads."""

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from kiosk.core.words import Credential, PassKind
from kiosk.devices.codes import CascadeFinder
from kiosk.ports import Frame
from tests.central.people import Place
from tests.central.test_phone import invited, outcome

pytestmark = pytest.mark.needs_browser


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=2, is_mobile=True
    )
    yield context
    context.close()


def opened(phone: BrowserContext, place: Place) -> Page:
    """A phone on which somebody touched the link that the office sent."""
    page = phone.new_page()
    page.goto(f"{place.url}/phone/#{invited(place)}")
    expect(page.locator("#pass")).to_be_visible()
    page.wait_for_selector("#code[data-iat]")
    return page


def read(page: Page) -> str:
    """What the gate's own reader reads from the screen."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("L")
    frame = Frame(np.ascontiguousarray(np.asarray(picture), np.uint8), 0.0, 1)
    (code,) = CascadeFinder("auto").find(frame)
    return code.text


def until(is_so: Callable[[], bool]) -> None:
    """The page lets no script be made from text, so it is asked again and again."""
    deadline_s = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def iat_of(page: Page) -> int:
    return int(page.locator("#code").get_attribute("data-iat") or 0)


def test_the_link_makes_a_pass_that_the_gate_reads_and_believes(
    phone: BrowserContext, place: Place
) -> None:
    page = opened(phone, place)
    assert "#" not in page.url, "the code leaves the address at once"
    shown = outcome(place, read(page))
    assert isinstance(shown, Credential)
    assert shown.kind is PassKind.PHONE
    assert shown.proof_s == iat_of(page)
    expect(page.locator("#label")).to_have_text("张*明")
    assert Axe().run(page).response["violations"] == []
    width_mm = page.locator("#code").bounding_box()["width"] / 96 * 25.4
    assert width_mm >= 55


def test_it_is_drawn_anew_after_ten_seconds(phone: BrowserContext, place: Place) -> None:
    page = opened(phone, place)
    first, text = iat_of(page), read(page)
    until(lambda: iat_of(page) > first)
    assert 10 <= iat_of(page) - first <= 12
    assert read(page) != text
    assert isinstance(outcome(place, read(page)), Credential)


def test_it_opens_and_draws_without_a_network(phone: BrowserContext, place: Place) -> None:
    page = opened(phone, place)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kept = "caches.open('pass-1').then(c => c.keys()).then(k => k.length)"
    until(lambda: page.evaluate(kept) >= 8)
    phone.set_offline(True)
    page.reload()
    page.wait_for_selector("#code[data-iat]")
    assert isinstance(outcome(place, read(page)), Credential)


def test_the_key_cannot_be_read_out(phone: BrowserContext, place: Place) -> None:
    page = opened(phone, place)
    said = page.evaluate(
        """async () => {
          const { read } = await import("./keep.js");
          const pass = await read();
          const tries = ["raw", "pkcs8", "jwk"].map((form) =>
            crypto.subtle.exportKey(form, pass.sign).then(() => "out", (e) => e.name));
          return [pass.sign.extractable, ...(await Promise.all(tries))];
        }"""
    )
    assert said[0] is False
    assert "out" not in said


def test_a_used_link_a_strange_phone_and_no_link_are_told_plainly(
    phone: BrowserContext, place: Place
) -> None:
    page = phone.new_page()
    page.goto(f"{place.url}/phone/")
    expect(page.locator("#said")).to_contain_text("link from your office")
    page.goto("about:blank")
    page.goto(f"{place.url}/phone/#{'a' * 26}")
    expect(page.locator("#said")).to_contain_text("used or is too old")
    page.goto("about:blank")
    old = "SubtleCrypto.prototype.generateKey = () => { throw new DOMException('no'); }"
    page.add_init_script(old)
    page.goto(f"{place.url}/phone/#{invited(place)}")
    expect(page.locator("#said")).to_contain_text("paper card")


def test_the_link_may_be_touched_again_and_the_pass_is_still_there(
    phone: BrowserContext, place: Place
) -> None:
    page, link = phone.new_page(), f"{place.url}/phone/#{invited(place)}"
    for _ in range(2):
        page.goto("about:blank")
        page.goto(link)
        page.wait_for_selector("#code[data-iat]")
        expect(page.locator("#said")).to_be_hidden()


def test_a_link_that_is_touched_while_the_page_is_open_is_taken(
    phone: BrowserContext, place: Place
) -> None:
    page = phone.new_page()
    page.goto(f"{place.url}/phone/")
    expect(page.locator("#said")).to_contain_text("link from your office")
    page.goto(f"{place.url}/phone/#{invited(place)}")
    page.wait_for_selector("#code[data-iat]")
    page.goto(f"{place.url}/phone/#{'a' * 26}")
    expect(page.locator("#said")).to_contain_text("used or is too old")
    expect(page.locator("#pass")).to_be_visible()
    assert isinstance(outcome(place, read(page)), Credential)


def test_an_answer_that_was_lost_is_asked_for_again(
    phone: BrowserContext, place: Place
) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page = phone.new_page()
    page.route("**/v1/phone", lose)
    page.goto(f"{place.url}/phone/#{invited(place)}")
    expect(page.locator("#said")).to_contain_text("No network")
    page.unroute("**/v1/phone")
    page.reload()
    page.wait_for_selector("#code[data-iat]")
    assert isinstance(outcome(place, read(page)), Credential)


def test_a_network_that_answers_nothing_delays_nobody(
    phone: BrowserContext, place: Place
) -> None:
    with line_to(place) as (url, is_dead):
        page = phone.new_page()
        page.goto(f"{url}/phone/#{invited(place)}")
        page.wait_for_selector("#code[data-iat]")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        page.wait_for_selector("#code[data-iat]")
        is_dead.set()
        page.reload(timeout=5000)
        page.wait_for_selector("#code[data-iat]", timeout=5000)
        assert isinstance(outcome(place, read(page)), Credential)
        page.close()


@contextmanager
def line_to(place: Place) -> Iterator[tuple[str, threading.Event]]:
    """A line to the server that can go dead: it takes what is sent and gives nothing back."""
    host, port = place.url.removeprefix("http://").split(":")
    is_dead, ends = threading.Event(), list[socket.socket]()
    threads = list[threading.Thread]()
    listener = socket.create_server(("127.0.0.1", 0))

    def pass_on(source: socket.socket, sink: socket.socket) -> None:
        try:
            while chunk := source.recv(65_536):
                if not is_dead.is_set():
                    sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def begin(act: Callable[..., None], *args: socket.socket) -> None:
        threads.append(threading.Thread(target=act, args=args))
        threads[-1].start()

    def take() -> None:
        while True:
            try:
                near = listener.accept()[0]
            except OSError:
                return
            far = socket.create_connection((host, int(port)))
            ends.extend((near, far))
            begin(pass_on, near, far)
            begin(pass_on, far, near)

    begin(take)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", is_dead
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        threads[0].join(5)
        for end in ends:
            _hang_up(end)
        for thread in threads:
            thread.join(5)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):  # the other side hung up first
        end.shutdown(socket.SHUT_RDWR)
    end.close()
