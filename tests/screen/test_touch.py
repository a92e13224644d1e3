"""Forms by touch: few taps, nothing covered, nothing lost, nothing kept that should not be."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from kiosk.core.messages_staff import (
    CardReturned,
    IsolationOrdered,
    OverrideGiven,
    RegularCame,
    ReturneeWritten,
    VehicleWritten,
    VisitorWritten,
)
from kiosk.core.words import Denied, EntryKind, Reason
from tests.screen.desk_making import SCAN, Gate, whose
from tests.screen.making import Served, entry, recorded, served, until
from tests.screen.test_gate_forms import DOORS, busy, seal
from tests.screen.touching import SIZES, Finger, check_touch

pytestmark = pytest.mark.needs_browser
ID = "110101199003070011"


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def screen(gate: Gate) -> Iterator[Served]:
    find_door = lambda *door: DOORS.get(door)  # noqa: E731
    with served(desk=gate, pins=whose, seal=seal, find_door=find_door) as screen:
        screen.show(busy())
        yield screen


def lengths(gate: Gate) -> dict[str, int]:
    """What was sealed, by the length of each field: the test's seal keeps no more."""
    (event,) = gate.events
    return {one.field: one.blob[0] for one in event.sealed}  # type: ignore[union-attr]


def write_wang_wei(finger: Finger) -> None:
    finger.keys(["王", "w"])
    finger.offered("伟")


def test_a_visitor_with_a_common_name_takes_twenty_five_taps(
    browser: Browser, screen: Served, gate: Gate
) -> None:
    finger = Finger(browser, screen, SIZES[0])
    finger.open("visitor")
    write_wang_wei(finger)
    finger.tap("#sheet-next")
    finger.keys("13912345678")
    finger.tap("#sheet-next")
    finger.tap('#visitor [data-value="repair"]')
    finger.keys("321201")  # no hyphens: the register knows which door that is
    finger.tap("#sheet-next")
    until(lambda: len(gate.events) == 1)
    assert finger.taps <= 25
    assert lengths(gate) == {"name": 2, "phone": 11, "note": len("purpose: repair")}
    assert isinstance(gate.events[0], VisitorWritten) and gate.events[0].host == "HH0001"
    kept = finger.tab.locator("#kept")
    expect(kept).to_contain_text("已登记")
    lent = replace(entry(Denied(Reason.QUOTA)), kind=EntryKind.CARD, details=(("card", 17),))
    screen.show(busy(recent=(recorded(lent, 99),)))
    expect(finger.tab.locator("#kept-card")).to_have_text("17")
    assert finger.errors == []
    finger.tab.close()


def test_letters_that_became_no_sign_stay_in_the_name(
    browser: Browser, screen: Served, gate: Gate
) -> None:
    finger = Finger(browser, screen, SIZES[0])
    finger.open("visitor")
    finger.keys([*"王", *"xiao"])
    expect(finger.tab.locator("#touch .bar button").first).to_be_visible()
    finger.tap("#sheet-next")
    assert finger.value("visitor-name") == "王Xiao"
    finger.tab.close()


def test_a_resident_without_a_pass_takes_forty_seconds(
    browser: Browser, screen: Served, gate: Gate
) -> None:
    """One tap a second, as slow as a glove: name, door and telephone."""
    finger = Finger(browser, screen, SIZES[1])
    finger.open("resident")
    finger.keys([*"李", *"jian"])
    finger.offered("建")
    finger.keys("guo")
    finger.offered("国")
    finger.keys(["ok", *"321201"])
    finger.tap("#sheet-next")
    finger.keys("13912345678")
    finger.tap("#sheet-next")
    until(lambda: len(gate.events) == 1)
    assert finger.taps <= 40
    assert lengths(gate) == {"name": 3, "phone": 11}
    finger.tab.close()


