"""The staff page as whoever stands there uses it: with gloves, or with keys alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Response, expect
from playwright.sync_api import Page as Tab

from kiosk.core.faults import Fault
from kiosk.core.messages import Attend, Show, TemperatureTyped
from kiosk.core.messages_screen import HelpAnswered, PageChosen
from kiosk.core.messages_staff import HoldLifted, HoldPlaced
from kiosk.core.wording import Page
from kiosk.core.words import EntryKind, Held, Reason, Referred, Sealed
from kiosk.ports import Snapshot
from kiosk.screen.desk_lock import LOCK_S, WARN_S, Lock
from kiosk.screen.desk_parts import LookUps
from tests.core.making import ANA
from tests.runtime.test_holds import feverish
from tests.screen.desk_making import SCAN, Gate, on_duty, waiting, whose
from tests.screen.live import LiveGate
from tests.screen.making import (
    Served,
    announced,
    busy_day,
    entry,
    fault,
    reading,
    recorded,
    served,
    show,
    snapshot,
    stamp,
    until,
)
from tests.screen.test_duty_section import BOARD
from tests.screen.test_matters import CALLED, FEVER, MatterNow, with_matters
from tests.screen.touching import check_touch

LONGEST = "欧阳*尉迟·阿卜杜*"

SIZES = [(1024, 600), (1280, 800), (1920, 1080), (800, 1280)]
TAGS = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PANELS = ("through", "hold", "typed", "more", "today", "notice")
HELD = Held(UUID(int=9), stamp(990.0), "w02", b"\2" * 8, None, "赵*梅")


class Seconds:
    """Time as the lock sees it."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """Return the monotonic second."""
        return self.now_s


def seal(told: Mapping[str, str]) -> tuple[Sealed, ...]:
    return tuple(Sealed(b"f" * 16, name, b"x") for name in told)


def feverish_case(**fields: Any) -> Snapshot:
    case = entry(Referred(Reason.ELEVATED), label=LONGEST, readings=(reading(37.9),), scan=7)
    known = {
        "staff": "w01",
        "recent": (recorded(case, 45), *busy_day()[1:]),
        "held": (HELD,),
        "has_look_up": True,
        "supplies_choices": ("口罩", "蔬菜"),
        "counts": (("entered", 104), ("left", 98), ("inside", 1204)),
        "register_age_s": 7300.0,
        "rules_version": 3,
        "rules_name": "closed",
        "overstayed": (12,),
        "duty": BOARD,
    }
    return snapshot(show(Page.FEVER, entry=case), **{**known, **fields})


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def screen(gate: Gate, seconds: Seconds) -> Iterator[Served]:
    lock = Lock(seconds)
    names = {b"\x01" * 8: "欧阳尉迟明"}
    asked = LookUps(name_of=names.get)
    with served(desk=gate, pins=whose, seal=seal, lock=lock, look_ups=asked) as screen:
        screen.show(feverish_case())
        yield screen


@pytest.fixture
def tab(browser: Browser, screen: Served) -> Iterator[Tab]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    opened = context.new_page()
    opened.goto(f"{screen.url}/staff")
    expect(opened.locator("#gate")).to_have_text("南门")
    yield opened
    context.close()


def post(screen: Served, what: str, body: object) -> requests.Response:
    return requests.post(f"{screen.url}/staff/{what}", json=body, timeout=5)


def barriers(tab: Tab, screen: Served) -> list[tuple[str, str, str]]:
    found = {}
    while not found or tab.locator("body.lost").count():  # a busy machine held the page up
        screen.show(screen.shown)
        expect(tab.locator("body.lost")).to_have_count(0)
        found = Axe().run(tab, options={"runOnly": TAGS}).response
    return [
        (each["id"], each["nodes"][0]["html"][:80], each["nodes"][0]["any"][0]["message"])
        for kind in ("violations", "incomplete")
        for each in found[kind]
    ]


BOXES = """scope => [...document.querySelectorAll(scope)]
  .filter(n => n.checkVisibility({ visibilityProperty: true }))
  .map(n => { const r = n.getBoundingClientRect();
    return [n.id || n.textContent.trim().slice(0, 20), r.x, r.y, r.right, r.bottom,
      n.scrollWidth - n.clientWidth] })"""


def check_fit(tab: Tab, where: str) -> None:
    over = tab.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll(
          "#left, #right, #panels, #strip, main, section")].filter(n => n.checkVisibility() &&
          n.scrollWidth > n.clientWidth + 1).map(n => n.id || n.tagName)"""
    )
    assert over == [], where
    high = tab.evaluate("document.documentElement.scrollHeight - innerHeight")
    assert high <= 0, where


