"""What the two pages are drawn from: the public learns nothing, the staff what to do."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import PrivacyConfig
from kiosk.core.faults import Fault
from kiosk.core.messages import Show
from kiosk.core.wording import ONE_MOMENT, Page
from kiosk.core.words import (
    Denied,
    Direction,
    Granted,
    LastPassage,
    Missing,
    NoReading,
    Reason,
    Referred,
    Refusal,
)
from kiosk.ports import SyncStatus
from kiosk.screen.staff_view import staff_view
from kiosk.screen.view import SHAPES, TONES, Sound, Tone, public_view, sound_of
from kiosk.timing import ClockState
from tests.screen.making import (
    SCENERY,
    UTC_NOW,
    busy_day,
    entry,
    fault,
    reading,
    recorded,
    show,
    snapshot,
    stamp,
)

OPEN = PrivacyConfig()


def test_the_public_payload_holds_nothing_about_the_person() -> None:
    secret = entry(Referred(Reason.ELEVATED), label="欧阳*明", readings=(reading(38.6),))
    seen = snapshot(show(Page.FEVER, entry=secret), recent=(recorded(secret, 9),))
    payload = json.dumps(public_view(seen, 7, SCENERY), ensure_ascii=False)
    for never in ("欧阳", "38.6", "36.6", "3-1201", "elevated", "0101", secret.scan_id.hex):
        assert never not in payload


@given(
    page=st.sampled_from(sorted(ONE_MOMENT, key=lambda page: page.value)),
    reason=st.sampled_from([*Refusal, *Reason]),
    label=st.text(max_size=12),
)
def test_bystanders_cannot_tell_why_somebody_is_asked_to_wait(
    page: Page, reason: Refusal | Reason, label: str
) -> None:
    held = show(page, entry=entry(Denied(reason), label=label))
    plain = public_view(snapshot(Page.HOLD), 3, SCENERY)
    assert json.dumps(public_view(snapshot(held), 3, SCENERY)) == json.dumps(plain)


@pytest.mark.parametrize("page", list(Page), ids=lambda page: page.value)
def test_every_page_has_a_colour_a_shape_and_words(page: Page) -> None:
    view = public_view(snapshot(page), 1, SCENERY)
    assert view["shape"] == SHAPES[Tone(view["tone"])]
    assert view["zh"]["title"] and view["en"]["title"]
    assert "%" not in json.dumps([view["zh"], view["en"]])


def test_each_colour_has_a_shape_of_its_own() -> None:
    assert len(set(SHAPES.values())) == len(SHAPES) == len(Tone)
    assert set(TONES) == set(Page)


def test_only_a_page_that_lets_people_through_sounds_like_it() -> None:
    good = {page for page in Page if sound_of(page) is Sound.GOOD}
    assert good == {
        Page.PASS_IN,
        Page.PASS_OUT,
        Page.PASS_LAST,
        Page.SECOND_SCAN,
        Page.VISITOR_OK,
        Page.OVERRIDE,
    }
    assert {sound_of(page) for page in (*ONE_MOMENT, Page.FEVER)} == {Sound.STOP}


def test_a_page_that_ends_by_itself_tells_how_much_is_left() -> None:
    shown = show(Page.PASS_IN, since_s=997.0)
    late = snapshot(replace(shown, until_s=1001.0))
    view = public_view(late, 1, SCENERY)
    assert (view["total_s"], view["left_s"]) == (4.0, 1.0)
    stays = snapshot(Show(Page.FEVER, 990.0, 1050.0))
    assert public_view(stays, 1, SCENERY)["total_s"] is None


def test_a_pass_that_begins_later_is_told_when() -> None:
    today = int(stamp().utc.timestamp()) + 3600
    soon = public_view(snapshot(show(Page.NOT_YET, when_s=today)), 1, SCENERY)
    assert soon["zh"]["line"] == "15:05 起可以用"
    later = public_view(snapshot(show(Page.NOT_YET, when_s=today + 86400)), 1, SCENERY)
    assert (later["zh"]["line"], later["en"]["line"]) == (
        "1月6日 起可以用",
        "Valid from 6 January",
    )


def test_a_clock_in_doubt_is_not_shown_to_the_public() -> None:
    unsure = snapshot(at=stamp(clock=ClockState.UNSURE))
    assert public_view(unsure, 1, SCENERY)["time"] == ""
    assert public_view(snapshot(), 1, SCENERY)["time"] == "14:05"


def test_without_a_camera_people_are_sent_to_the_desk() -> None:
    blind = snapshot(Page.IDLE, faults=(fault(Fault.CAMERA_LOST),))
    assert public_view(blind, 1, SCENERY)["page"] == "cam_covered"
    during = snapshot(Page.PASS_IN, faults=(fault(Fault.CAMERA_LOST),))
    assert public_view(during, 1, SCENERY)["page"] == "pass_in"


def test_a_thermometer_out_of_use_is_a_strip_over_the_idle_page_alone() -> None:
    faults = (fault(Fault.THERMOMETER_LOST),)
    assert public_view(snapshot(Page.IDLE, faults=faults), 1, SCENERY)["strip"]
    assert public_view(snapshot(Page.PASS_IN, faults=faults), 1, SCENERY)["strip"] is None
    offline = (fault(Fault.SERVER_UNREACHABLE), fault(Fault.READER_ZBAR))
    quiet = public_view(snapshot(Page.IDLE, faults=offline), 1, SCENERY)
    assert quiet == public_view(snapshot(Page.IDLE), 1, SCENERY)


@pytest.mark.parametrize("which", list(Fault), ids=lambda which: which.value)
def test_every_fault_has_a_line_and_a_way_back_on_the_staff_page(which: Fault) -> None:
    view = staff_view(snapshot(faults=(fault(which, "x" * 900),)), 1, SCENERY, OPEN)
    (told,) = view["faults"]
    assert told["fault"] == which.value
    assert all(told["line"]) and all(told["way_back"])
    assert told["age"] == ("已 5 分钟", "for 5 min")
    assert len(told["detail"]) < 200
    assert {c["level"] for c in view["chips"]} > {"ok"}


def test_staff_see_who_why_and_what_to_do_next() -> None:
    day = busy_day()
    seen = snapshot(show(Page.FEVER, entry=day[0].entry), recent=day)
    view = staff_view(seen, 1, SCENERY, OPEN)
    case = view["now"]["case"]
    assert (case["label"], case["readings"]) == ("李*英", [("37.9 ℃", "37.9 ℃")])
    assert case["reason"][0] == "体温偏高。"
    assert all(case["next"]) and all(case["say"])
    assert [row["seq"] for row in view["recent"]] == [45, 44, 43, 42, 41]
    assert view["recent"][1]["temperature"] == "36.4"
    assert view["before"]["label"] == "欧阳*明"


def test_a_case_stays_open_for_staff_when_the_next_person_has_come() -> None:
    day = busy_day()
    view = staff_view(snapshot(Page.LOOK_TEMP, recent=day), 1, SCENERY, OPEN)
    assert view["now"]["case"] is None
    assert view["before"]["label"] == "李*英"
    hours_later = replace(snapshot(recent=day), at=stamp(9000.0))
    assert staff_view(hours_later, 1, SCENERY, OPEN)["before"] is None


def test_names_are_left_out_where_privacy_says_so() -> None:
    day = busy_day()
    seen = snapshot(show(Page.FEVER, entry=day[0].entry), recent=day)
    view = staff_view(seen, 1, SCENERY, PrivacyConfig(show_labels=False))
    payload = json.dumps(view, ensure_ascii=False)
    assert not any(name in payload for name in ("李*英", "张*明", "欧阳*明"))


def test_what_kept_a_reading_from_being_one_is_told_in_words() -> None:
    missed = entry(
        Referred(Reason.NO_VALID_READING),
        readings=tuple(NoReading(why, is_fault=False, at_s=1.0) for why in Missing),
    )
    view = staff_view(snapshot(show(Page.TEMP_LOW, entry=missed)), 1, SCENERY, OPEN)
    told = view["now"]["case"]["readings"]
    assert len(told) == len(Missing)
    assert all(chinese and english for chinese, english in told)


@pytest.mark.parametrize(
    ("sync", "faults", "words"),
    [
        (None, (), "单机"),
        (SyncStatus(0, 999.0), (), "正常"),
        (SyncStatus(7, 999.0), (), "正常 · 待传 7"),
        (SyncStatus(3, None), (), "还没连上 · 待传 3"),
        (SyncStatus(7, 280.0), (fault(Fault.SERVER_UNREACHABLE),), "离线 12 分 · 待传 7"),
    ],
)
def test_the_health_strip_says_how_far_central_is(
    sync: SyncStatus | None, faults: tuple[object, ...], words: str
) -> None:
    view = staff_view(snapshot(sync=sync, faults=faults), 1, SCENERY, OPEN)
    chips = {chip["part"]: chip["words"][0] for chip in view["chips"]}
    assert chips["sync"] == words
    assert chips["lists"] == "截至 14:05"
    assert chips["clock"] == "准"


def test_the_worst_fault_of_a_part_colours_its_chip() -> None:
    faults = (fault(Fault.JOURNAL_FULL), fault(Fault.JOURNAL_SLOW))
    for order in (faults, faults[::-1]):
        view = staff_view(snapshot(faults=order), 1, SCENERY, OPEN)
        levels = {chip["part"]: chip["level"] for chip in view["chips"]}
        assert levels["journal"] == "bad"
        assert levels["camera"] == "ok"


def test_a_grant_needs_no_advice() -> None:
    case = entry(Granted(), readings=(reading(36.4),))
    view = staff_view(snapshot(show(Page.PASS_IN, entry=case)), 1, SCENERY, OPEN)
    assert view["now"]["case"]["reason"] == ""
    assert view["now"]["case"]["level"] == "granted"


def test_people_learn_early_that_staff_will_measure_them() -> None:
    idle = snapshot(Show(Page.IDLE, 999.0, None))
    assert public_view(idle, 1, SCENERY)["strip"] is None
    by_hand = public_view(replace(idle, is_by_hand=True), 1, SCENERY)
    assert "staff" in by_hand["strip"]["en"].lower()


def test_a_pass_that_came_in_before_is_told_with_time_and_gate() -> None:
    utc_ms = int(UTC_NOW.timestamp() * 1000) - 600_000
    earlier = LastPassage(3, 1.0, "boot", utc_ms, Direction.IN, Granted(), True, "东门")
    case = replace(entry(Referred(Reason.PASSBACK)), earlier=earlier)
    held = snapshot(replace(show(Page.HOLD), entry=case))
    view = staff_view(held, 1, SCENERY, OPEN)
    assert view["now"]["case"]["earlier"] == ("上次 13:55 东门", "Before: 13:55 东门")
