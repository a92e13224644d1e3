"""The pages in a real browser: right words, colours and shapes; never a stale green."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from kiosk.config import Site
from kiosk.core.faults import Fault
from kiosk.core.wording import ONE_MOMENT, Page
from kiosk.core.words import Denied, Reason, Referred, Refusal
from kiosk.ports import SyncStatus
from kiosk.screen.view import SHAPES, TONES, public_page
from tests.screen.making import (
    SCENERY,
    Served,
    busy_day,
    entry,
    fault,
    frame,
    recorded,
    served,
    show,
    snapshot,
)

pytestmark = pytest.mark.needs_browser

SIZES = [(1280, 800), (1024, 600), (800, 480), (1920, 1080), (800, 1280)]
GREEN = "rgb(105, 224, 163)"
AMBER = "rgb(255, 196, 0)"
BLUE = "rgb(0, 58, 140)"
HOSTILE = "<img src=x onerror=alert(1)>"
WORDS = SCENERY.words
COLOURS = {
    "pass": GREEN,
    "wait": AMBER,
    "info": BLUE,
    "idle": "rgb(251, 249, 244)",
    "busy": "rgb(214, 232, 250)",
}


@pytest.fixture(scope="module")
def gate() -> Iterator[Served]:
    with served(frame) as screen:
        yield screen


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A tab that fails the test for anything the browser complains of."""
    complaints: list[str] = []
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on(
        "console", lambda said: complaints.append(said.text) if said.type == "error" else None
    )
    yield tab
    tab.close()
    lost = [each for each in complaints if "ERR_CONNECTION" not in each]
    assert lost == []


def see(tab: Tab, gate: Served, shown: Any) -> None:
    """Publish and wait until the browser shows it."""
    gate.show(shown)
    page = public_page(snapshot(shown) if isinstance(shown, Page) else shown)
    tab.wait_for_function("page => document.body.dataset.page === page", arg=page.value)


def test_every_page_is_told_by_words_colour_and_one_shape(tab: Tab, gate: Served) -> None:
    gate.show(Page.IDLE)
    tab.goto(gate.url)
    for page in Page:
        see(tab, gate, snapshot(page, staff="li"))
        tone = TONES[page]
        words = WORDS.pair(f"page.{page.value}.title")
        expect(tab.locator("h1")).to_have_text(words[0])
        expect(tab.locator("#english")).to_contain_text(words[1])
        expect(tab.locator("body")).to_have_css("background-color", COLOURS[tone.value])
        shapes = tab.locator(".shape:visible")
        assert shapes.count() == 1
        assert SHAPES[tone] in (shapes.get_attribute("class") or "").split()


def test_bystanders_see_one_page_whatever_the_reason(browser: Browser, gate: Served) -> None:
    seen = set()
    for page in ONE_MOMENT:
        gate.show(snapshot(show(page, entry=entry(Denied(Refusal.SIG), label="张*明"))))
        tab = browser.new_page()
        tab.goto(gate.url)
        expect(tab.locator("h1")).to_have_text(WORDS.zh["page.hold.title"])
        seen.add(tab.content())
        tab.close()
    assert len(seen) == 1
    assert "张*明" not in seen.pop()


def test_a_dead_server_takes_the_green_away_and_comes_back(browser: Browser) -> None:
    with served() as screen:
        tab, staff = browser.new_page(), browser.new_page()
        screen.show(Page.PASS_IN)
        tab.goto(screen.url)
        staff.goto(f"{screen.url}/staff")
        expect(tab.locator("body")).to_have_css("background-color", GREEN)
        expect(staff.locator("#lost")).to_be_hidden()
        screen.stop()
        expect(tab.locator("h1")).to_have_text(WORDS.zh["page.lost.title"], timeout=5000)
        expect(tab.locator("#line")).to_have_text(WORDS.zh["page.lost.line"])
        expect(tab.locator("body")).to_have_attribute("data-tone", "busy")
        expect(staff.locator("#lost")).to_be_visible(timeout=5000)
        screen.show(Page.IDLE)
        screen.start()
        expect(tab.locator("body")).to_have_attribute("data-page", "idle", timeout=3000)
        expect(staff.locator("#lost")).to_be_hidden(timeout=3000)
        tab.close()
        staff.close()


