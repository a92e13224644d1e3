"""The page of central: its kiosks and the newest entries. No names, no pass ids."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from sqlalchemy import Connection, Engine, Row, func, select

from kiosk.central.cases import unanswered
from kiosk.central.clock_offset import is_off, is_trouble
from kiosk.central.gates_say import ZONE, duty_by_device
from kiosk.central.page_times import instants
from kiosk.central.schema import device, entry, log, setting
from kiosk.central.store import reading
from kiosk.central.times import Instant, Quality
from kiosk.central.webhook_set import webhook_trouble
from kiosk.central.words import (
    CLOCKS,
    DECISIONS,
    DIRECTIONS,
    QUALITIES,
    REASONS,
    REFUSALS,
    say,
)

PAGES = Path(__file__).parent / "pages"
ROWS = 100
QUIET_MS = 180_000  # three heartbeats
ERROR_SHOWN_MS = 1_500  # chosen: times are shown to the second
URGENT_REASONS = {"elevated", "borderline", "inconsistent"}
SHAPES = {"granted": "✓", "referred": "!", "denied": "✕"}

_PAGES = Environment(loader=FileSystemLoader(PAGES), autoescape=True)


def render(engine: Engine, *, now_ms: int, operator: str = "") -> str:
    """Return the page as HTML. What came from outside is escaped. Raises StoreError."""
    with reading(engine) as db:
        newest = _newest(db)
        times = instants(db, newest)
        site = db.scalar(select(setting.c.value).where(setting.c.name == "site")) or b""
        return _PAGES.get_template("index.html").render(
            site=site.decode("utf-8", "replace"),
            operator=operator,
            unanswered=unanswered(db),
            trouble=webhook_trouble(db),
            count=db.scalar(select(func.coalesce(func.sum(log.c.seq), 0))),
            kiosks=kiosks(db, now_ms=now_ms),
            entries=[_entry(row, at) for row, at in zip(newest, times, strict=True)],
        )


def kiosks(db: Connection, *, now_ms: int) -> list[dict[str, Any]]:
    """Return what the page shows of every kiosk."""
    kept = duty_by_device(db, now_ms)
    return [{**_kiosk(row, now_ms), "duty": kept.get(row.id)} for row in _devices(db)]


def _devices(db: Connection) -> Sequence[Any]:
    """Return every kiosk with the journal it spoke of last."""
    order = (log.c.seen_ms.desc(), log.c.id.desc())
    last = select(log.c.id).where(log.c.device == device.c.id).order_by(*order).limit(1)
    joined = device.outerjoin(log, log.c.id == last.correlate(device).scalar_subquery())
    columns = (
        device.c.id,
        device.c.name,
        device.c.seen_ms,
        device.c.clock,
        device.c.clock_offset_ms,
        device.c.fell_back_ms,
        log.c.seq,
        log.c.newest_seq,
        log.c.forked_seq,
    )
    return db.execute(select(*columns).select_from(joined).order_by(device.c.name)).all()


def _newest(db: Connection) -> Sequence[Any]:
    wanted = select(entry).order_by(entry.c.stored_ms.desc(), entry.c.seq.desc())
    return db.execute(wanted.limit(ROWS)).all()


def _kiosk(row: Row[Any], now_ms: int) -> dict[str, Any]:
    mark, state = "", ("在线", "on line")
    if row.forked_seq is not None:
        mark, state = "frozen", ("记录对不上，请人核查", "its log does not match: have a look")
    elif row.fell_back_ms is not None:
        mark, state = (
            "frozen",
            ("存储卡退回旧状态，请人核查", "its card is an old copy: have a look"),
        )
    elif row.seen_ms is None:
        mark, state = "quiet", ("还没联系过", "never heard")
    elif now_ms - row.seen_ms > QUIET_MS:
        mark, state = "quiet", ("没有联系", "not heard lately")
    elif is_trouble(row.clock_offset_ms, row.clock):
        mark, state = "frozen", ("时钟不对，请人核查", "its clock is wrong: have a look")
    return {
        "id": row.id,
        "name": row.name,
        "seen": _time(row.seen_ms),
        "acked": row.seq or 0,
        "waiting": max(0, (row.newest_seq or 0) - (row.seq or 0)),
        "clock": _clock(row),
        "is_off": is_off(row.clock_offset_ms),
        "state": state,
        "mark": mark,
    }


def _clock(row: Row[Any]) -> tuple[str, str]:
    """Return what the kiosk's clock is worth: its own word for it, unless ours differs."""
    if not is_off(row.clock_offset_ms):
        return CLOCKS.get(row.clock, ("", ""))
    minutes = round(abs(row.clock_offset_ms) / 60_000)
    way = ("快", "fast") if row.clock_offset_ms > 0 else ("慢", "slow")
    return f"{way[0]}{minutes}分钟", f"{minutes} min {way[1]}"


def _entry(row: Row[Any], at: Instant | None) -> dict[str, Any]:
    return {
        "time": _time(row.utc_ms if at is None else at.utc_ms),
        "quality": say(QUALITIES, at.quality.value) if at and _is_doubtful(at) else ("", ""),
        "give_or_take": _give_or_take(at),
        "gate": row.gate or "",
        "direction": say(DIRECTIONS, row.direction),
        "decision": say(DECISIONS, row.decision),
        "reason": say(REASONS, row.reason),
        "refused": say(REFUSALS, row.refused),
        "urgent": row.is_urgent or row.reason in URGENT_REASONS,
        "shape": SHAPES.get(row.decision, ""),
        "seq": row.seq,
        "mark": " ".join(
            [
                row.decision if row.decision in SHAPES else "",
                "urgent" if row.is_urgent or row.reason in URGENT_REASONS else "",
            ]
        ).strip(),
    }


def _is_doubtful(at: Instant) -> bool:
    return at.quality is not Quality.EXACT


def _give_or_take(at: Instant | None) -> str:
    """Return how far off a time may be, where that is more than its seconds tell."""
    if at is None or at.error_ms is None or at.error_ms < ERROR_SHOWN_MS:
        return ""
    seconds = at.error_ms / 1000
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length_s:
            return f"± {seconds / length_s:.0f} {unit}"
    return f"± {seconds:.0f} s"


def _time(ms: int | None) -> str:
    """Return a time for people. A kiosk's clock may say anything, so anything is shown."""
    if ms is None:
        return "—"
    try:
        return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZONE):%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return "?"
