"""Staff find who forgot the pass and vouch for them; and see whose pass is shown."""

import logging
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, expect

from kiosk.core.messages_staff import PassForgotten
from kiosk.core.words import Credential, DisplayRecord, Refusal, Refused
from kiosk.register.directory import Resident, likeness
from kiosk.screen.desk_find import masked
from kiosk.screen.desk_parts import LookUps
from tests.screen.desk_making import Gate, on_duty, whose
from tests.screen.making import Served, served, until
from tests.screen.touching import SIZES, Finger

REVOKED = b"revoked!"
PEOPLE = [
    Resident("张三丰", "3-1-502", b"zhang-sf", "zhang san feng"),
    Resident("李四", "3-1-502", REVOKED, "li si"),
    Resident("<b>单小明", "3-1-503", b"shan-xm!", "shan,dan,chan xiao ming"),
    Resident("王五", "一号院", b"wang-wu!", "wang wu"),
    Resident("赵六", "3-1-504", b"", "zhao liu"),
]
# The smallest JPEG that browsers draw: one grey point.
PHOTO = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300"
    + "08" * 64
    + "ffc0000b080001000101011100ffc40014000100000000000000000000000000000003"
    "ffc40014100100000000000000000000000000000000ffda0008010100003f0037ffd9"
)


def find(text: str) -> list[Resident]:
    return [one for one in PEOPLE if likeness(one, text) is not None]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def screen(gate: Gate) -> Iterator[Served]:
    at_door = lambda door: [one for one in PEOPLE if one.door == door]  # noqa: E731
    look_ups = LookUps(find, at_door, lambda cti: cti == REVOKED)
    find_door = lambda *door: "HH0001" if door == ("3", "1", "502") else None  # noqa: E731
    with served(desk=gate, pins=whose, look_ups=look_ups, find_door=find_door) as screen:
        screen.show(on_duty(has_look_up=True))
        yield screen


def post(screen: Served, what: str, body: object) -> requests.Response:
    return requests.post(f"{screen.url}/staff/{what}", json=body, timeout=5)


def vouched(gate: Gate) -> list[PassForgotten]:
    """What was handed in, but for the word to whoever waits that a pass is not needed."""
    return [event for event in gate.events if isinstance(event, PassForgotten)]


def ref(screen: Served, text: str) -> str:
    return str(post(screen, "find", {"text": text}).json()["found"][0]["ref"])


def test_who_is_found_is_masked_and_the_full_name_comes_for_one_alone(screen: Served) -> None:
    answer = post(screen, "find", {"text": "zsf"})
    (found,) = answer.json()["found"]
    assert (found["name"], found["door"]) == ("张*丰", "3-1-502")
    assert "张三丰" not in answer.text and "zhang-sf" not in answer.text
    asked = post(screen, "who", {"ref": found["ref"]}).json()
    assert asked == {"name": "张三丰", "home": ["李*"], "has_pass": True}
    assert post(screen, "find", {"text": "zzz"}).json()["found"] == []


def test_whoever_is_vouched_for_is_the_holder_of_the_forgotten_pass(
    screen: Served, gate: Gate
) -> None:
    one = ref(screen, "zsf")
    assert post(screen, "vouch", {"ref": one}).status_code == 200
    (event,) = vouched(gate)
    assert isinstance(event.holder, Credential)
    assert (event.holder.cti, event.holder.sub) == (b"zhang-sf", "HH0001")
    assert event.holder.label == "张*丰" and "三" not in repr(event)
    again = post(screen, "vouch", {"ref": one})
    assert (again.status_code, again.json()["error"]) == (409, "look_up_again")


def test_a_pass_that_was_taken_back_does_not_count_because_it_is_forgotten(
    screen: Served, gate: Gate
) -> None:
    assert post(screen, "vouch", {"ref": ref(screen, "ls")}).status_code == 200
    (event,) = vouched(gate)
    assert event.holder == Refused(Refusal.REVOKED, REVOKED, "HH0001", "李*")


def test_without_a_known_door_the_rules_hear_of_no_household(
    screen: Served, gate: Gate
) -> None:
    assert post(screen, "vouch", {"ref": ref(screen, "ww")}).status_code == 200
    (event,) = vouched(gate)
    assert event.holder.sub == ""


def test_nobody_is_vouched_for_without_a_pass_room_or_a_look_up(
    screen: Served, gate: Gate
) -> None:
    answer = post(screen, "vouch", {"ref": ref(screen, "zl")})
    assert (answer.status_code, answer.json()["error"]) == (409, "no_pass_yet")
    assert post(screen, "vouch", {"ref": "0" * 16}).status_code == 409
    assert post(screen, "vouch", {"ref": "张三丰"}).status_code == 400
    one, gate.has_room = ref(screen, "zsf"), False
    assert post(screen, "vouch", {"ref": one}).status_code == 503
    gate.has_room = True
    assert post(screen, "vouch", {"ref": one}).status_code == 200


