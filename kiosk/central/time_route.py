"""`POST /v1/time`: what time it is, signed, for a kiosk that cannot check certificates yet.

Nothing is kept. Only a kiosk of ours is answered, so that nobody else makes central sign.
"""

import asyncio
from collections.abc import Callable

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from kiosk.central import rows
from kiosk.central.authority import Authority
from kiosk.central.store import reading
from kiosk.central.sync_route import BODY_S, TooLong, unpack
from kiosk.errors import MessageError
from kiosk.passes import cose
from kiosk.wire import CONTENT_TYPE
from kiosk.wire.time import (
    TIME_BYTES_MAX,
    TimeReply,
    decode_time_request,
    encode_time_reply,
)


async def answer_small(
    request: Request, bytes_max: int, answer: Callable[[bytes], bytes]
) -> Response:
    """Return the answer to a small signed message, or a plain "no" to what is none.

    `answer` raises MessageError for what is no message of a kiosk.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > bytes_max:
                    return PlainTextResponse("too long\n", 413)
        coding = request.headers.get("content-encoding", "")
        answered = await run_in_threadpool(answer, unpack(bytes(body), coding))
    except TimeoutError:
        return PlainTextResponse("too slow\n", 408)
    except (MessageError, ValueError, TooLong, ClientDisconnect):
        return PlainTextResponse("not a question of a kiosk\n", 400)
    return Response(answered, media_type=CONTENT_TYPE)


class TimeRoute:
    """Answers one signed question with one signed time."""

    def __init__(self, engine: Engine, authority: Authority, now_ms: Callable[[], int]) -> None:
        self._engine, self._authority, self._now_ms = engine, authority, now_ms

    async def __call__(self, request: Request) -> Response:
        """Return the signed time, or a plain "no" to what is no question of a kiosk."""
        return await answer_small(request, TIME_BYTES_MAX, self.answer)

    def answer(self, message: bytes) -> bytes:
        """Return the signed answer. Raises MessageError, or StoreError when it cannot look."""
        envelope = cose.parse(message)
        if envelope is None:
            raise MessageError("not a signed message")
        with reading(self._engine) as db:
            known = rows.devices_by_kid(db, envelope.kid)
        if not any(cose.is_signed_by(envelope, row.public) for row in known):
            raise MessageError("not a kiosk of ours")
        nonce = decode_time_request(envelope.payload)
        reply = TimeReply(nonce, self._now_ms())
        return cose.sign(encode_time_reply(reply), self._authority.status)
