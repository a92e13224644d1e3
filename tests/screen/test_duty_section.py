"""The duty section: who is here, what was handed over, how the other gates stand, by touch."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from kiosk.core.duty import (
    Counts,
    DutyBoard,
    GateNow,
    Note,
    OtherGate,
    Sheet,
    Shift,
    Watch,
)
from kiosk.core.messages_staff import CoverChosen, NoteWritten
from kiosk.ports import Snapshot
from kiosk.screen.staff_duty import duty
from tests.screen.desk_making import Gate, on_duty, whose
from tests.screen.making import SCENERY, UTC_NOW, Served, served, snapshot, stamp, until

NOW_MS, HOUR_MS = int(UTC_NOW.timestamp() * 1000), 3_600_000
HOSTILE = "<img src=x onerror=alert(1)>"
SHEET = Sheet(
    90, "南门", "w05", NOW_MS - 8 * HOUR_MS, NOW_MS - 2 * HOUR_MS, True, 12, 89,
    Counts(78, 40, 31, 71, 5, 2), 1, 3, 1, ("camera_lost",),
    (Note(NOW_MS - 3 * HOUR_MS, "w05", HOSTILE),),
)  # fmt: skip
NORTH = OtherGate(GateNow("北门", None, 900, (), 1), 8)
EAST = OtherGate(GateNow("东门", "w07", 3600), 400)
BOARD = DutyBoard(
    Watch("w01", NOW_MS - 2 * HOUR_MS, counts=Counts(49, 22, 19, 41, 6, 1), sheet=SHEET),
    here=(Shift("南门", NOW_MS - HOUR_MS, NOW_MS + HOUR_MS, "w02"),),
    next=(Shift("南门", NOW_MS + 20 * HOUR_MS, NOW_MS + 28 * HOUR_MS, "w03"),),
    has_roster=True,
    others=(NORTH, EAST),
    told_s=5.0,
)


def seen(shown: Snapshot) -> dict[str, Any]:
    return duty(shown, replace(SCENERY, phone="0931-1"))


def test_who_is_here_and_who_should_be_are_both_said() -> None:
    found = seen(on_duty(duty=BOARD))
    assert found["now"]["words"][0] == "现在是 w01，12:05 起"
    said = [(line["words"][0], line["level"]) for line in found["roster"]]
    assert said == [("值班表上是 w02，到 15:05", "warn"), ("接下来是 w03，1月6日 10:05", "ok")]
    assert found["phone"] == "", "somebody is here"


def test_a_gate_without_anybody_shows_a_telephone_and_whom_to_call() -> None:
    alone = replace(BOARD, watch=replace(BOARD.watch, staff=None))
    found = seen(snapshot(duty=alone))
    assert (found["phone"], found["now"]["level"]) == ("0931-1", "warn")
    east = OtherGate(GateNow("东门", "w07", 60, ("南门",)), 4)
    found = seen(snapshot(duty=replace(alone, covered_by=east)))
    assert found["now"]["words"][0] == "这里由 东门 的 w07 兼顾"


def test_other_gates_are_told_with_their_age_and_what_is_old_is_marked() -> None:
    north, east = seen(on_duty(duty=BOARD))["others"]
    assert north["words"][0] == "无人值守（15分钟）" and north["waiting"][0] == "1 人等候"
    assert (north["level"], north["age"][0]) == ("bad", "消息是 8 秒前的")
    assert (east["level"], east["is_old"]) == ("warn", True)
    ours = replace(BOARD, watch=replace(BOARD.watch, covers=("北门",)))
    assert seen(on_duty(duty=ours))["others"][0]["level"] == "ok"


def test_times_of_a_doubtful_clock_are_marked() -> None:
    unsure = replace(BOARD.watch, is_sure=False, sheet=replace(SHEET, is_sure=False))
    found = seen(on_duty(duty=replace(BOARD, watch=unsure)))
    assert "≈12:05" in found["now"]["words"][0] and "≈06:05" in found["sheet"]["title"][0]


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate()


@pytest.fixture(scope="module")
def screen(gate: Gate) -> Iterator[Served]:
    with served(desk=gate, pins=whose) as screen:
        yield screen


def post(screen: Served, what: str, body: object) -> requests.Response:
    return requests.post(f"{screen.url}/staff/{what}", json=body, timeout=5)


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("note", {"text": ""}, 400),
        ("note", {"text": "x" * 201}, 400),
        ("note", {"text": "a\u0000b"}, 400),
        ("note", {"text": 7}, 400),
        ("note", {"text": "x", "staff": "root"}, 400),
        ("cover", {"gate": "西门", "is_on": True}, 409),
        ("cover", {"gate": "北门", "is_on": "yes"}, 400),
        ("cover", {"gate": "北" * 25, "is_on": True}, 400),
    ],
)
def test_what_is_no_note_and_no_gate_is_refused(
    screen: Served, gate: Gate, what: str, body: object, status: int
) -> None:
    screen.show(on_duty(duty=BOARD))
    gate.events.clear()
    assert post(screen, what, body).status_code == status
    assert gate.events == []


def test_without_somebody_on_duty_nothing_is_noted_or_covered(
    screen: Served, gate: Gate
) -> None:
    screen.show(snapshot(duty=BOARD))
    gate.events.clear()
    assert post(screen, "note", {"text": "x"}).status_code == 403
    assert post(screen, "cover", {"gate": "北门", "is_on": True}).status_code == 403
    assert gate.events == []


@pytest.fixture
def tab(browser: Browser, screen: Served) -> Iterator[Tab]:
    complaints: list[str] = []
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    screen.show(on_duty(duty=BOARD))
    tab.goto(f"{screen.url}/staff")
    tab.click("#open-today")
    expect(tab.locator("#duty-board")).to_be_visible()
    yield tab
    tab.close()
    assert complaints == []


@pytest.mark.needs_browser
def test_a_note_and_a_cover_by_touch_and_nothing_runs_that_was_written(
    tab: Tab, screen: Served, gate: Gate
) -> None:
    gate.events.clear()
    sheet = tab.locator("#handed")
    expect(sheet).to_contain_text(HOSTILE)  # it opened by itself: nobody has taken it
    assert sheet.locator("img").count() == 0
    tab.get_by_label("给下一班留言").fill("钥匙在抽屉")
    screen.show(on_duty(duty=replace(BOARD, told_s=6.0)))
    expect(tab.locator("#duty-told")).to_contain_text("6 秒")
    expect(tab.get_by_label("给下一班留言")).to_have_value("钥匙在抽屉")
    tab.get_by_role("button", name="留言").click()
    until(lambda: gate.events == [NoteWritten(stamp(), "钥匙在抽屉")])
    expect(tab.get_by_label("给下一班留言")).to_have_value("")
    tab.locator("#gates button").first.click()
    until(lambda: gate.events[1:] == [CoverChosen(stamp(), "北门", is_on=True)])


@pytest.mark.needs_browser
def test_a_key_under_a_finger_stays_while_ages_move_on(tab: Tab, screen: Served) -> None:
    key = tab.locator("#gates button").first.element_handle()
    older = (replace(NORTH, heard_s=19), EAST)
    screen.show(on_duty(duty=replace(BOARD, others=older)))
    expect(tab.locator("#gates .age").first).to_contain_text("19 秒")
    assert key is not None and key.evaluate("node => node.isConnected")


@pytest.mark.needs_browser
def test_axe_finds_nothing_and_nothing_hangs_out(tab: Tab, screen: Served) -> None:
    alone = replace(BOARD, watch=replace(BOARD.watch, staff=None))
    for shown in (on_duty(duty=BOARD), snapshot(duty=alone)):
        screen.show(shown)
        for width, height in ((1280, 800), (1024, 600), (800, 1280)):
            tab.set_viewport_size({"width": width, "height": height})
            wide = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, (width, wide)
            small = tab.evaluate(
                """() => [...document.querySelectorAll(
                    '#duty-board button, #duty-board summary, #duty-board input')]
                    .filter(node => node.checkVisibility())
                    .filter(node => node.getBoundingClientRect().height < 60)
                    .map(node => node.textContent)"""
            )
            assert small == []
        found = Axe().run(tab, context="#duty-board").response["violations"]
        assert found == [], [(one["id"], one["nodes"][0]["html"]) for one in found]
