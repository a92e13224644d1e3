"""Who keeps a gate, in words for the pages of central."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kiosk.central.gates_now import STALE_MS, Kept, gates

ZONE = ZoneInfo("Asia/Shanghai")
Pair = tuple[str, str]


def duty_by_device(db: Connection, now_ms: int) -> dict[str, dict[str, Any]]:
    """Return what a page shows of who keeps each kiosk's gate, by its device."""
    return {one.device: say_gate(one, now_ms) for one in gates(db, now_ms)}


def say_gate(one: Kept, now_ms: int) -> dict[str, Any]:
    """Return what a page shows of who keeps a gate; `mark` is the class of its line."""
    words, mark = _words(one)
    is_old = now_ms - one.heard_ms > STALE_MS
    heard = _age(now_ms - one.heard_ms)
    waiting = (f"{one.waiting} 人等候", f"{one.waiting} waiting") if one.waiting else ("", "")
    return {
        "device": one.device,
        "gate": one.gate,
        "words": words,
        "waiting": waiting,
        "heard": heard,
        "is_old": is_old,
        "mark": "quiet" if is_old and one.is_attended else mark,
    }


def _words(one: Kept) -> tuple[Pair, str]:
    if one.staff is not None:
        since = _moment(one.since_ms)
        return (f"{one.staff}，{since} 起", f"{one.staff} since {since}"), ""
    if one.is_attended:
        return (f"由 {one.covered_by} 兼顾", f"looked after from {one.covered_by}"), ""
    since = _moment(one.unattended_ms or one.since_ms)
    mark = "frozen" if one.is_open else "quiet"  # at night nobody has to be there
    return (f"无人值守，{since} 起", f"nobody since {since}"), mark


def _age(ms: int) -> Pair:
    seconds = max(0, ms // 1000)
    if seconds < 120:
        return f"{seconds} 秒前", f"{seconds} s ago"
    return f"{seconds // 60} 分钟前", f"{seconds // 60} min ago"


def _moment(ms: int) -> str:
    at = datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZONE)
    return f"{at:%m-%d %H:%M}"
