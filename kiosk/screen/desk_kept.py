"""When the staff page may say that something is kept: once its entry is on disk."""

import asyncio
from concurrent.futures import Future
from typing import Any

from kiosk.core.faults import Fault
from kiosk.screen.desk_forms import Refusal

KEPT_S = 5.0  # chosen: a slow card takes two; the page itself gives up after eight
Kept = Future[Fault | None]  # once it was served: what kept it from being done


async def kept(answer: Kept) -> dict[str, Any]:
    """Return once it is kept and done. Raises Refusal where it is not, or nobody says so."""
    asked = asyncio.shield(asyncio.wrap_future(answer))
    try:
        fault = await asyncio.wait_for(asked, KEPT_S)
    except TimeoutError:
        raise Refusal(503, "gate_slow") from None
    if fault is Fault.GATE_FAULT:
        raise Refusal(502, "gate_stuck")
    if fault is not None:
        raise Refusal(507, "not_kept")
    return {"ok": True}
