"""A tap that is meant for one person never lands on the next, and a page never hangs on one."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from kiosk.core.messages import TemperatureTyped
from kiosk.core.messages_staff import HoldPlaced, OccupantTyped, OverrideGiven, Persuaded
from kiosk.core.wording import Page
from kiosk.core.words import Decision, Entry, Granted, Reason, Referred
from kiosk.core.words_home import OpenVehicle
from kiosk.ports import Snapshot
from kiosk.screen.desk_lock import LOCK_S, Lock
from kiosk.screen.desk_parts import LookUps
from tests.screen.desk_making import Gate, on_duty, waiting, whose
from tests.screen.making import Served, entry, recorded, served, show, snapshot, until
from tests.screen.test_staff_page import Seconds, press
from tests.screen.touching import SETTLE_MS

pytestmark = pytest.mark.needs_browser

FEVERISH = Referred(Reason.ELEVATED)
NAMES = {b"\x01" * 8: "张三明", b"\x02" * 8: "李四英"}


def slowly(cti: bytes) -> str:
    """The directory takes its time over the first of them."""
    time.sleep(0.6 if cti == b"\x01" * 8 else 0.0)
    return NAMES[cti]


def case(scan: int, label: str, decision: Decision = FEVERISH) -> Entry:
    return replace(entry(decision, label=label, scan=scan), cti=bytes([scan]) * 8)


ZHANG, LI, WANG = case(1, "张*明"), case(2, "李*英"), case(3, "王*", Granted())


def came(*newest_first: Entry, **fields: Any) -> Snapshot:
    """Who came, and the newest of them in the page."""
    rows = [recorded(e, 50 - place) for place, e in enumerate(newest_first)]
    page = show(Page.FEVER, entry=newest_first[0])
    return snapshot(page, **{"staff": "w01", "recent": tuple(rows), **fields})


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def screen(gate: Gate, seconds: Seconds) -> Iterator[Served]:
    look_ups = LookUps(name_of=slowly)
    with served(desk=gate, pins=whose, look_ups=look_ups, lock=Lock(seconds)) as screen:
        screen.show(came(ZHANG))
        yield screen


@pytest.fixture
def tab(browser: Browser, screen: Served) -> Iterator[Tab]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(f"{screen.url}/staff")
    expect(opened.locator("#recent li")).to_have_count(1)
    yield opened
    assert errors == []
    context.close()


def scans(gate: Gate) -> list[int]:
    return [event.scan_id.int for event in gate.events]  # type: ignore[union-attr]


def test_whoever_is_at_the_gate_is_let_through_and_not_who_came_before(
    tab: Tab, screen: Served, gate: Gate
) -> None:
    screen.show(came(LI, ZHANG))
    expect(tab.locator("#recent li")).to_have_count(2)
    tab.click("#open-through")
    chosen = tab.locator('#through-who [aria-pressed="true"]')
    expect(chosen).to_contain_text("李*英")
    tab.click("#through-who button >> nth=1")
    tab.click('#through-why [data-value="known"]')
    tab.click("#back")
    tab.click("#open-through")
    expect(chosen).to_contain_text("李*英")
    assert tab.locator('#through-why [aria-pressed="true"]').count() == 0, "asked each time"
    tab.click('#through-why [data-value="papers"]')
    screen.show(came(WANG, LI, ZHANG))
    expect(tab.locator("#recent li")).to_have_count(3)
    expect(chosen).to_contain_text("李*英")  # whom the panel was opened for
    press(tab, "#through-go", ms=1200)
    until(lambda: len(gate.events) == 1)
    assert isinstance(gate.events[0], OverrideGiven) and scans(gate) == [2]


def test_a_press_that_began_for_one_lets_nobody_else_through(
    tab: Tab, screen: Served, gate: Gate
) -> None:
    screen.show(came(LI, ZHANG))
    expect(tab.locator("#recent li")).to_have_count(2)
    tab.click("#open-through")
    tab.click('#through-why [data-value="known"]')
    tab.locator("#through-go").dispatch_event("pointerdown")
    screen.show(came(case(2, "李*英", Granted()), ZHANG))  # a colleague was faster
    expect(tab.locator("#through-who")).not_to_contain_text("李*英")
    tab.wait_for_timeout(1300)
    tab.locator("#through-go").dispatch_event("pointerup")
    expect(tab.locator("#through-said")).to_be_hidden()
    assert gate.events == []


def test_a_finger_on_its_way_to_one_does_not_hold_the_next(
    tab: Tab, screen: Served, gate: Gate
) -> None:
    tab.click("#open-hold")
    top = tab.locator("#hold-who button").first
    expect(top).to_contain_text("张*明")
    place = top.bounding_box()
    assert place is not None
    middle = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    screen.show(came(LI, ZHANG))
    expect(top).to_contain_text("李*英")
    tab.touchscreen.tap(*middle)
    tab.wait_for_timeout(SETTLE_MS)
    assert gate.events == []
    tab.touchscreen.tap(*middle)
    until(lambda: len(gate.events) == 1)
    assert isinstance(gate.events[0], HoldPlaced) and scans(gate) == [2]


def test_a_key_of_a_list_that_is_drawn_anew_keeps_the_focus(tab: Tab, screen: Served) -> None:
    tab.click("#open-hold")
    tab.locator("#hold-who button").first.focus()
    screen.show(came(LI, ZHANG))
    expect(tab.locator("#hold-who button").first).to_contain_text("李*英")
    held = tab.locator(":focus")
    expect(held).to_have_text(re.compile("张*明".replace("*", r"\*")))
    assert held.evaluate("node => node.tagName") == "BUTTON"


def test_who_is_talked_back_in_is_who_the_page_shows(
    tab: Tab, screen: Served, gate: Gate
) -> None:
    at_gate = waiting("李*英", 2)
    screen.show(came(WANG, ZHANG, show=show(Page.LOOK_TEMP), at_gate=at_gate))
    expect(tab.locator("#case b").first).to_have_text("李*英")
    tab.click("#persuaded")
    tab.wait_for_timeout(SETTLE_MS)
    assert gate.events == [], "whom the page shows had changed a moment before"
    tab.click("#persuaded")
    until(lambda: len(gate.events) == 1)
    assert isinstance(gate.events[0], Persuaded) and scans(gate) == [2]
    expect(tab.locator("#acts-said")).to_contain_text("李*英")
    screen.show(came(WANG, ZHANG, show=show(Page.IDLE)))
    expect(tab.locator("#case b")).to_have_count(0)
    tab.wait_for_timeout(SETTLE_MS)
    tab.click("#persuaded")
    until(lambda: len(gate.events) == 2)
    assert scans(gate) == [2, 3], "nobody is at the gate: whoever went last"


def test_a_full_name_is_never_seen_over_somebody_else(tab: Tab, screen: Served) -> None:
    screen.show(came(ZHANG, has_look_up=True))
    full, button = tab.locator("#full"), tab.locator("#full-name")
    expect(button).to_be_visible()
    button.dispatch_event("pointerdown")
    tab.wait_for_timeout(200)  # the directory is asked
    screen.show(came(LI, ZHANG, has_look_up=True))
    expect(tab.locator("#case b").first).to_have_text("李*英")
    tab.wait_for_timeout(800)
    expect(full).to_have_text("")
    button.dispatch_event("pointerup")
    button.dispatch_event("pointerdown")
    expect(full).to_have_text("李四英")
    screen.show(came(WANG, LI, has_look_up=True))
    expect(tab.locator("#case b").first).to_have_text("王*")
    expect(full).to_have_text("")


def test_where_two_wait_a_temperature_is_for_whom_staff_say(
    tab: Tab, screen: Served, gate: Gate
) -> None:
    screen.show(on_duty(waiting("张*明", 7)))
    tab.click("#open-typed")
    expect(tab.locator("#typed")).to_have_text("-")
    screen.show(on_duty(waiting("李*英", 8), waiting("张*明", 7)))
    expect(tab.locator("#cases button")).to_have_count(2)
    for key in "365":
        tab.click(f"#key-{key}")
    expect(tab.locator("#key-ok")).to_be_disabled()
    expect(tab.locator("#panel-title")).to_contain_text("哪位")
    tab.wait_for_timeout(SETTLE_MS)
    tab.click("#cases button >> nth=1")
    tab.click("#key-ok")
    until(lambda: len(gate.events) == 1)
    assert isinstance(gate.events[0], TemperatureTyped) and scans(gate) == [7]


def test_a_temperature_that_was_begun_ends_with_whom_it_was_for(
    tab: Tab, screen: Served, gate: Gate, seconds: Seconds
) -> None:
    screen.show(on_duty(waiting("李*英", 8), waiting("张*明", 7)))
    expect(tab.locator("#cases button")).to_have_count(2)
    tab.click("#open-typed")
    tab.click("#cases button >> nth=1")
    for key in ("3", "4", "1", "ok"):
        tab.click(f"#key-{key}")
    expect(tab.locator("#question")).to_be_visible()
    screen.show(on_duty(waiting("李*英", 8)))
    expect(tab.locator("#cases button")).to_have_count(1)
    expect(tab.locator("#question")).to_be_hidden()
    expect(tab.locator("#typed")).to_have_text("-")
    tab.click("#key-3")
    seconds.now_s += LOCK_S + 1
    screen.show(on_duty(waiting("李*英", 8), at=replace(snapshot().at, mono_s=1001.0)))
    tab.click("#open-through")
    tab.click("#through .to-pin")
    screen.show(on_duty(waiting("王*", 9)))
    for _ in ("the PIN", "the panel behind it"):
        tab.click("#back")
    tab.click("#open-typed")
    expect(tab.locator("#typed")).to_have_text("-")
    assert gate.events == []


def test_a_temperature_for_one_vehicle_is_not_written_to_the_next(
    tab: Tab, screen: Served, gate: Gate
) -> None:
    one, two = (OpenVehicle(bytes([n]) * 8, 3, 1, True, n) for n in (1, 2))
    screen.show(on_duty(open_vehicle=one))
    tab.click("#open-typed")
    expect(tab.locator("#cases button")).to_have_count(1)
    tab.click("#key-3")
    screen.show(on_duty(open_vehicle=two))
    expect(tab.locator("#typed")).to_have_text("-")
    for key in ("3", "6", "5", "ok"):
        tab.click(f"#key-{key}")
    until(lambda: len(gate.events) == 1)
    assert isinstance(gate.events[0], OccupantTyped)
    assert gate.events[0].vehicle == two.vehicle


def test_a_gate_that_never_answers_keeps_no_page_waiting(
    tab: Tab, screen: Served, gate: Gate
) -> None:
    screen.show(on_duty(waiting("张*明", 7)))
    tab.click("#open-typed")
    tab.route("**/staff/typed", lambda _: None)  # taken by the network, and never answered
    for key in ("3", "6", "5", "ok"):
        tab.click(f"#key-{key}")
    expect(tab.locator("#said")).to_contain_text("没有送到", timeout=10_000)
    tab.unroute("**/staff/typed")
    tab.click("#key-ok")
    until(lambda: len(gate.events) == 1)
