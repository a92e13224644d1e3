"""When the staff page may say that something is kept: once its entry is on disk."""

import asyncio
from concurrent.futures import Future
from typing import Any

from kiosk.screen.desk_forms import Refusal

KEPT_S = 5.0  # chosen: a slow card takes two; the page itself gives up after eight
Kept = Future[bool]  # whether what was handed in is on disk, once it was served


async def kept(answer: Kept) -> dict[str, Any]:
    """Return once it is kept. Raises Refusal where it is not, or nobody says so in time."""
    asked = asyncio.shield(asyncio.wrap_future(answer))
    try:
        is_kept = await asyncio.wait_for(asked, KEPT_S)
    except TimeoutError:
        raise Refusal(503, "gate_slow") from None
    if not is_kept:
        raise Refusal(507, "not_kept")
    return {"ok": True}
