"""An answer that took long says little of the time; in doubt it is better than nothing."""

from datetime import UTC, datetime, timedelta

from kiosk.clock_sources import UNKNOWN, KernelClock
from kiosk.sync.client import Answer
from kiosk.sync.clock import TOOK_MAX_S, take_time
from kiosk.timing import ClockState, SystemClock
from kiosk.wire import SyncReply

NOON = datetime(2027, 1, 5, 4, tzinfo=UTC)
LATER = NOON + timedelta(seconds=60)


class Board:
    """A machine without a clock chip, a hundred seconds after its start."""

    def boot_s(self) -> float:
        return 100.0

    def boot_id(self) -> str:
        return "a boot"

    def wall(self) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC)

    def rtc_s(self) -> int | None:
        return None

    def kernel(self) -> KernelClock:
        return UNKNOWN


def answer(utc: datetime, took_s: float) -> Answer:
    reply = SyncReply("0" * 16, 1, int(utc.timestamp() * 1000))
    return Answer(reply, 100.0, took_s)


def test_a_clock_in_doubt_takes_any_time_that_is_signed() -> None:
    clock = SystemClock(machine=Board())
    take_time(clock, answer(NOON, TOOK_MAX_S * 5))
    assert clock.now().utc == NOON
    assert clock.now().clock is ClockState.TRUSTED


def test_a_sure_clock_is_not_moved_by_an_answer_that_dawdled() -> None:
    clock = SystemClock(machine=Board())
    take_time(clock, answer(NOON, 0.1))
    take_time(clock, answer(LATER, TOOK_MAX_S + 0.1))
    assert clock.now().utc == NOON
    take_time(clock, answer(LATER, TOOK_MAX_S - 0.1))
    assert clock.now().utc == LATER
