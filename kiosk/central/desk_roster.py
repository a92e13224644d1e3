"""The roster at the desk: who keeps which gate now, the shifts of a week, what is left open."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.responses import RedirectResponse, Response

from kiosk.central import gates_now, roster
from kiosk.central.desk_door import Visit
from kiosk.central.desk_fields import ZONE, Fields, Refused
from kiosk.central.gates_say import say_gate
from kiosk.central.standing import UTC_OFFSET_S
from kiosk.central.store import reading, writing
from kiosk.core.duty import GATE_CHARS_MAX, STAFF_CHARS_MAX, Shift
from kiosk.core.duty_roster import (
    DAYS_RUNNING_MAX,
    HOURS_A_DAY_MAX,
    Gap,
    Load,
    day_of_ms,
    midnight_ms,
)

DAYS = 7
HOUR_MS = 3_600_000
NUMBER_MAX = 2**31 - 1
_WEEKDAYS = "一二三四五六日"
_SHORT = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


def show(visit: Visit) -> Response:
    """Show who keeps the gates now, and a week of the roster from a day on."""
    first = _first(visit)
    last = first + timedelta(days=DAYS - 1)
    with reading(visit.desk.engine) as db:
        shifts = roster.numbered_shifts(db, first, last)
        found = roster.coverage(db, first, last)
        now = gates_now.gates(db, visit.now_ms)
        known = roster.known_gates(db) | {one.gate for _, one in shifts}
    days = [first + timedelta(days=n) for n in range(DAYS)]
    shown: dict[str, Any] = {
        "days": [_day(day, shifts, found.gaps) for day in days],
        "doubles": [_double(one) for one in found.doubles],
        "loads": [_load(one) for one in found.loads],
        "now": [say_gate(one, visit.now_ms) for one in now],
        "gates": sorted(known),
        "first": first.isoformat(),
        "before": (first - timedelta(days=DAYS)).isoformat(),
        "after": (last + timedelta(days=1)).isoformat(),
        "hours_max": HOURS_A_DAY_MAX,
        "days_max": DAYS_RUNNING_MAX,
    }
    return visit.page("desk_roster.html", **shown)


def add(visit: Visit) -> Response:
    """Add one shift."""
    one = _shift_in(visit.fields)
    try:
        with writing(visit.desk.engine) as db:
            roster.add_shift(db, one, by=visit.operator, now_ms=visit.now_ms)
    except roster.TooMany as exc:
        raise Refused("这一天的班次太多", str(exc), status=409) from exc
    return _back(visit)


def remove(visit: Visit) -> Response:
    """Take one shift away."""
    typed = visit.fields.get("id", "")
    is_number = typed.isascii() and typed.isdigit() and len(typed) < 11
    if not is_number or int(typed) > NUMBER_MAX:
        raise Refused("没有这个班次", "there is no such shift", status=409)
    with writing(visit.desk.engine) as db:
        who, now_ms = visit.operator, visit.now_ms
        is_gone = roster.remove_shift(db, int(typed), by=who, now_ms=now_ms)
    if not is_gone:
        raise Refused("没有这个班次", "there is no such shift", status=409)
    return _back(visit)


def _back(visit: Visit) -> Response:
    return RedirectResponse(f"/desk/roster?from={_first(visit).isoformat()}", 303)


def _first(visit: Visit) -> date:
    typed = visit.fields.get("from", "").strip()
    if not typed:
        return day_of_ms(visit.now_ms, UTC_OFFSET_S)
    return _day_in(typed)


def _day_in(typed: str) -> date:
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        day = date.min
    if not 2020 <= day.year < 2100:
        raise Refused("日期不对", "this is no day")
    return day


def _shift_in(fields: Fields) -> Shift:
    """Return the shift that is typed; an end at or before the beginning is the day after."""
    gate, staff = fields.get("gate", "").strip(), fields.get("staff", "").strip()
    if not 0 < len(gate) <= GATE_CHARS_MAX or not gate.isprintable():
        raise Refused("请填写门岗名称", f"a gate has 1 to {GATE_CHARS_MAX} characters")
    if not 0 < len(staff) <= STAFF_CHARS_MAX or not set(staff) <= _SHORT:
        raise Refused(
            "工号只用字母和数字，如 w01，不写姓名",
            "a short name of letters and digits such as w01, not that of a person",
        )
    day = midnight_ms(_day_in(fields.get("day", "")), UTC_OFFSET_S)
    from_ms, until_ms = (day + _minutes_in(fields, name) * 60_000 for name in ("at", "until"))
    if until_ms <= from_ms:
        until_ms += roster.DAY_MS
    return Shift(gate, from_ms, until_ms, staff)


def _minutes_in(fields: Fields, name: str) -> int:
    try:
        at = datetime.strptime(fields.get(name, "").strip(), "%H:%M")
    except ValueError as exc:
        raise Refused("时间应如 07:00", "a time is like 07:00") from exc
    return at.hour * 60 + at.minute


def _day(day: date, shifts: list[tuple[int, Shift]], gaps: list[Gap]) -> dict[str, Any]:
    of_gate: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, one in shifts:
        if day_of_ms(one.from_ms, UTC_OFFSET_S) == day:
            of_gate[one.gate].append(
                {"id": number, "staff": one.staff, "span": _span(one.from_ms, one.until_ms)}
            )
    open_: defaultdict[str, list[str]] = defaultdict(list)
    for gap in gaps:
        if day_of_ms(gap.from_ms, UTC_OFFSET_S) == day:
            open_[gap.gate].append(_span(gap.from_ms, gap.until_ms))
    names = sorted({*of_gate, *open_})
    return {
        "day": day.isoformat(),
        "weekday": (f"周{_WEEKDAYS[day.weekday()]}", f"{day:%a}"),
        "gates": [{"name": n, "shifts": of_gate[n], "gaps": open_[n]} for n in names],
    }


def _double(double: Any) -> dict[str, str]:
    one, other = double.one, double.other
    both = " / ".join(dict.fromkeys((one.gate, other.gate)))
    day = day_of_ms(other.from_ms, UTC_OFFSET_S).isoformat()
    return {"staff": other.staff, "gates": both, "at": f"{day} {_span(other.from_ms, 0)}"}


def _load(load: Load) -> dict[str, Any]:
    return {
        "staff": load.staff,
        "hours": f"{load.hours:.1f}",
        "running": load.running,
        "long_days": [day.isoformat() for day in load.long_days],
        "is_without_rest": load.is_without_rest,
    }


def _span(from_ms: int, until_ms: int) -> str:
    begins = f"{_local(from_ms):%H:%M}"
    return f"{begins}–{_local(until_ms):%H:%M}" if until_ms else begins


def _local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZONE)
