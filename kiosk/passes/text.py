"""QR text -> Pass: what stands in a shown code, before anybody trusts it.

A paper pass is `GP1:` and the base45 (RFC 9285) of a signed envelope of fixed form; `GD1:`
is what a phone draws anew every few seconds, a credential of that form inside a proof. The
checks run in a fixed order, the cheapest first; each may only refuse, and none of them
parses: lengths, letters and fixed bytes are all that is looked at. Any address of a web
page or network ends at the prefix and is never opened.
"""

import hashlib
from dataclasses import dataclass

from kiosk.core.words_pass import Refusal
from kiosk.passes import base45, cose, phone

PREFIX = "GP1:"
TEXT_CHARS_MAX = phone.GD1_CHARS_MAX  # the longest text of any pass form
GP1_CHARS_MAX = 220  # version 8 at level M holds 221 letters
GP1_BYTES_MIN, GP1_BYTES_MAX = 110, 144
REF_BYTES = 8
_BYTES_OF = {  # decoded, least and most
    PREFIX: (GP1_BYTES_MIN, GP1_BYTES_MAX),
    phone.PREFIX: (phone.GD1_BYTES_MIN, phone.GD1_BYTES_MAX),
}


@dataclass(frozen=True, slots=True)
class Pass:
    """The parts of a shown pass. Nothing in it is trusted, its payload is not yet parsed.

    `ref` stands for the text where the pass id cannot be believed. `proof` is the phone's.
    """

    ref: bytes
    kid: bytes
    payload: bytes
    signature: bytes
    protected: bytes
    proof: phone.Proof | None = None


def read_pass(text: str) -> Pass | Refusal:
    """Return the parts of a pass, or the first thing that is wrong with its form."""
    if reason := check_text(text):
        return reason
    prefix = find_prefix(text)
    if isinstance(prefix, Refusal):
        return prefix
    message = decode_body(text[len(prefix) :])
    if isinstance(message, Refusal):
        return message
    if reason := check_size(message, prefix):
        return reason
    return split(message, prefix, ref_of(text))


def split(message: bytes, prefix: str, ref: bytes) -> Pass | Refusal:
    """Step 6: every fixed byte stands in its place; whoever shows it chooses no algorithm."""
    if prefix == PREFIX:
        return _split_credential(message, ref, None)
    shown = phone.split_proof(message)
    if shown is None:
        return Refusal.PROFILE
    proof, credential = shown
    return _split_credential(credential, ref, proof)


def _split_credential(message: bytes, ref: bytes, proof: phone.Proof | None) -> Pass | Refusal:
    envelope = cose.parse(message)
    if envelope is None:
        return Refusal.PROFILE
    return Pass(
        ref, envelope.kid, envelope.payload, envelope.signature, envelope.protected, proof
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


def find_prefix(text: str) -> str | Refusal:
    """Step 3, and the length of the form: return `GP1:` or `GD1:`."""
    if text.startswith(phone.PREFIX):
        return phone.PREFIX
    if not text.startswith(PREFIX):
        return Refusal.PREFIX
    return PREFIX if len(text) <= GP1_CHARS_MAX else Refusal.LENGTH


def decode_body(body: str) -> bytes | Refusal:
    """Step 4: base45, to the letter."""
    message = base45.decode(body)
    return Refusal.BASE45 if message is None else message


def check_size(message: bytes, prefix: str = PREFIX) -> Refusal | None:
    """Step 5: as many bytes as a pass of this form can have."""
    least, most = _BYTES_OF[prefix]
    return None if least <= len(message) <= most else Refusal.LENGTH
