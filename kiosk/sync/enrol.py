"""A new kiosk asks central to be let in: it proves a code, shows digits, waits for a person.

Nothing is believed but what the status key signed whose hash stands in the code. The bundle
is put in place whole; a power cut leaves the kiosk as it was, and it asks again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk import __version__
from kiosk.errors import BadUpdate, MessageError, ServerRefused
from kiosk.files import write_whole
from kiosk.passes import cose
from kiosk.passes.issue import PUBLIC_MODE, read_private
from kiosk.sync.identity import (
    BUNDLE,
    KEY,
    NEXT_KEY,
    make_identity,
    make_next_key,
)
from kiosk.wire import decode_bundle
from kiosk.wire.enrol import (
    APPROVED,
    ENROL_PATH,
    REFUSED,
    EnrolCode,
    EnrolReply,
    EnrolRequest,
    decode_enrol_reply,
    digits_of,
    encode_enrol,
    nonce_of,
    proof_of,
)

_SERIAL = Path("/proc/device-tree/serial-number")
Post = Callable[[str, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Enrolling:
    """One enrolment: what is sent again and again until somebody decides."""

    message: bytes
    nonce: bytes
    digits: str
    device: str


def begin(keys: Path, code: EnrolCode, *, key_file: str = KEY) -> Enrolling:
    """Return the proof of a code, by this kiosk's key or by the one that is to follow it.

    Raises ConfigError when the key cannot be made or read.
    """
    make_identity(keys)
    if key_file == NEXT_KEY:
        make_next_key(keys)
    private = read_private(keys / key_file)
    public = private.public_key().public_bytes_raw()
    nonce = nonce_of(code.code, public)
    proof = proof_of(code.code, public, nonce, code.slot)
    asked = EnrolRequest(public, nonce, code.slot, _serial(), __version__, proof)
    device = cose.device_id_of(public)
    message = cose.sign(encode_enrol(asked), private)
    return Enrolling(message, nonce, digits_of(public, nonce), device)


def ask(post: Post, enrolling: Enrolling, code: EnrolCode, keys: Path) -> bool:
    """Ask once. Returns whether this kiosk is bound now; its bundle is then in place.

    Raises what `post` raises, ServerRefused with an `E_ENROL_` code, and BadUpdate for an
    answer that is not of the central that made the code.
    """
    reply = _read(post(ENROL_PATH, enrolling.message), enrolling, code)
    if reply.state == REFUSED:
        raise ServerRefused(reply.error)
    if reply.state != APPROVED:
        return False
    try:
        bundle = decode_bundle(reply.bundle)
    except MessageError as exc:
        raise BadUpdate(f"the bundle has another shape: {exc}") from exc
    if bundle.device != enrolling.device or bundle.status_public != reply.status_public:
        raise BadUpdate("the bundle is not for this kiosk")
    write_whole(keys / BUNDLE, reply.bundle, mode=PUBLIC_MODE)
    make_identity(keys)  # a key that was to follow follows now
    return True


def _read(content: bytes, enrolling: Enrolling, code: EnrolCode) -> EnrolReply:
    envelope = cose.parse(content)
    try:
        reply = decode_enrol_reply(envelope.payload) if envelope is not None else None
    except MessageError as exc:
        raise BadUpdate(f"not an answer of central: {exc}") from exc
    if envelope is None or reply is None:
        raise BadUpdate("not an answer of central")
    is_pinned = hashlib.sha256(reply.status_public).digest() == code.status_sha256
    if not is_pinned or not cose.is_signed_by(envelope, reply.status_public):
        raise BadUpdate("not signed by the central that made this code")
    if reply.nonce != enrolling.nonce:
        raise BadUpdate("the answer belongs to another request")
    return reply


def _serial() -> str:
    try:
        return _SERIAL.read_text("ascii", "replace").strip("\0\n ")[:32]
    except OSError:
        return ""
