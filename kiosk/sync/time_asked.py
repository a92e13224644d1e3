"""Central's signed time over a line that nobody vouches for, before TLS can be checked.

A box that thinks it is 1970 finds every certificate "not yet valid". This one exchange does
without the check. It tells nothing but that a kiosk is there, and of what comes back only
central's signature over our own random bytes is believed. The connection is used for
nothing else and closed.
"""

import os
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from kiosk.errors import BadUpdate, MessageError, ServerUnreachable
from kiosk.passes import cose
from kiosk.sync.identity import Identity
from kiosk.sync.line import Alarm
from kiosk.timing import Clock
from kiosk.wire import CONTENT_TYPE
from kiosk.wire.time import (
    NONCE_BYTES,
    TIME_BYTES_MAX,
    TIME_PATH,
    decode_time_reply,
    encode_time_request,
)


@dataclass(frozen=True, slots=True)
class TimeTold:
    """Central's UTC in milliseconds, half way between asking and hearing."""

    utc_ms: int
    mid_s: float
    took_s: float


def ask_time(url: str, identity: Identity, clock: Clock, *, total_s: float) -> TimeTold:
    """Return central's time. Connecting and the exchange take `total_s` each at most.

    Raises ServerUnreachable, or BadUpdate for an answer that is not central's to this
    question.
    """
    nonce = os.urandom(NONCE_BYTES)
    question = cose.sign(encode_time_request(nonce), identity.private)
    sent_s = clock.mono_s()
    answer = _exchange(url, question, total_s)
    took_s = clock.mono_s() - sent_s
    payload = cose.open_envelope(
        answer, {cose.kid_of(identity.status_public): identity.status_public}
    )
    if payload is None:
        raise BadUpdate("the time is not signed by our central")
    try:
        reply = decode_time_reply(payload)
    except MessageError as exc:
        raise BadUpdate(f"the time is signed, but has another shape: {exc}") from exc
    if reply.nonce != nonce:
        raise BadUpdate("the time belongs to another question")
    return TimeTold(reply.utc_ms, sent_s + took_s / 2, took_s)


def _exchange(url: str, question: bytes, total_s: float) -> bytes:
    """Post the question over a connection of its own and return what came back."""
    line, alarm = _line(url, total_s), Alarm()
    alarm.set(total_s)
    try:
        line.connect()
        alarm.know(line.sock)
        path = urlsplit(url).path + TIME_PATH
        line.request("POST", path, question, {"Content-Type": CONTENT_TYPE})
        return line.getresponse().read(TIME_BYTES_MAX)
    except (OSError, HTTPException) as exc:
        raise ServerUnreachable(f"no time: {type(exc).__name__}: {exc}"[:200]) from exc
    finally:
        alarm.stop()
        line.close()


def _line(url: str, total_s: float) -> HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return HTTPConnection(host, parts.port, timeout=total_s)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # this one exchange: its answer is signed and fresh
    return HTTPSConnection(host, parts.port, timeout=total_s, context=context)