@pytest.mark.parametrize("what", ["find", "who", "vouch"])
def test_without_a_duty_card_or_anybody_on_duty_nobody_is_found(
    screen: Served, gate: Gate, what: str
) -> None:
    body = {"text": "zsf"} if what == "find" else {"ref": ref(screen, "zsf")}
    screen.show(on_duty(has_look_up=False))
    locked = post(screen, what, body)
    assert (locked.status_code, locked.json()["error"]) == (409, "look_up_locked")
    screen.show(on_duty(staff=None, has_look_up=True))
    assert post(screen, what, body).status_code == 403
    assert post(screen, "find", {"text": ""}).status_code == 400
    assert vouched(gate) == []


def test_a_look_up_is_logged_with_who_asked_and_not_for_whom(
    screen: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "kiosk"):
        post(screen, "who", {"ref": ref(screen, "zsf")})
    of_every_record = {*vars(logging.makeLogRecord({})), "mono_s", "message"}
    asked = [
        {name: value for name, value in vars(record).items() if name not in of_every_record}
        for record in caplog.records
        if record.getMessage() == "directory.asked"
    ]
    assert [(one["staff"], one["found"]) for one in asked] == [("w01", 1), ("w01", 1)]
    assert not any(word in repr(asked) for word in ("张", "丰", "zsf", "502"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张晓明", "张*明"),
        ("王明", "王*"),
        ("欧阳震华", "欧阳*华"),
        ("单于", "单*"),
        ("王", "*"),
    ],
)
def test_a_name_is_masked(name: str, shown: str) -> None:
    assert masked(name) == shown


def test_the_photograph_is_there_only_while_the_pass_is_shown(screen: Served) -> None:
    screen.show(on_duty(display=DisplayRecord("王*国", PHOTO)))
    shown = requests.get(f"{screen.url}/staff/photo", timeout=5)
    assert (shown.status_code, shown.content) == (200, PHOTO)
    assert shown.headers["Cache-Control"] == "no-store"
    screen.show(on_duty())
    assert requests.get(f"{screen.url}/staff/photo", timeout=5).status_code == 404


@pytest.mark.needs_browser
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_resident_is_found_in_three_keys_and_vouched_for(
    browser: Browser, screen: Served, gate: Gate, size: tuple[int, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    finger = Finger(browser, screen, size)
    tab = finger.tab
    finger.tap("#open-find")
    finger.taps = 0
    finger.keys("sxm")
    expect(tab.locator("#found li")).to_have_count(1)
    assert finger.taps == 3
    expect(tab.locator("#found li")).to_have_text("<*明3-1-503")
    box, keys = tab.locator("#found li").bounding_box(), tab.locator("#touch").bounding_box()
    assert box and keys and box["y"] + box["height"] <= keys["y"]
    assert axe.run(tab).response["violations"] == []
    finger.keys(["clear", "5", "0", "4"])
    expect(tab.locator("#found li")).to_have_text("赵*3-1-504")
    finger.keys(["clear", "z", "s", "f"])
    expect(tab.locator("#found li")).to_have_text("张*丰3-1-502")
    finger.tap("#found button")
    expect(tab.locator("#asked-home")).to_have_text("李*")
    assert "张三丰" not in tab.content()
    tab.locator("#asked-full").dispatch_event("pointerdown")
    expect(tab.locator("#asked-name")).to_contain_text("张三丰")
    tab.locator("#asked-full").dispatch_event("pointerup")
    expect(tab.locator("#asked-name")).to_have_text("张*丰 3-1-502")
    assert axe.run(tab).response["violations"] == []
    finger.tap("#asked-yes")
    until(lambda: len(vouched(gate)) == 1)
    expect(tab.locator("#kept")).to_be_visible()
    assert "3-1-502" not in tab.content() and finger.errors == []
    tab.close()


@pytest.mark.needs_browser
def test_a_locked_look_up_says_how_it_opens(browser: Browser, screen: Served) -> None:
    screen.show(on_duty(has_look_up=False))
    finger = Finger(browser, screen, SIZES[1])
    finger.tap("#open-find")
    expect(finger.tab.locator("#finder-locked")).to_be_visible()
    screen.show(on_duty(staff=None))
    expect(finger.tab.locator("#sheet")).to_be_hidden()
    finger.tab.close()


@pytest.mark.needs_browser
def test_the_holder_s_name_and_photograph_come_and_go_with_the_pass(
    browser: Browser, screen: Served
) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.goto(f"{screen.url}/staff")
    expect(tab.locator("#holder")).to_be_hidden()
    screen.show(on_duty(display=DisplayRecord("王*国", PHOTO)))
    expect(tab.locator("#holder")).to_have_text("王*国")
    assert tab.locator("#holder img").evaluate("async n => (await n.decode(), n.naturalWidth)")
    screen.show(on_duty())
    expect(tab.locator("#holder")).to_be_hidden()
    tab.close()
