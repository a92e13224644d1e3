"""Anchors that kiosks send: kept once, for their own journal, and seen on the page."""

import dataclasses

import pytest
from sqlalchemy import select

from kiosk.central import page
from kiosk.central.anchors import ANCHORS_MAX, read_anchors
from kiosk.central.schema_office import anchor
from kiosk.central.store import reading
from kiosk.core.words import Granted
from kiosk.timing import ClockState, Stamp
from kiosk.wire import Anchor, LogPart, encode_entry, next_head
from tests.central.far_kiosk import UTC_0
from tests.central.office import Office
from tests.journal.making import make_entry

NOW_MS = 1_800_000_000_000  # central's clock in these tests
UTC_0_MS = int(UTC_0.timestamp() * 1000)
GOOD = Anchor("boot", 1, 60_000, UTC_0_MS, 12)


def held(
    office: Office, epoch: bytes | None = None, boots: tuple[int, ...] = (1,)
) -> set[Anchor]:
    with reading(office.engine) as db:
        kept = read_anchors(db, office.kiosk.device, epoch or office.kiosk.epoch, boots)
    return set(kept)


def send(office: Office, *anchors: Anchor) -> None:
    kiosk = office.kiosk
    ends = LogPart(len(kiosk.bodies) + 1, len(kiosk.bodies), kiosk.heads[-1], kiosk.heads[-1])
    assert office.ask(kiosk.request(ends, anchors=anchors)).error is None


def test_an_anchor_is_kept_once_however_often_it_is_sent(office: Office) -> None:
    send(office, GOOD)
    send(office, GOOD, dataclasses.replace(GOOD, boot_ms=90_000))
    changed = dataclasses.replace(GOOD, utc_ms=UTC_0_MS + 1)
    send(office, changed)
    assert held(office) == {GOOD, dataclasses.replace(GOOD, boot_ms=90_000)}


def test_an_anchor_is_kept_even_when_the_entries_beside_it_are_refused(office: Office) -> None:
    office.kiosk.write(3)
    request = office.kiosk.request(office.kiosk.part(3, 3), anchors=(GOOD,))
    assert office.ask(request).error == "E_LOG_GAP"
    assert held(office) == {GOOD}


def test_an_anchor_counts_for_its_own_journal_alone(office: Office) -> None:
    send(office, GOOD)
    before = office.kiosk.epoch
    office.kiosk.begin_journal(b"epoch--2")
    assert held(office) == set()
    assert held(office, before) == {GOOD}


@pytest.mark.parametrize(
    "changes",
    [
        {"boot_no": 0},
        {"boot_no": 2**70},
        {"boot_ms": -1},
        {"utc_ms": 2**62},
        {"utc_ms": -5},
        {"error_ms": -1},
        {"boot_id": "x" * 65},
        {"boot_id": "a\x00b"},
    ],
)
def test_an_anchor_that_cannot_be_does_no_harm_to_the_others(
    office: Office, changes: dict[str, int | str]
) -> None:
    send(office, dataclasses.replace(GOOD, **changes), GOOD)  # type: ignore[arg-type]
    assert held(office) == {GOOD}


def test_one_request_cannot_fill_the_disk_with_anchors(office: Office) -> None:
    send(office, *[dataclasses.replace(GOOD, boot_ms=n) for n in range(5_000)])
    with reading(office.engine) as db:
        assert len(db.execute(select(anchor.c.boot_ms)).all()) == ANCHORS_MAX


def test_only_the_boots_around_are_read(office: Office) -> None:
    send(office, *[dataclasses.replace(GOOD, boot_no=n) for n in (1, 2, 4, 7, 9)])
    assert {a.boot_no for a in held(office, boots=(5,))} == {4, 7}
    assert {a.boot_no for a in held(office, boots=(4, 5))} == {2, 4, 7}
    assert {a.boot_no for a in held(office, boots=(11,))} == {9}


def write(office: Office, *, boot_no: int, at: Stamp) -> None:
    """Write one entry down, in any boot and by any clock, and send it."""
    kiosk = office.kiosk
    seq = len(kiosk.bodies) + 1
    body = encode_entry(make_entry(at, seq, Granted()), seq=seq, boot_no=boot_no)
    kiosk.bodies.append(body)
    kiosk.heads.append(next_head(kiosk.heads[-1], body))
    office.send(seq, seq)


def shown(office: Office) -> str:
    return page.render(office.engine, now_ms=NOW_MS)


def test_the_page_puts_an_unsure_clock_right_and_says_so(office: Office) -> None:
    write(office, boot_no=1, at=Stamp(30.0, UTC_0.replace(year=1999), "b", ClockState.UNSURE))
    assert "not sure" in shown(office)
    send(office, GOOD)
    text = shown(office)
    assert "11-30 23:59:30" not in text  # shown in the site's zone, as all times are
    assert "12-01 07:59:30" in text
    assert "corrected" in text


def test_the_page_says_how_far_off_the_time_of_a_lost_boot_may_be(office: Office) -> None:
    send(office, GOOD, Anchor("c", 3, 0, UTC_0_MS + 7_200_000, 12))
    write(office, boot_no=2, at=Stamp(30.0, UTC_0.replace(year=1999), "b", ClockState.UNSURE))
    text = shown(office)
    assert "about" in text
    assert "± 60 min" in text
    assert "12-01 09:00:1" in text


def test_the_page_says_nothing_beside_an_exact_time(office: Office) -> None:
    send(office, GOOD)
    write(office, boot_no=1, at=Stamp(60.0, UTC_0, "b", ClockState.TRUSTED))
    text = shown(office)
    assert "12-01 08:00:00" in text
    assert not any(word in text for word in ("corrected", "about", "not sure", "±"))


@pytest.mark.parametrize(
    ("off_ms", "is_trouble"), [(61_000, True), (-61_000, True), (59_000, False)]
)
def test_a_clock_more_than_a_minute_off_is_a_trouble_of_its_kiosk(
    office: Office, off_ms: int, is_trouble: bool
) -> None:
    ends = LogPart(1, 0, office.kiosk.heads[0], office.kiosk.heads[0])
    office.ask(office.kiosk.request(ends, utc_ms=NOW_MS + off_ms))
    assert ("its clock is wrong" in shown(office)) == is_trouble


def test_a_kiosk_that_says_itself_that_it_is_not_sure_is_no_trouble(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    ends = LogPart(1, 0, office.kiosk.heads[0], office.kiosk.heads[0])
    clock = int(ClockState.UNSURE)
    office.ask(office.kiosk.request(ends, utc_ms=NOW_MS - 9_000_000, clock=clock))
    text = shown(office)
    assert "its clock is wrong" not in text
    assert "150 min slow" in text
    assert "device.clock_off" not in caplog.text


def test_a_wrong_clock_is_logged_when_it_begins_and_when_it_ends(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "kiosk")
    ends = LogPart(1, 0, office.kiosk.heads[0], office.kiosk.heads[0])
    for off_ms in (0, 90_000, 95_000, -61_000, 2_000, 0):
        office.ask(office.kiosk.request(ends, utc_ms=NOW_MS + off_ms))
    told = [r.getMessage() for r in caplog.records if "intake" not in r.getMessage()]
    assert told == ["device.clock_off", "fault.ended"]