def back(tab: Tab) -> None:
    tab.click("#back")
    expect(tab.locator("#back")).to_be_hidden()


@pytest.mark.needs_browser
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_panel_fits_gloves_and_every_size(
    tab: Tab, screen: Served, width: int, height: int
) -> None:
    tab.set_viewport_size({"width": width, "height": height})
    check_touch(tab, "case")
    check_fit(tab, "case")
    for name in PANELS:
        tab.click(f"#open-{name}")
        check_fit(tab, name)
        check_touch(tab, name)
        back(tab)
    screen.show(on_duty(waiting(LONGEST), waiting("王*", 8)))
    tab.click("#open-typed")
    expect(tab.locator("#cases button")).to_have_count(2)
    check_touch(tab, "typed")
    check_fit(tab, "typed")
    back(tab)
    loud = with_matters(MatterNow(CALLED, is_sent=False), MatterNow(FEVER, is_sent=True))
    screen.show(feverish_case(matters=loud.matters, help_since=stamp(980.0)))
    expect(tab.locator("#matter-list li")).to_have_count(2)
    check_touch(tab, "matters")
    check_fit(tab, "matters")
    narrow = tab.locator("#matter-list .what").evaluate_all(
        "all => all.map(n => n.clientWidth)"
    )
    assert min(narrow) > 150, "the words of a matter stand in lines"
    held = tuple(fault(which, "/dev/serial/by-id/" + "x" * 90) for which in Fault)
    screen.show(feverish_case(faults=held, staff=None))
    expect(tab.locator("#side #emergency")).to_be_visible()
    check_touch(tab, "sign-on")
    check_fit(tab, "sign-on")


@pytest.mark.needs_browser
def test_no_panel_has_a_barrier_that_axe_knows(tab: Tab, screen: Served) -> None:
    assert barriers(tab, screen) == []
    for name in PANELS:
        tab.click(f"#open-{name}")
        assert barriers(tab, screen) == [], name
        back(tab)
    held = (fault(Fault.JOURNAL_FULL, "x"), fault(Fault.CAMERA_LOST, "y"))
    screen.show(replace(feverish_case(faults=held), show=show(Page.IDLE)))
    expect(tab.locator("#faults li")).to_have_count(2)
    assert barriers(tab, screen) == []
    screen.show(feverish_case(staff=None))
    expect(tab.locator("#panel-title")).to_contain_text("duty card")
    assert barriers(tab, screen) == []


@pytest.mark.needs_browser
def test_what_is_ill_stands_first_and_says_so(tab: Tab, screen: Served) -> None:
    held = (fault(Fault.CAMERA_LOST), fault(Fault.JOURNAL_FULL))
    screen.show(feverish_case(faults=held))
    expect(tab.locator("#chips li").first).to_have_attribute("data-part", "journal")
    expect(tab.locator("#chips li").first).to_have_text("存储要处理Storage: needs you")
    expect(tab.locator("#chips .ok .state").first).to_be_hidden()
    expect(tab.locator("#faults li").first).to_have_attribute("data-fault", "journal_full")


@pytest.mark.needs_browser
def test_nothing_that_is_touched_jumps_when_a_new_view_comes(tab: Tab, screen: Served) -> None:
    scope = "#side button, #row button, #sign-off"
    before = tab.evaluate(BOXES, scope)
    tab.click("#open-typed")
    tab.click("#open-hold")
    place = tab.locator("#hold-who button").first.bounding_box()
    held = tuple(fault(which, "x") for which in Fault)
    screen.show(feverish_case(faults=held, counts=(("entered", 105),)))
    expect(tab.locator("#chips .bad").first).to_be_visible()
    assert tab.locator("#hold-who button").first.bounding_box() == place
    back(tab)
    assert tab.evaluate(BOXES, scope) == before


