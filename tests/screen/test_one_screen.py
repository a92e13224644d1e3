"""Staff at the one screen there is: a number for who knows the key, all else behind a card."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from kiosk.cli.staff import command
from kiosk.core.faults import Fault
from kiosk.core.messages import Attend, PassPresented, Show
from kiosk.core.wording import Page
from kiosk.core.words import Denied, EntryKind, PassKind, Reason, Refusal
from kiosk.ports import Snapshot
from kiosk.screen.desk_lock import LOCK_S, Lock
from kiosk.screen.staff_key import MEASURE, NUMBERS
from kiosk.screen.words import load_words
from tests.core.making import ANA, FACTS
from tests.screen.desk_making import Gate, whose
from tests.screen.live import LiveGate
from tests.screen.making import (
    Served,
    busy_day,
    entry,
    events,
    fault,
    recorded,
    served,
    show,
    snapshot,
)
from tests.screen.test_staff_page import Seconds, barriers, check_fit
from tests.screen.touching import check_touch

DUTY_CARD = replace(ANA, kind=PassKind.STAFF, cti=b"dutycard", sub="w01")
WORDS = load_words()


def held_back(reason: Reason | Refusal = Reason.ISOLATION, **fields: object) -> Snapshot:
    case = entry(Denied(reason), label="李*英", scan=7)
    known = {"staff": "w01", "recent": (recorded(case, 45), *busy_day()[1:])}
    shown = show(Page.HOLD, entry=case)
    return replace(snapshot(shown), **{**known, **fields})  # type: ignore[arg-type]


@pytest.fixture
def screen() -> Iterator[Served]:
    with served(desk=Gate(), pins=whose, staff="one") as screen:
        screen.show(held_back())
        yield screen


def public(screen: Served) -> dict[str, object]:
    with events(f"{screen.url}/events") as stream:
        return next(stream)


def test_the_public_page_says_a_number_and_a_masked_label_and_no_more(screen: Served) -> None:
    told = public(screen)
    duty = told["duty"]
    assert isinstance(duty, dict)
    assert (duty["number"], duty["label"]) == (NUMBERS[Reason.ISOLATION], "李*英")
    text = json.dumps(told, ensure_ascii=False)
    for secret in ("3-1201", "w01", WORDS.zh["reason.isolation"], "isolation", "37.9"):
        assert secret not in text
    assert set(duty) == {"ill", "well", "open", "number", "label"}


def test_without_somebody_on_duty_or_with_a_screen_of_their_own_there_is_no_strip(
    screen: Served,
) -> None:
    screen.show(held_back(staff=None))
    assert public(screen)["duty"] is None
    with served(desk=Gate(), pins=whose) as two:
        two.show(held_back())
        assert "duty" not in public(two)


def test_the_five_one_moments_stay_the_same_to_who_does_not_know_the_key(
    screen: Served,
) -> None:
    seen = []
    for reason in (
        Reason.ISOLATION,
        Reason.PASSBACK,
        Reason.HELD,
        Refusal.SIG,
        Refusal.REVOKED,
    ):
        screen.show(held_back(reason))
        told = public(screen)
        duty = told.pop("duty")
        assert isinstance(duty, dict) and duty["number"] == NUMBERS[reason]
        seen.append({key: value for key, value in told.items() if key != "show"})
    assert seen == [seen[0]] * len(seen)


def test_a_shut_page_tells_nothing_about_anybody(screen: Served) -> None:
    requests.post(f"{screen.url}/staff/lock", json={}, timeout=5)
    with events(f"{screen.url}/staff/events") as stream:
        told = next(stream)
    assert told["is_shut"]
    assert "李*英" not in json.dumps(told, ensure_ascii=False)


def test_every_reason_has_its_number_and_the_key_says_all_of_them(tmp_path: Path) -> None:
    reasons = {*Reason, *Refusal}
    assert set(NUMBERS) == reasons
    numbers = [*NUMBERS.values(), MEASURE]
    assert len(set(numbers)) == len(numbers)
    assert all(10 <= number <= 99 for number in numbers)
    out = tmp_path / "key.html"
    done = CliRunner().invoke(command, ["key", "--out", str(out), "--gate", "<南门>"])
    assert done.exit_code == 0, done.output
    page = out.read_text("utf-8")
    assert "&lt;南门&gt;" in page and "http" not in page and "<script" not in page
    for reason, number in NUMBERS.items():
        assert f">{number}</th>" in page
        assert WORDS.zh[f"next.{reason.value}"] in page
        assert WORDS.zh[f"say.{reason.value}"] in page
    missing = CliRunner().invoke(command, ["key", "--out", str(tmp_path / "no" / "key.html")])
    assert missing.exit_code == 1


def test_numbers_that_hang_in_gatehouses_are_never_given_to_another_reason() -> None:
    some = {Reason.ELEVATED: 11, Reason.HELD: 20, Reason.ISOLATION: 30, Refusal.SIG: 53}
    assert {reason: NUMBERS[reason] for reason in some} == some


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    yield opened
    opened.close()


def duty_card(gate: LiveGate) -> None:
    """Somebody shows a duty card to the camera."""
    scan = gate.lane.scan(0)
    gate.lane.serve(PassPresented(gate.lane.now, scan, DUTY_CARD, FACTS))
    gate.publish()


@pytest.mark.needs_browser
def test_the_staff_page_opens_by_a_card_stays_out_of_the_way_and_goes_by_itself(
    tab: Tab,
) -> None:
    seconds, gate = Seconds(), LiveGate()
    with served(desk=gate, pins=whose, lock=Lock(seconds), staff="one") as screen:
        gate.screen = screen
        gate.lane.executor.run((Attend(None), Show(Page.IDLE, 0.0, None)))
        gate.publish()
        tab.goto(screen.url)
        expect(tab.locator("#to-staff")).to_be_hidden()
        duty_card(gate)
        expect(tab.locator("#duty")).to_be_visible()
        gate.lane.world.clock.advance(30.0)
        tab.click("#to-staff")
        expect(tab.locator("#panel-title")).to_contain_text("duty card")
        expect(tab.locator("#open-visitor")).to_be_hidden()
        check_touch(tab, "shut")
        assert barriers(tab, screen) == []
        duty_card(gate)  # nothing is remembered, nothing is typed
        expect(tab.locator("#open-visitor")).to_be_visible()
        assert gate.written(EntryKind.DUTY)[-1].staff == "w01"
        check_touch(tab, "open")
        check_fit(tab, "open")
        tab.click("#open-visitor")
        tab.fill("#visitor-name", "欧阳明")
        gate.lane.world.clock.advance(30.0)
        gate.lane.show(ANA)
        gate.publish()
        expect(tab.locator("#face")).to_contain_text("请量体温")
        assert barriers(tab, screen) == []
        tab.click("#face")
        expect(tab.locator("#face")).to_be_hidden()
        assert tab.input_value("#visitor-name") == "欧阳明"
        expect(tab.locator("#visitor-name")).to_be_visible()
        screen.stop()
        expect(tab.locator("#visitor-name")).to_be_hidden(timeout=15_000)
        expect(tab.locator("#left")).to_be_hidden()
        screen.start()
        gate.publish()
        expect(tab.locator("#visitor-name")).to_be_visible(timeout=15_000)
        seconds.now_s += LOCK_S + 1
        gate.publish()
        expect(tab.locator("#to-staff")).to_be_visible()


@pytest.mark.needs_browser
def test_a_staff_page_that_cannot_be_shut_first_is_not_opened(tab: Tab) -> None:
    gate = LiveGate()
    with served(desk=gate, pins=whose, staff="one") as screen:
        gate.screen = screen
        gate.lane.executor.run((Attend("w01"), Show(Page.IDLE, 0.0, None)))
        gate.publish()
        tab.route("**/staff/lock", lambda route: route.abort())
        tab.goto(f"{screen.url}/staff?one")
        for page in (Page.PASS_IN, Page.IDLE):
            gate.lane.executor.run((Show(page, 0.0, None),))
            gate.publish()
            tab.wait_for_timeout(300)
            expect(tab.locator("#open-visitor")).to_be_hidden()
        tab.unroute("**/staff/lock")
        expect(tab.locator("#to-staff")).to_be_visible()


@pytest.mark.needs_browser
def test_a_staff_page_whose_time_is_over_while_the_gate_is_down_waits_for_it(tab: Tab) -> None:
    with served(desk=LiveGate(), pins=whose, staff="one") as screen:
        screen.show(Page.IDLE)
        tab.clock.install()
        tab.goto(f"{screen.url}/staff?one")
        expect(tab.locator("#panel-title")).to_contain_text("duty card")
        screen.stop()
        tab.clock.run_for(61_000)
        assert tab.locator("#leave").count() == 1, "no page of the browser's own"
        screen.start()
        screen.show(Page.IDLE)
        tab.clock.run_for(4_000)
        expect(tab.locator("h1")).to_have_text("请出示出入证")


@pytest.mark.needs_browser
def test_what_stood_in_the_strip_leaves_the_page_with_whoever_was_on_duty(
    tab: Tab, screen: Served
) -> None:
    tab.goto(screen.url)
    expect(tab.locator("#duty")).to_contain_text("李*英")
    screen.show(held_back(staff=None))
    expect(tab.locator("#duty")).to_be_hidden()
    assert tab.locator("#duty").text_content() == ""


@pytest.mark.needs_browser
@pytest.mark.parametrize(("width", "height"), [(1024, 600), (1280, 800), (800, 1280)])
def test_the_strip_fits_and_has_no_barrier(
    tab: Tab, screen: Served, width: int, height: int
) -> None:
    tab.set_viewport_size({"width": width, "height": height})
    faults = (fault(Fault.CAMERA_LOST), fault(Fault.JOURNAL_FULL), fault(Fault.GATE_FAULT))
    screen.show(held_back(faults=faults))
    tab.goto(screen.url)
    expect(tab.locator("#duty .number")).to_have_text(str(NUMBERS[Reason.ISOLATION]))
    expect(tab.locator("#duty .bad")).to_have_count(2)
    box = tab.locator("#to-staff").bounding_box()
    assert box is not None and min(box["width"], box["height"]) >= 80
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("document.body.scrollHeight <= innerHeight")
    assert barriers(tab, screen) == []
