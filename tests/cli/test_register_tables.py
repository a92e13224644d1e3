"""Committees' tables as they are: titles, merged cells, GBK, formulas, mistakes in numbers."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.cli import cli
from kiosk.core.words import Household
from kiosk.register.households import Households, RegisterKeeper, all_households, find_door
from kiosk.register.residents import NoTable, read_residents
from kiosk.timing import ManualClock
from kiosk.wire import RegisterPart
from kiosk.wire.register import decode_register, encode_register
from tests.central.office import Office
from tests.central.test_lists_out import hand_out

ID_NUMBER = "11010519491231002X"  # the example of GB 11643
HEADINGS = ["网格", "楼号", "单元", "室", "姓名", "身份证号", "联系电话", "备注"]


def sheet(*rows: list[object], merged: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    for area in merged:
        book.active.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_sheet_with_a_title_and_merged_households_is_read_as_a_person_reads_it() -> None:
    residents = read_residents(
        sheet(
            ["某某小区居民登记表"],
            HEADINGS,
            ["第11网格", "3号楼", "1单元", "502室", "王明", ID_NUMBER, "13800138000", "x"],
            [None, None, None, None, "李花", None, None, None],
            ["12", 4, 2, 101.0, "张三", None, "010-62345678", None],
            merged=("A3:A4", "B3:B4", "C3:C4", "D3:D4"),
        )
    )
    assert residents.refused == ()
    assert {(h.grid, h.door) for h in residents.households} == {
        (11, "3-1-502"),
        (12, "4-2-101"),
    }
    assert (residents.rows, residents.again, residents.fresh) == (3, 1, 2)
    assert residents.columns_left_out == 4, "names and numbers are not kept"


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("身份证号", "1101051949123100O2", "letter"),
        ("身份证号", "l10105194912310021", "letter"),
        ("身份证号", "110105194912310021", "does not fit"),
        ("身份证号", "110105194913310021", "date"),
        ("身份证号", "1101", "18 signs"),
        ("联系电话", "12", "telephone"),
        ("网格", "99999", "whole number"),
        ("室", "=1+1", "formula"),
        ("楼号", "", "1 to 16"),
    ],
)
def test_each_mistake_is_told_by_line_heading_and_reason(
    column: str, cell: str, reason: str
) -> None:
    row = dict(zip(HEADINGS, ["1", "3", "1", "502", "王明", "", "", ""], strict=True))
    row[column] = cell
    residents = read_residents(sheet(HEADINGS, list(row.values())))
    (refused,) = residents.refused
    assert (refused.line, refused.column) == (2, column) and reason in refused.reason
    assert cell == "" or cell not in refused.reason
    assert residents.households == ()


def test_same_resident_twice_and_a_door_with_two_references_are_told() -> None:
    head = "户号,网格,楼号,单元,室,姓名\n"
    rows = "ABCDEFGH,1,3,1,502,王明\nABCDEFGH,1,3,1,502,王明\nABCDEFGJ,1,3,1,502,李花\n"
    residents = read_residents((head + rows).encode("gb18030"))
    assert [(r.line, r.column) for r in residents.refused] == [(3, "姓名"), (4, "户号")]
    assert "line 2" in residents.refused[0].reason and "line 2" in residents.refused[1].reason


def test_one_reference_with_two_doors_is_told_and_the_first_stands() -> None:
    head = "户号,网格,楼号,单元,室\n"
    rows = "ABCDEFGH,1,3,1,502\nABCDEFGH,1,3,1,503\nABCDEFGH,2,3,1,502\n"
    residents = read_residents((head + rows).encode())
    assert [(r.line, r.column) for r in residents.refused] == [(3, "户号"), (4, "户号")]
    assert all("line 2" in row.reason for row in residents.refused)
    assert [(home.grid, home.door) for home in residents.households] == [(1, "3-1-502")]


def test_a_formula_in_a_merged_area_is_a_formula_in_each_of_its_rows() -> None:
    rows = ["1", "3", "1", "=1+1", "王明"], ["1", "3", "1", None, "李花"]
    residents = read_residents(sheet(HEADINGS[:5], *map(list, rows), merged=("D2:D3",)))
    told = [(row.line, row.column) for row in residents.refused]
    assert told == [(2, "室"), (3, "室")] and residents.households == ()


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"\x81\x20\xff\xff", "网格".encode("big5")]
)
def test_a_text_in_no_known_coding_is_refused_with_what_to_do(content: bytes) -> None:
    with pytest.raises(NoTable, match=r"GBK|columns"):
        read_residents(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_every_way_to_write_a_text_table_is_read(encoding: str, mark: str) -> None:
    text = (
        mark.join(["网格", "楼栋", "单元", "门牌号"])
        + "\r\n"
        + mark.join(["1", "甲栋", "2", "3"])
    )
    (home,) = read_residents(text.encode(encoding)).households
    assert (home.grid, home.door) == (1, "甲-2-3")


def test_households_keep_their_reference_over_a_new_import() -> None:
    table = sheet(["grid", "building", "room"], [1, 1, 101], [1, 1, 102])
    first = read_residents(table)
    known = {(home.grid, home.door): home.sub for home in first.households}
    again = read_residents(sheet(["grid", "building", "room"], [1, 1, 102], [1, 9, 9]), known)
    assert again.fresh == 1
    assert known[1, "1-1-102"] in {home.sub for home in again.households}
    assert len({home.sub for home in first.households + again.households}) == 3
    assert not any(home.sub.startswith("0000") for home in first.households)


def test_archive_that_unpacks_to_too_much_is_refused_at_once() -> None:

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"xl/{number}.xml", b"\0" * 100_000_000)
    began_s = time.monotonic()
    with pytest.raises(NoTable, match="unpacks"):
        read_residents(out.getvalue())
    assert time.monotonic() - began_s < 2.0


def with_sheet(*pieces: bytes) -> bytes:
    """Return a small workbook whose sheet says something else."""
    plain, out = io.BytesIO(sheet(HEADINGS)), io.BytesIO()
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(out, "w", 8) as after:
        for name in before.namelist():
            if name != "xl/worksheets/sheet1.xml":
                after.writestr(name, before.read(name))
        with after.open("xl/worksheets/sheet1.xml", "w") as part:
            for piece in pieces:
                part.write(piece)
    return out.getvalue()


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
ROWS = b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells>'
COLOURED = b"".join(b'<c r="%b1" s="1"/>' % name for name in (b"A", b"B", b"C", b"D"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (with_sheet(SHEET, ROWS, b"<mergeCell ref='A1:XFD1048576'/>"), "merged areas"),
        (with_sheet(SHEET, ROWS, b'<mergeCell  x="1" ref="A1:Z200000" />'), "merged areas"),
        (with_sheet(SHEET, ROWS, b'<mergeCell ref="A:Z"/>'), "merged areas"),
        (with_sheet(SHEET, ROWS, b'<mergeCell ref="A1:C400"/>' * 1000), "merged areas"),
        (with_sheet(SHEET, ROWS, b'<mergeCell ref="%%%"/>'), "damaged"),
        (
            with_sheet(SHEET, b"<sheetData>", *[b"<row>" + COLOURED * 250 + b"</row>"] * 2600),
            "millions of cells",
        ),
        (with_sheet((SHEET + ROWS).decode().encode("utf-16")), "coding"),
    ],
    ids=["all", "columns", "endless", "many", "nonsense", "coloured", "utf-16"],
)
def test_a_small_file_that_asks_for_millions_of_cells_is_refused_at_once(
    content: bytes, says: str
) -> None:
    started_s = time.process_time()
    with pytest.raises(NoTable, match=says):
        read_residents(content)
    assert time.process_time() - started_s < 3.0 and len(content) < 300_000


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(max_size=12) | st.integers() | st.none(), max_size=9)))
def test_any_cells_are_taken_or_refused_by_name(rows: list[list[object]]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["grid", "building", "unit", "room", "name", "id", "phone"])
    for row in rows:
        try:
            book.active.append(row)
        except (ValueError, openpyxl.utils.exceptions.IllegalCharacterError):
            return
    out = io.BytesIO()
    book.save(out)
    residents = read_residents(out.getvalue())
    taken = residents.rows - len(residents.refused)
    assert taken == len(residents.households) + residents.again


@given(st.binary(max_size=200), st.integers(0, 400))
def test_damaged_workbook_is_refused_by_name(junk: bytes, at: int) -> None:
    whole = sheet(["grid", "building", "room"], [1, 1, 101])
    for content in (whole[: len(whole) - at] + junk, b"PK\x03\x04" + junk):
        try:
            read_residents(content)
        except NoTable as exc:
            assert str(exc)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "central")
    hand_out(office)
    yield office
    office.close()


def at_central(office: Office, file: Path, *options: str) -> Result:
    at = ("--by", "li", "--state", str(office.folder))
    return CliRunner().invoke(cli, ["central", "register", "import", str(file), *at, *options])


def test_register_goes_from_central_to_the_gate_whole(office: Office, tmp_path: Path) -> None:
    file, state = tmp_path / "residents.xlsx", tmp_path / "register.db"
    file.write_bytes(sheet(HEADINGS, ["11", "3号楼", "1单元", "502室", "王明"]))
    assert at_central(office, file).exit_code == 0
    keeper, clock = RegisterKeeper(state), ManualClock()
    here = Households(state, clock)
    reply = office.ask(office.kiosk.request(None, have=(1, 0, 0, 0, keeper.version, 0, 0)))
    assert reply.register is not None and keeper.take(reply.register) == ""
    clock.advance(1.1)
    (home,) = all_households(state)
    assert here.find(home.sub) == home and home.door == "3-1-502"
    assert here.issued_ms is not None and find_door(state, "3", "1", "502") == home.sub
    again = office.ask(office.kiosk.request(None, have=(1, 0, 0, 0, keeper.version, 0, 0)))
    assert again.register is None, "it has this one"
    assert "王明".encode() not in state.read_bytes()
    here.close()


@pytest.mark.parametrize("blob", [b"", b"junk", encode_register([])[:-2], b"x" * 2000])
def test_damaged_register_is_refused_and_the_old_one_stays(tmp_path: Path, blob: bytes) -> None:
    keeper, home = RegisterKeeper(tmp_path / "r.db"), Household("ABCDEFGH", 1, "1-1-1")
    assert keeper.take(RegisterPart(3, 5, encode_register([home]))) == ""
    assert keeper.take(RegisterPart(4, 6, blob)) != ""
    assert keeper.version == 3 and all_households(tmp_path / "r.db") == [home]


SUBS = st.text(alphabet="ABCDEFGH23456789", min_size=8, max_size=8)


@given(st.lists(st.builds(Household, SUBS, st.integers(0, 65535), st.text(max_size=20)),
                unique_by=lambda home: home.sub))  # fmt: skip
def test_register_is_read_as_it_was_sent(homes: list[Household]) -> None:
    assert decode_register(encode_register(homes)) == homes


def test_coverage_names_the_doors_that_nobody_came_from(tmp_path: Path) -> None:
    file = tmp_path / "residents.csv"
    file.write_text("grid,building,room\n1,1,101\n1,1,102\n2,5,501\n", "utf-8")
    run = CliRunner().invoke
    at = ["--state", str(tmp_path / "state")]
    assert run(cli, ["register", "import", str(file), *at]).exit_code == 0
    done = run(cli, ["register", "coverage", "--json", *at])
    grids = json.loads(done.output)["grids"]
    assert [(g["grid"], g["households"], g["seen"]) for g in grids] == [(1, 2, 0), (2, 1, 0)]
    assert grids[1]["not_seen"] == ["5-1-501"]
