"""The button for a person: pressed by anybody, hostile or not; told to staff; answered once."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from playwright.sync_api import Browser, expect

from kiosk.config import PrivacyConfig, Site
from kiosk.core.messages_screen import CallHelp, EndHelp, HelpAnswered, HelpAsked, PageChosen
from kiosk.core.wording import ONE_MOMENT, Page
from kiosk.core.words import Denied, Refusal
from kiosk.runtime.calls import CALL_S, Calls
from kiosk.screen.staff_view import staff_view
from kiosk.screen.view import public_view
from tests.screen.desk_making import Gate, on_duty, whose
from tests.screen.making import SCENERY, Served, entry, served, show, snapshot, stamp, until

PHONE = "0451-8666 1234"
WITH_PHONE = replace(SCENERY, phone=PHONE)
UNBROKEN = "0451-\u20608666 1234"


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def screen(gate: Gate) -> Iterator[Served]:
    with served(desk=gate, pins=whose, site=Site(phone=PHONE)) as found:
        found.show(Page.IDLE)
        yield found


def press(screen: Served, **fields: object) -> requests.Response:
    return requests.post(f"{screen.url}/help", json={}, timeout=5, **fields)  # type: ignore[arg-type]


def test_a_press_is_one_event_however_often(screen: Served, gate: Gate) -> None:
    answers = [press(screen).status_code for _ in range(200)]
    assert set(answers) == {200}
    assert [type(event) for event in gate.events] == [HelpAsked]


def test_a_call_that_stands_is_not_called_again(screen: Served, gate: Gate) -> None:
    screen.show(snapshot(Page.IDLE, help_since=stamp()))
    assert press(screen).status_code == 200
    assert gate.events == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"headers": {"Origin": "http://evil.example"}}, 403),
        ({"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"headers": {"Host": "evil.example"}}, 421),
        ({"json": {"page": "pass_in"}}, 400),
        ({"data": "{}", "json": None}, 415),
        ({"data": b"{" * 100_000, "json": None}, 415),
        (
            {
                "data": b"[" * 9000,
                "json": None,
                "headers": {"Content-Type": "application/json"},
            },
            413,
        ),
    ],
)
def test_what_our_own_page_did_not_send_calls_nobody(
    screen: Served, gate: Gate, fields: dict[str, object], status: int
) -> None:
    sent = {"json": {}, **fields}
    answer = requests.post(f"{screen.url}/help", timeout=5, **sent)  # type: ignore[arg-type]
    assert (answer.status_code, gate.events) == (status, [])
    assert requests.get(f"{screen.url}/help", timeout=5).status_code == 405


def test_staff_answer_a_call_and_put_up_pages(screen: Served, gate: Gate) -> None:
    def post(name: str, body: dict[str, str]) -> int:
        answer = requests.post(f"{screen.url}/staff/{name}", json=body, timeout=5)
        return answer.status_code

    assert post("help-answered", {}) == 403
    assert post("show", {"page": "forgot"}) == 403
    assert post("show", {"page": "pass_in"}) == 400
    screen.show(on_duty(help_since=stamp()))
    assert post("help-answered", {}) == 200
    assert post("show", {"page": "visitor_wait"}) == 200
    screen.show(on_duty())
    assert post("help-answered", {}) == 200  # somebody else went
    assert [type(event) for event in gate.events] == [HelpAnswered, PageChosen]


def test_staff_read_since_when_somebody_waits() -> None:
    waits = staff_view(snapshot(help_since=stamp()), 1, SCENERY, PrivacyConfig())
    assert waits["help"] == {"since": "14:05", "words": SCENERY.words.pair("help.waits")}
    assert staff_view(snapshot(), 1, SCENERY, PrivacyConfig())["help"] is None


@pytest.mark.parametrize("page", [Page.HELP, *sorted(ONE_MOMENT, key=lambda page: page.value)])
def test_where_nobody_is_on_duty_people_read_a_telephone(page: Page) -> None:
    alone = public_view(snapshot(page), 1, WITH_PHONE)
    assert UNBROKEN in alone["zh"]["line"] and UNBROKEN in alone["en"]["line"]
    attended = public_view(snapshot(page, staff="li"), 1, WITH_PHONE)
    assert "0451" not in str(attended)
    assert "0451" not in str(public_view(snapshot(page), 1, SCENERY))


def test_bystanders_cannot_tell_one_moment_from_another_at_an_unattended_gate() -> None:
    views = set()
    for page in ONE_MOMENT:
        held = show(page, entry=entry(Denied(Refusal.SIG), label="张*明"), when_s=2_000_000_000)
        views.add(str(public_view(snapshot(held), 1, WITH_PHONE)))
    assert len(views) == 1


@pytest.mark.parametrize(
    ("staff", "scenery", "words"),
    [("li", WITH_PHONE, "工作人员马上就来"), (None, WITH_PHONE, f"请拨打 {UNBROKEN}"),
     (None, SCENERY, "已经告诉工作人员")],
)  # fmt: skip
def test_the_button_says_who_comes(staff: str | None, scenery: object, words: str) -> None:
    called = snapshot(Page.LOOK_TEMP, help_since=stamp(), staff=staff)
    assert public_view(called, 1, scenery)["help"]["zh"] == words  # type: ignore[arg-type]


def test_a_call_ends_itself_after_three_minutes() -> None:
    calls, call = Calls(), CallHelp(stamp(1000.0))
    assert calls.look(call, stamp(1000.1)) == call.at
    assert calls.look(call, stamp(1000.0 + CALL_S)) is None
    again = CallHelp(stamp(1300.0))
    assert calls.look(again, stamp(1300.0)) == again.at
    assert calls.look(CallHelp(stamp(1310.0)), stamp(1310.0)) == again.at
    assert calls.look(EndHelp(stamp(1320.0)), stamp(1320.0)) is None


@pytest.mark.needs_browser
def test_a_finger_on_the_button_calls_and_a_gate_without_room_says_so(
    browser: Browser, screen: Served, gate: Gate
) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 800}, has_touch=True)
    tab.goto(screen.url)
    gate.has_room = False
    tab.locator("#help").tap()
    expect(tab.locator("#ask")).to_be_visible()
    gate.has_room = True
    screen.show(snapshot(Page.SEEN))
    tab.locator("#help").tap()
    until(lambda: [type(event) for event in gate.events] == [HelpAsked])
    screen.show(snapshot(Page.LOOK_TEMP, help_since=stamp(), staff="li"))
    expect(tab.locator("#help")).to_contain_text("工作人员马上就来")
    tab.close()