def press(tab: Tab, name: str, *, ms: float) -> None:
    """Press with a finger for so long."""
    tab.locator(name).dispatch_event("pointerdown")
    tab.wait_for_timeout(ms)
    tab.locator(name).dispatch_event("pointerup")


@pytest.mark.needs_browser
def test_letting_through_asks_for_a_reason_and_a_second_of_pressing(
    tab: Tab, gate: Gate
) -> None:
    tab.click("#open-through")
    expect(tab.locator("#through-go")).to_be_disabled()
    assert tab.locator("#through-why button").count() == 6
    tab.click('#through-why [data-value="known"]')
    press(tab, "#through-go", ms=300)
    expect(tab.locator("#through-said")).to_contain_text("pressed for a second")
    assert gate.events == []
    press(tab, "#through-go", ms=1200)
    until(lambda: len(gate.events) == 1)
    expect(tab.locator("#acts-said")).to_contain_text("Let through")
    expect(tab.locator("#recent")).to_be_visible()
    tab.click("#open-through")
    assert tab.locator('#through-why [aria-pressed="true"]').count() == 0, "asked each time"


def test_the_second_who_holds_or_lifts_is_told(screen: Served, gate: Gate) -> None:
    assert post(screen, "hold", {"scan_id": str(SCAN)}).status_code == 200
    again = post(screen, "hold", {"scan_id": str(SCAN)})
    assert (again.status_code, again.json()["error"]) == (409, "hold_second")
    assert post(screen, "lift", {"scan_id": str(HELD.scan_id)}).status_code == 200
    again = post(screen, "lift", {"scan_id": str(HELD.scan_id)})
    assert (again.status_code, again.json()["error"]) == (409, "hold_over")
    assert [type(event) for event in gate.events] == [HoldPlaced, HoldLifted]
    assert post(screen, "hold", {"scan_id": str(UUID(int=99))}).status_code == 409
    assert post(screen, "hold", {"scan_id": None}).status_code == 200
    screen.show(feverish_case(staff=None))
    assert post(screen, "hold", {"scan_id": None}).status_code == 403


def is_locked(screen: Served) -> bool:
    return post(screen, "find", {"text": "张"}).json().get("error") == "locked"


def test_the_lock_guards_look_up_name_and_override_and_nothing_else(
    screen: Served, gate: Gate, seconds: Seconds
) -> None:
    screen.show(feverish_case(open_cases=(waiting(scan=7),)))
    assert not is_locked(screen)
    seconds.now_s += LOCK_S + 1
    case = {"scan_id": str(SCAN)}
    guarded = (
        ("find", {"text": "x"}),
        ("full-name", case),
        ("override", case | {"why": "known"}),
    )
    for what, body in guarded:
        answer = post(screen, what, body)
        assert (answer.status_code, answer.json()["error"]) == (403, "locked"), what
    assert post(screen, "touched", {}).json()["is_locked"], "a touch opens nothing"
    value = {"value": "36.5", "instrument": "wrist"}
    assert post(screen, "typed", case | value).status_code == 200
    assert post(screen, "hold", case).status_code == 200
    assert post(screen, "unlock", {"pin": "0000"}).status_code == 403
    assert is_locked(screen)
    assert post(screen, "unlock", {"pin": "4711"}).status_code == 200
    assert not is_locked(screen)
    kinds = [type(event) for event in gate.events if not isinstance(event, PageChosen)]
    assert kinds == [TemperatureTyped, HoldPlaced]


def test_a_duty_card_opens_the_lock_and_nothing_need_be_remembered(
    screen: Served, seconds: Seconds
) -> None:
    screen.show(feverish_case(attended_s=10.0))
    assert not is_locked(screen)
    seconds.now_s += LOCK_S + 1
    screen.show(feverish_case(attended_s=10.0))
    assert is_locked(screen)
    screen.show(feverish_case(attended_s=900.0))  # the card was shown to the camera again
    assert not is_locked(screen)


