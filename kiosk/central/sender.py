"""Who sent a request. Nothing of it is decoded before a signature of a kiosk of ours holds.

Whoever proves nothing is still told so in a signed answer, so that a kiosk that was lost
from the database can name its trouble. That answer carries no time: signed time would let
a stranger set a kiosk's clock.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.central.rows import INTEGER_MAX, DeviceRow
from kiosk.errors import MessageError
from kiosk.passes import cose
from kiosk.wire import BATCH_BYTES_MAX, BATCH_MAX, SyncRequest, decode_request

UNKNOWN, WRONG_SIGNATURE = "E_DEV_UNKNOWN", "E_DEV_SIG"
NO_TIME_MS = 0
# The first keys of every request, to the byte: 1 "sync", 2 device, 3 server, 4 the counter.
_CLAIM = re.compile(
    rb"[\xa8-\xb7]\x01\x64sync\x02\x70([0-9a-f]{16})\x03\x70[0-9a-f]{16}\x04"
    rb"(?:([\x00-\x17])|\x18(.)|\x19(..)|\x1a(.{4})|\x1b(.{8}))",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Stranger:
    """A sender who proved nothing: what it says it is, and why it is not believed."""

    device: str
    counter: int
    code: str


def read_request(envelope: cose.Envelope, known: Sequence[DeviceRow]) -> SyncRequest | Stranger:
    """Return what one of the `known` devices signed, or who only claims to be one.

    Raises MessageError for what is no request at all.
    """
    signer = next((row for row in known if cose.is_signed_by(envelope, row.public)), None)
    if signer is None:
        return _stranger(envelope.payload, WRONG_SIGNATURE if known else UNKNOWN)
    request = decode_request(envelope.payload)
    if request.device != signer.id:
        return Stranger(request.device, request.counter, WRONG_SIGNATURE)
    if not _is_storable(request):
        raise MessageError("a number that no database holds")
    return request


def is_too_big(request: SyncRequest) -> bool:
    """Whether it carries more than a batch may. One entry alone may have any length."""
    bodies = [body for _, body in request.urgent]
    bodies += request.log.entries if request.log is not None else ()
    is_long = sum(map(len, bodies)) > BATCH_BYTES_MAX
    return len(bodies) > BATCH_MAX or (is_long and len(bodies) > 1)


def _stranger(payload: bytes, code: str) -> Stranger:
    claim = _CLAIM.match(payload)
    if claim is None:
        raise MessageError("not a request")
    counter = next(part for part in claim.groups()[1:] if part is not None)
    return Stranger(claim[1].decode("ascii"), int.from_bytes(counter), code)


def _is_storable(request: SyncRequest) -> bool:
    numbers = [abs(request.utc_ms), request.counter, *request.have]
    numbers += [seq for seq, _ in request.urgent]
    numbers += [field.seq for field in request.sealed]
    if (part := request.log) is not None:
        numbers += [part.from_seq, part.to_seq]
    return all(0 <= number < INTEGER_MAX for number in numbers) and request.clock in (0, 1, 2)