def test_a_server_that_hangs_takes_the_page_away_too(browser: Browser) -> None:
    """The connection stands, and nothing comes: the camera's picture never returns."""
    hang = threading.Event()

    def hanging() -> None:
        hang.wait(12.0)

    with served(hanging) as screen:
        screen.show(Page.IDLE)
        tab = browser.new_page()
        tab.goto(screen.url, wait_until="commit")  # its fonts may hang too
        expect(tab.locator("body")).to_have_attribute("data-page", "lost", timeout=7000)
        hang.set()
        screen.show(Page.PASS_OUT)
        expect(tab.locator("body")).to_have_attribute("data-page", "pass_out", timeout=4000)
        tab.close()


def test_a_page_is_read_out_once_and_not_with_every_beat(tab: Tab, gate: Served) -> None:
    gate.show(Page.FEVER)
    tab.goto(gate.url)
    expect(tab.locator("h1")).to_have_text(WORDS.zh["page.fever.title"])
    live = tab.locator("#words")
    assert (live.get_attribute("role"), live.get_attribute("aria-live")) == (
        "status",
        "assertive",
    )
    tab.evaluate(
        """() => {
          window.changes = 0;
          new MutationObserver(() => { window.changes += 1; }).observe(
            document.getElementById("words"),
            { childList: true, characterData: true, subtree: true });
        }"""
    )
    for _ in range(2):
        gate.show(Page.FEVER)
        tab.wait_for_timeout(1050)
    assert tab.evaluate("window.changes") == 0
    see(tab, gate, Page.IDLE)
    assert tab.evaluate("window.changes") == 1


def test_people_see_themselves_while_they_aim_and_only_then(tab: Tab, gate: Served) -> None:
    gate.show(Page.IDLE)
    tab.goto(gate.url)
    expect(tab.locator("#preview")).to_be_visible()
    see(tab, gate, Page.PASS_IN)
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    expect(tab.locator("#preview")).to_be_hidden()
    tab.wait_for_timeout(500)
    assert not [url for url in asked if url.endswith("/preview")]


def test_a_new_page_sounds_and_one_that_was_on_before_does_not(tab: Tab, gate: Served) -> None:
    heard: list[str] = []
    tab.on("request", lambda asked: heard.append(asked.url.rpartition("/")[2]))
    gate.show(Page.FEVER)
    tab.goto(gate.url)
    expect(tab.locator("body")).to_have_attribute("data-page", "fever")
    with tab.expect_request("**/tones/good.wav"):
        gate.show(Page.PASS_IN)
    with tab.expect_request("**/tones/attention.wav"):
        gate.show(Page.AGAIN)
    assert "stop.wav" not in heard
    with tab.expect_request("**/tones/stop.wav"):
        gate.show(Page.FEVER)


def test_words_are_drawn_with_the_shipped_fonts(tab: Tab, gate: Served) -> None:
    gate.show(Page.IDLE)
    tab.goto(gate.url)
    tab.wait_for_function("document.fonts.status === 'loaded'")
    states = tab.evaluate("[...document.fonts].map(font => font.status)")
    assert "loaded" in states
    assert "error" not in states


def test_who_dislikes_motion_gets_none(browser: Browser, gate: Served) -> None:
    tab = browser.new_page(reduced_motion="reduce")
    gate.show(Page.IDLE)
    tab.goto(gate.url)
    for page in (Page.IDLE, Page.LOOK_TEMP, Page.PASS_IN):
        see(tab, gate, page)
        assert tab.evaluate("document.getAnimations().length") == 0
    tab.close()


def test_the_time_left_runs_out_with_the_page(tab: Tab, gate: Served) -> None:
    gate.show(Page.IDLE)
    tab.goto(gate.url)
    shown = show(Page.PASS_IN)
    see(tab, gate, snapshot(replace(shown, until_s=1001.0)))
    bar = tab.locator("#bar i")
    share = "node => node.getBoundingClientRect().width / node.parentNode.clientWidth"
    assert bar.evaluate(share) <= 0.26
    tab.wait_for_timeout(1100)
    assert bar.evaluate(share) == 0
    see(tab, gate, Page.FEVER)
    expect(tab.locator("#bar")).to_be_hidden()


