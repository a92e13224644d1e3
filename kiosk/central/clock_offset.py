"""A kiosk whose clock is far from central's: said when it begins and when it ends.

Nothing is refused for it: its entries' times are put right by anchors. But a clock that is
off while the kiosk believes it opens and shuts passes on the wrong day.
"""

from sqlalchemy import Connection, select

from kiosk import log
from kiosk.central.schema import device
from kiosk.timing import ClockState
from kiosk.wire import SyncRequest

OFFSET_MAX_MS = 60_000  # chosen: a minute is more than any line delays


def is_off(offset_ms: int | None) -> bool:
    """Return whether a kiosk's clock less central's is more than a line explains."""
    return abs(offset_ms or 0) > OFFSET_MAX_MS


def is_trouble(offset_ms: int | None, clock: int | None) -> bool:
    """Return whether a kiosk is wrong about the time, and does not know it.

    After a power cut a kiosk without a clock chip says itself that it is not sure; the very
    answer to that request puts it right.
    """
    return is_off(offset_ms) and clock != ClockState.UNSURE


def tell_offset(db: Connection, request: SyncRequest, now_ms: int) -> None:
    """Log that a kiosk's clock went wrong or came right, before its offset is kept."""
    wanted = select(device.c.clock_offset_ms, device.c.clock)
    before = db.execute(wanted.where(device.c.id == request.device)).one()
    was_wrong, offset_ms = is_trouble(*before), request.utc_ms - now_ms
    is_wrong = is_trouble(offset_ms, request.clock)
    if is_wrong and not was_wrong:
        seconds = round(offset_ms / 1000)
        log.warning(log.Event.DEVICE_CLOCK_OFF, device=request.device, offset_s=seconds)
    if was_wrong and not is_wrong:
        code = log.Event.DEVICE_CLOCK_OFF.value
        log.event(log.Event.FAULT_ENDED, whose=request.device, code=code)
