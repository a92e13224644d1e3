"""A resident is found in three keys, in whatever reading the family uses."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.central.directory import Listed, make_look_up
from kiosk.central.readings import readings_of
from kiosk.register.directory import FOUND_MAX, TYPED_MAX, Directory, Resident, likeness
from kiosk.wire import DirectoryPart, load

CTI, SIGNATURE = b"dutycard", b"s" * 64
FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英文玉华建国志红梅"
HUNDRED_MS = 0.1


def resident(name: str, door: str = "3-1-1201") -> Resident:
    return Resident(name, door, b"c" * 8, readings_of(name))


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("单小明", ["sxm", "dxm", "shanx", "shanxiaoming"]),
        ("曾国藩", ["zgf", "cgf", "zengg"]),
        ("解晓东", ["xxd", "jxd", "xiexd"]),
        ("仇英", ["qy", "cy", "qiuying"]),
        ("查良镛", ["zly", "cly", "zhaly"]),
        ("区楚良", ["ocl", "qcl", "oucl"]),
        ("盖叫天", ["gjt", "gejt", "gaijt"]),
        ("乐嘉文", ["yjw", "ljw", "yuej"]),
        ("尉迟恭", ["ycg", "yuchi"]),
        ("万俟卨", ["mqx", "wsx"]),
        ("吕布", ["lb", "lvb"]),
        ("欧阳震华", ["oyzh", "ouyangz"]),
        ("阿依古丽·买买提", ["ayg", "aygl"]),
        ("John Smith", ["joh", "john"]),
    ],
)
def test_every_reading_of_a_surname_finds_its_holder(name: str, typed: list[str]) -> None:
    for letters in typed:
        assert likeness(resident(name), letters) is not None, letters


def test_the_likeliest_comes_first_and_strangers_not_at_all() -> None:
    one = resident("张小明", "12-3-1201")
    assert likeness(one, "zxm") == 0
    assert likeness(one, "zx") == 1 and likeness(one, "张小明") == 0
    for wrong in ("zm", "zxmm", "xm", "lxm", "zhangg", "王", "9", "1202"):
        assert likeness(one, wrong) is None, wrong
    assert likeness(one, "1201") == 0 and likeness(one, "12-3") == 1
    assert likeness(one, "123") == 2 and likeness(one, "120") == 3


@given(
    st.text(FAMILY, min_size=1, max_size=1),
    st.text(GIVEN, min_size=1, max_size=3),
    st.text(max_size=TYPED_MAX),
)
def test_initials_always_find_and_nothing_typed_harms(
    family: str, given_name: str, typed: str
) -> None:
    one = resident(family + given_name)
    initials = "".join(sign[0] for sign in one.readings.split(" "))
    assert likeness(one, initials) == 0
    if typed.strip():
        assert likeness(one, typed.strip().casefold()) in (None, *range(10))


def test_of_five_thousand_the_right_one_is_on_the_page_within_a_blink(tmp_path: Path) -> None:
    names = [a + b + c for a in FAMILY for b in GIVEN for c in GIVEN][::3]
    names = [*names[:4999], "单晓曦"]
    listed = [
        Listed(name, f"{n % 20 + 1}-1-{n}", n.to_bytes(8), readings_of(name))
        for n, name in enumerate(names)
    ]
    rows = load(make_look_up(listed, [(CTI, SIGNATURE)]))[2]  # type: ignore[index]
    directory = Directory(tmp_path / "directory.db")
    assert directory.take(DirectoryPart(1, tuple(map(tuple, rows)))) == ""  # type: ignore[arg-type]
    assert directory.find("sxx") == [] and directory.at_door("20-1-4999") == []
    assert directory.unlock(CTI, SIGNATURE)
    began_s = time.perf_counter()
    found = directory.find("sxx")
    took_s = time.perf_counter() - began_s
    assert found[0].name == "单晓曦" and len(found) <= FOUND_MAX
    assert took_s < 10 * HUNDRED_MS  # measured: 0.1 s; this machine may be busy
    assert [one.name for one in directory.find("4999")] == ["单晓曦"]
    assert [one.name for one in directory.at_door("20-1-4999")] == ["单晓曦"]
    directory.close()


def test_a_gate_imports_no_dictionary_of_readings() -> None:
    found = "{'pypinyin', 'jieba'} & set(sys.modules)"
    look = f"import sys, kiosk.runtime.wiring; print(sorted({found}))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
