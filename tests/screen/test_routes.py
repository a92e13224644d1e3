"""Whatever the pages answer is guarded: every route, asked in each way that is not ours."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.routing import Mount, Route

from kiosk.config import LanConfig, PrivacyConfig
from kiosk.screen.app import Pages
from kiosk.screen.desk import Desk
from kiosk.screen.desk_forms import BODY_BYTES_MAX
from kiosk.screen.hub import Hub
from kiosk.screen.lan import Lan
from kiosk.screen.lan_pairing import COOKIE
from kiosk.screen.lan_tablets import Tablets
from kiosk.screen.preview import PreviewJpeg
from kiosk.screen.scenery import Sounds, make_voice
from tests.screen.desk_making import SCAN, Gate, on_duty, whose
from tests.screen.making import SCENERY
from tests.screen.test_gate_forms import FORMS
from tests.screen.test_lan import JSON, NOW, Open, Reported, opened

CASE = {"scan_id": str(SCAN)}
TYPED = {**CASE, "value": "36.5", "instrument": "wrist"}
REF = {"ref": "0" * 16}
# What our own pages send, for each route that takes something.
BODIES: dict[str, dict[str, Any]] = {
    f"/staff/{name}": body for name, (body, _) in FORMS.items()
}
BODIES |= {
    "/help": {},
    "/staff/sign-on": {"pin": "4711"},
    "/staff/sign-off": {},
    "/staff/touched": {},
    "/staff/lock": {},
    "/staff/unlock": {"pin": "4711"},
    "/staff/typed": TYPED,
    "/staff/repeat": CASE,
    "/staff/measuring": {"measuring": "typed"},
    "/staff/check": {"field": "name", "text": "张"},
    "/staff/hold": {"scan_id": None},
    "/staff/lift": CASE,
    "/staff/emergency": {"is_sure": True},
    "/staff/find": {"text": "zhang"},
    "/staff/who": REF,
    "/staff/vouch": REF,
    "/staff/full-name": CASE,
    "/staff/help-answered": {},
    "/staff/show": {"page": "forgot"},
    "/staff/incident": {},
    "/staff/matter": {"seq": 1, "act": "again"},
    "/staff/note": {"text": "x"},
    "/staff/cover": {"gate": "东门", "is_on": True},
    "/staff/tablets": {},
    "/staff/tablet-in": {"name": "tablet-1"},
    "/staff/tablet-out": {"name": "tablet-1"},
}
# Whoever signs on, shuts the page, must get out, is shouted at or asks for help is nobody yet.
FREE = {"/staff/sign-on", "/staff/lock", "/staff/emergency", "/staff/incident", "/help"}
HERE_ALONE = {"/staff/tablets", "/staff/tablet-in", "/staff/tablet-out"}


def _all_routes() -> list[tuple[str, str]]:
    """Every method and path that the pages answer; a word stands for what varies."""
    hub = Hub()
    lan = Lan(LanConfig(), Path(), Tablets(Path()), Reported(), lambda: NOW)
    desk = Desk(hub, SCENERY, Gate(), whose, more=lan.forms.takes)
    voice = make_voice(Sounds(), SCENERY)
    pages = Pages(
        hub, PreviewJpeg(lambda: None), SCENERY, PrivacyConfig(), voice=voice, desk=desk
    )
    found = []
    for route in pages.app().routes:
        if isinstance(route, Mount):
            found.append(("GET", f"{route.path}/staff.js"))
            continue
        assert isinstance(route, Route)
        path = re.sub(r"\{.*?\}", "x", route.path)
        found += [(method, path) for method in sorted((route.methods or set()) - {"HEAD"})]
    return found


ROUTES = _all_routes()
POSTS = [path for method, path in ROUTES if method == "POST"]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with opened(tmp_path_factory.mktemp("keys")) as found:
        yield found


@pytest.fixture(scope="module")
def desk(gate: Open) -> Gate:
    assert isinstance(gate.desk, Gate)
    return gate.desk


def test_a_route_shows_or_takes_and_all_that_take_are_known_here() -> None:
    assert len(ROUTES) > 40
    assert {method for method, _ in ROUTES} == {"GET", "POST"}
    assert set(POSTS) == set(BODIES)


def test_no_route_is_answered_by_another_name(gate: Open) -> None:
    for method, path in ROUTES:
        for url, options in ((gate.screen.url, {}), (gate.url, gate.trust)):
            answer = requests.request(
                method, url + path, headers={"Host": "evil.example"}, timeout=5, **options
            )
            assert answer.status_code == 421, (url, path)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({**JSON, "Origin": "http://evil.example"}, None, 403),
        ({**JSON, "Origin": "null"}, None, 403),
        ({**JSON, "Sec-Fetch-Site": "cross-site"}, None, 403),
        ({**JSON, "Sec-Fetch-Site": "same-site"}, None, 403),
        ({"Content-Type": "text/plain"}, None, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, None, 415),
        (JSON, '{"more": 1}', 400),
        (JSON, "[" * 1000, 400),
        (JSON, '"' + "x" * BODY_BYTES_MAX, 413),
    ],
)
def test_no_route_takes_what_our_own_page_would_not_send(
    gate: Open, desk: Gate, headers: dict[str, str], body: str | None, status: int
) -> None:
    for path in POSTS:
        sent = json.dumps(BODIES[path]) if body is None else body
        answer = requests.post(
            gate.screen.url + path, data=sent.encode(), headers=headers, timeout=5
        )
        assert answer.status_code == status, path
        assert all(answer.json()["words"]), path
    assert desk.events == []


def test_without_somebody_on_duty_nothing_else_is_taken(gate: Open, desk: Gate) -> None:
    gate.screen.show(on_duty(staff=None))
    for path in POSTS:
        answer = requests.post(gate.screen.url + path, json=BODIES[path], timeout=5)
        if path in FREE:
            assert answer.status_code == 200, path
        else:
            assert (answer.status_code, answer.json()["error"]) == (403, "nobody_on_duty"), path
    assert len(desk.events) == len(FREE) - 1, "shutting the page is no event"
    desk.events.clear()
    gate.screen.show(on_duty())


@pytest.mark.parametrize("cookie", [None, "0" * 64], ids=["none", "forged"])
def test_no_route_is_open_to_a_tablet_that_is_not_paired(
    gate: Open, desk: Gate, cookie: str | None
) -> None:
    cookies = {} if cookie is None else {COOKIE: cookie}
    headers = {**JSON, "Origin": gate.url}
    for method, path in ROUTES:
        body = json.dumps(BODIES[path]) if method == "POST" else None
        answer = gate.ask(method, path, cookies=cookies, headers=headers, data=body)
        allowed = {"/static/staff.js": 200, "/": 307}.get(path)
        assert answer.status_code == (
            allowed or (403 if path.startswith("/staff") and path not in HERE_ALONE else 404)
        ), path
    assert desk.events == []


def test_a_paired_tablet_is_answered_the_staff_page_alone_and_by_our_page_alone(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as gate:
        cookies = gate.paired()
        for method, path in ROUTES:
            if method == "GET" and not path.endswith("/events"):
                answer = gate.ask(method, path, cookies=cookies)
                is_theirs = path.startswith("/staff") and path not in HERE_ALONE
                ours = {
                    "/static/staff.js": 200,
                    "/": 307,
                    "/staff/photo": 404,
                    "/staff/ime": 400,
                }
                assert answer.status_code == ours.get(path, 200 if is_theirs else 404), path
            if method == "POST":  # without an Origin
                answer = gate.ask(method, path, cookies=cookies, headers=JSON, data="{}")
                assert answer.status_code == 403, path
        assert gate.desk.events == []
