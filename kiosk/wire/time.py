"""The messages of `POST /v1/time`: a signed question, a signed answer, and nothing else.

For a kiosk that cannot check a certificate because it does not know what day it is. The
question goes over a line that nobody vouches for, so it carries only 16 random bytes and,
in its envelope, the id of the key that signed them. The answer echoes the bytes, so it is
fresh; it is central's by its signature, whoever carried it.
"""

from dataclasses import dataclass

import cbor2

from kiosk.errors import MessageError
from kiosk.wire.cbor import load, need

TIME_PATH = "/v1/time"
TIME_BYTES_MAX = 1024  # of either message
NONCE_BYTES = 16
_ASK, _TELL = "time", "time-ok"


@dataclass(frozen=True, slots=True)
class TimeReply:
    """Central's UTC in milliseconds, in answer to `nonce`."""

    nonce: bytes
    utc_ms: int


def encode_time_request(nonce: bytes) -> bytes:
    """Return the payload of a question, to be signed by the device key."""
    return cbor2.dumps({1: _ASK, 2: nonce}, canonical=True)


def decode_time_request(payload: bytes) -> bytes:
    """Return the random bytes of a question. Raises MessageError."""
    message = load(payload)
    need(isinstance(message, dict) and set(message) == {1, 2} and message[1] == _ASK, "time")
    return _nonce(message[2])


def encode_time_reply(reply: TimeReply) -> bytes:
    """Return the payload of an answer, to be signed by the status key."""
    return cbor2.dumps({1: _TELL, 2: reply.nonce, 3: reply.utc_ms}, canonical=True)


def decode_time_reply(payload: bytes) -> TimeReply:
    """Return an answer. Raises MessageError."""
    message = load(payload)
    need(isinstance(message, dict) and message.get(1) == _TELL, "time-ok")
    need(type(message.get(3)) is int, "time")
    return TimeReply(_nonce(message.get(2)), message[3])


def _nonce(value: object) -> bytes:
    if not isinstance(value, bytes) or len(value) != NONCE_BYTES:
        raise MessageError("nonce")
    return value
