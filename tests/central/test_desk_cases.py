"""The page on which a case is answered: by whom, from where, with what; and on a phone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kiosk.central import authority
from kiosk.central.intake import Intake, utc_now_ms
from kiosk.central.store import writing
from kiosk.central.webhook_set import note_failing
from tests.central.cases_making import case_rows, fever, incident
from tests.central.far_kiosk import FarKiosk
from tests.central.people import PASSWORD, Person, Place, csrf_in, deeds

NASTY = "<script>alert(1)</script>' OR 1=1 -- ${7*7} {{7*7}} \u202e 啊"


class Gate:
    """A far kiosk and the intake of a served desk."""

    def __init__(self, place: Place) -> None:
        server = authority.load(place.folder)
        self.kiosk = FarKiosk(server.server, server.status.public_key().public_bytes_raw())
        authority.add_device(place.engine, self.kiosk.public, name="南门", now_ms=0)
        self.intake = Intake(place.engine, server, now_ms=utc_now_ms)

    def has(self, seq: int) -> None:
        self.intake.answer(self.kiosk.request(None, seq))


@pytest.fixture
def gate(place: Place) -> Gate:
    with writing(place.engine) as db:
        for name in ("gate_call", "case_act", "gate_case"):
            db.exec_driver_sql(f"DELETE FROM {name}")
    return Gate(place)


def newest(place: Place) -> Any:
    return case_rows(place.engine)[-1]


def answer(person: Person, case: int, **more: Any) -> requests.Response:
    path = f"/desk/case?id={case}"
    return person.fill(path, "/desk/case/answer", id=str(case), **more)


def test_a_case_is_answered_by_the_name_that_is_signed_in(
    place: Place, gate: Gate, lin: Person, zhou: Person
) -> None:
    gate.has(incident(gate.kiosk))
    case = newest(place).id
    assert "还没有人接手" in lin.see("/desk/cases").text
    assert "lin 已接手" in answer(lin, case).text
    late = zhou.hand_in(
        "/desk/case/answer",
        {"csrf": csrf_in(zhou.see(f"/desk/case?id={case}").text), "id": str(case)},
    )
    assert late.status_code == 409 and "lin 已经接手" in late.text
    closed = zhou.fill(
        f"/desk/case?id={case}", "/desk/case/close", id=str(case), outcome="settled", reason=""
    )
    assert "已办结" in closed.text and "已当面处理好" in closed.text
    row = newest(place)
    assert (row.answered_by, row.closed_by, row.outcome) == ("lin", "zhou", "settled")
    done = [(one.operator, one.deed) for one in reversed(deeds(place.engine))]
    assert done[-2:] == [("lin", "case answered"), ("zhou", "case closed")]


def test_whatever_an_operator_writes_is_text(place: Place, gate: Gate, lin: Person) -> None:
    gate.has(fever(gate.kiosk))
    case = newest(place).id
    page = f"/desk/case?id={case}"
    plain = NASTY.replace("\u202e", "")
    shown = lin.fill(page, "/desk/case/note", id=str(case), reason=plain).text
    assert "<script>alert" not in shown and "&lt;script&gt;alert(1)" in shown
    for wrong in ("", " ", "x" * 201, "\x00", NASTY):
        refused = lin.fill(page, "/desk/case/note", id=str(case), reason=wrong)
        assert refused.status_code == 400


@pytest.mark.parametrize("outcome", ["", "settled", "other", "NORMAL", "<b>"])
def test_a_fever_is_closed_with_one_of_its_outcomes_alone(
    place: Place, gate: Gate, lin: Person, outcome: str
) -> None:
    gate.has(fever(gate.kiosk))
    case = newest(place).id
    page = f"/desk/case?id={case}"
    closed = lin.fill(page, "/desk/case/close", id=str(case), outcome=outcome, reason="")
    assert closed.status_code == 400 and newest(place).closed_ms is None


@pytest.mark.parametrize("case", ["", "0", "-1", "99999", "1e3", "٣", "9" * 30, "1;", "../1"])
def test_what_is_no_case_is_refused(lin: Person, gate: Gate, case: str) -> None:
    assert lin.see("/desk/case", params={"id": case}).status_code == 404


def test_nobody_else_can_answer(place: Place, gate: Gate, lin: Person) -> None:
    gate.has(incident(gate.kiosk))
    case = str(newest(place).id)
    token = csrf_in(lin.see(f"/desk/case?id={case}").text)
    fields = {"csrf": token, "id": case}
    answer_at = "/desk/case/answer"
    with Person(place.url) as stranger:
        stranger.cookies.set("desk", "f" * 64, domain="127.0.0.1")
        assert stranger.hand_in(answer_at, fields, allow_redirects=False).status_code == 303
    said = [
        lin.hand_in(answer_at, {**fields, "csrf": "0" * 64}),
        lin.hand_in(answer_at, {"id": case}),
        lin.hand_in(answer_at, fields, Origin="https://evil.example"),
        lin.hand_in(answer_at, fields, **{"Sec-Fetch-Site": "cross-site"}),
        lin.hand_in(answer_at, fields, Host="evil.example"),
    ]
    assert [one.status_code for one in said] == [403, 403, 403, 403, 421]
    assert lin.see(answer_at).status_code == 405
    assert newest(place).answered_ms is None


def test_the_link_of_a_call_leads_through_the_door_to_its_case(
    place: Place, gate: Gate
) -> None:
    gate.has(incident(gate.kiosk))
    case = newest(place).id
    with Person(place.url) as person:
        door = person.see(f"/desk/case?id={case}")
        assert door.url == f"{place.url}/desk/sign-in?case={case}"
        assert f'href="/desk/case?id={case}"' in door.text
        fields = {"name": "lin", "password": PASSWORD, "csrf": csrf_in(door.text)}
        inside = person.hand_in(f"/desk/sign-in?case={case}", fields)
        assert inside.url == f"{place.url}/desk/case?id={case}"


@pytest.mark.parametrize("case", ["//evil.example", "1&x=y", "javascript:1", "１"])
def test_the_door_leads_nowhere_but_to_a_case(place: Place, case: str) -> None:
    with Person(place.url) as person:
        door = person.see("/desk/sign-in", params={"case": case})
        assert "evil" not in door.text and "javascript" not in door.text
        fields = {"name": "lin", "password": PASSWORD, "csrf": csrf_in(door.text)}
        inside = person.hand_in(f"/desk/sign-in?case={requests.utils.quote(case)}", fields)
        assert inside.url == f"{place.url}/desk"


@pytest.fixture
def phone(browser: Browser, lin: Person) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    cookie = {"name": "desk", "value": lin.cookies["desk"], "url": lin.url}
    context.add_cookies([cookie])  # type: ignore[list-item]  # a cookie of playwright
    yield context.new_page()
    context.close()


def _is_clean(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert found == [], [(one["id"], one["nodes"][0]["html"]) for one in found]
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


@pytest.mark.needs_browser
def test_a_case_is_answered_by_a_thumb(place: Place, gate: Gate, phone: Page) -> None:
    said: list[str] = []
    phone.on("console", lambda message: said.append(message.text))
    phone.goto(f"{place.url}/desk/cases")
    _is_clean(phone)
    expect(phone.get_by_text("没有等待的事")).to_be_visible()
    seq = incident(gate.kiosk)
    gate.has(seq)
    link = phone.get_by_role("link", name="门岗呼叫负责人")
    expect(link).to_be_visible(timeout=10_000)  # without a reload
    clock = phone.locator(".clock").first
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)
    with writing(place.engine) as db:
        note_failing(db, "no answer in 10 s", utc_now_ms())
    phone.reload()
    expect(phone.get_by_role("alert")).to_contain_text("请打电话")
    _is_clean(phone)
    phone.goto(f"{place.url}/desk")
    expect(phone.get_by_role("alert")).to_contain_text("1 件事还没有人接手")
    _is_clean(phone)
    phone.get_by_role("alert").get_by_role("link").tap()
    link.tap()
    button = phone.get_by_role("button", name="我来处理")
    box = button.bounding_box()
    assert box is not None and box["height"] >= 72 and box["y"] + box["height"] <= 740
    _is_clean(phone)
    button.tap()
    expect(phone.get_by_text("lin 已接手")).to_be_visible()
    phone.get_by_label("记一笔").fill("电话问过，人已坐下")
    gate.has(incident(gate.kiosk, act="withdrawn", refers_to_seq=seq, staff="wang"))
    expect(phone.get_by_text("wang 在门岗说按错了")).to_be_visible(timeout=10_000)
    expect(phone.get_by_label("记一笔")).to_have_value("电话问过，人已坐下")
    phone.get_by_role("button", name="记下").tap()
    expect(phone.get_by_text("电话问过，人已坐下")).to_be_visible()
    phone.get_by_label("误触，已核实").check()
    phone.get_by_role("button", name="办结").tap()
    expect(phone.get_by_text("已办结")).to_be_visible()
    _is_clean(phone)
    assert newest(place).outcome == "mistake"
    assert [text for text in said if re.search("Content Security|rror", text)] == []
