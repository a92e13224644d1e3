"""The page's promise: it prints on A4 with nothing cut off, and everybody can read it."""

import random
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from kiosk.ledger.catalogue import load_words
from kiosk.ledger.counting import DayLedger, Tally
from kiosk.ledger.printed import About, to_html
from kiosk.wire import WireEntry
from tests.ledger.making import DAY, INFRARED, WRIST, backwards, wire

pytestmark = pytest.mark.needs_browser
A4_PT = (595, 842)
GRIDS = {f"HOUSE{number:03}": 11 + number % 9 for number in range(60)}
GATES = ("南门", "北门（临时通道）", "W" * 24)
STAFF = (None, "a_very_long_short_name_without_any_blank_in_it", *(f"w{n}" for n in range(9)))


_CUT = """() => [...document.querySelectorAll('th, td, dt, dd, p, li, h1')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1
        || one.scrollWidth > one.clientWidth + 1)
    .map(one => one.textContent)"""


def a_day(count: int) -> list[WireEntry]:
    """Return a day as it may be, from a seed."""
    chance = random.Random(7)
    entries = []
    for seq in range(1, count + 1):
        decision, reason = chance.choice(
            [("granted", None), ("referred", "elevated"), ("denied", "E_KEY_WINDOW")]
        )
        entry = wire(
            seq,
            DAY.start_ms + seq * 80_000_000 // count,
            kind=chance.choice(["passage", "passage", "visitor", "persuaded", "override"]),
            direction=chance.choice(["in", "out"]),
            gate=chance.choice(GATES),
            sub=f"HOUSE{chance.randrange(70):03}",
            decision=decision,
            reason=reason,
            clock=chance.choice([0, 0, 2]),
            readings=chance.choice([(), (INFRARED,), (WRIST,)]),
            staff=chance.choice(STAFF),
        )
        entries.append(entry)
    return entries


def ledger_of(entries: list[WireEntry]) -> DayLedger:
    tally = Tally(DAY, GRIDS)
    tally.add_journal(backwards(entries))
    return tally.ledger()


@pytest.fixture(params=[0, 600], ids=["an empty day", "a full day"])
def page(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    file = tmp_path / "day.html"
    about = About("阳光花园社区居民委员会", "2027-01-05 21:30")
    file.write_text(to_html(ledger_of(a_day(request.param)), about, load_words()), "utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    yield page
    page.close()


def test_it_prints_on_a4_and_no_column_is_cut(page: Page) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 696, "height": 1000})  # 184 mm: what A4 leaves to print
    cut = page.evaluate(_CUT)
    assert cut == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True)) as pdf:
        sizes = {tuple(round(side) for side in pdf[n].get_size()) for n in range(len(pdf))}
        assert sizes == {A4_PT} and len(pdf) <= 5
        said = "".join(pdf[n].get_textpage().get_text_range() for n in range(len(pdf)))
    assert said.count("Sum") == page.locator("tfoot").count()  # not at the end of each page
    for word in ("日登记汇总", "阳光花园社区居民委员会", "2027-01-05", "制表人", "Checked by"):
        assert word in said


def test_every_table_on_the_page_adds_up_to_the_entries(page: Page) -> None:
    totals = page.locator(".large dd").all_inner_texts()
    sums = page.evaluate(
        """() => [...document.querySelectorAll('table')].slice(0, -1).map(table =>
            [...table.tBodies[0].rows].reduce(
                (sum, row) => sum + Number(row.querySelector('td.number').textContent), 0))"""
    )
    feet = page.locator("tfoot td.number:nth-of-type(1)").all_inner_texts()
    assert set(sums) <= {int(totals[0])}
    assert len(feet) == 0 or totals[0] in feet


def test_a_computer_without_chinese_faces_prints_every_sign(page: Page) -> None:
    shown = page.evaluate(
        """async () => {
            await document.fonts.ready;
            return [...document.fonts].filter(face => face.status === 'loaded').length;
        }"""
    )
    assert shown >= 2
    with pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True)) as pdf:
        said = pdf[0].get_textpage().get_text_range()
    assert "登记汇总" in said and "社区居民委员会" in said


def test_axe_finds_nothing(page: Page) -> None:
    assert Axe().run(page).response["violations"] == []


def test_it_asks_for_nothing_from_outside(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert len(asked) == 1 and page.locator("script, link, img, iframe").count() == 0


def test_what_entries_say_is_text_and_not_markup(browser: Browser, tmp_path: Path) -> None:
    hostile = '"><img src=x onerror="document.title=1"><script>document.title=1</script>'
    entry = wire(1, gate=hostile, staff=hostile, kind=hostile, decision=hostile)
    file = tmp_path / "day.html"
    file.write_text(to_html(ledger_of([entry]), About(hostile, "now"), load_words()), "utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.locator("script, img").count() == 0 and page.title() != "1"
    assert hostile in page.locator("table").first.page.inner_text("main")
    page.close()
