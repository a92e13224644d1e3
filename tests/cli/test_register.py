"""`kiosk register import`: what is good is taken whole, what is not is named by its place."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from kiosk.cli.register import command
from kiosk.core.words import Household
from kiosk.register.households import Households
from kiosk.register.residents import NoTable, read_residents
from kiosk.timing import ManualClock

HEADER = "sub,grid,building,unit,room"
GOOD = f"{HEADER}\nABCDEFGH,11,3,1,502\nZYXWVTSR,12,4,2,101\n"


def run(folder: Path, content: bytes, *options: str) -> Result:
    file = folder / "residents.csv"
    file.write_bytes(content)
    arguments = ["import", str(file), "--state", str(folder / "state"), *options]
    return CliRunner().invoke(command, arguments)


def found(folder: Path, sub: str) -> Household | None:
    households = Households(folder / "state" / "register.db", ManualClock())
    try:
        return households.find(sub)
    finally:
        households.close()


def test_good_rows_are_in_the_register_afterwards(tmp_path: Path) -> None:
    done = run(tmp_path, GOOD.encode())
    assert done.exit_code == 0, done.output
    assert "rows taken: 2 of 2" in done.output
    assert found(tmp_path, "ABCDEFGH") == Household("ABCDEFGH", 11, "3-1-502")
    assert (tmp_path / "state" / "register.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_what_chinese_office_programs_write_is_read(tmp_path: Path, encoding: str) -> None:
    text = "姓名,sub,grid,building,unit,room\r\n张三,ABCDEFGH,１１,甲栋,1,502室\r\n"
    done = run(tmp_path, text.encode(encoding))
    assert done.exit_code == 0, done.output
    assert found(tmp_path, "ABCDEFGH") == Household("ABCDEFGH", 11, "甲-1-502")
    assert "columns not kept: 1" in done.output
    assert "张三" not in done.output
    assert "张三".encode() not in (tmp_path / "state" / "register.db").read_bytes()


def test_each_refused_row_is_told_with_line_column_and_reason(tmp_path: Path) -> None:
    rows = ["ABCDEFGH,11,3,1,502", "lower,11,3,1,1", "ABCDEFGJ,99999,3,1,1", "", "short,1"]
    rows += ["ABCDEFGK,1,3,,1", "ABCDEFGH,12,3,1,502", "ABCDEFGM,1,3,1-2,1"]
    done = run(tmp_path, "\n".join([HEADER, *rows]).encode(), "--json")
    report = json.loads(done.output)
    assert done.exit_code == 1
    assert [(r["line"], r["column"]) for r in report["refused"]] == [
        (3, "sub"),
        (4, "grid"),
        (6, ""),
        (8, "sub"),
        (9, "unit"),
    ]
    assert all(r["reason"] for r in report["refused"])
    assert report["taken"] == 2 and report["replaced"]
    assert found(tmp_path, "ABCDEFGH") is not None


def test_nothing_that_stood_in_a_cell_is_repeated(tmp_path: Path) -> None:
    secret = "王小明13800001111"
    rows = [f"{secret},1,2,3,4", f"ABCDEFGH,{secret},2,3,4", f"ABCDEFGH,1,{secret * 9},3,4"]
    for content in ("\n".join([HEADER, *rows]), f"{secret},b,c,d,e\n", f'{HEADER}\n"{secret}'):
        done = run(tmp_path, content.encode())
        assert done.exit_code in (1, 2)
        assert secret not in done.output


def test_a_second_resident_of_a_household_is_told_and_not_refused(tmp_path: Path) -> None:
    done = run(tmp_path, f"{GOOD}ABCDEFGH,11,3,1,502\n".encode())
    assert done.exit_code == 0
    assert "rows that repeat one of their household: 1" in done.output


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 and so on",
        b"sub,grid,building,unit\nABCDEFGH,1,2,3\n",
        b"sub,sub,grid,building,unit,room\n",
        b"\xff\xfe\x00\x01 not text \x00",
        f'{HEADER}\n"open'.encode(),
    ],
)
def test_a_file_that_is_no_table_is_refused_whole(tmp_path: Path, content: bytes) -> None:
    assert run(tmp_path, GOOD.encode()).exit_code == 0
    done = run(tmp_path, content)
    assert done.exit_code == 2 and "Error" in done.output
    assert found(tmp_path, "ABCDEFGH") is not None


def test_damaged_xlsx_is_named_with_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, b"PK\x03\x04")
    assert done.exit_code == 2 and "save it again, or as CSV" in done.output


def test_without_a_good_row_the_old_register_stays(tmp_path: Path) -> None:
    assert run(tmp_path, GOOD.encode()).exit_code == 0
    done = run(tmp_path, f"{HEADER}\nbad,1,2,3,4\n".encode())
    assert done.exit_code == 1 and "the old register stays" in done.output
    assert found(tmp_path, "ABCDEFGH") is not None


def test_a_new_import_replaces_the_old_one_whole(tmp_path: Path) -> None:
    assert run(tmp_path, GOOD.encode()).exit_code == 0
    assert run(tmp_path, f"{HEADER}\nABCDEFGH,9,9,9,9\n".encode()).exit_code == 0
    assert found(tmp_path, "ABCDEFGH") == Household("ABCDEFGH", 9, "9-9-9")
    assert found(tmp_path, "ZYXWVTSR") is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    done = run(tmp_path, GOOD.encode())
    assert done.exit_code == 1 and "the old register stays" in done.output


@given(st.binary(max_size=300) | st.text(alphabet='a,"\n\r;ABCDEFGH0123456789', max_size=300))
def test_any_bytes_are_read_or_refused_by_name(junk: bytes | str) -> None:
    tail = junk if isinstance(junk, bytes) else junk.encode()
    for content in (tail, f"{HEADER}\n".encode() + tail):
        try:
            residents = read_residents(content)
        except NoTable as exc:
            assert str(exc)
        else:
            taken = residents.rows - len(residents.refused)
            assert taken == len(residents.households) + residents.again
