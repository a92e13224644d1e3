"""Tapping the keys of the page as a gloved finger does, and counting."""

from itertools import combinations

from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from tests.screen.making import Served

SETTLE_MS = 600  # a list that was drawn anew takes taps again
SIZES = [(1280, 800), (1024, 600), (800, 1280)]


KEY_PX, FIELD_PX, GAP_PX = 80, 64, 16

# Whatever is touched: what it is, its sides, how much of its words is cut, and where it can be
# hit, which is what its scrolling column shows of it.
TOUCHED = """() => {
  const open = document.querySelector("dialog[open]") ?? document.body;
  const all = open.querySelectorAll("button, summary, a[href], input:not([type]), .tick");
  return [...all].filter((n) => n.checkVisibility({ visibilityProperty: true })).map((n) => {
    const r = n.getBoundingClientRect();
    const c = (n.closest(".column, #panels, #sheet-body") ?? open).getBoundingClientRect();
    return {
      name: n.id || n.innerText.trim().slice(0, 20), isKey: Boolean(n.closest("#touch")),
      isField: n.tagName === "INPUT", sides: [r.width, r.height],
      cut: n.tagName === "BUTTON" ? n.scrollWidth - n.clientWidth : 0,
      box: [Math.max(r.left, c.left), Math.max(r.top, c.top),
        Math.min(r.right, c.right), Math.min(r.bottom, c.bottom)],
    };
  }).filter(({ box: [left, top, right, bottom] }) => right - left > 1 && bottom - top > 1);
}"""


def check_touch(tab: Tab, where: str) -> None:
    """Every button is 80 px each way, its words whole, and 16 px from the next (A8).

    A field may be lower. Keys of the keyboard on the page lie side by side, as on any, and
    keep their distance from all else.
    """
    found = tab.evaluate(TOUCHED)
    for one in found:
        least = FIELD_PX if one["isField"] else KEY_PX
        assert min(one["sides"]) >= least - 0.1, (where, one)
        assert one["cut"] <= 1, (where, one)
    for one, other in combinations(found, 2):
        if one["isKey"] and other["isKey"]:
            continue
        a, b = one["box"], other["box"]
        gap = max(max(a[n], b[n]) - min(a[n + 2], b[n + 2]) for n in (0, 1))
        assert gap >= GAP_PX - 0.1, (where, one["name"], other["name"], gap)


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
