"""Fevers and incidents on the staff page: silence never looks like success."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kiosk.config import PrivacyConfig
from kiosk.core.matters import Act, CaseState, CaseWord, Contact, Matter, MatterKind, MatterNow
from kiosk.core.messages_staff import IncidentCalled, MatterActed
from kiosk.core.wording import Page as Shown
from kiosk.core.words import Granted, Reason
from kiosk.ports import Snapshot, SyncStatus
from kiosk.screen.staff_view import staff_view
from kiosk.screen.view import Scenery, public_view
from kiosk.timing import Stamp
from tests.screen.desk_making import Gate, on_duty
from tests.screen.making import BOOT, SCENERY, Served, entry, show, snapshot, stamp

LIN = Contact("林主任", "138 0013 8000", "负责人", 0)
ZHOU = Contact("周书记", "010-6655 1234", "社区书记", 120)
FEVER = Matter(
    5, MatterKind.FEVER, stamp(930.0), "wang", b"\1" * 8, "李*英", Reason.ELEVATED
)  # fmt: skip
CALLED = Matter(9, MatterKind.INCIDENT, stamp(985.0), "wang", called=stamp(985.0))


def with_matters(*now: MatterNow, contacts: tuple[Contact, ...] = (LIN, ZHOU)) -> Snapshot:
    sync = SyncStatus(0, 990.0, contacts=contacts)
    return snapshot(matters=now, sync=sync)


def view_of(shown: Snapshot, scenery: Scenery = SCENERY) -> dict[str, Any]:
    found = staff_view(shown, 1, scenery, PrivacyConfig())["matters"]
    assert isinstance(found, dict)
    return found


def test_until_central_has_it_nobody_knows_and_then_nobody_has_answered() -> None:
    for is_sent, state, words in (
        (False, "unheard", "还没有人知道"),
        (True, "sent", "还没有人接手"),
    ):
        view = view_of(with_matters(MatterNow(CALLED, is_sent)))
        assert view["list"][0]["state"] == state and words in view["list"][0]["said"][0]
        assert view["waiting"] and view["phrases"]


def test_who_answered_is_named_and_nobody_is_to_be_called() -> None:
    utc_ms = int(datetime(2027, 1, 5, 6, 4, tzinfo=UTC).timestamp() * 1000)
    word = CaseWord(9, CaseState.ANSWERED, "lin", utc_ms)
    view = view_of(with_matters(MatterNow(CALLED, is_sent=True, word=word)))
    assert view["list"][0]["said"][0] == "lin 已接手（14:04）"
    assert not view["waiting"] and view["phrases"] == []


def test_a_call_that_is_not_written_down_yet_is_no_success() -> None:
    view = view_of(replace(with_matters(), is_call_owed=True))
    assert view["owed"] and view["waiting"]


def test_a_gate_that_works_alone_shows_its_own_telephone() -> None:
    alone = snapshot(matters=(MatterNow(CALLED, is_sent=False),), sync=None)
    view = view_of(alone, replace(SCENERY, phone="8888 6666"))
    assert (view["levels"], view["phone"]) == ([], "8888 6666")
    assert view["list"][0]["state"] == "unheard"


def test_whoever_comes_back_with_an_open_fever_is_to_be_measured_by_contact() -> None:
    again = replace(entry(Granted()), decision=None, cti=FEVER.cti)
    page, fevers = show(Shown.STAFF_MEASURES), (MatterNow(FEVER, is_sent=True),)
    seen = snapshot(page, at_gate=again, matters=fevers)
    case = staff_view(seen, 1, SCENERY, PrivacyConfig())["now"]["case"]
    assert case["next"] == SCENERY.words.pair("next.elevated")
    other = replace(seen, at_gate=replace(again, cti=b"somebody"))
    assert staff_view(other, 1, SCENERY, PrivacyConfig())["now"]["case"]["next"] == ""


def test_the_resident_sees_nothing_of_it() -> None:
    quiet = snapshot()
    loud = with_matters(MatterNow(CALLED, is_sent=False), MatterNow(FEVER, is_sent=True))
    assert public_view(quiet, 1, SCENERY) == public_view(loud, 1, SCENERY)


def test_a_name_that_must_not_be_shown_is_not_shown() -> None:
    shown = with_matters(MatterNow(FEVER, is_sent=True))
    hidden = PrivacyConfig(show_labels=False)
    assert "李*英" not in str(staff_view(shown, 1, SCENERY, hidden)["matters"])
    assert "李*英" in str(view_of(shown))


def test_one_tap_calls_and_needs_nobody_signed_on(desk_gate: Gate, desk_screen: Served) -> None:
    desk_screen.show(snapshot())
    answer = requests.post(f"{desk_screen.url}/staff/incident", json={}, timeout=5)
    assert answer.status_code == 200
    (event,) = desk_gate.events
    assert isinstance(event, IncidentCalled)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"seq": 9, "act": "closed"}, 400),
        ({"seq": 9, "act": "answered"}, 400),
        ({"seq": 0, "act": "again"}, 400),
        ({"seq": "9", "act": "again"}, 400),
        ({"seq": 9, "act": "again", "by": "lin"}, 400),
        ({"seq": 77, "act": "again"}, 409),
        ({"act": "again"}, 400),
    ],
)
def test_what_no_page_of_ours_would_send_does_nothing(
    desk_gate: Gate, desk_screen: Served, form: dict[str, Any], status: int
) -> None:
    desk_screen.show(on_duty(matters=(MatterNow(CALLED, is_sent=True),)))
    answer = requests.post(f"{desk_screen.url}/staff/matter", json=form, timeout=5)
    assert (answer.status_code, desk_gate.events) == (status, [])


SIZES = [(1280, 800), (1024, 600), (800, 1280), (1920, 1080)]


@pytest.fixture
def page(browser: Browser, desk_screen: Served) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    page = context.new_page()
    page.goto(f"{desk_screen.url}/staff")
    yield page
    context.close()


def _now(mono_s: float) -> Stamp:
    """Return an instant by the clock of this machine, as the page's is."""
    return replace(stamp(mono_s), utc=datetime.now(UTC), boot_id=BOOT)


