"""What staff type is checked kindly: each mistake is named, and nothing slips through."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.screen.desk_checks import (
    Mistake,
    check_arrival,
    check_door,
    check_id_number,
    check_name,
    check_phone,
    check_plate,
    check_region,
    check_transport,
    cuts,
    parts,
)

TODAY = date(2027, 1, 5)
GOOD_ID = "110101199003070011"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
SIGNS = LETTERS + "0123456789"


def id_number(text: str) -> str | Mistake:
    return check_id_number(text, TODAY)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (GOOD_ID, GOOD_ID),
        (" 110101 19900307 0011 ", GOOD_ID),
        ("１１０１０１１９９００３０７００１１", GOOD_ID),
        ("11010519491231002x", "11010519491231002X"),
        ("1101011990030700", Mistake.ID_SHORT),
        ("110101900307001", Mistake.ID_OLD),
        ("110101901307001", Mistake.ID_SHORT),
        (GOOD_ID + "1", Mistake.ID_LONG),
        ("11O101199003070011", Mistake.ID_LETTERS),
        ("1101011990030700l1", Mistake.ID_LETTERS),
        ("110101199003070012", Mistake.ID_CHECK),
        ("110101199002300011", Mistake.ID_DATE),
        ("110101202703070011", Mistake.ID_DATE),
        ("000101199003070012", Mistake.ID_CHECK),
        ("张三", Mistake.ID_SIGNS),
        ("", Mistake.ID_SHORT),
    ],
)
def test_an_id_number_is_taken_or_its_mistake_named(typed: str, answer: str | Mistake) -> None:
    assert id_number(typed) == answer


@given(place=st.integers(0, 17), digit=st.sampled_from("0123456789"))
def test_no_single_wrong_digit_of_an_id_number_is_taken(place: int, digit: str) -> None:
    typed = GOOD_ID[:place] + digit + GOOD_ID[place + 1 :]
    assert (id_number(typed) == GOOD_ID) == (typed == GOOD_ID)
    assert typed == GOOD_ID or isinstance(id_number(typed), Mistake)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("13912345678", "13912345678"),
        ("+86 138 0013 8000", "13800138000"),
        ("0086-13800138000", "13800138000"),
        ("010-62345678", "010 6234 5678"),
        ("+852 2345 6789", "+85223456789"),
        ("12345", Mistake.PHONE_SHORT),
        ("1391234567O", Mistake.PHONE_SIGNS),
        ("21234567890", Mistake.PHONE_UNKNOWN),
        ("1" * 30, Mistake.PHONE_LONG),
        ("", Mistake.PHONE_SIGNS),
    ],
)
def test_a_telephone_number_is_taken_or_its_mistake_named(
    typed: str, answer: str | Mistake
) -> None:
    assert check_phone(typed) == answer


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("京A12345", "京A12345"),
        ("京a·12345", "京A12345"),
        ("粤 B 88K66", "粤B88K66"),
        ("京A·D12345", "京AD12345"),
        ("沪BF1234", "沪BF1234"),
        ("沪BFA1234", "沪BFA1234"),
        ("粤B12345D", "粤B12345D"),
        ("粤Z1234港", "粤Z1234港"),
        ("粤ZF01澳", Mistake.PLATE_LENGTH),
        ("粤ZF012澳", "粤ZF012澳"),
        ("京A1234警", "京A1234警"),
        ("京A1234学", "京A1234学"),
        ("使014578", "使014578"),
        ("224578使", "224578使"),
        ("AA12345", Mistake.PLATE_PROVINCE),
        ("日A12345", Mistake.PLATE_PROVINCE),
        ("京I12345", Mistake.PLATE_OFFICE),
        ("京112345", Mistake.PLATE_OFFICE),
        ("京A1234", Mistake.PLATE_LENGTH),
        ("京A1234567", Mistake.PLATE_LENGTH),
        ("京A1234O", Mistake.PLATE_LETTERS),
        ("京A123?5", Mistake.PLATE_SIGNS),
        ("京AX12345", Mistake.PLATE_ENERGY),
        ("京A123456", Mistake.PLATE_ENERGY),
        ("京A12345A", Mistake.PLATE_ENERGY),
        ("京A1234港", Mistake.PLATE_SIGNS),
        ("", Mistake.PLATE_PROVINCE),
    ],
)
def test_a_plate_is_taken_or_its_mistake_named(typed: str, answer: str | Mistake) -> None:
    assert check_plate(typed) == answer


@given(
    st.sampled_from(PROVINCES),
    st.sampled_from(LETTERS),
    st.one_of(
        st.text(SIGNS, min_size=5, max_size=5),
        st.tuples(
            st.sampled_from("DFABCEGHJK"), st.sampled_from(SIGNS), st.integers(0, 9999)
        ).map(lambda t: f"{t[0]}{t[1]}{t[2]:04}"),
        st.tuples(st.integers(0, 99999), st.sampled_from("DF")).map(
            lambda t: f"{t[0]:05}{t[1]}"
        ),
    ),
)
def test_every_plate_of_the_standard_is_taken(province: str, office: str, rest: str) -> None:
    assert check_plate(f"{province}{office}·{rest.lower()}") == province + office + rest


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (" 欧阳  震华 ", "欧阳 震华"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("Zhāng Wěi-Ming", "Zhāng Wěi-Ming"),
        ("张" * 33, Mistake.NAME_LONG),
        ("13912345678", Mistake.NAME_DIGITS),
        ("张\u202e三", Mistake.NAME_SIGNS),
        ("张\x00三", Mistake.NAME_SIGNS),
        ("<b>张三</b>", Mistake.NAME_SIGNS),
        ("...", Mistake.NAME_SIGNS),
    ],
)
def test_a_name_is_taken_or_its_mistake_named(typed: str, answer: str | Mistake) -> None:
    assert check_name(typed) == answer


def test_a_day_of_arrival_is_near_and_not_to_come() -> None:
    assert check_arrival("2027-01-05", TODAY) == TODAY
    oldest = TODAY - timedelta(days=60)
    assert check_arrival(oldest.isoformat(), TODAY) == oldest
    before = (oldest - timedelta(days=1)).isoformat()
    assert check_arrival(before, TODAY) is Mistake.DATE_OLD
    assert check_arrival("2027-01-06", TODAY) is Mistake.DATE_FUTURE
    for text in ("2027-02-30", "5.1.2027", "２０２７-01-05", ""):
        assert check_arrival(text, TODAY) is Mistake.DATE_SHAPE


@pytest.mark.parametrize("code", ["42", "4201", "420106"])
def test_a_region_is_a_code_of_two_four_or_six_digits(code: str) -> None:
    assert check_region(code) == code
    for wrong in (code + "1", "0" + code[1:], code[0], "武汉"):
        assert check_region(wrong) is Mistake.REGION


def test_a_door_is_building_unit_and_room() -> None:
    assert check_door(" 3-2-1201a ") == "3-2-1201A"
    assert check_door("３－１２０１") == "3-1201"
    for wrong in ("", "1201", "3-2-1-4", "3-2-", "a/b-c", "3-2-1234567"):
        assert check_door(wrong) is Mistake.DOOR_SHAPE


def test_digits_alone_are_every_door_that_they_may_mean() -> None:
    assert "3-2-1201" in cuts("321201")
    assert {"31-201", "3-1201", "3-1-201"} <= set(cuts("31201"))
    assert parts("3-2-1201") == ("3", "2", "1201")
    assert parts("3-1201") == ("3", "", "1201")
    assert cuts("12") == cuts("1234567890") == cuts("3-1201") == cuts("三一二") == []


CHECKS = (
    check_name,
    id_number,
    check_phone,
    check_plate,
    check_door,
    check_region,
    check_transport,
)


@given(st.text(max_size=64))
def test_whatever_is_typed_has_a_clear_answer(text: str) -> None:
    for check in CHECKS:
        answer = check(text)
        assert isinstance(answer, Mistake) or (answer.isprintable() and 0 < len(answer) <= 32)
    assert isinstance(check_arrival(text, TODAY), Mistake | date)


@pytest.mark.needs_shared
def test_no_naughty_string_is_a_number_of_any_kind(shared: Path) -> None:
    strings = json.loads((shared / "data/vectors/naughty-strings.json").read_text("utf-8"))
    assert len(strings) > 500
    for text in strings:
        for check in (id_number, check_phone, check_plate, check_door, check_region):
            assert isinstance(check(text), Mistake), (check, text)
        assert isinstance(check_name(text), Mistake) or check_name(text).isprintable()
