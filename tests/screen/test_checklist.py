"""The checklist of the resident's page, for every state there is: seen, read, reached."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from kiosk.bench.screen import measure_times
from kiosk.bench.screen_far import ours
from kiosk.bench.screen_side import Side, own_scripts_bytes, serving
from kiosk.bench.screen_states import State, states
from kiosk.core.wording import Page
from tests.screen.looking import axe_findings, findings

pytestmark = pytest.mark.needs_browser

SIZES = [(1280, 800), (1024, 600), (1920, 1080), (800, 1280)]
STATES = list(states())
IDLE = STATES[[name for name, _ in STATES].index("idle")]
PANELS = [(1280, 800, 10.1, 78), (1920, 1080, 15.6, 74), (1920, 1080, 21.5, 53)]


@pytest.fixture(scope="module")
def side() -> Iterator[Side]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def tab(browser: Browser, side: Side) -> Iterator[Tab]:
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.goto(side.url)
    tab.wait_for_function("document.fonts.status === 'loaded'")
    yield tab
    tab.close()


def see(tab: Tab, side: Side, state: State, *, is_big: bool = False) -> None:
    """Show a state and wait until the browser has it."""
    number = side.show(state[1])
    tab.wait_for_function("n => document.body.showNo >= n", arg=number)
    tab.evaluate("isBig => document.body.classList.toggle('big', isBig)", is_big)


@pytest.mark.parametrize("is_big", [False, True], ids=["print", "large print"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_state_fits_and_can_be_read(
    tab: Tab, side: Side, width: int, height: int, *, is_big: bool
) -> None:
    tab.set_viewport_size({"width": width, "height": height})
    for state in STATES:
        see(tab, side, state, is_big=is_big)
        assert findings(tab) == [], state[0]


@pytest.mark.parametrize("is_big", [False, True], ids=["print", "large print"])
def test_axe_finds_nothing_and_leaves_nothing_undecided(
    tab: Tab, side: Side, *, is_big: bool
) -> None:
    tab.set_viewport_size({"width": 1280, "height": 800})
    for state in STATES:
        see(tab, side, state, is_big=is_big)
        assert axe_findings(tab) == [], state[0]


PLANTED = {
    "grey text": ("document.querySelector('#line').style.color = '#a80'", "faint: span#line"),
    "no language": ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
    "a button without a name": (
        "document.querySelector('#big').replaceChildren()", "button-name",
    ),
    "an input without a label": (
        "document.querySelector('main').append(document.createElement('input'))", "label",
    ),
    "small buttons side by side": (
        """for (const _ of [1, 2]) {
          const small = document.createElement('button');
          small.textContent = 'x';
          small.style.cssText = 'min-height: 0; width: 18px; height: 18px; padding: 0';
          document.querySelector('footer').append(small);
        }""",
        "small button",
    ),
    "a picture without words": (
        "document.querySelector('header').append(document.createElement('img'))", "image-alt",
    ),
    "colour alone": (
        "document.querySelector('#sign').hidden = true", "told by colour alone",
    ),
    "nothing announced": (
        "document.querySelector('#words').removeAttribute('aria-live')", "not announced",
    ),
    "a title that is cut off": (
        "document.querySelector('#title').style.fontSize = '400px'", "out of main: words",
    ),
    "flashing": (
        "document.body.animate({ opacity: [1, 0.4] }, { duration: 100, iterations: 50 })",
        "flashes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("defect", list(PLANTED))
def test_a_planted_defect_is_found(tab: Tab, side: Side, defect: str) -> None:
    plant, found = PLANTED[defect]
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto(side.url)
    expired = STATES[[name for name, _ in STATES].index("expired")]
    see(tab, side, expired)
    assert (findings(tab), axe_findings(tab)) == ([], [])
    tab.evaluate(f"() => {{ {plant} }}")
    assert found in [*findings(tab), *axe_findings(tab)]
    tab.goto(side.url)


@pytest.mark.parametrize(("width", "height", "inches", "px"), PANELS)
def test_large_print_is_large_enough_for_the_panel(
    tab: Tab, side: Side, width: int, height: int, inches: float, px: int
) -> None:
    """A hanzi spans as much as a capital H of 0.7 degrees, seen from a metre."""
    tab.set_viewport_size({"width": width, "height": height})
    tab.goto(side.url)
    tab.evaluate(
        "n => { document.body.dataset.inches = n; dispatchEvent(new Event('resize')) }",
        inches,
    )
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    for state in (each for each in STATES if each[0] != "announce"):  # that is read out
        see(tab, side, state, is_big=True)
        assert tab.locator("h1").evaluate(size) >= px, state[0]
        assert tab.locator("#line").evaluate(size) >= px - 1, state[0]


def test_large_print_is_a_button_and_goes_back_for_the_next_person(
    browser: Browser, side: Side
) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.clock.install()
    tab.goto(side.url)
    see(tab, side, IDLE)
    tab.locator("#big").click()
    expect(tab.locator("#english")).to_be_hidden()
    tab.clock.run_for(121_000)
    expect(tab.locator("#english")).to_be_visible()
    expect(tab.locator("#big")).to_have_attribute("aria-pressed", "false")
    tab.close()


DRAW_ALL = """({ view, strings }) => strings.map((text) => {
  const told = { ...view, gate: text, show: text.length, zh: { title: text, line: text } };
  stream.onmessage({ data: JSON.stringify(told) });
  const count = document.querySelectorAll("img, script, iframe, a, svg[onload]").length;
  return ["#gate", "#title", "#line"].every((id) =>
    document.querySelector(id).textContent === text) && count === 2;
})"""


def face(page: Page) -> dict[str, Any]:
    """Return a view as the server sends it."""
    return {
        "show": 1, "page": page.value, "tone": "pass", "shape": "circle", "hint": "",
        "zh": {"title": "标题", "line": ""}, "en": {"title": "Title", "line": ""},
        "gate": "南门", "time": "14:05", "strip": None, "help": None, "total_s": None,
        "left_s": None, "preview": False, "sound": "",
    }  # fmt: skip


STREAM_OF_OURS = """() => {
  window.EventSource = class {
    constructor() { window.stream = this; }
    close() {}
  };
}"""


def test_no_state_outlives_a_server_that_died(browser: Browser, side: Side) -> None:
    """Within five seconds, whatever was shown; a new server's page is taken at once."""
    tab = browser.new_page()
    tab.clock.install()
    tab.add_init_script(f"({STREAM_OF_OURS})()")
    tab.goto(side.url)
    for page in Page:
        view = face(page)
        tab.evaluate("view => stream.onmessage({ data: JSON.stringify(view) })", view)
        expect(tab.locator("body")).to_have_attribute("data-page", page.value)
        tab.evaluate("stream.onerror()")
        tab.clock.run_for(5000)
        assert tab.evaluate("document.body.dataset.page") == "lost"
        assert tab.evaluate("document.body.dataset.tone") == "busy"
    tab.close()