def _ago(matter: Matter, seconds: float) -> Matter:
    at = replace(matter.at, mono_s=1000.0 - seconds)
    return replace(matter, at=replace(at, utc=datetime.now(UTC) - timedelta(seconds=seconds)))


@pytest.mark.needs_browser
def test_what_waits_is_told_with_clock_and_telephone_on_any_screen(
    desk_gate: Gate, desk_screen: Served, page: Page
) -> None:
    fever, call = _ago(FEVER, 200), replace(_ago(CALLED, 65), calls=2, withdrawn_by=None)
    word = CaseWord(5, CaseState.ANSWERED, "lin", 1_799_129_040_000)
    shown = on_duty(
        matters=(MatterNow(fever, True, word), MatterNow(call, is_sent=False)),
        sync=SyncStatus(3, 990.0, contacts=(LIN, ZHOU)),
        at=_now(1000.0),
    )
    desk_screen.show(shown)
    section = page.locator("#matters")
    expect(section).to_be_visible()
    expect(section.locator("li.unheard .state")).to_contain_text("还没有人知道")
    expect(section.locator("li.answered .state")).to_contain_text("lin 已接手")
    expect(page.locator("#matter-phone")).to_have_text("138 0013 8000")
    expect(page.locator("#matter-next")).to_contain_text("周书记")
    clock = section.locator("li.unheard .age")
    expect(clock).to_have_text(re.compile("^01:0[5-9]$"))
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)
    again = section.get_by_role("button", name="再叫一次")
    again.focus()
    desk_screen.show(replace(shown, at=replace(shown.at, mono_s=1060.0)))
    expect(clock).to_have_text(re.compile("^02:0[0-9]$"))
    expect(again).to_be_focused()  # a minute later it is the same key
    again.tap()
    section.get_by_role("button", name="按错了，收回").tap()
    expect(page.locator("#matter-answer")).to_be_hidden()
    acts = [e.act for e in desk_gate.events if isinstance(e, MatterActed)]
    assert acts == [Act.AGAIN, Act.WITHDRAWN]
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        desk_screen.show(shown)  # or the page says after five seconds that the gate is lost
        expect(page.locator("#lost")).to_be_hidden()
        found = Axe().run(page, "#matters").response["violations"]
        assert found == [], [(one["id"], one["nodes"][0]["html"]) for one in found]
        wide = page.evaluate(
            "[...document.querySelectorAll('#matters, #matters *')]"
            ".filter((n) => n.getBoundingClientRect().right > innerWidth + 1).length"
        )
        assert wide == 0
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=f"{shots}/matters-{width}x{height}.png")
    for button in section.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None and min(box["height"], box["width"]) >= 80
