"""Who stays at home and whose a card is: decided at the desk, by a name, on a phone as well."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from sqlalchemy import select

from kiosk.central import standing
from kiosk.central.directory import row_of
from kiosk.central.schema_orders import appointment, binding, exemption, isolation
from kiosk.central.store import reading, writing
from kiosk.core.words_home import Isolation
from kiosk.wire.standing import ISOLATION_ROW, decode_isolations, subject
from tests.central.people import Person, Place, deeds, issued_to

NOW_MS = int(time.time() * 1000)
DAY_MS = 86_400_000
HOME, ORDER = "K7Q2M9XD", bytes.fromhex("00aa11bb22cc33dd")
LOCAL = datetime.fromtimestamp(NOW_MS / 1000, ZoneInfo("Asia/Shanghai"))
SPAN = {
    "from": f"{LOCAL:%Y-%m-%dT%H:%M}",
    "until": f"{LOCAL + timedelta(days=2):%Y-%m-%dT%H:%M}",
}


@pytest.fixture(autouse=True)
def nothing_ordered(place: Place) -> None:
    with writing(place.engine) as db:
        for table in (isolation, binding, exemption, appointment):
            db.execute(table.delete())


def waits(place: Place, card_no: int = 17) -> bytes:
    """A gate ordered somebody to stay at home, and gave a card out. Returns the card's pass."""
    cti = issued_to(place.engine, place.folder, "0000ABCD", card_no=card_no)
    made = Isolation(ORDER, NOW_MS + 14 * DAY_MS, "w01", is_provisional=True)
    at = {"made_ms": NOW_MS, "made_at": "south"}
    with writing(place.engine) as db:
        standing.keep_provisional(db, made, subject(sub=HOME), risk="", region="", **at)
        card = {"card_no": card_no, "sub": None, "form": "", "made_by": "w01"}
        standing.keep_binding(db, cti, **card, **at)
    return cti


def send(person: Person, act: str, **fields: str) -> str:
    answer = person.fill("/desk/standing", f"/desk/standing/{act}", **fields)
    assert answer.status_code == 200, answer.text
    return answer.text


def sent(place: Place) -> list[Isolation]:
    with reading(place.engine) as db:
        return decode_isolations(row_of(db, ISOLATION_ROW, subject(sub=HOME)) or b"\x80")


def test_what_a_gate_ordered_is_confirmed_then_lifted_by_a_name(
    place: Place, lin: Person, zhou: Person
) -> None:
    waits(place)
    assert 'href="/desk/standing"><strong>2' in lin.see("/desk").text
    page = lin.see("/desk/standing").text
    assert HOME in page and "w01" in page and "No. 17" in page
    send(lin, "confirm", id=ORDER.hex())
    assert [(one.by, one.is_provisional) for one in sent(place)] == [("lin", False)]
    assert "提前解除" in lin.see("/desk/standing").text
    assert HOME not in send(zhou, "lift", id=ORDER.hex())
    assert sent(place)[0].until_ms < NOW_MS + DAY_MS
    done = [(one.operator, one.deed) for one in deeds(place.engine)][:2]
    assert done == [("zhou", "lift"), ("lin", "confirm")]


def test_of_two_who_decide_the_second_is_told(place: Place, lin: Person, zhou: Person) -> None:
    waits(place)
    send(lin, "lift", id=ORDER.hex())
    for act, fields in (("confirm", {"id": ORDER.hex()}), ("cancel-card", {"card": "99"})):
        answer = zhou.fill("/desk/standing", f"/desk/standing/{act}", **fields)
        assert answer.status_code == 409 and "已有人处理" in answer.text


def test_a_lent_card_gets_its_household_or_ends(place: Place, lin: Person) -> None:
    first, second = waits(place), waits(place, card_no=18)
    send(lin, "confirm-card", card="17", sub=HOME.lower())
    send(lin, "cancel-card", card="18")
    with reading(place.engine) as db:
        known = {row.cti: (row.state, row.sub) for row in db.execute(select(binding))}
    assert known == {first: ("confirmed", HOME), second: ("cancelled", None)}
    assert "已作废" in lin.see(f"/desk/pass?id={second.hex()}").text


def test_an_order_a_permission_and_a_visit_are_written_down(place: Place, lin: Person) -> None:
    cti = issued_to(place.engine, place.folder, HOME)
    assert cti.hex() in send(lin, "isolate", subject=cti.hex().upper(), days="14")
    send(lin, "exempt", subject=HOME.lower(), kind="medical", **SPAN)
    send(lin, "appoint", subject=HOME, visitors="3", **SPAN)
    assert [place.count(t) for t in (isolation, exemption, appointment)] == [1, 1, 1]
    with reading(place.engine) as db:
        (permit,) = db.execute(select(exemption))
    assert permit.until_ms - permit.from_ms == 2 * DAY_MS and permit.made_by == "lin"


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("isolate", {"subject": "张建明", "days": "14"}),
        ("isolate", {"subject": HOME, "days": "0"}),
        ("isolate", {"subject": HOME, "days": "61"}),
        ("confirm", {"id": "zz"}),
        ("lift", {"id": "00" * 9}),
        ("exempt", {"subject": HOME, "kind": "fun", **SPAN}),
        ("exempt", {"subject": HOME, "kind": "work", "from": "9999-12-31T23:59", "until": ""}),
        ("exempt", {"subject": HOME, "kind": "work", **SPAN, "until": SPAN["from"]}),
        ("appoint", {"subject": "ab" * 8, "visitors": "1", **SPAN}),
        ("appoint", {"subject": HOME, "visitors": "0", **SPAN}),
        ("confirm-card", {"card": "17", "sub": "nobody"}),
        ("cancel-card", {"card": "-1"}),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    place: Place, lin: Person, act: str, fields: dict[str, str]
) -> None:
    before = deeds(place.engine)
    answer = lin.fill("/desk/standing", f"/desk/standing/{act}", **fields)
    assert answer.status_code == 400 and 'role="alert"' in answer.text
    assert deeds(place.engine) == before


def test_everybody_can_use_the_page_also_on_a_phone(
    place: Place, lin: Person, browser: Browser, tmp_path: Path
) -> None:
    waits(place)
    send(lin, "isolate", subject="ABCD2345", days="7")
    with browser.new_context(viewport={"width": 360, "height": 740}) as context:
        cookie = {"name": "desk", "value": lin.cookies["desk"], "url": place.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(f"{place.url}/desk/standing")
        page.screenshot(path=tmp_path / "standing.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