@pytest.mark.needs_shared
def test_every_naughty_string_stays_a_name(browser: Browser, side: Side, shared: Path) -> None:
    """As the gate's name, in a title, in a line: shown as it is, and nothing else happens."""
    strings = json.loads((shared / "data/vectors/naughty-strings.json").read_text("utf-8"))
    tab = browser.new_page()
    events: list[str] = []
    tab.on("pageerror", lambda error: events.append(str(error)))
    tab.on("dialog", lambda dialog: events.append(dialog.message))
    tab.on("request", lambda asked: events.append(asked.url))
    tab.add_init_script(f"({STREAM_OF_OURS})()")
    tab.goto(side.url)
    tab.wait_for_function("document.fonts.status === 'loaded'")
    events.clear()
    nodes = tab.evaluate(DRAW_ALL, {"view": face(Page.EXPIRED), "strings": strings})
    assert nodes == [True] * len(strings)
    assert events == []
    tab.close()


@pytest.mark.parametrize(
    "gate", ["囧" * 24, "W" * 24, "ﷺ" * 24, "\u202e" + "门" * 23, "a b" * 8]
)
def test_the_longest_name_leaves_room_for_everything_else(
    browser: Browser, side: Side, gate: str
) -> None:
    tab = browser.new_page(viewport={"width": 1024, "height": 600})
    tab.add_init_script(f"({STREAM_OF_OURS})()")
    tab.goto(side.url)
    for width, height in SIZES:
        tab.set_viewport_size({"width": width, "height": height})
        view = {**face(Page.EXPIRED), "gate": gate}
        tab.evaluate("view => stream.onmessage({ data: JSON.stringify(view) })", view)
        assert [each for each in findings(tab) if "gate" not in each] == []
    tab.close()


def test_a_decision_is_seen_before_a_page_that_polls_has_asked(browser: Browser) -> None:
    """The bench tells the milliseconds; on a machine that is shared only the order is sure."""
    with ours() as mine:
        figures = measure_times(mine, browser, 4)
    assert figures["ratio_p50"] < 1
    assert own_scripts_bytes() <= 60_000