@pytest.mark.needs_browser
def test_the_page_warns_before_it_locks_and_any_touch_keeps_it_open(
    tab: Tab, screen: Served, seconds: Seconds
) -> None:
    seconds.now_s += LOCK_S - WARN_S + 1
    screen.show(feverish_case())
    expect(tab.locator("#locking")).to_be_visible()
    tab.tap("#headline")
    expect(tab.locator("#locking")).to_be_hidden()
    seconds.now_s += LOCK_S + 1
    screen.show(feverish_case())
    tab.click("#open-through")
    expect(tab.locator("#through-go")).to_be_hidden()
    tab.click("#through .to-pin")
    for key in "4711":
        tab.click(f"#key-{key}")
    tab.click("#key-ok")
    expect(tab.locator("#through-go")).to_be_visible()


@pytest.mark.needs_browser
def test_the_full_name_is_there_while_it_is_pressed(tab: Tab, screen: Served) -> None:
    expect(tab.locator("#case b")).to_have_text(LONGEST)
    tab.locator("#full-name").dispatch_event("pointerdown")
    expect(tab.locator("#full")).to_have_text("欧阳尉迟明")
    tab.locator("#full-name").dispatch_event("pointerup")
    expect(tab.locator("#full")).to_have_text("")
    screen.show(feverish_case(has_look_up=False))
    expect(tab.locator("#full-name")).to_be_hidden()
    assert post(screen, "full-name", {"scan_id": str(SCAN)}).status_code == 409


@pytest.fixture
def live() -> Iterator[LiveGate]:
    gate = LiveGate()
    with served(desk=gate, pins=whose, seal=seal) as screen:
        gate.screen = screen
        gate.lane.executor.run((Attend(None), Show(Page.IDLE, 0.0, None)))
        feverish(gate.lane, ANA)
        gate.publish()
        yield gate


class Hand:
    """Whoever works the page: by touch alone, or by keys alone."""

    def __init__(self, tab: Tab, *, has_keys: bool) -> None:
        self.tab, self.has_keys, self.presses = tab, has_keys, 0

    def press(self, name: str, *, ms: float = 0) -> None:
        """Press a button, for a second where that is asked for."""
        self.presses += 1
        if not self.has_keys:
            if ms:
                press(self.tab, name, ms=ms)
            else:
                self.tab.tap(name)
            return
        self._walk_to(name)
        self.tab.keyboard.down("Enter")
        if ms:
            self.tab.wait_for_timeout(ms)
        self.tab.keyboard.up("Enter")

    def took(self) -> int:
        """Return how many presses it took since this was asked before."""
        self.presses, took = 0, self.presses
        return took

    def write(self, name: str, text: str) -> None:
        """Put a name into a field: typed, or as a scanner puts it."""
        expect(self.tab.locator(name)).to_be_visible()
        if self.has_keys:
            self.tab.keyboard.insert_text(text)
        else:
            self.tab.fill(name, text)

    def _walk_to(self, name: str) -> None:
        """Go there by Tab, as somebody without a mouse does."""
        wanted = self.tab.locator(name)
        expect(wanted).to_be_enabled()
        for _ in range(150):
            if wanted.evaluate("node => node === document.activeElement"):
                return
            self.tab.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {name}")


