"""Times as people write them in a rule file: "4h", "06:00-22:00", "2026-02-10 00:00"."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kiosk.core.rules_community import Window

UNITS = {"d": 86_400, "h": 3600, "min": 60, "s": 1}  # seconds; the longest first
DAY_MINUTES = 1440
_SPAN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,17})?) ?(d|h|min|s)")
_WINDOW = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{3})?)?)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """Reads a length of time that lies within limits, in seconds."""

    low_s: float
    high_s: float

    def __call__(self, word: object) -> float:
        """Return the seconds. Raises ValueError."""
        if isinstance(word, int | float):
            raise ValueError("needs its unit: 30s, 15min, 4h or 7d")
        fits = _SPAN.fullmatch(word) if isinstance(word, str) else None
        if fits is None:
            raise ValueError("is not a length of time such as 30s, 15min, 4h or 7d")
        length_s = float(fits[1]) * UNITS[fits[2]]
        if length_s < self.low_s:
            raise ValueError(f"is shorter than {span_text(self.low_s)}")
        if length_s > self.high_s:
            raise ValueError(f"is longer than {span_text(self.high_s)}")
        return length_s


def span_text(length_s: float) -> str:
    """Return seconds as people write them, in the longest unit that says it exactly."""
    for unit, unit_s in UNITS.items():
        number = length_s / unit_s
        if length_s and number == int(number) and int(number) * float(unit_s) == length_s:
            return f"{int(number)}{unit}"
    return f"{length_s!r}s" if length_s else "0s"


def read_window(word: object) -> tuple[Window, ...]:
    """Return a window of the local day; one past midnight as two. Raises ValueError."""
    fits = _WINDOW.fullmatch(word) if isinstance(word, str) else None
    if fits is None:
        raise ValueError("is not a window such as 06:00-22:00")
    start, end = _minute(fits[1], fits[2]), _minute(fits[3], fits[4])
    if start == DAY_MINUTES:
        raise ValueError("begins at 24:00; write 00:00")
    if start == end:
        raise ValueError("is empty; the whole day is 00:00-24:00")
    if start < end:
        return ((start, end),)
    return ((0, end), (start, DAY_MINUTES)) if end else ((start, DAY_MINUTES),)


def _minute(hour: str, minute: str) -> int:
    total = int(hour) * 60 + int(minute)
    if int(minute) > 59 or total > DAY_MINUTES:
        raise ValueError(f"has no {hour}:{minute}; a day goes from 00:00 to 24:00")
    return total


def window_text(window: Window) -> str:
    """Return a window as people write it."""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in window)


def read_date(word: object, utc_offset_s: int) -> int:
    """Return a local date, at midnight or with a time, in UTC ms. Raises ValueError."""
    if not isinstance(word, str) or not _DATE.fullmatch(word):
        raise ValueError("is not a date such as 2026-02-10 or 2026-02-10 06:00")
    try:
        local = datetime.fromisoformat(word).replace(tzinfo=UTC)
    except ValueError as exc:
        raise ValueError("is no day of the calendar, or no time of a day") from exc
    if not EARLIEST <= local < LATEST:
        raise ValueError(f"lies outside of the years {EARLIEST.year} to {LATEST.year - 1}")
    return (local - _EPOCH) // timedelta(milliseconds=1) - utc_offset_s * 1000


def date_text(utc_ms: int, utc_offset_s: int) -> str:
    """Return an instant as a local date and time, to the minute where that is exact."""
    local = _EPOCH + timedelta(milliseconds=utc_ms + utc_offset_s * 1000)
    is_whole = utc_ms % 60_000 == 0
    text = local.isoformat(" ", "minutes" if is_whole else "milliseconds")
    return text.removesuffix("+00:00")
