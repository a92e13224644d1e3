"""Every form of the gate is one event, sealed where it names anybody, or refused by name."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests

from kiosk.core.faults import Fault
from kiosk.core.messages import StaffEvent
from kiosk.core.messages_staff import (
    CardReturned,
    EmergencyOpened,
    IsolationOrdered,
    OccupantTyped,
    OverrideGiven,
    Persuaded,
    RegularCame,
    ResidentWritten,
    ReturneeWritten,
    SuppliesChosen,
    VehicleWritten,
    VisitorWritten,
)
from kiosk.core.words import Denied, EntryKind, Reason, Referred, Sealed
from kiosk.core.words_home import OpenVehicle
from kiosk.ports import Snapshot
from kiosk.screen.staff_cases import NO_SCAN
from kiosk.timing import Stamp
from tests.screen.desk_making import SCAN, Gate, on_duty, waiting, whose
from tests.screen.making import Served, entry, events, recorded, served, stamp

CAR = OpenVehicle(b"\x07" * 8, 3, 1, True, 9)
NAME, PHONE, ID, PLATE = "欧阳震华", "13912345678", "110101199003070011", "京A12345"
DOORS = {("3", "2", "1201"): "HH0001"}


def seal(told: Mapping[str, str]) -> tuple[Sealed, ...]:
    return tuple(Sealed(b"f" * 16, name, bytes([len(text)])) for name, text in told.items())


def busy(**fields: Any) -> Snapshot:
    quota = entry(Denied(Reason.QUOTA), scan=7)
    known = {
        "recent": (recorded(quota, 41),),
        "regulars": (12,),
        "overstayed": (5,),
        "open_vehicle": CAR,
        "supplies_choices": ("口罩", "蔬菜"),
        "counts": (("entered", 4), ("denied", 1)),
        "register_age_s": 7300.0,
        "rules_version": 3,
        "rules_name": "closed",
    }
    return on_duty(**{**known, **fields})


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def screen(gate: Gate) -> Iterator[Served]:
    find_door = lambda *door: DOORS.get(door)  # noqa: E731
    with served(desk=gate, pins=whose, seal=seal, find_door=find_door) as screen:
        screen.show(busy())
        yield screen


def post(screen: Served, what: str, body: object) -> requests.Response:
    return requests.post(f"{screen.url}/staff/{what}", json=body, timeout=5)


PERSON = {"name": NAME, "phone": PHONE, "id_number": ID, "door": "3-2-1201"}
RETURNEE = {"door": "3-2-1201", "phone": PHONE, "region": "4201", "arrived": "2027-01-03"}
VEHICLE = {"plate": PLATE, "occupants": 3, "door": "3-2-1201", "is_outside": True}
OCCUPANT = {"vehicle": CAR.vehicle.hex(), "value": "36.5", "instrument": "wrist"}
FORMS: dict[str, tuple[dict[str, Any], type]] = {
    "visitor": ({**PERSON, "purpose": "repair", "is_regular": True}, VisitorWritten),
    "resident": (PERSON, ResidentWritten),
    "card-returned": ({"card_no": 12}, CardReturned),
    "regular": ({"card_no": 12}, RegularCame),
    "isolate": ({"door": "3-2-1201", "days": 14}, IsolationOrdered),
    "returnee": (RETURNEE, ReturneeWritten),
    "override": ({"scan_id": str(SCAN), "why": "medical"}, OverrideGiven),
    "persuaded": ({"scan_id": str(SCAN)}, Persuaded),
    "supplies": ({"item": "口罩"}, SuppliesChosen),
    "vehicle": (VEHICLE, VehicleWritten),
    "occupant": (OCCUPANT, OccupantTyped),
}


@pytest.mark.parametrize("what", FORMS)
def test_each_form_is_one_event_and_names_nobody(screen: Served, gate: Gate, what: str) -> None:
    body, kind = FORMS[what]
    answer = post(screen, what, body)
    assert answer.status_code == 200, answer.text
    (event,) = gate.events
    assert isinstance(event, kind)
    assert not any(told in repr(event) for told in (NAME, PHONE, ID, PLATE))
    household = getattr(event, "host", getattr(event, "household", None))
    assert "door" not in body or household == "HH0001"


@pytest.mark.parametrize("what", FORMS)
def test_nothing_is_taken_without_somebody_on_duty_or_room(
    screen: Served, gate: Gate, what: str
) -> None:
    gate.has_room = False
    assert post(screen, what, FORMS[what][0]).status_code == 503
    gate.has_room = True
    screen.show(busy(staff=None))
    answer = post(screen, what, FORMS[what][0])
    assert (answer.status_code, answer.json()["error"]) == (403, "nobody_on_duty")
    assert gate.events == []


def test_an_emergency_waits_for_nobody(screen: Served, gate: Gate) -> None:
    screen.show(busy(staff=None))
    assert post(screen, "emergency", {"is_sure": False}).status_code == 400
    assert post(screen, "emergency", {"is_sure": True}).status_code == 200
    assert [type(event) for event in gate.events] == [EmergencyOpened]


@pytest.mark.parametrize("act", ["override", "persuaded"])
def test_the_second_of_two_staff_is_told(screen: Served, gate: Gate, act: str) -> None:
    body = FORMS[act][0]
    assert post(screen, act, body).status_code == 200
    answer = post(screen, act, body)
    assert (answer.status_code, answer.json()["error"]) == (409, "already_decided")
    assert len(gate.events) == 1


def test_who_was_talked_back_in_is_not_let_through_a_moment_later(
    screen: Served, gate: Gate
) -> None:
    assert post(screen, "persuaded", FORMS["persuaded"][0]).status_code == 200
    answer = post(screen, "override", FORMS["override"][0])
    assert (answer.status_code, answer.json()["error"]) == (409, "already_decided")
    assert [type(event) for event in gate.events] == [Persuaded]


def test_a_case_that_was_let_through_is_not_decided_again(screen: Served, gate: Gate) -> None:
    case = entry(Referred(Reason.ELEVATED), scan=7)
    over = replace(case, kind=EntryKind.OVERRIDE, decision=None)
    screen.show(busy(recent=(recorded(over, 42), recorded(case, 41))))
    assert post(screen, "override", FORMS["override"][0]).status_code == 409
    assert gate.events == []


def test_nobody_from_before_a_restart_is_taken_for_somebody_who_can_be_named(
    screen: Served, gate: Gate
) -> None:
    """The journal keeps no scans: an order or an override would be about nobody."""
    rows = (entry(Denied(Reason.QUOTA)), entry(Referred(Reason.ELEVATED)))
    recalled = (replace(each, scan_id=NO_SCAN) for each in rows)
    screen.show(busy(recent=tuple(recorded(each, 41 - n) for n, each in enumerate(recalled))))
    with events(f"{screen.url}/staff/events") as stream:
        view = next(stream)
    assert len(view["recent"]) == 2
    assert view["cases"] == view["people"] == view["may_hold"] == []
    for scan_id in (NO_SCAN, UUID(int=99)):
        order = {"scan_id": str(scan_id), "days": 14}
        answer = post(screen, "isolate", order)
        assert (answer.status_code, answer.json()["error"]) == (400, "case_or_door")
        came = {**RETURNEE, "scan_id": str(scan_id), "door": ""}
        assert post(screen, "returnee", came).json()["error"] == "case_or_door"
        letting = {"scan_id": str(scan_id), "why": "known"}
        assert post(screen, "override", letting).status_code == 409
    assert gate.events == []


def test_the_second_who_types_for_one_person_is_told(screen: Served, gate: Gate) -> None:
    screen.show(busy(open_cases=(waiting(scan=7),)))
    value = {"scan_id": str(SCAN), "value": "36.5", "instrument": "wrist"}
    assert post(screen, "typed", value).status_code == 200
    screen.show(busy(open_cases=()))  # decided by what the first one typed
    for what, body in (
        ("typed", {**value, "value": "38.2"}),
        ("repeat", {"scan_id": str(SCAN)}),
    ):
        answer = post(screen, what, body)
        assert (answer.status_code, answer.json()["error"]) == (409, "already_decided")
    assert len(gate.events) == 1


@pytest.mark.parametrize(
    ("what", "change", "status", "error", "field"),
    [
        ("visitor", {"name": "12345"}, 400, "name_digits", "name"),
        ("visitor", {"id_number": "11O101199003070011"}, 400, "id_letters", "id_number"),
        ("resident", {"phone": "123"}, 400, "phone_short", "phone"),
        ("resident", {"door": "1201"}, 400, "door_shape", "door"),
        ("resident", {"door": "9-9-9"}, 409, "door_unknown", "door"),
        ("isolate", {"door": "9-9-9"}, 400, "door_unknown", "door"),
        ("isolate", {"door": ""}, 400, "case_or_door", ""),
        ("returnee", {"region": "武汉"}, 400, "region", "region"),
        ("returnee", {"arrived": "2027-01-06"}, 400, "date_future", "arrived"),
        ("vehicle", {"plate": "京I12345"}, 400, "plate_office", "plate"),
        ("vehicle", {"occupants": 10}, 400, "occupants", "occupants"),
        ("vehicle", {"occupants": "3"}, 400, "not_understood", ""),
        ("regular", {"card_no": 13}, 409, "no_regular", ""),
        ("supplies", {"item": "酒"}, 400, "no_such_item", ""),
        ("occupant", {"value": "34.0"}, 409, "is_it_right", ""),
        ("occupant", {"vehicle": "00" * 8}, 409, "already_decided", ""),
        ("override", {"why": "emergency"}, 400, "not_understood", ""),
    ],
)
def test_what_is_wrong_is_named(
    screen: Served,
    gate: Gate,
    what: str,
    change: dict[str, Any],
    status: int,
    error: str,
    field: str,
) -> None:
    answer = post(screen, what, {**FORMS[what][0], **change})
    said = answer.json()
    assert (answer.status_code, said["error"], said["field"]) == (status, error, field)
    assert all(said["words"]) and gate.events == []


def test_a_door_nobody_knows_is_kept_sealed_after_a_yes(screen: Served, gate: Gate) -> None:
    body = {**PERSON, "door": "9-9-9", "is_sure": True}
    assert post(screen, "resident", body).status_code == 200
    (event,) = gate.events
    assert isinstance(event, ResidentWritten) and event.household is None
    assert "note" in {one.field for one in event.sealed} and "9-9-9" not in repr(event)


@pytest.mark.needs_shared
def test_every_naughty_string_in_every_field_has_a_clear_answer(
    screen: Served, shared: Path
) -> None:
    strings = json.loads((shared / "data/vectors/naughty-strings.json").read_text("utf-8"))
    with requests.Session() as session:
        for number, text in enumerate(strings):
            what = list(FORMS)[number % len(FORMS)]
            for field in FORMS[what][0]:
                body = {**FORMS[what][0], field: text}
                answer = session.post(f"{screen.url}/staff/{what}", json=body, timeout=5)
                assert answer.status_code in (200, 400, 409, 413), (what, field, text)
                assert "words" in answer.json() or answer.json() == {"ok": True}


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("id_number", "11010519491231002x", {"is_right": True, "text": "11010519491231002X"}),
        ("id_number", "110101199003070012", {"is_right": False, "is_early": False}),
        ("id_number", "110101900307001", {"is_right": False, "is_early": True}),
        ("id_number", "1101", {"is_right": False, "is_early": True}),
        ("door", "321201", {"is_right": True, "text": "3-2-1201"}),
        ("door", "3-2-120", {"is_right": False, "is_early": True}),
        ("phone", "+86 13912345678", {"is_right": True, "text": "13912345678"}),
        ("plate", "京a·d12345", {"is_right": True, "text": "京AD12345"}),
        ("arrived", "2027-01-05", {"is_right": True, "text": "2027-01-05"}),
        ("name", "12345", {"is_right": False, "is_early": False}),
    ],
)
def test_a_field_is_checked_while_it_is_typed(
    screen: Served, field: str, text: str, said: dict[str, Any]
) -> None:
    answer = post(screen, "check", {"field": field, "text": text}).json()
    assert answer["is_right"] or all(answer.pop("words"))
    assert answer == said


def test_digits_that_two_doors_may_mean_are_asked_with_hyphens(gate: Gate) -> None:
    doors = {("3", "", "1201"): "HH0001", ("3", "1", "201"): "HH0002"}
    find_door = lambda *door: doors.get(door)  # noqa: E731
    with served(desk=gate, pins=whose, seal=seal, find_door=find_door) as screen:
        screen.show(busy())
        assert post(screen, "isolate", {"door": "31201"}).json()["error"] == "door_shape"
        assert post(screen, "isolate", {"door": "3-1201"}).status_code == 200
    (event,) = gate.events
    assert isinstance(event, IsolationOrdered) and event.household == "HH0001"


def test_what_could_not_be_written_down_is_never_said_to_be_kept(
    screen: Served, gate: Gate
) -> None:
    """The card is full: the same sheet, handed in again when there is room, is taken."""
    sheet = {**FORMS["visitor"][0], "key": str(UUID(int=5))}
    gate.fault = Fault.JOURNAL_FULL
    refused = post(screen, "visitor", sheet)
    assert (refused.status_code, refused.json()["error"]) == (507, "not_kept")
    gate.fault = None
    assert post(screen, "visitor", sheet).status_code == 200
    assert post(screen, "visitor", sheet).status_code == 200, "an answer was lost"
    assert len(gate.events) == 1


def test_an_override_that_moved_no_barrier_says_so(screen: Served, gate: Gate) -> None:
    gate.fault = Fault.GATE_FAULT
    said = post(screen, "emergency", {"is_sure": True})
    assert (said.status_code, said.json()["error"]) == (502, "gate_stuck")
    assert len(gate.events) == 1


def test_a_gate_that_is_slow_to_say_is_asked_about_the_same_sheet_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kiosk.screen.desk_kept.KEPT_S", 0.2)
    answer, made = Future[Fault | None](), list[object]()

    def slow(make: Callable[[Stamp], StaffEvent]) -> Future[Fault | None]:
        made.append(make(stamp()))
        return answer

    sheet = {"card_no": 12, "key": str(UUID(int=6))}
    with served(desk=slow, pins=whose) as screen:
        screen.show(busy())
        said = post(screen, "card-returned", sheet)
        assert (said.status_code, said.json()["error"]) == (503, "gate_slow")
        answer.set_result(None)
        assert post(screen, "card-returned", sheet).status_code == 200
    assert len(made) == 1
