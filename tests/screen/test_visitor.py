"""A visitor is written down by staff, and sealed before the page hears that it is kept."""

import json
from collections.abc import Iterator, Mapping

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.core.messages_staff import VisitorWritten
from kiosk.core.words import Sealed
from kiosk.passes.sealing import open_field, seal_form
from tests.screen.desk_making import Gate, on_duty, waiting, whose
from tests.screen.making import Served, served

OFFICE = X25519PrivateKey.from_private_bytes(b"o" * 32)
DEVICE = "0123456789abcdef"
TOLD = {"name": "张三丰", "phone": "13812345678", "id_number": "110101199003070011"}


def seal(told: Mapping[str, str]) -> tuple[Sealed, ...]:
    public = OFFICE.public_key().public_bytes_raw()
    return seal_form(told, office_public=public, device=DEVICE)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def screen(gate: Gate) -> Iterator[Served]:
    with served(desk=gate, pins=whose, seal=seal) as screen:
        screen.show(on_duty(waiting()))
        yield screen


def hand_in(screen: Served, told: object, **headers: str) -> requests.Response:
    known = {"Content-Type": "application/json", **headers}
    url = f"{screen.url}/staff/visitor"
    return requests.post(url, data=json.dumps(told), headers=known, timeout=5)


def opened(gate: Gate) -> dict[str, str]:
    (event,) = gate.events
    assert isinstance(event, VisitorWritten)
    return {s.field: open_field(s, office=OFFICE, device=DEVICE) for s in event.sealed}


def test_what_was_told_arrives_sealed_and_only_the_office_reads_it(
    screen: Served, gate: Gate
) -> None:
    assert hand_in(screen, {**TOLD, "plate": "  "}).status_code == 200
    assert opened(gate) == TOLD
    assert "张" not in repr(gate.events)


@pytest.mark.parametrize(
    ("told", "status", "error"),
    [
        ({"plate": "京A12345"}, 400, "name_or_phone"),
        ({}, 400, "name_or_phone"),
        ({"name": "x" * 65}, 400, "not_understood"),
        ({"name": "x", "age": "9"}, 400, "not_understood"),
        ({"name": 9}, 400, "not_understood"),
        (["name"], 400, "not_understood"),
        ({"name": "张" * 1200}, 413, "not_understood"),
    ],
)
def test_what_is_no_form_is_refused_without_a_word_of_it(
    screen: Served, gate: Gate, told: object, status: int, error: str
) -> None:
    answer = hand_in(screen, told)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert "张" not in answer.json()["detail"]
    assert gate.events == []


def test_nobody_writes_visitors_down_without_signing_on(screen: Served, gate: Gate) -> None:
    screen.show(on_duty(staff=None))
    assert hand_in(screen, TOLD).status_code == 403
    assert gate.events == []


def test_another_site_s_page_writes_nobody_down(screen: Served, gate: Gate) -> None:
    assert hand_in(screen, TOLD, Origin="https://example.org").status_code == 403
    assert gate.events == []


def test_without_the_office_s_key_nothing_is_kept_and_the_page_says_what_to_do(
    gate: Gate,
) -> None:
    with served(desk=gate, pins=whose) as screen:
        screen.show(on_duty(waiting()))
        answer = hand_in(screen, TOLD)
    assert (answer.status_code, answer.json()["error"]) == (409, "no_office")
    assert "paper" in answer.json()["words"][1]
    assert gate.events == []