def test_staff_read_each_fault_and_what_to_do(tab: Tab, gate: Served) -> None:
    held = tuple(fault(which, "detail") for which in Fault)
    gate.show(snapshot(faults=held, sync=SyncStatus(7, None)))
    tab.goto(f"{gate.url}/staff")
    for which in Fault:
        row = tab.locator(f'[data-fault="{which.value}"]')
        for key in (f"fault.{which.value}", f"way_back.{which.value}"):
            expect(row).to_contain_text(WORDS.zh[key])
            expect(row).to_contain_text(WORDS.en[key])
    expect(tab.locator('[data-part="sync"]')).to_contain_text("待传 7")
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_staff_see_the_case_the_last_five_and_who_still_waits(tab: Tab, gate: Served) -> None:
    day = busy_day()
    gate.show(snapshot(show(Page.FEVER, entry=day[0].entry), recent=day))
    tab.goto(f"{gate.url}/staff")
    expect(tab.locator("#headline")).to_contain_text("体温需要复核")
    for text in ("李*英", "37.9 ℃", "体温偏高。", WORDS.zh["next.elevated"]):
        expect(tab.locator("#case")).to_contain_text(text)
    expect(tab.locator("#recent li")).to_have_count(5)
    expect(tab.locator('#recent [data-seq="44"]')).to_contain_text("张*明")
    expect(tab.locator("#open")).to_contain_text("欧阳*明")
    expect(tab.locator("#troubles")).to_be_hidden()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_staff_page_never_scrolls_sideways(
    tab: Tab, gate: Served, width: int, height: int
) -> None:
    tab.set_viewport_size({"width": width, "height": height})
    day = busy_day()
    held = tuple(fault(which, "/dev/serial/by-id/" + "x" * 200) for which in Fault)
    gate.show(snapshot(show(Page.FEVER, entry=day[0].entry), recent=day, faults=held))
    tab.goto(f"{gate.url}/staff")
    expect(tab.locator("#faults li")).to_have_count(len(Fault))
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_hostile_name_stays_a_name(tab: Tab, gate: Served) -> None:
    case = entry(Referred(Reason.ELEVATED), label=HOSTILE)
    held = (fault(Fault.CAMERA_LOST, HOSTILE),)
    gate.show(snapshot(show(Page.FEVER, entry=case), recent=(recorded(case, 1),), faults=held))
    tab.goto(f"{gate.url}/staff")
    expect(tab.locator("#case b")).to_have_text(HOSTILE)
    expect(tab.locator("#recent b")).to_have_text(HOSTILE)
    expect(tab.locator("#faults code")).to_have_text(HOSTILE)
    assert tab.locator("img").count() == 0


def test_the_staff_page_is_accessible_in_every_colour(tab: Tab, gate: Served) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tags = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    options = {"runOnly": tags, "resultTypes": ["violations"]}
    day = busy_day()
    held = (fault(Fault.JOURNAL_FULL, "x"), fault(Fault.CAMERA_LOST, "y"))
    gate.show(Page.STARTING)
    tab.goto(f"{gate.url}/staff")
    for page in (Page.IDLE, Page.LOOK_TEMP, Page.PASS_IN, Page.FEVER, Page.THERM_DOWN):
        gate.show(snapshot(show(page, entry=day[0].entry), recent=day, faults=held))
        tone = TONES[page].value
        expect(tab.locator(f'#now[data-tone="{tone}"]')).to_have_count(1)
        found = axe.run(tab, options=options).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_a_page_that_was_open_over_an_update_is_loaded_anew(browser: Browser) -> None:
    tab, staff = browser.new_page(), browser.new_page()
    with served() as before:
        before.show(Page.IDLE)
        tab.goto(before.url)
        staff.goto(f"{before.url}/staff")
        for each in (tab, staff):
            expect(each.locator("#gate")).to_have_text("南门")
            expect(each.locator(".practice")).to_have_count(0)
    with served(port=before.port, site=Site(gate="南门", practice=True)) as after:
        after.show(Page.IDLE)
        for each in (tab, staff):
            expect(each.locator(".practice")).to_be_visible(timeout=15_000)
            each.evaluate("window.isStill = true")
        tab.wait_for_timeout(2500)  # a heartbeat
        assert tab.evaluate("window.isStill"), "once is enough"
    tab.close()
    staff.close()
