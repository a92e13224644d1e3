"""The messages of `POST /v1/enrol`: a new kiosk proves a one-time code, a person approves it.

The code text that a person types, or photographs, is `GE1:` and base45 of
`[slot, code, server, SHA-256 of the status key]`; it tells the kiosk whose answer to believe.
The code itself never travels: the kiosk proves it by an HMAC over its key, a number that only
who has the code can make, and the slot. Both sides show eight digits made from the key and
the number, and a person compares them: who was not in the room has other digits.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import cbor2

from kiosk.errors import MessageError
from kiosk.passes import base45
from kiosk.wire.cbor import load, need

ENROL_PATH = "/v1/enrol"
ENROL_BYTES_MAX = 16_384  # of an answer with a bundle in it
CODE_PREFIX = "GE1:"
CODE_CHARS_MAX = 200
CODE_BYTES, NONCE_BYTES, SLOT_CHARS = 16, 16, 8
TOLD_CHARS_MAX = 64
PENDING, APPROVED, REFUSED = "pending", "approved", "refused"
_ASK, _TELL = "enrol", "enrol-ok"


@dataclass(frozen=True, slots=True)
class EnrolCode:
    """What the text of a code says. `server_no` counts the addresses in the kiosk's config."""

    slot: str
    code: bytes
    status_sha256: bytes
    server_no: int = 0


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """What a new kiosk says of itself, signed by its own key."""

    public: bytes  # raw Ed25519
    nonce: bytes
    slot: str
    serial: str  # of the machine, as it says
    version: str
    proof: bytes


@dataclass(frozen=True, slots=True)
class EnrolReply:
    """What central answers: pending, approved with a bundle, or refused with an `E_` code."""

    status_public: bytes
    nonce: bytes
    state: str
    error: str = ""
    bundle: bytes = b""


def encode_code(code: EnrolCode) -> str:
    """Return the text of a code."""
    fields = [code.slot, code.code, code.server_no, code.status_sha256]
    return CODE_PREFIX + base45.encode(cbor2.dumps(fields, canonical=True))


def decode_code(text: str) -> EnrolCode:
    """Return what a text says. Raises MessageError for what is no code."""
    if not text.startswith(CODE_PREFIX) or len(text) > CODE_CHARS_MAX:
        raise MessageError("not a code for enrolment: it begins with GE1:")
    body = base45.decode(text.removeprefix(CODE_PREFIX))
    fields: Any = load(body) if body is not None else None
    need(isinstance(fields, list) and len(fields) == 4, "code; a letter may be missing")
    slot, code, server_no, sha256 = fields
    need(isinstance(slot, str) and len(slot) == SLOT_CHARS, "code (slot)")
    need(isinstance(code, bytes) and len(code) == CODE_BYTES, "code")
    need(type(server_no) is int and isinstance(sha256, bytes) and len(sha256) == 32, "code")
    return EnrolCode(slot, code, sha256, server_no)


def nonce_of(code: bytes, public: bytes) -> bytes:
    """Return the number of a kiosk's request: the same whenever it asks with this code."""
    return hmac.digest(code, b"nonce" + public, "sha256")[:NONCE_BYTES]


def proof_of(code: bytes, public: bytes, nonce: bytes, slot: str) -> bytes:
    """Return what proves a code without telling it."""
    return hmac.digest(code, public + nonce + slot.encode(), "sha256")


def digits_of(public: bytes, nonce: bytes) -> str:
    """Return the eight digits that both sides show."""
    number = int.from_bytes(hashlib.sha256(public + nonce).digest()[:8]) % 10**8
    return f"{number // 10**4:04} {number % 10**4:04}"


def encode_enrol(request: EnrolRequest) -> bytes:
    """Return the payload of a request, to be signed by the new device key."""
    message = {
        1: _ASK,
        2: request.public,
        3: request.nonce,
        4: request.slot,
        5: request.serial,
        6: request.version,
        7: request.proof,
    }
    return cbor2.dumps(message, canonical=True)


def decode_enrol(payload: bytes) -> EnrolRequest:
    """Return a request. Raises MessageError."""
    message = load(payload)
    is_ours = isinstance(message, dict) and set(message) == set(range(1, 8))
    need(is_ours and message[1] == _ASK, "enrolment")
    _, public, nonce, slot, serial, version, proof = (message[key] for key in range(1, 8))
    sizes = ((public, 32), (nonce, NONCE_BYTES), (proof, 32))
    need(all(isinstance(value, bytes) and len(value) == size for value, size in sizes), "keys")
    texts = (slot, serial, version)
    need(all(isinstance(t, str) and len(t) <= TOLD_CHARS_MAX for t in texts), "texts")
    return EnrolRequest(public, nonce, slot, serial, version, proof)


def encode_enrol_reply(reply: EnrolReply) -> bytes:
    """Return the payload of an answer, to be signed by the status key."""
    message = {
        1: _TELL,
        2: reply.status_public,
        3: reply.nonce,
        4: reply.state,
        5: reply.error,
        6: reply.bundle,
    }
    return cbor2.dumps(message, canonical=True)


def decode_enrol_reply(payload: bytes) -> EnrolReply:
    """Return an answer. Raises MessageError."""
    message = load(payload)
    is_ours = isinstance(message, dict) and set(message) == set(range(1, 7))
    need(is_ours and message[1] == _TELL, "answer")
    _, public, nonce, state, error, bundle = (message[key] for key in range(1, 7))
    need(all(isinstance(value, bytes) for value in (public, nonce, bundle)), "bytes")
    need(state in (PENDING, APPROVED, REFUSED) and isinstance(error, str), "state")
    return EnrolReply(public, nonce, state, error, bundle)
