"""Tapping the keys of the page as a gloved finger does, and counting."""

from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from tests.screen.making import Served

SETTLE_MS = 600  # a list that was drawn anew takes taps again
SIZES = [(1280, 800), (1024, 600), (800, 1280)]


class Finger:
    """A staff page and one finger on it. Counts its taps."""

    def __init__(self, browser: Browser, screen: Served, size: tuple[int, int]) -> None:
        width, height = size
        view = {"width": width, "height": height}
        self.tab: Tab = browser.new_page(viewport=view, has_touch=True)  # type: ignore[arg-type]
        self.errors: list[str] = []
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.goto(f"{screen.url}/staff")
        expect(self.tab.locator("#open-visitor")).to_be_visible()
        self.taps = 0

    def tap(self, selector: str) -> None:
        self.tab.tap(selector)
        self.taps += 1

    def press(self, selector: str) -> None:
        """Press for more than a second."""
        self.tab.locator(selector).dispatch_event("pointerdown")
        self.tab.wait_for_timeout(1200)
        self.tab.locator(selector).dispatch_event("pointerup")

    def keys(self, keys: str | list[str]) -> None:
        for key in keys:
            self.tap(f'#touch [data-key="{key}"]')

    def offered(self, sign: str) -> None:
        """Tap a sign that the bar above the keys offers."""
        self.tap(f'#touch .bar button:text-is("{sign}")')

    def value(self, field: str) -> str:
        return self.tab.input_value(f"#{field}")

    def open(self, form: str) -> None:
        straight = {"visitor": "#open-visitor", "car": "#open-vehicle"}.get(form)
        if straight is None and not self.tab.locator("#which").is_visible():
            self.tab.tap("#open-more")
        self.tap(straight or f'#which [data-form="{form}"]')
