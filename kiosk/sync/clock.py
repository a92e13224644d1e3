"""When the clock may be believed: central's time, signed, in answer to our own request.

The reply echoes a counter that was never used before, so its time is fresh. It was taken
somewhere between sending and hearing; half of that is the error.
"""

from datetime import UTC, datetime

from kiosk import log
from kiosk.errors import SyncError
from kiosk.sync.client import Answer, Client
from kiosk.timing import ClockState, Fix, SystemClock
from kiosk.wire import Anchor

TOOK_MAX_S = 2.0  # chosen: a sure clock drifts less than a second until a quicker answer
_UTC_MS_MAX = 253_402_300_799_000  # the last second of the year 9999


def take_time(clock: SystemClock, answer: Answer) -> None:
    """Set the clock by an answer, unless it took so long that we know better."""
    _take(clock, answer.reply.utc_ms, mid_s=answer.mid_s, took_s=answer.took_s)


def mind_dates(clock: SystemClock, client: Client) -> None:
    """After a certificate of the wrong day: learn the day, and judge by it from now on.

    While we do not know the time, central is asked for it without a check of certificates,
    which is of no use to anybody who cannot sign for central.
    """
    if clock.now().clock is ClockState.UNSURE:
        try:
            told = client.ask_time()
        except SyncError as exc:
            log.warning(log.Event.CLOCK_ASKED, detail=str(exc))
            return
        _take(clock, told.utc_ms, mid_s=told.mid_s, took_s=told.took_s)
    if clock.now().clock is not ClockState.UNSURE:
        client.judge_dates()


def anchor_of(fix: Fix, boot_id: str) -> Anchor:
    """Return a fix as central is told of it; the journal's number of the boot comes later."""
    utc_ms = round(fix.utc.timestamp() * 1000)
    return Anchor(boot_id, 0, round(fix.mono_s * 1000), utc_ms, round(fix.error_s * 1000) + 1)


def _take(clock: SystemClock, utc_ms: int, *, mid_s: float, took_s: float) -> None:
    is_sure = clock.now().clock is not ClockState.UNSURE
    if is_sure and took_s > TOOK_MAX_S:
        return
    if not 0 < utc_ms < _UTC_MS_MAX:
        return
    clock.trust(datetime.fromtimestamp(utc_ms / 1000, UTC), mid_s, error_s=took_s / 2)
    if not is_sure and clock.now().clock is ClockState.TRUSTED:
        log.event(log.Event.CLOCK_TRUSTED)
