"""The pad in a real browser: digits, one tap, a draft that nothing loses."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from kiosk.core.messages import Measuring, MeasuringChosen, SignedOn, TemperatureTyped
from kiosk.core.words import Entry, Reading, Source
from tests.screen.desk_making import SCAN, Gate, on_duty, waiting
from tests.screen.making import Served, stamp, until
from tests.screen.touching import SETTLE_MS

pytestmark = pytest.mark.needs_browser


@pytest.fixture
def tab(browser: Browser, desk_screen: Served) -> Iterator[Tab]:
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    opened.goto(f"{desk_screen.url}/staff")
    opened.click("#open-typed")
    expect(opened.locator("#desk")).to_be_visible()
    yield opened
    opened.close()


def tap(tab: Tab, *keys: str) -> None:
    for key in keys:
        tab.click(f"#key-{key}")


def test_three_digits_and_one_tap_are_a_temperature(tab: Tab, desk_gate: Gate) -> None:
    tap(tab, "3", "6", "5")
    expect(tab.locator("#typed")).to_have_text("36.5")
    tap(tab, "ok")
    until(lambda: len(desk_gate.events) == 1)
    assert desk_gate.events == [TemperatureTyped(stamp(), SCAN, 36.5, Source.TYPED_WRIST)]
    expect(tab.locator("#typed")).to_have_text("-")


def test_the_keyboard_alone_types_too_and_the_instrument_is_kept(
    tab: Tab, desk_gate: Gate
) -> None:
    tab.click("#with-contact")
    tab.locator("body").press("3")
    for key in ("6", "8", "Backspace", "7"):
        tab.keyboard.press(key)
    tab.locator("#with-contact").evaluate("node => node.blur()")
    tab.keyboard.press("Enter")
    until(lambda: len(desk_gate.events) == 1)
    assert desk_gate.events == [TemperatureTyped(stamp(), SCAN, 36.7, Source.TYPED_CONTACT)]


def test_a_draft_outlives_new_views_and_a_busy_gate(
    tab: Tab, desk_gate: Gate, desk_screen: Served
) -> None:
    tap(tab, "3", "6")
    desk_screen.show(on_duty(waiting(), at=stamp(1001.0), recent=()))
    tap(tab, "4")
    desk_gate.has_room = False
    tap(tab, "ok")
    expect(tab.locator("#said")).to_be_visible()
    expect(tab.locator("#typed")).to_have_text("36.4")
    desk_gate.has_room = True
    tap(tab, "ok")
    until(lambda: len(desk_gate.events) == 1)


def test_an_unusual_value_is_asked_about_on_the_page(tab: Tab, desk_gate: Gate) -> None:
    tap(tab, "3", "4", "1", "ok")
    expect(tab.locator("#question")).to_be_visible()
    assert desk_gate.events == []
    tab.click("#yes")
    until(lambda: len(desk_gate.events) == 1)


def test_whoever_comes_while_a_draft_is_open_changes_nothing(
    tab: Tab, desk_gate: Gate, desk_screen: Served
) -> None:
    desk_screen.show(on_duty(waiting("王*", 8), waiting()))
    expect(tab.locator("#cases button")).to_have_count(2)
    tab.wait_for_timeout(SETTLE_MS)
    tab.click("#cases button >> nth=0")
    tap(tab, "3", "6", "5")
    desk_screen.show(on_duty(waiting("李*", 9), waiting("王*", 8), waiting()))
    expect(tab.locator("#cases button")).to_have_count(3)
    tap(tab, "ok")
    until(lambda: len(desk_gate.events) == 1)
    assert [e.scan_id.int for e in desk_gate.events if isinstance(e, TemperatureTyped)] == [8]


def test_signing_on_by_pin_and_choosing_by_one_tap(
    tab: Tab, desk_gate: Gate, desk_screen: Served
) -> None:
    desk_screen.show(on_duty(staff=None))
    expect(tab.locator("#panel-title")).to_contain_text("duty card")
    tap(tab, "4", "7", "1", "1", "ok")
    until(lambda: desk_gate.events == [SignedOn(stamp(), "w01")])
    desk_screen.show(on_duty(surroundings=None, is_by_hand=False))
    tab.click("#open-typed")
    tab.click("#by-hand")
    until(lambda: desk_gate.events[1:] == [MeasuringChosen(stamp(), Measuring.TYPED)])


@pytest.mark.parametrize(
    ("width", "height"), [(1024, 600), (1280, 800), (1920, 1080), (800, 1280)]
)
def test_the_keys_are_for_gloves_and_nothing_overflows(
    tab: Tab, width: int, height: int
) -> None:
    tab.set_viewport_size({"width": width, "height": height})
    over = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0
    for box in (node.bounding_box() for node in tab.locator("#keys button").all()):
        assert box is not None
        assert box["width"] >= 80
        assert box["height"] >= 80


def test_a_typed_reading_is_shown_as_typed_to_staff_and_never_to_the_public(
    desk_screen: Served, tab: Tab
) -> None:
    value = Reading(36.9, 36.9, 0.0, 0, 1.0, 1.0, None, "", Source.TYPED_WRIST)
    case = waiting()
    seen = Entry(**{**{k: getattr(case, k) for k in Entry.__slots__}, "readings": (value,)})
    desk_screen.show(on_duty(seen, waiting("王*", 8)))
    expect(tab.locator("#cases button").first).to_contain_text("36.9 ℃ Wrist, typed")
    with requests.get(f"{desk_screen.url}/events", stream=True, timeout=5) as answer:
        text = next(line for line in answer.iter_lines() if line.startswith(b"data:"))
    assert b"36.9" not in text


@pytest.mark.parametrize("staff", ["w01", None])
def test_the_pad_has_no_barrier_that_axe_knows(
    tab: Tab, desk_screen: Served, staff: str | None
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    desk_screen.show(on_duty(waiting("王*", 8), waiting(), staff=staff))
    expect(tab.locator("#who")).to_be_visible(visible=staff is not None)
    found = axe.run(tab).response
    assert [(v["id"], v["nodes"][0]["target"]) for v in found["violations"]] == []
    assert [(v["id"], v["nodes"][0]["target"]) for v in found["incomplete"]] == []
