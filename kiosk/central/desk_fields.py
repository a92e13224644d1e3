"""What is typed into the desk's forms: read strictly, refused in words for people.

A reason may say anything that can be printed; all else has a shape of its own. What does
not fit is named with the line it stands on.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kiosk.central.orders import LIST_MAX, Line
from kiosk.core.words import PassKind
from kiosk.passes.claims import (
    CTI_BYTES,
    GRID_MAX,
    LIFE_MAX_S,
    STOCK_NUMBER_MAX,
    STOCK_PREFIX,
    SUB_ALPHABET,
    SUB_CHARS,
    check_label,
    is_sub,
    masked,
)

ZONE = ZoneInfo("Asia/Shanghai")
REASON_CHARS_MAX = 200
KINDS = (PassKind.RESIDENT, PassKind.STAFF, PassKind.VISITOR)
SIZES = ("sheet", "large")
NEW = ("", "new", "新")
_ID = re.compile(f"[0-9a-fA-F]{{{2 * CTI_BYTES}}}")
TIME = "%Y-%m-%dT%H:%M"
_TYPED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,7}", re.ASCII)
Fields = Mapping[str, str]


class Refused(Exception):
    """What was asked at the desk is not done; `says` is why, in Chinese and English."""

    def __init__(self, zh: str, en: str, *, status: int = 400) -> None:
        super().__init__(en)
        self.says, self.status = (zh, en), status


def reason_in(fields: Fields) -> str:
    """Return why somebody does it, on one line. Raises Refused for none, or unprintable."""
    reason = " ".join(fields.get("reason", "").split())
    if not reason or len(reason) > REASON_CHARS_MAX or not reason.isprintable():
        raise Refused("请写明原因，200 字以内", "give a reason of up to 200 plain characters")
    return reason


def pass_id_in(fields: Fields) -> bytes:
    """Return the id of a pass. Raises Refused."""
    typed = fields.get("id", "")
    if _ID.fullmatch(typed) is None:
        raise Refused("编号应为 16 位", "the id of a pass has 16 hexadecimal digits")
    return bytes.fromhex(typed)


def number_in(fields: Fields, name: str, *, most: int = STOCK_NUMBER_MAX) -> int:
    """Return a whole number from 0 to `most`. Raises Refused."""
    typed = fields.get(name, "").strip()
    if _NUMBER.fullmatch(typed) is None or int(typed) > most:
        raise Refused(f"应为 0 到 {most} 的整数", f"a whole number from 0 to {most}")
    return int(typed)


def size_in(fields: Fields) -> str:
    """Return how to print: sheet or large. Raises Refused."""
    if fields.get("size") not in SIZES:
        raise Refused("请选择打印尺寸", "choose a size to print")
    return fields["size"]


def kind_in(fields: Fields) -> PassKind:
    """Return a kind of paper pass. Raises Refused."""
    chosen = fields.get("kind", "")
    found = next((kind for kind in KINDS if kind.name.lower() == chosen), None)
    if found is None:
        raise Refused("请选择证件种类", "choose a kind of pass")
    return found


def end_in(fields: Fields, *, now_ms: int) -> int:
    """Return the end of the day that is typed, UTC seconds. Raises Refused."""
    first, last = end_days(now_ms)
    try:
        day = date.fromisoformat(fields.get("end", "").strip())
    except ValueError:
        day = date.min
    if not first <= day <= last:
        raise Refused(
            f"有效期应在 {first} 到 {last} 之间", f"the last day is between {first} and {last}"
        )
    return end_of(day)


def end_of(day: date) -> int:
    """Return when a day ends here, UTC seconds."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZONE)
    return int(midnight.timestamp())


def end_days(now_ms: int) -> tuple[date, date]:
    """Return the first and the last day on which a pass may end that is made now."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    last = now + timedelta(seconds=LIFE_MAX_S) - timedelta(days=1)
    return now.astimezone(ZONE).date(), last.astimezone(ZONE).date()


def time_in(fields: Fields, name: str) -> int:
    """Return a local time as a browser writes it, in UTC milliseconds. Raises Refused."""
    typed = fields.get(name, "").strip()
    try:
        if _TYPED.fullmatch(typed) is None:
            raise ValueError
        at = datetime.strptime(typed, TIME).replace(tzinfo=ZONE)
        if not 2020 <= at.year < 2100:
            raise ValueError
    except ValueError as exc:
        raise Refused("请填写日期和时间", "fill in a date and a time") from exc
    return int(at.timestamp() * 1000)


def lines_in(fields: Fields, is_free: Callable[[str], bool], *, now_ms: int) -> list[Line]:
    """Return the passes of the form: one, or a pasted list of many.

    A line of a list is `household grid label`, with spaces, tabs or commas between; the label
    may be left out. `is_free` says whether a reference was never used. Raises Refused.
    """
    kind, exp_s = kind_in(fields), end_in(fields, now_ms=now_ms)
    typed = [line for line in fields.get("list", "").splitlines() if line.strip()]
    if len(typed) > LIST_MAX:
        raise Refused(f"一次最多 {LIST_MAX} 行", f"up to {LIST_MAX} lines at once")
    if not typed:
        parts = [fields.get(name, "").strip() for name in ("sub", "grid", "label")]
        return [_line(parts, kind, exp_s, is_free, "")]
    return [
        _line(re.split(r"[\s,，]+", line.strip()), kind, exp_s, is_free, f"{number}: ")
        for number, line in enumerate(typed, 1)
    ]


def _line(
    parts: list[str], kind: PassKind, exp_s: int, is_free: Callable[[str], bool], at: str
) -> Line:
    if not 2 <= len(parts) <= 3:
        raise Refused(f"{at}每行：户号 网格 姓名", f"{at}a line is: household grid label")
    sub, grid, label = parts[0], parts[1], masked("".join(parts[2:]))
    if _NUMBER.fullmatch(grid) is None or int(grid) > GRID_MAX:
        raise Refused(f"{at}网格应为 0 到 65535", f"{at}a grid is 0 to {GRID_MAX}")
    if check_label(label) is not None:
        raise Refused(
            f"{at}姓名只能是遮掩后的短名，如 张*明",
            f"{at}a label is empty or a short masked name such as 张*明",
        )
    return Line(_household(sub, is_free, at), kind, int(grid), label, exp_s)


def _household(typed: str, is_free: Callable[[str], bool], at: str) -> str:
    if typed.lower() in NEW:
        return new_household(is_free)
    sub = typed.upper()
    if not is_sub(sub) or sub.startswith(STOCK_PREFIX):
        raise Refused(
            f"{at}户号应为 8 位数字或字母，新户填 new",
            f"{at}a household has 8 letters or digits; write new for a new one",
        )
    return sub


def new_household(is_free: Callable[[str], bool]) -> str:
    """Return a reference that nobody has: random, and never that of a blank card."""
    while True:
        sub = "".join(secrets.choice(SUB_ALPHABET) for _ in range(SUB_CHARS))
        if not sub.startswith(STOCK_PREFIX) and is_free(sub):
            return sub
