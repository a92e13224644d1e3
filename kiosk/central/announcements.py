"""Announcements: made and ended by a named person, sent to every gate, over by themselves.

A gate keeps the times and drops an announcement by its own clock; the row is taken away when
the next one is made, so that nothing old is sent to a new gate.
"""

import secrets

from sqlalchemy import Connection, func, insert, select, update

from kiosk.central.deeds import note_deed
from kiosk.central.directory import put_row, row_of
from kiosk.central.schema_announce import announcement
from kiosk.core.announcement import (
    HANZI_MAX,
    ID_BYTES,
    ISSUER_MAX,
    LETTERS_MAX,
    Announcement,
    is_plain,
    plain_text,
)
from kiosk.wire.standing import ANNOUNCEMENT_ROW, encode_announcement

AT_ONCE_MAX = 6  # chosen: told one after another, they take two minutes
NEWEST = 50


class NotAnnounced(Exception):
    """It is not made or not ended; `says` is why, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.says = (zh, en)


def make(
    db: Connection,
    zh: str,
    en: str,
    *,
    issuer: str,
    from_ms: int,
    until_ms: int,
    by: str,
    now_ms: int,
) -> Announcement:
    """Write an announcement down and send it to every gate. Raises NotAnnounced."""
    texts = (plain_text(zh), plain_text(en), plain_text(issuer))
    one = Announcement(secrets.token_bytes(ID_BYTES), *texts, max(0, from_ms), until_ms)
    _check(db, one, now_ms)
    _take_old_away(db, now_ms)
    columns = ("id", "zh", "en", "issuer", "from_ms", "until_ms")
    row = {name: getattr(one, name) for name in columns}
    db.execute(insert(announcement).values(**row, made_ms=now_ms, made_by=by))
    put_row(db, ANNOUNCEMENT_ROW, one.id, encode_announcement(one))
    told = f"{one.id.hex()} {one.zh}"
    note_deed(db, operator=by, deed="publish notice", subject=told, now_ms=now_ms)
    return one


def end(db: Connection, id: bytes, *, by: str, now_ms: int) -> None:
    """End an announcement now, at every gate. Raises NotAnnounced."""
    is_it = (announcement.c.id == id) & (announcement.c.until_ms > now_ms)
    done = db.execute(update(announcement).where(is_it).values(until_ms=now_ms, ended_by=by))
    if not done.rowcount:
        raise NotAnnounced("没有这条通知，或已经结束", "it is not there, or has ended")
    put_row(db, ANNOUNCEMENT_ROW, id, None)
    note_deed(db, operator=by, deed="end notice", subject=id.hex(), now_ms=now_ms)


def current(db: Connection, now_ms: int) -> list[Announcement]:
    """Return what people are told now or will be, the earliest first."""
    wanted = select(announcement).where(announcement.c.until_ms > now_ms)
    ordered = wanted.order_by(announcement.c.from_ms, announcement.c.id)
    return [_announcement(row) for row in db.execute(ordered)]


def ended(db: Connection, now_ms: int) -> list[Announcement]:
    """Return what people were told before, the latest first."""
    wanted = select(announcement).where(announcement.c.until_ms <= now_ms)
    ordered = wanted.order_by(announcement.c.until_ms.desc()).limit(NEWEST)
    return [_announcement(row) for row in db.execute(ordered)]


def _check(db: Connection, one: Announcement, now_ms: int) -> None:
    if not is_plain(one.zh, HANZI_MAX):
        raise NotAnnounced(
            f"通知应为 1 到 {HANZI_MAX} 个普通字，不带表情和特殊符号",
            f"an announcement is 1 to {HANZI_MAX} plain signs, without pictures or commands",
        )
    if one.en and not is_plain(one.en, LETTERS_MAX):
        raise NotAnnounced(
            f"英文最多 {LETTERS_MAX} 个普通字符",
            f"the English is up to {LETTERS_MAX} plain letters",
        )
    if not is_plain(one.issuer, ISSUER_MAX):
        raise NotAnnounced(
            f"请写明谁发的通知，{ISSUER_MAX} 字以内",
            f"say who announces it, in up to {ISSUER_MAX} plain signs",
        )
    if not max(one.from_ms, now_ms) < one.until_ms:
        raise NotAnnounced(
            "结束时间应晚于现在和开始时间", "it ends later than now, and than it begins"
        )
    wanted = select(func.count()).where(announcement.c.until_ms > now_ms)
    if (db.scalar(wanted.select_from(announcement)) or 0) >= AT_ONCE_MAX:
        raise NotAnnounced(
            f"最多同时 {AT_ONCE_MAX} 条通知，请先结束一条",
            f"there are {AT_ONCE_MAX} announcements already: end one first",
        )


def _take_old_away(db: Connection, now_ms: int) -> None:
    for one in ended(db, now_ms):
        if row_of(db, ANNOUNCEMENT_ROW, one.id) is not None:
            put_row(db, ANNOUNCEMENT_ROW, one.id, None)


def _announcement(row: object) -> Announcement:
    known = row._mapping  # type: ignore[attr-defined]  # a row of the table
    columns = ("zh", "en", "issuer", "from_ms", "until_ms")
    return Announcement(bytes(known["id"]), *(known[name] for name in columns))
