"""`POST /v1/sync`: a request is bounded in length, in time, and in what it unpacks to."""

import asyncio
import zlib

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from starlette.requests import ClientDisconnect

from kiosk.central.intake import STRANGERS, Intake
from kiosk.errors import MessageError
from kiosk.wire import CONTENT_TYPE, REQUEST_BYTES_MAX

BODY_S = 20.0  # chosen: a kiosk gives up after 7 s
QUEUE_MAX = 200  # chosen: the last of them waits about a second
STORE = "database"  # whose trouble it is, in the log


class TooLong(Exception):
    """A body that is longer, or unpacks to more, than any batch."""


class SyncRoute:
    """`POST /v1/sync`. One request at a time writes: the others wait here, in order.

    SQLite has one writer in any case, and who waits for its lock asks again only now and
    then, in no order.
    """

    def __init__(self, intake: Intake, body_s: float) -> None:
        self._intake, self._body_s = intake, body_s
        self._turns = CapacityLimiter(1)

    async def __call__(self, request: Request) -> Response:
        """Return the signed answer, or a plain "no" to what is no request."""
        if request.headers.get("content-type", "").partition(";")[0] != CONTENT_TYPE:
            return PlainTextResponse("wrong content type\n", 415)
        if self._turns.statistics().tasks_waiting >= QUEUE_MAX:
            return later()
        try:
            async with asyncio.timeout(self._body_s):
                packed = await read_body(request)
            body = unpack(packed, request.headers.get("content-encoding", ""))
            answer = await run_sync(self._intake.answer, body, limiter=self._turns)
        except TimeoutError:
            return PlainTextResponse("too slow\n", 408)
        except TooLong:
            return PlainTextResponse("too long\n", 413)
        except (MessageError, ValueError, ClientDisconnect) as exc:
            self._intake.troubles.began(STRANGERS, "unreadable", detail=str(exc))
            return PlainTextResponse("not a message of a kiosk\n", 400)
        self._intake.troubles.ended(STORE)
        return Response(answer, media_type=CONTENT_TYPE)


def later() -> Response:
    """Return "not now": a kiosk tries again, and nothing was acknowledged."""
    return PlainTextResponse("not now\n", 503, {"Retry-After": "30"})


async def read_body(request: Request, bytes_max: int = REQUEST_BYTES_MAX) -> bytes:
    """Return the body as it came. Raises TooLong before more than the limit is held."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            raise TooLong
    return bytes(body)


async def read_soon(request: Request, *, bytes_max: int, within_s: float) -> bytes:
    """Return a short body. Raises TooLong, or ClientDisconnect when it comes too late."""
    try:
        async with asyncio.timeout(within_s):
            return await read_body(request, bytes_max)
    except TimeoutError as exc:
        raise ClientDisconnect from exc


def unpack(body: bytes, coding: str) -> bytes:
    """Undo gzip, never to more than the limit. Raises TooLong or ValueError."""
    if coding.strip().lower() in ("", "identity"):
        return body
    if coding.strip().lower() != "gzip":
        raise ValueError("unknown content encoding")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, REQUEST_BYTES_MAX)
    except zlib.error as exc:
        raise ValueError("not gzip") from exc
    if unpacker.unconsumed_tail:
        raise TooLong
    if not unpacker.eof:
        raise ValueError("gzip that is cut off")
    return plain
