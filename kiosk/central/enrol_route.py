"""`POST /v1/enrol`: a new kiosk asks, and asks again until a person has decided."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response

from kiosk.central.authority import Authority, bundle_of
from kiosk.central.enrolment import take_proof
from kiosk.central.store import writing
from kiosk.central.sync_route import later
from kiosk.central.time_route import answer_small
from kiosk.errors import MessageError
from kiosk.passes import cose
from kiosk.wire.enrol import (
    APPROVED,
    ENROL_BYTES_MAX,
    decode_enrol,
    encode_enrol_reply,
)

REQUESTS_MAX, WITHIN_MS = 120, 60_000  # chosen: two kiosks that ask every two seconds, and room


class EnrolRoute:
    """Answers kiosks that nobody knows yet. Each signs with the key that it brings."""

    def __init__(self, engine: Engine, authority: Authority, now_ms: Callable[[], int]) -> None:
        self._engine, self._authority, self._now_ms = engine, authority, now_ms
        self._asked_ms: deque[int] = deque(maxlen=REQUESTS_MAX)

    async def __call__(self, request: Request) -> Response:
        """Return the signed answer, or a plain "no" to what is no request."""
        now_ms = self._now_ms()
        is_full = len(self._asked_ms) == REQUESTS_MAX
        if is_full and now_ms - self._asked_ms[0] < WITHIN_MS:
            return later()
        self._asked_ms.append(now_ms)
        return await answer_small(request, ENROL_BYTES_MAX, self.answer)

    def answer(self, message: bytes) -> bytes:
        """Return the signed answer. Raises MessageError, and StoreError: nothing was kept."""
        envelope = cose.parse(message)
        if envelope is None:
            raise MessageError("not a signed message")
        asked = decode_enrol(envelope.payload)
        if not cose.is_signed_by(envelope, asked.public):
            raise MessageError("not signed by the key that it brings")
        with writing(self._engine) as db:
            reply = take_proof(db, self._authority, asked, self._now_ms())
        if reply.state == APPROVED:
            device_id = cose.device_id_of(asked.public)
            bundle = bundle_of(self._engine, self._authority, device_id)
            reply = replace(reply, bundle=bundle)
        return cose.sign(encode_enrol_reply(reply), self._authority.status)
