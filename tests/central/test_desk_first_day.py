"""A first day at the desk: full names, small letters, a name to look for."""

import ast
import re
from pathlib import Path

import cbor2
import pytest
from sqlalchemy import select

import kiosk
from kiosk.central.desk_words import DEEDS
from kiosk.central.schema_office import invitation, pass_order
from kiosk.central.store import reading
from kiosk.passes.claims import check_label, masked
from tests.central.people import Person, Place, csrf_in, issued_to
from tests.central.test_desk_noted import END, ONE

SUB = "K7Q2M9XD"
NAMES = [("张小明", "张*明"), ("王国", "王*"), ("欧阳震华", "欧**华"), ("张*明", "张*明")]


@pytest.mark.parametrize(("typed", "kept"), NAMES)
def test_a_full_name_is_masked_before_anything_is_kept(
    place: Place, lin: Person, typed: str, kept: str
) -> None:
    shown = lin.fill("/desk/issue", "/desk/issue", **{**ONE, "label": typed}).text
    with reading(place.engine) as db:
        ((_, _, _, label, _),) = cbor2.loads(db.scalar(select(pass_order.c.wanted)) or b"")
    assert label == kept
    assert kept in shown
    assert typed == kept or typed not in shown


def test_a_phone_s_full_name_is_masked_and_small_letters_name_a_household_too(
    place: Place, lin: Person
) -> None:
    asked = {"sub": SUB.lower(), "grid": "7", "label": "张小明", "end": END}
    assert lin.fill("/desk/phone", "/desk/phone", **asked).status_code == 200
    with reading(place.engine) as db:
        row = db.execute(select(invitation)).one()
    assert (row.sub, row.label) == (SUB, "张*明")


def test_a_mask_leaves_every_label_a_label() -> None:
    assert [masked(text) for text in ("", "李", "A12", "张*", "值班·", "Zhang")] == [
        "",
        "李",
        "A12",
        "张*",
        "值*·",
        "Zhang",
    ]
    assert all(check_label(masked("一" * length)) is None for length in range(7))


def test_a_pass_is_found_by_the_name_on_it(place: Place, lin: Person) -> None:
    cti = issued_to(place.engine, place.folder, SUB, label="张*明").hex()
    other = issued_to(place.engine, place.folder, SUB, label="李*").hex()
    for typed in ("张*明", "张小明", " 张小明 "):
        found = lin.see("/desk/passes", params={"q": typed}).text
        assert cti in found
        assert other not in found
    assert "没有" in lin.see("/desk/passes", params={"q": "赵*"}).text


def test_without_an_address_for_phones_the_page_says_what_to_do(lin: Person) -> None:
    page = lin.see("/desk/phone").text
    assert re.search(r'class="says"[^>]*>.*--origin', page)
    asked = {"csrf": csrf_in(page), "sub": "", "grid": "7", "label": "", "end": END}
    made = lin.hand_in("/desk/phone", asked).text
    assert re.search(r'<a href="/phone/#[a-z2-7]{26}">', made), "to try it on this machine"


def test_every_deed_that_is_noted_has_words_in_the_log() -> None:
    noted: set[str] = set()
    for file in Path(kiosk.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "note_deed":
                deed = next(word.value for word in call.keywords if word.arg == "deed")
                noted |= {deed.value} if isinstance(deed, ast.Constant) else set()
    assert len(noted) > 25
    assert noted - set(DEEDS) == set()


def test_where_no_kiosk_is_yet_the_page_of_gates_leads_to_the_code_for_one(lin: Person) -> None:
    assert '<a href="/desk/kiosks">' in lin.see("/").text
