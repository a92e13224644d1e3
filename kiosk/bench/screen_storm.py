"""Browsers without number that come, read one view, vanish without a word and come again."""

import asyncio
import time
from dataclasses import dataclass

AT_ONCE = 40
PATIENCE_S = 10.0


@dataclass(slots=True)
class Storm:
    """What came of it."""

    seconds: float = 0.0
    served: int = 0
    asked_to_wait: int = 0
    unanswered: int = 0


def raise_storm(port: int, streams: int) -> Storm:
    """Open so many event streams, one after the other forty abreast. Returns what came."""
    return asyncio.run(_raise(port, streams))


async def _raise(port: int, streams: int) -> Storm:
    storm, left = Storm(), iter(range(streams))
    began_s = time.monotonic()

    async def browser() -> None:
        for _ in left:
            await _one(port, storm)

    await asyncio.gather(*(browser() for _ in range(AT_ONCE)))
    storm.seconds = time.monotonic() - began_s
    return storm


async def _one(port: int, storm: Storm) -> None:
    """Come, read until the first view is there, and go without a word."""
    writer = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            status = (await reader.readline()).split()[1]
            if status == b"503":
                storm.asked_to_wait += 1
            else:
                await reader.readuntil(b"data: ")
                storm.served += 1
    except (OSError, TimeoutError, asyncio.IncompleteReadError, IndexError):
        storm.unanswered += 1
    finally:
        if writer is not None:
            writer.transport.abort()
