"""What staff hand in reaches the gate as an event, or is refused by name; nothing else does."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import requests
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from kiosk.core.messages import (
    Measuring,
    MeasuringChosen,
    RepeatAsked,
    SignedOff,
    SignedOn,
    StaffEvent,
    TemperatureTyped,
)
from kiosk.core.wording import Page
from kiosk.core.words import Entry, Placement, Reading, Reason, Referred, Source, Surroundings
from kiosk.ports import Snapshot
from kiosk.timing import Stamp
from tests.screen.making import Served, entry, served, show, snapshot, stamp, until

SCAN = UUID(int=7)
COLD = Surroundings(Placement.OUTDOORS, None, -15.0)


@dataclass
class Gate:
    """The main thread's inbox, in memory."""

    events: list[StaffEvent] = field(default_factory=list)
    has_room: bool = True

    def __call__(self, make: Callable[[Stamp], StaffEvent]) -> bool:
        """Take the event if there is room."""
        if self.has_room:
            self.events.append(make(stamp()))
        return self.has_room


def whose(pin: str) -> str | None:
    return {"4711": "w01"}.get(pin)


def waiting(label: str = "张*明", scan: int = 7) -> Entry:
    open_case = entry(Referred(Reason.TOO_COLD), label=label, scan=scan)
    return Entry(**{**{k: getattr(open_case, k) for k in Entry.__slots__}, "decision": None})


def on_duty(*cases: Entry, **fields: Any) -> Snapshot:
    known = {"staff": "w01", "surroundings": COLD, "is_by_hand": True, "open_cases": cases}
    return snapshot(show(Page.STAFF_MEASURES), **{**known, **fields})


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def screen(gate: Gate) -> Iterator[Served]:
    with served(desk=gate, pins=whose) as found:
        found.show(on_duty(waiting()))
        yield found


def post(screen: Served, what: str, body: object, **headers: str) -> requests.Response:
    sent = {"Content-Type": "application/json", **headers}
    text = body if isinstance(body, str) else json.dumps(body)
    return requests.post(
        f"{screen.url}/staff/{what}", data=text.encode(), headers=sent, timeout=5
    )


def typed(value: object = "36.5", **fields: object) -> dict[str, object]:
    return {"scan_id": str(SCAN), "value": value, "instrument": "wrist", **fields}


def test_a_typed_temperature_reaches_the_gate_with_its_instrument(
    screen: Served, gate: Gate
) -> None:
    assert post(screen, "typed", typed()).status_code == 200
    assert gate.events == [TemperatureTyped(stamp(), SCAN, 36.5, Source.TYPED_WRIST)]


@pytest.mark.parametrize(
    ("what", "body", "event"),
    [
        ("sign-on", {"pin": "4711"}, SignedOn(stamp(), "w01")),
        ("sign-off", {}, SignedOff(stamp())),
        ("repeat", {"scan_id": str(SCAN)}, RepeatAsked(stamp(), SCAN)),
        (
            "measuring",
            {"measuring": "typed"},
            MeasuringChosen(stamp(), Measuring.TYPED),
        ),
    ],
)
def test_each_form_is_one_event(
    screen: Served, gate: Gate, what: str, body: object, event: StaffEvent
) -> None:
    assert post(screen, what, body).status_code == 200
    assert gate.events == [event]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        typed("29.9"),
        typed("44.0"),
        typed("36.55"),
        typed("NaN"),
        typed(36.5),
        typed("３６.５"),
        typed(instrument="guess"),
        typed(scan_id="7"),
        typed(is_sure="yes"),
        typed(staff="root"),
        {"value": "36.5"},
        {"value": "36.5" * 400},
    ],
)
def test_what_our_page_would_not_send_is_refused_and_does_nothing(
    screen: Served, gate: Gate, body: object
) -> None:
    answer = post(screen, "typed", body)
    assert answer.status_code in (400, 413)
    assert answer.json()["error"] == "not_understood"
    assert gate.events == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_no_other_sites_page_can_type_through_this_browser(
    screen: Served, gate: Gate, headers: dict[str, str]
) -> None:
    assert post(screen, "typed", typed(), **headers).status_code in (403, 415)
    assert gate.events == []


@pytest.mark.parametrize("what", ["typed", "repeat", "measuring", "sign-off"])
def test_without_somebody_on_duty_only_signing_on_is_taken(
    screen: Served, gate: Gate, what: str
) -> None:
    screen.show(on_duty(waiting(), staff=None))
    bodies = {"typed": typed(), "repeat": {"scan_id": str(SCAN)}, "sign-off": {}}
    answer = post(screen, what, bodies.get(what, {"measuring": "typed"}))
    assert (answer.status_code, answer.json()["error"]) == (403, "nobody_on_duty")
    assert gate.events == []


