"""What the desk announces is at every gate, plain text alone, and over when it is over."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect
from sqlalchemy import delete

from kiosk.central import announcements
from kiosk.central.announcements import AT_ONCE_MAX, NotAnnounced
from kiosk.central.deeds import newest_deeds
from kiosk.central.directory import put_row
from kiosk.central.schema_announce import announcement
from kiosk.central.store import reading, writing
from kiosk.cli import cli
from kiosk.core.announcement import HANZI_MAX, LETTERS_MAX, Announcement, is_plain, is_sound
from kiosk.errors import MessageError
from kiosk.wire import standing as rows
from tests.central.office import Office
from tests.central.people import Person, Place, csrf_in, deeds
from tests.central.test_desk_browser import _come_in, _is_clean
from tests.central.test_lists_out import hand_out
from tests.central.test_standing import Gate

LOCAL = timezone(timedelta(hours=8))
NOW = datetime.now(LOCAL)
NOW_MS = int(NOW.timestamp() * 1000)
HOUR_MS = 3_600_000
UNTIL = f"{NOW + timedelta(days=2):%Y-%m-%d %H:%M}"
TEXT = "明天上午八点到十点停水，请提前储水。"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "central")
    hand_out(office)
    yield office
    office.close()


@pytest.fixture
def gate(office: Office, tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(office, tmp_path / "south", "南门")
    yield gate
    gate.close()


def command(office: Office, *arguments: str) -> Result:
    name, *rest = arguments
    words = ["central", "announce", name, "--state", str(office.folder), *rest]
    return CliRunner().invoke(cli, words)


def add(office: Office, text: str = TEXT, *more: str) -> Result:
    given_ = ["--issuer", "居委会", "--until", UNTIL, "--by", "lin"]
    return command(office, "add", *given_, *more, "--", text)


def told(gate: Gate) -> list[str]:
    gate.hear()
    return [one.zh for one in gate.standing.announcements()]


def test_an_announcement_is_at_the_gate_with_its_issuer_and_times(
    office: Office, gate: Gate
) -> None:
    assert add(office, TEXT, "--english", "Water is off tomorrow.").exit_code == 0
    gate.hear()
    (one,) = gate.standing.announcements()
    assert (one.zh, one.en, one.issuer) == (TEXT, "Water is off tomorrow.", "居委会")
    assert one.is_in_force(one.from_ms) and abs(one.from_ms - time.time() * 1000) < HOUR_MS
    assert not one.is_in_force(NOW_MS + 3 * 24 * HOUR_MS)
    listed = json.loads(command(office, "list", "--json").stdout)["announcements"]
    assert [(row["zh"], row["is_in_force"]) for row in listed] == [(TEXT, True)]


def test_one_that_is_ended_is_gone_at_the_gate_and_both_are_noted(
    office: Office, gate: Gate
) -> None:
    made = add(office).stdout.split()[-1]
    assert told(gate) == [TEXT]
    assert command(office, "end", made, "--by", "zhou").exit_code == 0
    assert told(gate) == []
    again = command(office, "end", made, "--by", "zhou")
    assert again.exit_code == 1 and "没有这条通知" in again.stderr and "ended" in again.stderr
    with reading(office.engine) as db:
        noted = [(one.operator, one.deed) for one in newest_deeds(db)][:2]
    assert noted == [("zhou", "end notice"), ("lin", "publish notice")]


def test_one_that_is_over_is_sent_to_no_new_gate(office: Office, gate: Gate) -> None:
    with writing(office.engine) as db:
        times = {"from_ms": NOW_MS - 9 * HOUR_MS, "until_ms": NOW_MS - HOUR_MS}
        old_ms = NOW_MS - 8 * HOUR_MS
        announcements.make(db, "旧的", "", issuer="居委会", **times, by="lin", now_ms=old_ms)
    assert told(gate) == ["旧的"]
    add(office)
    assert told(gate) == [TEXT]


@pytest.mark.parametrize(
    ("text", "more", "says"),
    [
        ("", (), "1 到 60"),
        ("停" * (HANZI_MAX + 1), (), "60"),
        ("。。。", (), "60"),
        ("停水\u202e了", (), "普通字"),
        ("停水\u200b", (), "普通字"),
        ("停水🚱", (), "表情"),
        ("停\ue000水", (), "特殊"),
        (TEXT, ("--english", "x" * (LETTERS_MAX + 1)), "英文"),
        (TEXT, ("--english", "a\x1b[31m"), "英文"),
    ],
    ids=range(9),
)
def test_what_is_not_plain_text_is_refused_in_both_languages(
    office: Office, gate: Gate, text: str, more: tuple[str, ...], says: str
) -> None:
    refused = add(office, text, *more)
    assert refused.exit_code == 1
    assert says in refused.stderr and " / " in refused.stderr
    assert told(gate) == []


def test_only_so_many_are_told_at_once(office: Office) -> None:
    for number in range(AT_ONCE_MAX):
        assert add(office, f"第{number}条").exit_code == 0
    assert "请先结束一条" in add(office, "再一条").stderr


def test_a_time_that_is_over_is_refused(office: Office) -> None:
    refused = command(
        office, "add", TEXT, "--issuer", "居委会", "--until", "2020-01-01", "--by", "lin"
    )
    assert refused.exit_code == 2 and "later" in refused.stderr


@pytest.mark.needs_shared
def test_a_hostile_text_is_refused_or_shown_as_it_was_typed(
    office: Office, gate: Gate, shared: Path
) -> None:
    texts = json.loads((shared / "data/vectors/naughty-strings.json").read_text("utf-8"))
    taken = 0
    for text in texts:
        with writing(office.engine) as db:
            db.execute(delete(announcement))
            try:
                one = announcements.make(
                    db,
                    text,
                    text,
                    issuer="居委会",
                    from_ms=NOW_MS,
                    until_ms=NOW_MS + HOUR_MS,
                    by="lin",
                    now_ms=NOW_MS,
                )
            except NotAnnounced:
                continue
        taken += 1
        assert rows.decode_announcement(rows.encode_announcement(one)) == one
        assert one.zh.isprintable() and len(one.zh) <= HANZI_MAX
        assert one.zh.split() == " ".join(text.split()).split() or not text.isascii()
    assert 20 < taken < len(texts)


@given(
    blob=st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda zh, en, who, begins, ends: rows.encode_announcement(
                Announcement(b"notice-1", zh, en, who, begins, ends)
            ),
            st.text(max_size=80),
            st.text(max_size=80),
            st.text(max_size=20),
            st.integers(-(1 << 60), 1 << 60),
            st.integers(-(1 << 60), 1 << 60),
        ),
    )
)
def test_a_gate_takes_nothing_that_central_would_not_have_made(blob: bytes) -> None:
    try:
        one = rows.decode_announcement(blob)
    except MessageError:
        return
    assert is_sound(one) and is_plain(one.zh, HANZI_MAX) and one.from_ms < one.until_ms


def test_a_row_that_cannot_be_read_hides_no_other(office: Office, gate: Gate) -> None:
    add(office)
    with writing(office.engine) as db:
        put_row(db, rows.ANNOUNCEMENT_ROW, b"\x00" * 8, b"\xff\xff")
        bad = Announcement(b"notice-2", "<b>\u202e", "", "居委会", 0, 1 << 50)
        put_row(db, rows.ANNOUNCEMENT_ROW, bad.id, rows.encode_announcement(bad))
    assert told(gate) == [TEXT]


@pytest.fixture
def clean_desk(place: Place) -> Place:
    with writing(place.engine) as db:
        db.execute(delete(announcement))
    return place


def test_the_desk_keeps_what_was_typed_when_it_does_not_fit(
    clean_desk: Place, lin: Person
) -> None:
    times = {"from": f"{NOW:%Y-%m-%dT%H:%M}", "until": "2020-01-01T08:00"}
    shown = lin.fill(
        "/desk/announce", "/desk/announce", zh="<i>停水</i>", en="", issuer="居委会", **times
    )
    assert shown.status_code == 400
    assert "结束时间应晚于现在" in shown.text
    assert "&lt;i&gt;停水&lt;/i&gt;" in shown.text and "<i>" not in shown.text
    for broken in ({}, {"from": "x", "until": "9999-99-99T00:00"}):
        answer = lin.fill("/desk/announce", "/desk/announce", zh="停水", issuer="a", **broken)
        assert answer.status_code == 400 and "日期" in answer.text
    page = lin.see("/desk/announce").text
    for id_ in ("", "zz", "0" * 16):
        fields = {"csrf": csrf_in(page), "id": id_}
        assert lin.hand_in("/desk/announce/end", fields).status_code in (400, 409)
    with reading(clean_desk.engine) as db:
        assert announcements.current(db, NOW_MS) == []


@pytest.mark.needs_browser
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_somebody_announces_and_ends_it_at_the_desk(
    browser: Browser, clean_desk: Place, size: tuple[int, int]
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    _come_in(page, clean_desk)
    page.get_by_role("link", name="通知").click()
    assert _is_clean(page)
    page.get_by_label("内容").fill(TEXT)
    page.get_by_role("button", name="发到各门").click()
    expect(page.get_by_role("heading", name=TEXT)).to_be_visible()
    expect(page.get_by_text("正在各门播放")).to_be_visible()
    assert _is_clean(page)
    page.get_by_role("button", name="结束").click()
    expect(page.get_by_text("现在没有通知")).to_be_visible()
    assert _is_clean(page)
    assert [one.deed for one in deeds(clean_desk.engine)][:2] == [
        "end notice",
        "publish notice",
    ]
    context.close()
