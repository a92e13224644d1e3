"""Every word a person sees, in Chinese and English, from the two catalogues.

One JSON file per language, keyed by state; `%name%` marks a slot. Chinese stands large with
English under it always, so a word is a pair and there is no language to choose.
"""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.timing import ClockState, Stamp

FOLDER = Path(__file__).parent / "catalogues"
_IN_BOTH = {
    re.compile(r"%both:([a-zA-Z0-9_.]+)%"): r'%zh:\1% <small lang="en">%en:\1%</small>',
    re.compile(r"%data:([a-z-]+)=([a-zA-Z0-9_.]+)%"): (
        r'data-\1-zh="%zh:\2%" data-\1-en="%en:\2%"'
    ),
}
_SLOT_IN_PAGE = re.compile(r"%(zh|en):([a-zA-Z0-9_.]+)%")
_MONTHS = (
    "January February March April May June July August September October November December"
)

Pair = tuple[str, str]  # (Chinese, English)


@dataclass(frozen=True, slots=True)
class Words:
    """Both catalogues."""

    zh: Mapping[str, str]
    en: Mapping[str, str]

    def pair(self, key: str, **slots: Pair | str | int) -> Pair:
        """Return the words of `key` with its `%slots%` filled; a pair fills each its own."""
        chinese, english = self.zh[key], self.en[key]
        for name, value in slots.items():
            in_zh, in_en = value if isinstance(value, tuple) else (str(value), str(value))
            chinese = chinese.replace(f"%{name}%", in_zh)
            english = english.replace(f"%{name}%", in_en)
        return chinese, english

    def fill(self, page: str) -> str:
        """Return an HTML text with its `%zh:key%` and `%en:key%` slots filled, escaped.

        `%both:key%` is both, one above the other; `%data:name=key%` both as attributes.
        """
        for slot, written in _IN_BOTH.items():
            page = slot.sub(written, page)
        return _SLOT_IN_PAGE.sub(
            lambda slot: html.escape(getattr(self, slot[1])[slot[2]]), page
        )


def load_words() -> Words:
    """Return the words that are shipped."""
    return Words(_read("zh_CN"), _read("en"))


def _read(language: str) -> dict[str, str]:
    catalogue: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return catalogue


@dataclass(frozen=True, slots=True)
class WallClock:
    """Instants as people at this gate read them."""

    zone: ZoneInfo

    @classmethod
    def of(cls, name: str) -> "WallClock":
        """Return the clock of an IANA zone."""
        return cls(ZoneInfo(name))

    def time(self, at: Stamp) -> str:
        """Return "14:05", or "" where the clock is in doubt: better none than a wrong one."""
        if at.clock is ClockState.UNSURE:
            return ""
        return f"{at.utc.astimezone(self.zone):%H:%M}"

    def day_and_time(self, utc_s: int) -> Pair:
        """Return an instant as its day and its time."""
        local = datetime.fromtimestamp(utc_s, UTC).astimezone(self.zone)
        (chinese, english), time = _day(local), f"{local:%H:%M}"
        return f"{chinese} {time}", f"{english} {time}"

    def day_or_time(self, utc_s: int, now: Stamp) -> Pair:
        """Return the time of an instant of today, the day of any other."""
        local = datetime.fromtimestamp(utc_s, UTC).astimezone(self.zone)
        if local.date() == now.utc.astimezone(self.zone).date():
            return f"{local:%H:%M}", f"{local:%H:%M}"
        return _day(local)


def _day(local: datetime) -> Pair:
    month = _MONTHS.split()[local.month - 1]
    return f"{local.month}月{local.day}日", f"{local.day} {month}"
