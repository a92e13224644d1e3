"""When the clock may be believed: central's time, signed, in answer to our own request.

The reply echoes a counter that was never used before, so its time is fresh. It was taken
somewhere between sending and hearing; half of that is the error.
"""

from datetime import UTC, datetime

from kiosk import log
from kiosk.sync.client import Answer
from kiosk.timing import ClockState, SystemClock

TOOK_MAX_S = 2.0  # chosen: a sure clock drifts less than a second until a quicker answer
_UTC_MS_MAX = 253_402_300_799_000  # the last second of the year 9999


def take_time(clock: SystemClock, answer: Answer) -> None:
    """Set the clock by an answer, unless it took so long that we know better."""
    is_sure = clock.now().clock is not ClockState.UNSURE
    if is_sure and answer.took_s > TOOK_MAX_S:
        return
    if not 0 < answer.reply.utc_ms < _UTC_MS_MAX:
        return
    clock.trust(datetime.fromtimestamp(answer.reply.utc_ms / 1000, UTC), answer.mid_s)
    if not is_sure and clock.now().clock is ClockState.TRUSTED:
        log.event(log.Event.CLOCK_TRUSTED)
