"""Rosters as offices write them: headings, encodings, midnight; mistakes by their place."""

import io
from datetime import UTC, datetime, time

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.duty import Shift
from kiosk.register.roster_table import RosterRows, read_roster
from kiosk.register.table_rows import NoTable

OFFSET_S = 8 * 3600
HEAD = "日期,门岗,工号,上岗时间,离岗时间\n"


def read(text: str | bytes) -> RosterRows:
    content = text if isinstance(text, bytes) else text.encode()
    return read_roster(content, utc_offset_s=OFFSET_S)


def at(day: int, hour: int, minute: int = 0) -> int:
    """Local time of January 2027, UTC milliseconds."""
    local = datetime(2027, 1, day, hour, minute, tzinfo=UTC)
    return int(local.timestamp() * 1000) - OFFSET_S * 1000


SOUTH = Shift("南门", at(5, 7), at(5, 14), "w01")
NIGHT = Shift("北门", at(5, 20), at(6, 8), "w03")


@pytest.mark.parametrize(
    "content",
    [
        (HEAD + "2027-01-05,南门,w01,7:00,14:00\n2027/1/5,北门,w03,20：00,８:00\n").encode(),
        ("兰园值班表,,,,\n" + HEAD + "2027年1月5日,南门,w01,7点,14点\n"
         "2027.1.5,北门,w03,20点,8点00分\n").encode("gbk"),
        ("gate\tstaff\tfrom\tuntil\n南门\tw01\t2027-01-05 07:00\t2027-01-05 14:00\n"
         "北门\tw03\t2027-01-05 20:00\t2027-01-06 08:00\n").encode("utf-16"),
    ],
    ids=["utf-8", "gbk", "utf-16 with tabs"],
)  # fmt: skip
def test_a_roster_is_read_as_offices_write_it(content: bytes) -> None:
    assert read(content) == RosterRows((SOUTH, NIGHT), 2, 0, ())


def test_cells_of_a_sheet_that_hold_times_are_times() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Gate", "Who", "Date", "From", "Until"])
    day = datetime(2027, 1, 5)
    book.active.append(["南门", "w01", day, time(7), time(14)])
    book.active.append(["北门", "w03", day, time(20), time(8)])
    book.active.append(["北门", "w03", day, "=1+1", time(8)])
    out = io.BytesIO()
    book.save(out)
    found = read(out.getvalue())
    assert found.shifts == (SOUTH, NIGHT)
    assert [(row.line, row.column) for row in found.refused] == [(4, "From")]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("2027-01-05,南门,张三,7:00,14:00", "工号"),
        ("2027-01-05,南门,,7:00,14:00", "工号"),
        ("2027-01-05,,w01,7:00,14:00", "门岗"),
        ("2027-01-05," + "门" * 25 + ",w01,7:00,14:00", "门岗"),
        ("2027-02-30,南门,w01,7:00,14:00", "日期"),
        ("1927-02-03,南门,w01,7:00,14:00", "日期"),
        ("2027-01-05,南门,w01,25:00,26:00", "上岗时间"),
        ("2027-01-05,南门,w01,7:00,", "离岗时间"),
        (",南门,w01,7:00,14:00", "上岗时间"),
        ("2027-01-05,南门,w01,7:00,2027-01-05 06:00", "离岗时间"),
        ("2027-01-05,南门,w01,7:00,2027-01-09 06:00", "离岗时间"),
        ("2027-01-05,南门,w01,7:00,14:00,多了,一格", ""),
    ],
)
def test_a_wrong_row_is_refused_by_its_place_and_the_others_taken(
    row: str, column: str
) -> None:
    found = read(HEAD + row + "\n2027-01-05,南门,w01,7:00,14:00\n")
    assert found.shifts == (SOUTH,)
    (refused,) = found.refused
    assert (refused.line, refused.column) == (2, column)
    assert "张三" not in refused.reason


def test_midnight_may_be_written_both_ways_and_the_same_row_counts_once() -> None:
    late = "2027-01-05,南门,w01,16:00,24:00\n"
    found = read(HEAD + late + "2027-01-05,南门,w01,16:00,0:00\n" + late)
    assert found.shifts == (Shift("南门", at(5, 16), at(6, 0), "w01"),)
    assert (found.rows, found.again) == (3, 2)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.text(max_size=12),
                st.sampled_from(["南门", "w01", "2027-01-05", "7:00", "24:00", "=A1"]),
            ),
            min_size=3,
            max_size=7,
        ),
        max_size=6,
    )
)
def test_no_row_whatever_it_says_stops_the_import(rows: list[list[str]]) -> None:
    cells = [",".join(cell.replace(",", "").replace('"', "") for cell in row) for row in rows]
    lines = [" ".join(line.split()) for line in cells]
    try:
        found = read(HEAD + "\n".join(lines))
    except NoTable:
        return
    assert len(found.shifts) + found.again + len(found.refused) == found.rows
    assert all(one.from_ms < one.until_ms for one in found.shifts)
