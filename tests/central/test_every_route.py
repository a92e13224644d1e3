"""Every route of central, also a new one: open on purpose, or for who is signed in alone."""

import pytest
import requests
from starlette.routing import Mount, Route

from kiosk.central import authority, desk_door
from kiosk.central.app import make_app
from kiosk.wire import ENROL_PATH, SYNC_PATH, TIME_PATH
from tests.central.people import Person, Place, csrf_in

FOR_EVERYBODY = {  # add a path only when a stranger may see, or send, what is behind it
    SYNC_PATH,
    TIME_PATH,
    ENROL_PATH,
    "/v1/phone",
    "/phone",
    "/healthz",
    "/central.css",
    "/desk.css",
    "/desk/cases.js",
    "/fonts/{face}.woff2",
    desk_door.SIGN_IN,
}
Way = tuple[str, str]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def ways(place: Place) -> list[Way]:
    """Return (method, path) of every way that is not for everybody."""
    app = make_app(place.engine, authority.load(place.folder))
    found: list[Way] = []
    for route in app.routes:
        assert isinstance(route, Route | Mount), "look whether it is open"
        if route.path not in FOR_EVERYBODY:
            methods = ["?"] if isinstance(route, Mount) else sorted(route.methods or {"?"})
            found += [(method, route.path) for method in methods]
    assert len(found) > 45 and ("POST", "/desk/order/make") in found
    return found


def ask(place: Place, way: Way, **more: object) -> requests.Response:
    method, path = way
    url = place.url + path
    return requests.request(method, url, timeout=10, allow_redirects=False, **more)  # type: ignore[arg-type]


def version_of(place: Place) -> int:
    """Return a number that is another once anybody wrote to the books."""
    with place.engine.connect() as db:
        return int(db.exec_driver_sql("SELECT total(id) + count(*) FROM deed").scalar() or 0)


def test_a_stranger_is_led_to_the_door(place: Place, ways: list[Way]) -> None:
    before = version_of(place)
    for way in ways:
        assert way[0] in ("GET", "HEAD", "POST"), f"{way}: for whom is it?"
        answer = ask(place, way, headers=FORM)
        assert answer.status_code == 303, way
        assert answer.headers["Location"] == desk_door.SIGN_IN, way
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert version_of(place) == before


def test_no_form_counts_that_another_page_sent(
    place: Place, lin: Person, ways: list[Way]
) -> None:
    token, before = csrf_in(lin.see("/desk").text), version_of(place)
    cookies = {desk_door.COOKIE: lin.cookies[desk_door.COOKIE]}
    forms = [way for way in ways if way[0] == "POST"]
    for way in forms:
        for headers, body in (
            (FORM, ""),
            (FORM, "csrf=" + "0" * 64),
            ({**FORM, "Origin": "https://evil.example"}, f"csrf={token}"),
            ({**FORM, "Sec-Fetch-Site": "cross-site"}, f"csrf={token}"),
        ):
            answer = ask(place, way, headers=headers, data=body, cookies=cookies)
            assert answer.status_code == 403, (way, headers)
    assert version_of(place) == before and len(forms) > 20


def test_nothing_answers_by_another_name(place: Place, lin: Person, ways: list[Way]) -> None:
    cookies = {desk_door.COOKIE: lin.cookies[desk_door.COOKIE]}
    for way in ways:
        headers = {**FORM, "Host": "evil.example"}
        assert ask(place, way, headers=headers, cookies=cookies).status_code == 421, way
