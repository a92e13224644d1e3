"""QR text -> Pass: what stands in a shown code, before anybody trusts it.

A paper pass is `GP1:` and the base45 (RFC 9285) of a signed envelope of fixed form. The
checks run in a fixed order, the cheapest first; each may only refuse, and none of them
parses: lengths, letters and fixed bytes are all that is looked at. Any address of a web
page or network ends at the prefix and is never opened.

`GD1:`, the pass a phone draws anew every few seconds, is not read yet: such a text is
refused as a strange prefix.
"""

import hashlib
from dataclasses import dataclass

from kiosk.core.words import Refusal
from kiosk.passes import base45, cose

PREFIX = "GP1:"
TEXT_CHARS_MAX = 420  # the longest text of any pass form (GD1)
GP1_CHARS_MAX = 220  # version 8 at level M holds 221 letters
GP1_BYTES_MIN, GP1_BYTES_MAX = 110, 144
REF_BYTES = 8


@dataclass(frozen=True, slots=True)
class Pass:
    """The parts of a shown pass. Nothing in it is trusted, its payload is not yet parsed.

    `ref` stands for the text where the pass id cannot be believed.
    """

    ref: bytes
    kid: bytes
    payload: bytes
    signature: bytes
    protected: bytes


def read_pass(text: str) -> Pass | Refusal:
    """Return the parts of a pass, or the first thing that is wrong with its form."""
    if reason := check_text(text):
        return reason
    body = strip_prefix(text)
    if isinstance(body, Refusal):
        return body
    message = decode_body(body)
    if isinstance(message, Refusal):
        return message
    if reason := check_size(message):
        return reason
    envelope = split_envelope(message)
    if isinstance(envelope, Refusal):
        return envelope
    return Pass(
        ref=ref_of(text),
        kid=envelope.kid,
        payload=envelope.payload,
        signature=envelope.signature,
        protected=envelope.protected,
    )


def ref_of(text: object) -> bytes:
    """Return what a text is remembered by: 8 bytes of its SHA-256, never the text."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else b""
    return hashlib.sha256(raw).digest()[:REF_BYTES]


def check_text(text: object) -> Refusal | None:
    """Steps 1 and 2: there is a text, and it is no longer than any pass."""
    if not isinstance(text, str) or not text:
        return Refusal.EMPTY
    return Refusal.LENGTH if len(text) > TEXT_CHARS_MAX else None


def strip_prefix(text: str) -> str | Refusal:
    """Step 3, and the length of this form: return what follows `GP1:`."""
    if not text.startswith(PREFIX):
        return Refusal.PREFIX
    return text[len(PREFIX) :] if len(text) <= GP1_CHARS_MAX else Refusal.LENGTH


def decode_body(body: str) -> bytes | Refusal:
    """Step 4: base45, to the letter."""
    message = base45.decode(body)
    return Refusal.BASE45 if message is None else message


def check_size(message: bytes) -> Refusal | None:
    """Step 5: as many bytes as a paper pass can have."""
    is_possible = GP1_BYTES_MIN <= len(message) <= GP1_BYTES_MAX
    return None if is_possible else Refusal.LENGTH


def split_envelope(message: bytes) -> cose.Envelope | Refusal:
    """Step 6: every fixed byte stands in its place; whoever shows it chooses no algorithm."""
    envelope = cose.parse(message)
    return Refusal.PROFILE if envelope is None else envelope
