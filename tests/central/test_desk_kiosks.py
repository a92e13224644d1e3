"""Kiosks and phones are let in at the desk: digits compared, by somebody with a name."""

import html
import re
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from kiosk.central import authority
from kiosk.central.enrolment import slots, take_proof
from kiosk.central.schema import device
from kiosk.central.schema_office import invitation
from kiosk.central.schema_office import slot as slots_table
from kiosk.central.store import reading, writing
from kiosk.passes.cose import parse
from kiosk.sync import enrol
from kiosk.wire.enrol import decode_code, decode_enrol
from tests.central.people import PASSWORD, Person, Place, csrf_in, deeds

ONE = {"sub": "", "grid": "7", "label": "张*明"}


@pytest.fixture(autouse=True)
def nobody_waits(place: Place) -> None:
    with writing(place.engine) as db:
        db.execute(slots_table.delete())
        db.execute(device.delete())


def act(person: Person, path: str, **fields: str) -> str:
    token = csrf_in(person.see("/desk/kiosks").text)
    answer = person.hand_in(path, {"csrf": token, **fields})
    assert answer.status_code in (200, 303), answer.text
    return answer.text


def proved(place: Place, lin: Person, keys: Path, name: str = "东门") -> str:
    """A kiosk that proved the code which the desk showed. Returns its digits."""
    shown = html.unescape(act(lin, "/desk/kiosk/slot", name=name))
    found = re.search(r"kiosk enrol '(GE1:[^']+)'", shown)
    assert found is not None
    assert "<svg" in shown
    enrolling = enrol.begin(keys, decode_code(found[1]))
    envelope = parse(enrolling.message)
    assert envelope is not None
    server, now_ms = authority.load(place.folder), int(time.time() * 1000)
    with writing(place.engine) as db:
        take_proof(db, server, decode_enrol(envelope.payload), now_ms)
    return enrolling.digits


def test_a_kiosk_is_let_in_once_its_digits_were_compared(
    place: Place, lin: Person, zhou: Person, tmp_path: Path
) -> None:
    digits = proved(place, lin, tmp_path / "keys")
    page = zhou.see("/desk/kiosks").text
    assert digits in page
    with reading(place.engine) as db:
        (waiting,) = slots(db)
    act(zhou, "/desk/kiosk/approve", id=waiting.id)
    assert place.count(device) == 1
    assert digits not in zhou.see("/desk/kiosks").text
    assert [(d.operator, d.deed) for d in deeds(place.engine)][:2] == [
        ("zhou", "approve"),
        ("lin", "open slot"),
    ]


def test_the_first_page_tells_that_a_kiosk_waits(
    place: Place, lin: Person, tmp_path: Path
) -> None:
    assert 'href="/desk/kiosks"><strong>' not in lin.see("/desk").text
    proved(place, lin, tmp_path / "keys")
    assert 'href="/desk/kiosks"><strong>东门' in lin.see("/desk").text


def test_a_kiosk_with_other_digits_is_turned_away(
    place: Place, lin: Person, tmp_path: Path
) -> None:
    proved(place, lin, tmp_path / "keys")
    with reading(place.engine) as db:
        (waiting,) = slots(db)
    act(lin, "/desk/kiosk/refuse", id=waiting.id)
    assert place.count(device) == 0
    token = csrf_in(lin.see("/desk/kiosks").text)
    late = lin.hand_in("/desk/kiosk/approve", {"csrf": token, "id": waiting.id})
    assert late.status_code == 409


def test_a_stolen_kiosk_is_blocked_and_taken_in_again(
    place: Place, lin: Person, tmp_path: Path
) -> None:
    proved(place, lin, tmp_path / "keys")
    with reading(place.engine) as db:
        (waiting,) = slots(db)
    act(lin, "/desk/kiosk/approve", id=waiting.id)
    with reading(place.engine) as db:
        (known,) = db.execute(device.select()).all()
    act(lin, "/desk/kiosk/block", id=known.id)
    assert "已停用" in lin.see("/desk/kiosks").text
    act(lin, "/desk/kiosk/unblock", id=known.id)
    assert "已停用" not in lin.see("/desk/kiosks").text


@pytest.mark.parametrize("name", ["", "x" * 25, "a\nb", "\x00"])
def test_a_name_that_is_none_opens_no_slot(place: Place, lin: Person, name: str) -> None:
    token = csrf_in(lin.see("/desk/kiosks").text)
    answer = lin.hand_in("/desk/kiosk/slot", {"csrf": token, "name": name})
    assert answer.status_code == 400
    assert place.count(slots_table) == 0


def test_markup_in_a_name_is_text(place: Place, lin: Person, tmp_path: Path) -> None:
    proved(place, lin, tmp_path / "keys", "<b>x</b>")
    assert "<b>x</b>" not in lin.see("/desk/kiosks").text


def test_a_phone_is_invited_with_a_link_that_is_shown_once(place: Place, lin: Person) -> None:
    page = lin.see("/desk/phone").text
    ends = re.search(r'id="end"[^>]*value="([0-9-]+)"', page)
    assert ends is not None
    shown = lin.hand_in("/desk/phone", {"csrf": csrf_in(page), "end": ends[1], **ONE}).text
    assert re.search(r"/phone/#[a-z2-7]{26}", shown)
    assert place.count(invitation) == 1
    assert "/phone/#" not in lin.see("/desk/phone").text
    assert deeds(place.engine)[0].deed == "invite"


@pytest.mark.parametrize(
    "changes",
    [{"grid": "x"}, {"grid": "70000"}, {"label": "<b>"}, {"sub": "short"}, {"end": "x"}],
)
def test_what_no_gate_would_take_is_not_promised(
    place: Place, lin: Person, changes: dict[str, str]
) -> None:
    page = lin.see("/desk/phone").text
    ends = re.search(r'id="end"[^>]*value="([0-9-]+)"', page)
    assert ends is not None
    fields = {"csrf": csrf_in(page), "end": ends[1], **ONE, **changes}
    assert lin.hand_in("/desk/phone", fields).status_code == 400
    assert place.count(invitation) == 0


@pytest.mark.needs_browser
def test_the_pages_are_clean(
    browser: Browser, place: Place, lin: Person, tmp_path: Path
) -> None:
    proved(place, lin, tmp_path / "keys")
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    tab.goto(f"{place.url}/desk")
    tab.keyboard.type("lin")
    tab.keyboard.press("Tab")
    tab.keyboard.type(PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/desk")
    for path in ("kiosks", "phone"):
        tab.goto(f"{place.url}/desk/{path}")
        assert Axe().run(tab).response["violations"] == []
        wide = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0
    tab.close()