def test_the_other_forms_take_few_taps(browser: Browser, screen: Served, gate: Gate) -> None:
    finger = Finger(browser, screen, SIZES[1])

    def done(kind: type, taps: int) -> None:
        until(lambda: any(isinstance(event, kind) for event in gate.events))
        assert finger.taps <= taps, (kind, finger.taps)
        expect(finger.tab.locator("#kept")).to_be_visible()
        finger.tap("#sheet-next")
        expect(finger.tab.locator("#sheet")).to_be_hidden()
        finger.taps = 0

    finger.open("regulars")
    finger.tap('#regulars [data-value="12"]')
    done(RegularCame, 2)
    finger.open("returned")
    finger.keys(["1", "2", "ok"])
    done(CardReturned, 4)
    finger.open("car")
    finger.keys("京AD12345")
    finger.tap("#sheet-next")
    finger.tap('#car [data-value="3"]')
    finger.keys(["3", "2", "1", "2", "0", "1", "ok"])
    done(VehicleWritten, 19)
    finger.open("isolate")
    finger.tap(f'#isolate [data-value="{SCAN}"]')
    finger.tap("#sheet-next")
    done(IsolationOrdered, 3)
    finger.open("returnee")
    finger.tap(f'#returnee [data-value="{SCAN}"]')
    finger.tap("#sheet-next")
    finger.tap('#returnee [data-value="4201"]')
    finger.tap("#sheet-next")
    finger.tap('#returnee .step:not([hidden]) [data-value="2027-01-04"]')
    finger.tap("#sheet-next")
    done(ReturneeWritten, 7)
    car = next(e for e in gate.events if isinstance(e, VehicleWritten))
    assert (car.occupants, car.is_outside, car.host) == (3, True, "HH0001")
    assert finger.errors == []
    finger.tab.close()