def test_five_wrong_pins_in_a_minute_are_enough_also_before_the_right_one(
    screen: Served, gate: Gate
) -> None:
    codes = [post(screen, "sign-on", {"pin": f"000{n}"}).status_code for n in range(5)]
    assert codes == [403] * 5
    answer = post(screen, "sign-on", {"pin": "4711"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert gate.events == []


@pytest.mark.parametrize("value", ["34.9", "40.0", "30.0", "43.9"])
def test_an_unusual_value_is_questioned_once(screen: Served, gate: Gate, value: str) -> None:
    answer = post(screen, "typed", typed(value))
    assert (answer.status_code, answer.json()["error"]) == (409, "is_it_right")
    assert gate.events == []
    assert post(screen, "typed", typed(value, is_sure=True)).status_code == 200
    assert [e.value_c for e in gate.events if isinstance(e, TemperatureTyped)] == [float(value)]


def test_a_gate_without_room_says_so(screen: Served, gate: Gate) -> None:
    gate.has_room = False
    assert post(screen, "typed", typed()).status_code == 503


def test_without_a_desk_the_page_is_for_reading_alone() -> None:
    with served() as screen:
        screen.show(on_duty(waiting()))
        assert post(screen, "typed", typed()).status_code == 404


# The same in a browser.


@pytest.fixture
def tab(browser: Browser, screen: Served) -> Iterator[Tab]:
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    opened.goto(f"{screen.url}/staff")
    expect(opened.locator("#desk")).to_be_visible()
    yield opened
    opened.close()


def tap(tab: Tab, *keys: str) -> None:
    for key in keys:
        tab.click(f"#key-{key}")


def test_three_digits_and_one_tap_are_a_temperature(tab: Tab, gate: Gate) -> None:
    tap(tab, "3", "6", "5")
    expect(tab.locator("#typed")).to_have_text("36.5")
    tap(tab, "ok")
    until(lambda: len(gate.events) == 1)
    assert gate.events == [TemperatureTyped(stamp(), SCAN, 36.5, Source.TYPED_WRIST)]
    expect(tab.locator("#typed")).to_have_text("–")


def test_the_keyboard_alone_types_too_and_the_instrument_is_kept(tab: Tab, gate: Gate) -> None:
    tab.click("#with-contact")
    tab.locator("body").press("3")
    for key in ("6", "8", "Backspace", "7"):
        tab.keyboard.press(key)
    tab.locator("#with-contact").evaluate("node => node.blur()")
    tab.keyboard.press("Enter")
    until(lambda: len(gate.events) == 1)
    assert gate.events == [TemperatureTyped(stamp(), SCAN, 36.7, Source.TYPED_CONTACT)]


def test_a_draft_outlives_new_views_and_a_busy_gate(
    tab: Tab, gate: Gate, screen: Served
) -> None:
    tap(tab, "3", "6")
    screen.show(on_duty(waiting(), at=stamp(1001.0), recent=()))
    tap(tab, "4")
    gate.has_room = False
    tap(tab, "ok")
    expect(tab.locator("#said")).to_be_visible()
    expect(tab.locator("#typed")).to_have_text("36.4")
    gate.has_room = True
    tap(tab, "ok")
    until(lambda: len(gate.events) == 1)


def test_an_unusual_value_is_asked_about_on_the_page(tab: Tab, gate: Gate) -> None:
    tap(tab, "3", "4", "1", "ok")
    expect(tab.locator("#question")).to_be_visible()
    assert gate.events == []
    tab.click("#yes")
    until(lambda: len(gate.events) == 1)


def test_whoever_comes_next_is_typed_for_unless_a_draft_is_open(
    tab: Tab, gate: Gate, screen: Served
) -> None:
    screen.show(on_duty(waiting("王*", 8), waiting()))
    expect(tab.locator("#cases button")).to_have_count(2)
    tap(tab, "3", "6", "5")
    screen.show(on_duty(waiting("李*", 9), waiting("王*", 8), waiting()))
    expect(tab.locator("#cases button")).to_have_count(3)
    tap(tab, "ok")
    until(lambda: len(gate.events) == 1)
    assert [e.scan_id.int for e in gate.events if isinstance(e, TemperatureTyped)] == [8]


def test_signing_on_by_pin_and_choosing_by_one_tap(
    tab: Tab, gate: Gate, screen: Served
) -> None:
    screen.show(on_duty(staff=None))
    expect(tab.locator("#pad-how")).to_be_visible()
    tap(tab, "4", "7", "1", "1", "ok")
    until(lambda: gate.events == [SignedOn(stamp(), "w01")])
    screen.show(on_duty(surroundings=None, is_by_hand=False))
    tab.click("#by-hand")
    until(lambda: gate.events[1:] == [MeasuringChosen(stamp(), Measuring.TYPED)])


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
        assert box["width"] >= 64
        assert box["height"] >= 64


def test_a_typed_reading_is_shown_as_typed_to_staff_and_never_to_the_public(
    screen: Served, tab: Tab
) -> None:
    value = Reading(36.9, 36.9, 0.0, 0, 1.0, 1.0, None, "", Source.TYPED_WRIST)
    case = waiting()
    seen = Entry(**{**{k: getattr(case, k) for k in Entry.__slots__}, "readings": (value,)})
    screen.show(on_duty(seen, waiting("王*", 8)))
    expect(tab.locator("#cases button").first).to_contain_text("36.9 ℃ Wrist, typed")
    with requests.get(f"{screen.url}/events", stream=True, timeout=5) as answer:
        text = next(line for line in answer.iter_lines() if line.startswith(b"data:"))
    assert b"36.9" not in text
