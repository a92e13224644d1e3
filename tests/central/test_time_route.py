"""`POST /v1/time`: central's clock for a kiosk of ours, and for nobody else."""

import asyncio
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from kiosk.central.app import make_app
from kiosk.central.time_route import TimeRoute
from kiosk.errors import MessageError
from kiosk.passes import cose
from kiosk.wire import decode_reply
from kiosk.wire.time import (
    TIME_BYTES_MAX,
    TIME_PATH,
    TimeReply,
    decode_time_reply,
    decode_time_request,
    encode_time_reply,
    encode_time_request,
)
from tests.central.office import Office

NONCE = bytes(range(16))
NOW_MS = 1_800_000_000_123


@pytest.fixture
def route(office: Office) -> TimeRoute:
    return TimeRoute(office.engine, office.authority, lambda: NOW_MS)


def ask(route: TimeRoute, message: bytes) -> tuple[int, bytes]:
    """Return (status, body) of what the route answers."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": message, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": []}
    answer = asyncio.run(route(Request(scope, receive)))
    return answer.status_code, bytes(answer.body)


def test_kiosk_of_ours_is_told_the_time_under_centrals_signature(
    office: Office, route: TimeRoute
) -> None:
    status, answer = ask(route, cose.sign(encode_time_request(NONCE), office.kiosk.key))
    public = office.kiosk.status_public
    payload = cose.open_envelope(answer, {cose.kid_of(public): public})
    assert status == 200 and payload is not None
    assert decode_time_reply(payload) == TimeReply(NONCE, NOW_MS)


def test_stranger_gets_nothing_signed(route: TimeRoute) -> None:
    question = cose.sign(encode_time_request(NONCE), Ed25519PrivateKey.generate())
    status, answer = ask(route, question)
    assert status == 400 and cose.parse(answer) is None


def unsigned(office: Office) -> bytes:
    return encode_time_request(NONCE)


def altered(office: Office) -> bytes:
    question = cose.sign(encode_time_request(NONCE), office.kiosk.key)
    return question[:-1] + bytes([question[-1] ^ 1])


def another_message(office: Office) -> bytes:
    return office.kiosk.request()


def short_nonce(office: Office) -> bytes:
    return cose.sign(encode_time_request(NONCE[:-1]), office.kiosk.key)


@pytest.mark.parametrize("make", [unsigned, altered, another_message, short_nonce])
def test_what_is_no_question_is_refused(
    office: Office, route: TimeRoute, make: Callable[[Office], bytes]
) -> None:
    assert ask(route, make(office))[0] == 400


def test_long_question_is_cut_short(route: TimeRoute) -> None:
    assert ask(route, b"x" * (TIME_BYTES_MAX + 1))[0] == 413


def test_signed_time_is_no_answer_to_a_request_and_no_request_is_a_question(
    office: Office,
) -> None:
    with pytest.raises(MessageError):
        decode_reply(encode_time_reply(TimeReply(NONCE, NOW_MS)))
    envelope = cose.parse(office.kiosk.request())
    assert envelope is not None
    with pytest.raises(MessageError):
        decode_time_request(envelope.payload)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(payload=st.binary(max_size=120))
def test_any_signed_bytes_are_a_time_or_named(payload: bytes) -> None:
    for decode in (decode_time_request, decode_time_reply):
        try:
            decode(payload)
        except MessageError as exc:
            assert str(exc)


def test_the_server_has_the_route(office: Office) -> None:
    app = make_app(office.engine, office.authority)
    assert TIME_PATH in {getattr(route, "path", "") for route in app.routes}
