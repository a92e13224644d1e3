"""What the tests of central share."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from kiosk.central.operators import sign_in
from kiosk.central.store import writing
from tests.central.office import Office
from tests.central.people import PASSWORD, Person, Place, desk_at, make_central


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "central")
    yield office
    office.close()


@pytest.fixture(scope="module")
def served_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("desk") / "central"
    engine = make_central(folder)
    with desk_at(folder, engine) as url:
        yield Place(folder, engine, url)
    engine.dispose()


@pytest.fixture
def place(served_desk: Place) -> Place:
    """Empty books, but for the people: their hashes take long to make."""
    with writing(served_desk.engine) as db:
        for name in ("issued", "revoked", "pass_order", "deed", "session", "invitation"):
            db.exec_driver_sql(f"DELETE FROM {name}")
        db.exec_driver_sql("UPDATE operator SET is_blocked = 0")
    return served_desk


@pytest.fixture
def lin(place: Place) -> Iterator[Person]:
    yield from _someone(place, "lin")


@pytest.fixture
def zhou(place: Place) -> Iterator[Person]:
    yield from _someone(place, "zhou")


def _someone(place: Place, name: str) -> Iterator[Person]:
    with Person(place.url, name) as person:
        token = sign_in(place.engine, name, PASSWORD, now_ms=int(time.time() * 1000))
        assert token is not None
        person.cookies.set("desk", token, domain="127.0.0.1")
        yield person


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()
