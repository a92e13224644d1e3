"""Staff find who forgot the pass, once a duty card was shown; and see whose pass is shown."""

import json
from collections.abc import Iterator

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from kiosk.core.words import DisplayRecord
from kiosk.register.directory import Resident
from tests.screen.desk_making import Gate, on_duty, whose
from tests.screen.making import Served, served

PEOPLE = [Resident("张三丰", "3-1-502", b""), Resident("<b>李四", "3-1-503", b"")]
# The smallest JPEG that browsers draw: one grey point.
PHOTO = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300"
    + "08" * 64
    + "ffc0000b080001000101011100ffc40014000100000000000000000000000000000003"
    "ffc40014100100000000000000000000000000000000ffda0008010100003f0037ffd9"
)


@pytest.fixture
def screen() -> Iterator[Served]:
    def find(text: str) -> list[Resident]:
        return [one for one in PEOPLE if text in one.name]

    with served(desk=Gate(), pins=whose, find=find) as screen:
        screen.show(on_duty(has_look_up=True))
        yield screen


def ask(screen: Served, text: str) -> requests.Response:
    url, headers = f"{screen.url}/staff/find", {"Content-Type": "application/json"}
    return requests.post(url, data=json.dumps({"text": text}), headers=headers, timeout=5)


def test_a_part_of_the_name_finds_name_and_door(screen: Served) -> None:
    assert ask(screen, "三").json()["found"] == [{"name": "张三丰", "door": "3-1-502"}]
    assert ask(screen, "赵").json()["found"] == []


def test_without_a_duty_card_or_anybody_on_duty_nobody_is_found(screen: Served) -> None:
    screen.show(on_duty(has_look_up=False))
    locked = ask(screen, "三")
    assert (locked.status_code, locked.json()["error"]) == (409, "look_up_locked")
    screen.show(on_duty(staff=None, has_look_up=True))
    assert ask(screen, "三").status_code == 403
    assert ask(screen, "").status_code == 400


def test_the_photograph_is_there_only_while_the_pass_is_shown(screen: Served) -> None:
    screen.show(on_duty(display=DisplayRecord("王*国", PHOTO)))
    shown = requests.get(f"{screen.url}/staff/photo", timeout=5)
    assert (shown.status_code, shown.content) == (200, PHOTO)
    assert shown.headers["Cache-Control"] == "no-store"
    screen.show(on_duty())
    assert requests.get(f"{screen.url}/staff/photo", timeout=5).status_code == 404


@pytest.mark.needs_browser
def test_a_volunteer_finds_a_resident_and_markup_in_a_name_is_text(
    browser: Browser, screen: Served
) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.goto(f"{screen.url}/staff")
    tab.fill("#finder-text", "李")
    tab.press("#finder-text", "Enter")
    expect(tab.locator("#found li")).to_have_text("<b>李四 3-1-503")
    tab.fill("#finder-text", "赵")
    tab.click("#finder-go")
    expect(tab.locator("#finder-said")).to_contain_text("Nobody")
    assert Axe().run(tab).response["violations"] == []
    screen.show(on_duty(has_look_up=False))
    expect(tab.locator("#look-up")).to_be_hidden()
    tab.close()


@pytest.mark.needs_browser
def test_the_holder_s_name_and_photograph_come_and_go_with_the_pass(
    browser: Browser, screen: Served
) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.goto(f"{screen.url}/staff")
    expect(tab.locator("#holder")).to_be_hidden()
    screen.show(on_duty(display=DisplayRecord("王*国", PHOTO)))
    expect(tab.locator("#holder")).to_have_text("王*国")
    assert tab.locator("#holder img").evaluate("async n => (await n.decode(), n.naturalWidth)")
    screen.show(on_duty())
    expect(tab.locator("#holder")).to_be_hidden()
    tab.close()
