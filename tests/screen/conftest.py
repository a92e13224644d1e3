"""A real browser for the tests of the pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.screen.desk_making import Gate, on_duty, waiting, whose
from tests.screen.making import Served, served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def desk_gate() -> Gate:
    return Gate()


@pytest.fixture
def desk_screen(desk_gate: Gate) -> Iterator[Served]:
    with served(desk=desk_gate, pins=whose) as found:
        found.show(on_duty(waiting()))
        yield found
