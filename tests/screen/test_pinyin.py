"""The pinyin keyboard: every name can be written, the likely sign is near."""

import tracemalloc
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import requests
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from kiosk.screen import pinyin
from kiosk.screen.make_fonts import FONTS
from kiosk.screen.pinyin import candidates, table
from tests.screen.desk_making import Gate, on_duty, whose
from tests.screen.making import Served, served

RARE = {
    "yue": "玥", "yi": "祎", "kun": "堃", "yan": "龑䶮", "yun": "赟", "zhe": "喆",
    "chong": "翀", "ben": "犇", "lv": "吕绿", "nv": "女", "lve": "略", "lue": "略",
}  # fmt: skip
SURNAMES = {
    "shan": "单", "zeng": "曾", "xie": "解", "qiu": "仇", "zha": "查", "ou": "区", "ge": "盖",
    "yue": "乐", "wang": "王", "z": "张", "li": "李", "ouyang": "欧",
}  # fmt: skip
COMMON = (
    "wei伟 fang芳 na娜 min敏 jing静 li丽 qiang强 lei磊 jun军 yang洋 yong勇 yan艳 jie杰 tao涛"
)


@pytest.fixture(scope="module")
def screen() -> Iterator[Served]:
    with served(desk=Gate(), pins=whose) as screen:
        screen.show(on_duty())
        yield screen


def signs(typed: str, *, is_first: bool = False) -> str:
    return candidates(typed, is_first=is_first).signs


@pytest.mark.parametrize("typed", RARE)
def test_the_signs_of_rare_names_are_there(typed: str) -> None:
    assert set(RARE[typed]) <= set(signs(typed))


@pytest.mark.parametrize("typed", SURNAMES)
def test_a_name_begins_with_surnames_in_the_reading_of_surnames(typed: str) -> None:
    assert SURNAMES[typed] in signs(typed, is_first=True)[:5]


def test_the_sign_of_a_common_name_is_on_the_first_page() -> None:
    for word in COMMON.split():
        assert word[-1] in signs(word[:-1])[:5], word
    assert "伟" in signs("w")[:5]  # a beginning is enough


def test_names_are_cut_syllable_by_syllable() -> None:
    assert candidates("xiaoming", is_first=False).used == 4
    assert candidates("xianggang", is_first=False).used == 5
    assert candidates("fangan", is_first=False).used == 4
    assert candidates("jg", is_first=False).used == 1
    assert candidates("vvv", is_first=False).used == 0


def test_every_sign_that_is_offered_can_be_drawn_and_comes_once() -> None:
    with TTFont(FONTS / "gate-sans-regular.ttf") as font:
        drawn = set(map(chr, font.getBestCmap()))
    for what, row in table().items():
        assert set(row.surnames + row.signs) <= drawn, what
        assert len(set(row.signs)) == len(row.signs)
        assert row.signs
    assert len(set("".join(row.signs for row in table().values()))) > 15_000


def test_the_table_is_read_late_and_is_small() -> None:
    table.cache_clear()
    tracemalloc.start()
    try:
        table()
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=pinyin.TYPED_MAX))
def test_whatever_is_typed_is_cut_inside_itself(typed: str) -> None:
    found = candidates(typed, is_first=True)
    assert 0 <= found.used <= len(typed)
    assert bool(found.used) == bool(found.signs)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "py=",
        "py=" + "a" * 25,
        "py=" + "a" * 60_000,
        "py=ZHANG",
        "py=zh%C3%BC",
        "py=" + quote("张"),
        "py=%00",
        "py=../../etc/passwd",
        "py=<script>",
        "py=' OR 1=1",
        "py=a&py=" + quote("'"),
        "%FF%FE=%C0",
    ],
)
def test_a_hostile_question_is_refused_and_harms_nothing(screen: Served, query: str) -> None:
    answer = requests.get(f"{screen.url}/staff/ime?{query}", timeout=5)
    assert answer.status_code in (400, 431)
    good = requests.get(f"{screen.url}/staff/ime?py=wei", timeout=5)
    assert (good.json()["used"], good.json()["signs"][0]) == (3, "伟")
    assert good.headers["Cache-Control"] == "no-store"
    assert requests.post(f"{screen.url}/staff/ime?py=wei", timeout=5).status_code == 405