@pytest.mark.needs_browser
@pytest.mark.parametrize("has_keys", [False, True], ids=["touch", "keys"])
def test_a_whole_turn_of_duty_by_touch_alone_and_by_keys_alone(
    browser: Browser, live: LiveGate, *, has_keys: bool
) -> None:
    assert live.screen is not None
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, has_touch=not has_keys
    )
    tab = context.new_page()
    tab.goto(f"{live.screen.url}/staff")
    hand = Hand(tab, has_keys=has_keys)
    expect(tab.locator("#key-4")).to_be_visible()
    for key in "4711":
        hand.press(f"#key-{key}")
    hand.press("#key-ok")
    expect(tab.locator("#who")).to_contain_text("w01")
    expect(tab.locator("#case")).to_contain_text("38.2")

    hand.took()
    hand.press("#open-typed")
    hand.press("#with-contact")
    for key in "364":
        hand.press(f"#key-{key}")
    hand.press("#key-ok")
    until(lambda: live.lane.world.pulses == 1)
    expect(tab.locator("#back")).to_be_hidden()  # nobody else waits: the page is itself again
    assert hand.took() == 6

    live.lane.world.clock.advance(30.0)
    feverish(live.lane, ANA)
    live.publish()
    hand.press("#open-through")
    hand.press('#through-why [data-value="known"]')
    hand.press("#through-go", ms=1200)
    until(lambda: live.lane.world.pulses == 2)
    assert hand.took() == 3
    assert [e.staff for e in live.written(EntryKind.OVERRIDE)] == ["w01"]

    live.lane.world.clock.advance(30.0)
    live.lane.show(ANA)
    live.publish()
    expect(tab.locator("#now")).to_have_attribute("data-tone", "busy")
    hand.press("#open-hold")
    hand.press("#hold-who button >> nth=0")
    until(lambda: len(live.written(EntryKind.HOLD)) == 1)
    expect(tab.locator("#back")).to_be_hidden()
    expect(tab.locator("#held button")).to_have_count(1)
    hand.press("#open-hold")
    hand.press("#held button")
    until(lambda: len(live.written(EntryKind.HOLD)) == 2)
    expect(tab.locator("#acts-said")).to_contain_text("不再暂缓")
    expect(tab.locator("#back")).to_be_hidden()
    assert hand.took() == 4

    hand.press("#open-visitor")
    hand.write("#visitor-name", "Ana")
    for _ in range(3):
        hand.press("#sheet-next")
    until(lambda: len(live.written(EntryKind.VISITOR)) == 1)
    hand.press("#sheet-next")
    hand.press("#sign-off")
    expect(tab.locator("#panel-title")).to_contain_text("duty card")
    assert live.lane.executor.staff is None
    assert live.lane.world.pulses == 2
    context.close()


@pytest.mark.needs_browser
def test_whoever_asks_for_help_is_told_that_somebody_comes(
    tab: Tab, screen: Served, gate: Gate
) -> None:
    expect(tab.locator("#help")).to_be_hidden()
    screen.show(feverish_case(help_since=stamp(980.0)))
    expect(tab.locator("#help")).to_contain_text("14:05")
    assert barriers(tab, screen) == []
    tab.click("#help-answered")
    until(lambda: [type(event) for event in gate.events] == [HelpAnswered])
    screen.show(feverish_case())
    expect(tab.locator("#help")).to_be_hidden()


@pytest.mark.needs_browser
def test_what_was_announced_can_be_read_again_while_somebody_is_served(
    tab: Tab, screen: Served
) -> None:
    told = announced("明天停水").one
    later = replace(told, id=b"2" * 8, zh="周六发菜", en="")
    screen.show(feverish_case(announcements=(told, later)))
    tab.click("#open-notice")
    expect(tab.locator("#notices li")).to_have_count(2)
    newest, oldest = tab.locator("#notices li").all()
    expect(newest).to_contain_text("周六发菜")
    for words in ("明天停水", told.en, told.issuer, "1月4日 14:05 起，到 1月6日 14:05"):
        expect(oldest).to_contain_text(words)
    expect(tab.locator("#no-notice")).to_be_hidden()
    screen.show(feverish_case())
    expect(tab.locator("#no-notice")).to_be_visible()
    expect(tab.locator("#notices li")).to_have_count(0)


@pytest.mark.needs_browser
def test_the_page_loads_little_script(browser: Browser, screen: Served) -> None:
    opened, sizes = browser.new_page(), {}

    def weigh(answer: Response) -> None:
        if answer.url.endswith(".js"):
            sizes[answer.url] = len(answer.body())

    opened.on("response", weigh)
    opened.goto(f"{screen.url}/staff", wait_until="load")
    expect(opened.locator("#gate")).to_have_text("南门")
    assert f"{screen.url}/static/acts.js" in sizes
    assert sum(sizes.values()) <= 60_000
    opened.close()
