"""A roster from an office program's table: shifts taken, and rows refused by line and column.

Headings in Chinese or English, in any order, under a title or a note: gate, staff, from and
until, each a local date and time; or a column with the day beside the times, and an end at or
before the beginning is on the day after. Staff are short names (w01): what looks like the name
of a person is refused, and a report never repeats what stood in a cell.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from kiosk.core.duty import GATE_CHARS_MAX, Shift
from kiosk.core.duty_roster import midnight_ms
from kiosk.register.residents import RefusedRow
from kiosk.register.staff_pins import NAME
from kiosk.register.table_archive import NoTable
from kiosk.register.table_heads import find_heads
from kiosk.register.table_rows import FORMULA, read_rows

__all__ = ["NoTable", "RosterRows", "read_roster"]

HEADINGS: dict[str, tuple[str, ...]] = {
    "gate": ("gate", "门", "门岗", "大门", "岗位", "岗亭", "卡口", "出入口"),
    "staff": ("staff", "who", "shortname", "工号", "代号", "短名", "值班人员", "人员", "值守"),
    "day": ("day", "date", "日期", "值班日期", "日"),
    "from": ("from", "start", "begin", "开始", "开始时间", "起", "上岗", "上岗时间", "上班"),
    "until": ("until", "end", "to", "结束", "结束时间", "止", "离岗", "离岗时间", "下班"),
}
NEEDED = ("gate", "staff", "from", "until")
SHIFT_HOURS_MAX = 24  # nobody stands longer; it is a slip of the date
YEARS = (2020, 2100)
_ASKED = {name: HEADINGS[name][1] for name in NEEDED}
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)
_TIME = re.compile(r"([0-9]{1,2})(?:[:点时]([0-9]{2})?分?)(?::[0-9]{2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RosterRows:
    """What a file says: `rows` were read, `again` of them say what another said."""

    shifts: tuple[Shift, ...]
    rows: int
    again: int
    refused: tuple[RefusedRow, ...]


class _Refused(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass
class _Taking:
    shifts: list[Shift] = field(default_factory=list)
    seen: set[Shift] = field(default_factory=set)
    again: int = 0


def read_roster(content: bytes, *, utc_offset_s: int) -> RosterRows:
    """Return the shifts in a file, CSV or XLSX. Raises NoTable."""
    rows = read_rows(content)
    header, places = find_heads(rows, HEADINGS, _ASKED)
    taking, refused, count = _Taking(), [], 0
    for line, cells in rows:
        count += 1
        try:
            shift = _shift(_cells(cells, places, len(header)), utc_offset_s)
        except _Refused as exc:
            heading = header[places[exc.column]] if exc.column in places else exc.column
            refused.append(RefusedRow(line, heading, exc.reason))
            continue
        taking.again += shift in taking.seen
        if shift not in taking.seen:
            taking.shifts.append(shift)
            taking.seen.add(shift)
    return RosterRows(tuple(taking.shifts), count, taking.again, tuple(refused))


def _cells(cells: list[str], places: dict[str, int], width: int) -> dict[str, str]:
    if len(cells) > width and any(cells[width:]):
        raise _Refused("", f"has {len(cells)} cells, the headings are {width}")
    said = {name: cells[at] if at < len(cells) else "" for name, at in places.items()}
    for name, cell in said.items():
        if cell == FORMULA:
            raise _Refused(name, "holds a formula: write the value in its place")
    return said


def _shift(said: Mapping[str, str], utc_offset_s: int) -> Shift:
    gate = said["gate"]
    if not 0 < len(gate) <= GATE_CHARS_MAX or not gate.isprintable():
        raise _Refused("gate", f"is not 1 to {GATE_CHARS_MAX} characters")
    if NAME.fullmatch(said["staff"]) is None:
        raise _Refused("staff", "is not a short name such as w01 (letters, digits, - and _)")
    day = _day("day", said["day"]) if said.get("day") else None
    from_ms = _instant("from", said["from"], day, utc_offset_s)
    until_ms = _instant("until", said["until"], day, utc_offset_s)
    is_time_alone = day is not None and _DAY.match(said["until"]) is None
    if is_time_alone and until_ms <= from_ms:
        until_ms += 24 * 3_600_000  # over midnight
    if until_ms <= from_ms:
        raise _Refused("until", "is not after the beginning")
    if until_ms - from_ms > SHIFT_HOURS_MAX * 3_600_000:
        raise _Refused("until", f"is more than {SHIFT_HOURS_MAX} hours after the beginning")
    return Shift(gate, from_ms, until_ms, said["staff"])


def _instant(column: str, text: str, day: date | None, utc_offset_s: int) -> int:
    """Return a local time as UTC milliseconds; 24:00 is the midnight that follows."""
    found = _DAY.match(text)
    rest = text
    if found is not None:
        day, rest = _day(column, found[0]), text[found.end() :].strip(" T")
    if day is None:
        raise _Refused(column, "says no day: 2027-01-05 07:00, or a column with the date")
    minutes = _minutes(column, rest)
    return midnight_ms(day, utc_offset_s) + minutes * 60_000


def _minutes(column: str, text: str) -> int:
    found = _TIME.fullmatch(text)
    hours, minutes = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if (hours, minutes) == (24, 0):
        return 24 * 60
    try:
        time(hours, minutes)
    except ValueError as exc:
        raise _Refused(column, "is no time of day such as 07:00") from exc
    return hours * 60 + minutes


def _day(column: str, text: str) -> date:
    found = _DAY.match(text)
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or not YEARS[0] <= day.year < YEARS[1]:
        raise _Refused(column, "is no day such as 2027-01-05")
    return day
