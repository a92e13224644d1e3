"""`kiosk bench register`: the import of a big community's table, as the command does it.

A workbook as committees write them (a title, a household's door in merged cells, mistakes in
numbers) and the same people as GBK text are imported by `kiosk register import`, from start to
end in a process of its own, and the report must name every planted mistake and no other row.
Beside it, the cells of the same file read through and nothing looked at.
"""

import csv
import io
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.cell_range import CellRange
from stdnum.cn import ric

EXIT_NO = 1
IMPORT_S_MAX = 30.0  # for fifty thousand
HEADINGS = ("网格", "楼号", "单元", "室", "姓名", "身份证号", "联系电话", "备注")
TITLE_LINES = 2  # in the workbook, a title and the headings
MISTAKE_EACH = 499  # chosen: a prime, so that each kind meets every place in a household
FLOOR, HOUSE = 4, 96  # doors on a floor, in a building


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of an import and of reading alone; whether its report was right."""

    import_s: float
    read_s: float
    refused: int
    is_right: bool


@click.command("register")
@click.option("--residents", type=click.IntRange(10), default=50_000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(*, residents: int, as_json: bool) -> None:
    """Import a community. Ends with 1 when 50,000 take over half a minute, or a report errs."""
    rows, planted = make_rows(residents)
    with tempfile.TemporaryDirectory() as name:
        book, text = Path(name, "residents.xlsx"), Path(name, "residents.csv")
        book.write_bytes(to_workbook(rows))
        text.write_bytes(to_text(rows))
        took = {
            "xlsx": _measure(book, {line + TITLE_LINES for line in planted}),
            "csv": _measure(text, {line + 1 for line in planted}),
        }
    figures: dict[str, object] = {"residents": residents, "mistakes": len(planted)}
    for kind, one in took.items():
        figures |= {
            f"{kind}_import_s": round(one.import_s, 2),
            f"{kind}_read_through_s": round(one.read_s, 2),
            f"{kind}_refused": one.refused,
            f"{kind}_report_is_right": one.is_right,
        }
    lines = [json.dumps(figures)] if as_json else [f"{k}: {v}" for k, v in figures.items()]
    click.echo("\n".join(lines))
    limit_s = IMPORT_S_MAX * max(1.0, residents / 50_000)
    if not all(one.is_right and one.import_s <= limit_s for one in took.values()):
        raise SystemExit(EXIT_NO)


def make_rows(residents: int) -> tuple[list[list[str]], set[int]]:
    """Return a row for each resident, two to a door, and the numbers (from 1) of bad ones."""
    rows, planted = [], set()
    for number in range(residents):
        home, id_number = number // 2, id_number_of(number)
        house, door = divmod(home, HOUSE)
        room = str(101 + 100 * (door // FLOOR) + door % FLOOR)
        phone = f"138{number:08d}"
        if number % MISTAKE_EACH == MISTAKE_EACH - 1:
            planted.add(number + 1)
            id_number, phone = _spoilt(number // MISTAKE_EACH, id_number, phone)
        rows.append([f"第{1 + house % 40}网格", f"{house + 1}号楼", "1单元", f"{room}室",
                     f"王{number}", id_number, phone, ""])  # fmt: skip
    return rows, planted


def id_number_of(number: int) -> str:
    """Return an ID number (GB 11643) that nobody else of the community has."""
    year, rest = 1930 + number % 70, number // 70
    month, rest = 1 + rest % 12, rest // 12
    begun = f"110105{year}{month:02d}{1 + rest % 28:02d}{rest // 28:03d}"
    return begun + ric.calc_check_digit(begun + "0")


def _spoilt(kind: int, id_number: str, phone: str) -> tuple[str, str]:
    """Return the numbers with one of the usual mistakes."""
    match kind % 4:
        case 0:
            return id_number.replace("0", "O", 1), phone
        case 1:
            return id_number.replace("1", "l", 1), phone
        case 2:
            return id_number, phone[:6]
        case _:
            return "=1+1", phone


def to_workbook(rows: list[list[str]]) -> bytes:
    """Return a workbook under a title; the door of two residents stands in merged cells."""
    book = Workbook()
    assert book.active is not None
    sheet = book.active
    sheet.append(["某某小区居民登记表"])
    sheet.append(list(HEADINGS))
    for number, row in enumerate(rows):
        sheet.append(row if number % 2 == 0 else [None] * 4 + row[4:])
    for line in range(TITLE_LINES + 1, TITLE_LINES + len(rows), 2):
        for column in "ABCD":  # not by merge_cells: each call looks at all areas before it
            sheet.merged_cells.ranges.add(CellRange(f"{column}{line}:{column}{line + 1}"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def to_text(rows: list[list[str]]) -> bytes:
    """Return the same as the office program's CSV in GBK."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEADINGS, *rows])
    return out.getvalue().encode("gb18030")


def _measure(file: Path, planted: set[int]) -> Took:
    began_s = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "register", "import", str(file), "--json",
         "--state", str(file.parent / file.suffix[1:])],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    import_s = time.perf_counter() - began_s
    if done.returncode not in (0, EXIT_NO):  # 1: rows were refused
        raise click.ClickException(done.stderr.strip())
    said = json.loads(done.stdout)
    refused = {row["line"] for row in said["refused"]}
    began_s = time.perf_counter()
    _read_through(file)
    read_s = time.perf_counter() - began_s
    return Took(import_s, read_s, len(refused), refused == planted)


def _read_through(file: Path) -> None:
    if file.suffix == ".xlsx":
        for _ in load_workbook(file).worksheets[0].iter_rows(values_only=True):
            pass
        return
    with file.open(encoding="gb18030", newline="") as text:
        for _ in csv.reader(text):
            pass
