"""What staff hand in reaches the gate as an event, or is refused by name; nothing else does."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from kiosk.core.messages import (
    Measuring,
    MeasuringChosen,
    RepeatAsked,
    SignedOff,
    SignedOn,
    StaffEvent,
    TemperatureTyped,
)
from kiosk.core.words import Source
from tests.screen.desk_making import SCAN, Gate, on_duty, waiting
from tests.screen.making import Served, served, stamp


def post(screen: Served, what: str, body: object, **headers: str) -> requests.Response:
    sent = {"Content-Type": "application/json", **headers}
    text = body if isinstance(body, str) else json.dumps(body)
    return requests.post(
        f"{screen.url}/staff/{what}", data=text.encode(), headers=sent, timeout=5
    )


def typed(value: object = "36.5", **fields: object) -> dict[str, object]:
    return {"scan_id": str(SCAN), "value": value, "instrument": "wrist", **fields}


def test_a_typed_temperature_reaches_the_gate_with_its_instrument(
    desk_screen: Served, desk_gate: Gate
) -> None:
    assert post(desk_screen, "typed", typed()).status_code == 200
    assert desk_gate.events == [TemperatureTyped(stamp(), SCAN, 36.5, Source.TYPED_WRIST)]


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
    desk_screen: Served, desk_gate: Gate, what: str, body: object, event: StaffEvent
) -> None:
    assert post(desk_screen, what, body).status_code == 200
    assert desk_gate.events == [event]


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
    desk_screen: Served, desk_gate: Gate, body: object
) -> None:
    answer = post(desk_screen, "typed", body)
    assert answer.status_code in (400, 413)
    assert answer.json()["error"] == "not_understood"
    assert desk_gate.events == []


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
    desk_screen: Served, desk_gate: Gate, headers: dict[str, str]
) -> None:
    assert post(desk_screen, "typed", typed(), **headers).status_code in (403, 415)
    assert desk_gate.events == []


@pytest.mark.parametrize("what", ["typed", "repeat", "measuring", "sign-off"])
def test_without_somebody_on_duty_only_signing_on_is_taken(
    desk_screen: Served, desk_gate: Gate, what: str
) -> None:
    desk_screen.show(on_duty(waiting(), staff=None))
    bodies = {"typed": typed(), "repeat": {"scan_id": str(SCAN)}, "sign-off": {}}
    answer = post(desk_screen, what, bodies.get(what, {"measuring": "typed"}))
    assert (answer.status_code, answer.json()["error"]) == (403, "nobody_on_duty")
    assert desk_gate.events == []


def test_five_wrong_pins_in_a_minute_are_enough_also_before_the_right_one(
    desk_screen: Served, desk_gate: Gate
) -> None:
    codes = [post(desk_screen, "sign-on", {"pin": f"000{n}"}).status_code for n in range(5)]
    assert codes == [403] * 5
    answer = post(desk_screen, "sign-on", {"pin": "4711"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert desk_gate.events == []


def test_pins_that_come_all_at_once_are_counted_and_looked_at_one_by_one() -> None:
    """A look takes 8 MiB: forty at once would be more than the kiosk has."""
    looking, seen, has_more = threading.Lock(), [], threading.Event()

    def nobodys(_pin: str) -> None:
        seen.append(looking.acquire(blocking=False))
        has_more.wait(0.05)  # as long as a look takes
        if seen[-1]:
            looking.release()

    with served(desk=Gate(), pins=nobodys) as screen, ThreadPoolExecutor(12) as many:
        screen.show(on_duty(staff=None))
        tries = [many.submit(post, screen, "sign-on", {"pin": f"{n:04}"}) for n in range(12)]
        codes = sorted(one.result().status_code for one in tries)
    assert codes == [403] * 5 + [429] * 7
    assert seen == [True] * 5, "never two at once"


@pytest.mark.parametrize("value", ["34.9", "40.0", "30.0", "43.9"])
def test_an_unusual_value_is_questioned_once(
    desk_screen: Served, desk_gate: Gate, value: str
) -> None:
    answer = post(desk_screen, "typed", typed(value))
    assert (answer.status_code, answer.json()["error"]) == (409, "is_it_right")
    assert desk_gate.events == []
    assert post(desk_screen, "typed", typed(value, is_sure=True)).status_code == 200
    assert [e.value_c for e in desk_gate.events if isinstance(e, TemperatureTyped)] == [
        float(value)
    ]


def test_a_gate_without_room_says_so(desk_screen: Served, desk_gate: Gate) -> None:
    desk_gate.has_room = False
    assert post(desk_screen, "typed", typed()).status_code == 503


def test_without_a_desk_the_page_is_for_reading_alone() -> None:
    with served() as screen:
        screen.show(on_duty(waiting()))
        assert post(screen, "typed", typed()).status_code == 404
