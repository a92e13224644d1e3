"""The desk in a real browser, without JavaScript: the main path, and what axe says of it."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.central.people import PASSWORD, Place, deeds, issued_to
from tests.passes.test_sheet import codes_in

pytestmark = pytest.mark.needs_browser
SIZES = {"desk": (1280, 800), "phone": (390, 844)}


@pytest.fixture(params=list(SIZES))
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = SIZES[request.param]
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


def _come_in(page: Page, place: Place) -> None:
    page.goto(f"{place.url}/desk")
    expect(page.get_by_label("名字 Name")).to_be_focused()
    page.keyboard.type("lin")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk")


def _is_clean(page: Page) -> bool:
    """Whether axe has nothing to say, and nothing hangs out of the page."""
    found = Axe().run(page).response["violations"]
    assert found == [], [(one["id"], one["nodes"][0]["html"]) for one in found]
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return bool(wide <= 0)


def test_a_computer_without_chinese_faces_is_given_ours(page: Page, place: Place) -> None:
    page.goto(f"{place.url}/desk")
    asked = page.evaluate(
        """async () => {
            const name = '20px "Gate Kiosk Sans"';
            const load = (weight) => document.fonts.load(`${weight} ${name}`, "门");
            const found = [...await load(400), ...await load(700)];
            return found.map(face => face.status);
        }"""
    )
    assert asked == ["loaded", "loaded"]
    font = page.request.get(f"{place.url}/fonts/bold.woff2")
    assert font.ok and "immutable" in font.headers["cache-control"]
    assert page.request.get(f"{place.url}/fonts/other.woff2").status == 404
    assert page.request.get(f"{place.url}/fonts/..%2fapp.woff2").status == 404


def test_somebody_signs_in_issues_a_pass_and_ends_it(page: Page, place: Place) -> None:
    page.goto(f"{place.url}/desk")
    assert _is_clean(page)
    _come_in(page, place)
    assert _is_clean(page)
    page.get_by_role("link", name="发证").first.click()
    page.get_by_label("网格 Grid").fill("12")
    page.get_by_label("姓名（遮掩）").fill("张*明")
    assert _is_clean(page)
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_text("可以制作")).to_be_visible()
    assert _is_clean(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="制作并下载").click()
    printed = download.value.path().read_bytes()
    assert sum(map(len, codes_in(printed))) == 1
    sub = deeds(place.engine)[0].subject.split()[-1]
    page.get_by_role("link", name="查证").click()
    page.get_by_label("户号、卡号、证号或姓名").fill(sub)
    page.keyboard.press("Enter")
    expect(page.get_by_text("有效").first).to_be_visible()
    assert _is_clean(page)
    page.get_by_role("row", name=sub).get_by_role("link").click()
    expect(page.get_by_role("heading", name="补证")).to_be_visible()
    assert _is_clean(page)
    ending = page.locator("form[action='/desk/pass/revoke']")
    ending.get_by_label("原因 Reason").fill("搬走了")
    ending.get_by_role("button").click()
    expect(page.get_by_text("已作废").first).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="记录").click()
    expect(page.get_by_role("heading", name="谁做了什么")).to_be_visible()
    assert _is_clean(page)
    done = [one.deed for one in reversed(deeds(place.engine))]
    assert done == ["sign in", "ask", "issue", "revoke"]


def test_a_refusal_says_why_and_back_leads_to_what_was_typed(page: Page, place: Place) -> None:
    _come_in(page, place)
    page.goto(f"{place.url}/desk/issue")
    page.get_by_label("网格 Grid").fill("70000")
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_role("alert")).to_contain_text("网格")
    assert _is_clean(page)
    page.go_back()
    expect(page.get_by_role("heading", name="发证")).to_be_visible()


def test_nothing_that_was_kept_runs_in_the_browser(page: Page, place: Place) -> None:
    cti = issued_to(place.engine, place.folder, "K7Q2M9XD").hex()
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    _come_in(page, place)
    page.goto(f"{place.url}/desk/pass?id={cti}")
    ending = page.locator("form[action='/desk/pass/revoke']")
    ending.get_by_label("原因 Reason").fill("<img src=x onerror=alert(1)>")
    ending.get_by_role("button").click()
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert said == []