# Whether the field in use is whole in sight and no key over it.
LOOK = """() => {
    const box = document.activeElement.getBoundingClientRect();
    const keys = document.getElementById("touch").getBoundingClientRect();
    const isClear = box.bottom <= keys.top + 1 || box.right <= keys.left + 1;
    const isWide = document.documentElement.scrollWidth > innerWidth;
    return [isClear && box.top >= 0 && box.bottom <= innerHeight, isWide];
}"""


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_key_is_small_and_no_field_is_covered(
    browser: Browser, screen: Served, size: tuple[int, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    finger = Finger(browser, screen, size)
    tab = finger.tab
    for form in ("visitor", "resident", "returned", "regulars", "car", "returnee", "isolate"):
        finger.open(form)
        while True:
            for field in tab.locator(f"#{form} .step:not([hidden]) input[data-keys]").all():
                field.focus()
                is_clear, is_wide = tab.evaluate(LOOK)
                assert (is_clear, is_wide) == (True, False), (form, field)
                check_touch(tab, f"{form} {field}")
            if size == SIZES[1] and form in ("visitor", "returnee"):
                found = axe.run(tab).response["violations"]
                assert [(v["id"], v["nodes"][0]["target"]) for v in found] == [], form
            check_touch(tab, form)
            if tab.locator(f"#{form} .step").last.is_visible():
                break
            tab.tap("#sheet-next")
        while tab.locator("#sheet").is_visible():
            tab.tap("#sheet-back")
    assert finger.errors == []
    tab.close()


def test_rare_names_are_written_and_shown_in_our_own_face(
    browser: Browser, screen: Served
) -> None:
    finger = Finger(browser, screen, SIZES[0])
    finger.open("visitor")
    finger.keys(["王", *"yue"])
    finger.offered("玥")
    finger.keys("yi")
    finger.tap('#touch .bar [data-key="after"]')
    finger.offered("祎")
    assert finger.value("visitor-name") == "王玥祎"
    face = finger.tab.locator("#visitor-name").evaluate(
        "n => document.fonts.check('30px ' + getComputedStyle(n).fontFamily, '玥祎䶮')"
    )
    assert face
    finger.tab.close()


def test_a_real_keyboard_a_scanner_and_pasted_text_work_as_well(
    browser: Browser, screen: Served, gate: Gate
) -> None:
    finger = Finger(browser, screen, SIZES[0])
    tab = finger.tab
    tab.focus("#open-visitor")
    tab.keyboard.press("Enter")
    tab.keyboard.type("zhang", delay=5)
    expect(tab.locator("#touch .bar button").first).to_have_text("张")
    tab.keyboard.press("1")
    tab.keyboard.type("wei", delay=5)
    expect(tab.locator("#touch .bar button").first).to_have_text("伟")
    tab.keyboard.press(" ")
    tab.keyboard.type("o", delay=5)
    tab.keyboard.press("Escape")
    expect(tab.locator("#sheet")).to_be_visible()
    assert finger.value("visitor-name") == "张伟"
    tab.keyboard.press("Enter")
    tab.keyboard.insert_text("139 1234 5678\n")
    tab.keyboard.press("Enter")
    tab.keyboard.type(ID)  # a card reader types, and ends with Enter
    tab.keyboard.press("Enter")
    expect(tab.locator("#visitor-id_number")).to_have_value("1*************0011")
    tab.keyboard.press("Enter")
    expect(tab.locator("#visitor .step").last).to_be_visible()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.focus("#sheet-next")
    tab.keyboard.press("Enter")
    until(lambda: len(gate.events) == 1)
    assert lengths(gate)["id_number"] == 18
    assert finger.errors == []
    tab.close()


SLOWLY = """const ask = window.fetch;
window.fetch = (url, ...more) => String(url).includes("/staff/ime")
    ? new Promise((done) => setTimeout(done, 300)).then(() => ask(url, ...more))
    : ask(url, ...more);"""


def test_keys_that_come_faster_than_the_offers_lose_nothing(
    browser: Browser, screen: Served
) -> None:
    finger = Finger(browser, screen, SIZES[0])
    tab = finger.tab
    tab.evaluate(SLOWLY)
    tab.focus("#open-visitor")
    tab.keyboard.press("Enter")
    tab.keyboard.type("zhang wei1")
    expect(tab.locator("#visitor-name")).to_have_value("张伟")
    tab.keyboard.type("yue")
    tab.tap('#touch [data-key="ok"]')
    expect(tab.locator("#visitor-name")).to_have_value(re.compile("^张伟.$"))
    tab.keyboard.type("yi")
    tab.tap('#touch .bar [data-key="after"]')
    second = tab.locator("#touch .bar button").first.inner_text()
    tab.keyboard.press(" ")
    expect(tab.locator("#visitor-name")).to_have_value(re.compile(f"^张伟.{second}$"))
    assert finger.errors == []
    tab.close()


def test_a_keyboard_with_pinyin_of_its_own_is_left_alone(
    browser: Browser, screen: Served
) -> None:
    finger = Finger(browser, screen, SIZES[0])
    tab = finger.tab
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    finger.open("visitor")
    engine = tab.context.new_cdp_session(tab)
    for typed in ("w", "wa", "wang"):
        place = {"selectionStart": len(typed), "selectionEnd": len(typed)}
        engine.send("Input.imeSetComposition", {"text": typed, **place})
        tab.locator("#visitor-name").dispatch_event(
            "keydown", {"key": "Enter", "isComposing": True}
        )
    engine.send("Input.insertText", {"text": "王"})
    expect(tab.locator("#visitor-name")).to_have_value("王")
    expect(tab.locator("#visitor-name")).to_be_focused()
    expect(tab.locator("#visitor .step").first).to_be_visible()
    assert not [url for url in asked if "/staff/ime" in url]
    engine.send("Input.insertText", {"text": "𠮷"})
    finger.keys(["erase"])
    assert finger.value("visitor-name") == "王", "a rare sign goes whole"
    tab.close()


def test_a_number_is_checked_as_it_is_typed_and_hidden_once_it_is_right(
    browser: Browser, screen: Served, gate: Gate
) -> None:
    finger = Finger(browser, screen, SIZES[1])
    tab = finger.tab
    finger.open("visitor")
    write_wang_wei(finger)
    finger.tap("#sheet-next")
    finger.keys(["ok"])
    mark, field = tab.locator("#visitor-id_number-mark"), tab.locator("#visitor-id_number")
    finger.keys("1101011990")
    expect(mark).to_have_text("")  # not finished: nobody is told off
    finger.keys("03070012")
    expect(mark).to_contain_text("有一位写错了")
    expect(field).to_have_attribute("aria-invalid", "true")
    finger.keys(["erase", "1"])
    expect(field).to_have_value("1*************0011")
    assert ID not in tab.content()
    finger.keys("2")  # what is hidden is typed anew
    assert finger.value("visitor-id_number") == "2"
    finger.keys(["erase", *"110101900307001", "ok"])
    expect(mark).to_contain_text("15位")
    tab.close()


def test_a_draft_outlives_a_lost_gate_and_a_sign_off_but_not_two_minutes(
    browser: Browser, gate: Gate
) -> None:
    with served(desk=gate, pins=whose, seal=seal) as screen:
        screen.show(busy())
        finger = Finger(browser, screen, SIZES[0])
        tab = finger.tab
        tab.clock.install()
        finger.open("visitor")
        write_wang_wei(finger)
        gate.has_room = False
        for _ in range(2):
            finger.tap("#sheet-next")
        finger.tap("#sheet-next")
        expect(tab.locator("#visitor-said")).to_contain_text("正忙")
        screen.stop()
        finger.tap("#sheet-next")
        expect(tab.locator("#visitor-said")).to_contain_text("没有送到")
        screen.start()
        screen.show(busy(staff=None))
        tab.clock.run_for(6000)
        expect(tab.locator("#sheet")).to_be_hidden()
        screen.show(busy())
        tab.clock.run_for(3000)
        expect(tab.locator("#open-visitor")).to_be_visible()
        finger.open("visitor")
        assert finger.value("visitor-name") == "王伟"
        assert tab.evaluate("Object.keys(localStorage).length + sessionStorage.length") == 0
        gate.has_room = True
        tab.clock.run_for(125_000)
        assert finger.value("visitor-name") == ""
        assert gate.events == []
        tab.close()


def test_a_sheet_whose_answer_was_lost_is_not_written_down_twice(
    browser: Browser, screen: Served, gate: Gate
) -> None:
    finger = Finger(browser, screen, SIZES[0])
    tab = finger.tab

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    tab.route("**/staff/visitor", lose)
    finger.open("visitor")
    write_wang_wei(finger)
    for _ in range(3):
        finger.tap("#sheet-next")
    expect(tab.locator("#visitor-said")).to_contain_text("没有送到")
    assert len(gate.events) == 1
    tab.unroute("**/staff/visitor")
    finger.tap("#sheet-next")
    expect(tab.locator("#kept")).to_be_visible()
    assert len(gate.events) == 1
    finger.tap("#sheet-next")
    finger.open("visitor")
    write_wang_wei(finger)  # of the same name, and another
    for _ in range(3):
        finger.tap("#sheet-next")
    until(lambda: len(gate.events) == 2)
    tab.close()


def test_two_staff_pages_do_not_decide_one_case_twice(
    browser: Browser, screen: Served, gate: Gate
) -> None:
    fingers = [Finger(browser, screen, size) for size in SIZES[:2]]
    for finger in fingers:
        finger.tap("#open-through")
        finger.tap('#through-why [data-value="known"]')
    for finger in fingers:
        screen.show(busy())  # the gate stands behind its page, however slow the browser is
        finger.press("#through-go")
    expect(fingers[0].tab.locator("#acts-said")).to_contain_text("已放行")
    expect(fingers[1].tab.locator("#through-said")).to_contain_text("同事刚刚处理过了")
    assert len(gate.events) == 1 and isinstance(gate.events[0], OverrideGiven)
    for finger in fingers:
        finger.tab.close()


@pytest.mark.needs_shared
def test_no_naughty_string_breaks_the_page_or_becomes_markup(
    browser: Browser, screen: Served, gate: Gate, shared: Path
) -> None:
    strings = json.loads((shared / "data/vectors/naughty-strings.json").read_text("utf-8"))
    finger = Finger(browser, screen, SIZES[0])
    tab = finger.tab
    asked: list[str] = []
    tab.on("dialog", lambda dialog: asked.append(dialog.message))
    finger.open("visitor")
    shapes = "document.querySelectorAll('#sheet *').length"
    put = """([fields, texts]) => { for (const text of texts) for (const id of fields) {
        const field = document.getElementById(id);
        field.value = text;
        field.dispatchEvent(new Event("input", { bubbles: true })); } }"""
    fields = [f"visitor-{name}" for name in ("name", "phone", "id_number", "plate", "door")]
    before = tab.evaluate(shapes)
    tab.evaluate(put, [fields, strings])
    for text in strings[:: len(strings) // 12]:
        tab.evaluate(put, [fields, [text]])
        tab.evaluate("document.getElementById('visitor').requestSubmit()")
        expect(tab.locator("#visitor-said")).to_be_visible()
    assert tab.evaluate(shapes) - before <= 30  # signs of what is wrong, and nothing else
    assert asked == finger.errors == gate.events == []
    tab.close()


def test_the_scripts_of_the_forms_stay_small() -> None:
    static = Path(__file__).parents[2] / "kiosk/screen/static"
    ours = [static / f"{name}.js" for name in ("touch", "forms", "finder")]
    assert sum(file.stat().st_size for file in ours) <= 20_000
