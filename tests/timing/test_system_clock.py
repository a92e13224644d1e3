"""Time is never invented: what each source is worth, and what the clock makes of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk.clock_sources import UNKNOWN, KernelClock
from kiosk.timing import (
    LATEST,
    RELEASED,
    ClockState,
    Kept,
    ManualClock,
    Source,
    SystemClock,
)

DAY_S = 86_400.0
NOON = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)  # noon at the gate
YEAR_1970 = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
YEAR_2106 = datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC)  # 2**32 seconds


@dataclass
class Board:
    """Implements `clock_sources.Machine`; a test turns it."""

    seconds: float = 20.0
    says: datetime = YEAR_1970
    chip: datetime | None = None
    discipline: KernelClock = UNKNOWN
    name: str = "boot-1"

    def boot_s(self) -> float:
        return self.seconds

    def boot_id(self) -> str:
        return self.name

    def wall(self) -> datetime:
        return self.says

    def rtc_s(self) -> int | None:
        return None if self.chip is None else int(self.chip.timestamp())

    def kernel(self) -> KernelClock:
        return self.discipline

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self.says += timedelta(seconds=seconds)
        if self.chip is not None:
            self.chip += timedelta(seconds=seconds)


@pytest.mark.parametrize("wall", [YEAR_1970, YEAR_2106, LATEST + timedelta(seconds=1)])
def test_nonsense_of_the_system_is_no_time(wall: datetime) -> None:
    now = SystemClock(machine=Board(says=wall)).now()
    assert (now.utc, now.clock) == (RELEASED, ClockState.UNSURE)


@pytest.mark.parametrize("chip", [YEAR_1970, YEAR_2106, RELEASED - timedelta(days=1)])
def test_nonsense_of_the_chip_is_no_time(chip: datetime) -> None:
    clock = SystemClock(machine=Board(chip=chip))
    assert clock.now().clock is ClockState.UNSURE
    assert clock.now().utc == RELEASED and clock.anchors == ()


def test_chip_that_fell_behind_what_was_kept_has_lost_its_cell() -> None:
    kept = Kept(floor=NOON, chip_right=NOON)
    clock = SystemClock(machine=Board(chip=NOON - timedelta(seconds=1)), kept=kept)
    assert (clock.now().utc, clock.now().clock) == (NOON, ClockState.UNSURE)


@pytest.mark.parametrize(
    ("days", "state"), [(29.9, ClockState.TRUSTED), (30.0, ClockState.HOLDOVER)]
)
def test_chip_is_trusted_for_thirty_days_after_it_was_right(
    days: float, state: ClockState
) -> None:
    board = Board(chip=NOON + timedelta(days=days))
    now = SystemClock(machine=board, kept=Kept(NOON, chip_right=NOON)).now()
    assert now.clock is state
    assert now.since_set_s == pytest.approx(days * DAY_S, abs=1.0)


def test_chip_grows_old_while_the_gate_stands_off_line() -> None:
    board = Board(chip=NOON + timedelta(days=29))
    clock = SystemClock(machine=board, kept=Kept(NOON, chip_right=NOON))
    board.advance(2 * DAY_S)
    assert clock.now().clock is ClockState.HOLDOVER
    assert clock.now().since_set_s == pytest.approx(31 * DAY_S, abs=1.0)


def test_chip_that_nobody_saw_right_only_keeps_going() -> None:
    now = SystemClock(machine=Board(chip=NOON)).now()
    assert (now.utc, now.clock) == (NOON, ClockState.HOLDOVER)
    assert now.since_set_s > 45 * DAY_S  # a phone's proof gets the widest window


def test_chip_counts_as_right_only_beside_a_time_that_is_believed() -> None:
    board = Board(chip=NOON)
    clock = SystemClock(machine=board)
    assert clock.kept().chip_right is None
    clock.trust(NOON + timedelta(minutes=5), board.seconds)
    assert clock.kept().chip_right is None
    clock.trust(NOON, board.seconds)
    assert clock.kept().chip_right == NOON


def test_kernel_is_believed_when_it_says_so_and_only_then() -> None:
    board = Board(says=NOON)
    clock = SystemClock(machine=board)
    for discipline in (UNKNOWN, KernelClock(is_synced=False)):
        board.discipline = discipline
        board.advance(11.0)
        assert clock.now().clock is ClockState.UNSURE
    board.discipline = KernelClock(is_synced=True, error_s=0.25)
    board.advance(11.0)
    now = clock.now()
    assert (now.clock, now.utc) == (ClockState.TRUSTED, board.says)
    assert [fix.error_s for fix in clock.anchors] == [0.25]


@pytest.mark.parametrize("wall", [YEAR_1970, YEAR_2106])
def test_kernel_that_is_in_step_with_nonsense_is_not_believed(wall: datetime) -> None:
    clock = SystemClock(machine=Board(says=wall, discipline=KernelClock(is_synced=True)))
    assert clock.now().clock is ClockState.UNSURE


@pytest.mark.parametrize("utc", [YEAR_1970, RELEASED - timedelta(seconds=1), YEAR_2106])
def test_signed_time_that_cannot_be_is_ignored(utc: datetime) -> None:
    clock = SystemClock(machine=Board())
    clock.trust(utc, 20.0)
    assert clock.now().clock is ClockState.UNSURE
    assert clock.now().utc == RELEASED


def test_step_of_more_than_two_seconds_is_an_anchor_and_less_is_none() -> None:
    board = Board()
    clock = SystemClock(machine=board)
    clock.trust(NOON, 20.0)
    board.advance(100.0)
    clock.trust(NOON + timedelta(seconds=101.9), 120.0)
    assert len(clock.anchors) == 1
    assert clock.now().utc == NOON + timedelta(seconds=100)
    clock.trust(NOON + timedelta(seconds=97.9), 120.0)
    assert len(clock.anchors) == 2
    assert clock.now().utc == NOON + timedelta(seconds=97.9)
    assert clock.mono_s() == 120.0


def test_anchor_is_renewed_each_day() -> None:
    board = Board()
    clock = SystemClock(machine=board)
    for _ in range(60):
        clock.trust(NOON + timedelta(seconds=board.seconds), board.seconds)
        board.advance(3600.0)
    assert [fix.mono_s for fix in clock.anchors] == [20.0, 20.0 + DAY_S, 20.0 + 2 * DAY_S]


def test_a_trusted_clock_tells_how_long_nobody_confirmed_it() -> None:
    board = Board()
    clock = SystemClock(machine=board)
    clock.trust(NOON, 20.0)
    board.advance(10 * DAY_S)
    assert clock.now().clock is ClockState.TRUSTED
    assert clock.now().since_set_s == 10 * DAY_S
    clock.trust(NOON + timedelta(days=10), board.seconds)
    assert clock.now().since_set_s == 0.0


def test_central_goes_before_the_kernel_for_a_day() -> None:
    board = Board(says=NOON, discipline=KernelClock(is_synced=True))
    clock = SystemClock(machine=board)
    clock.trust(NOON + timedelta(minutes=5), 20.0)
    board.advance(DAY_S - 60)
    assert clock.now().utc == board.says + timedelta(minutes=5)
    board.advance(120.0)
    assert clock.now().utc == board.says and clock.source is Source.KERNEL


def test_restart_in_the_same_boot_stays_trusted_and_a_reboot_does_not() -> None:
    board = Board()
    clock = SystemClock(machine=board)
    clock.trust(NOON, 20.0)
    kept = clock.kept()
    board.advance(60.0)
    again = SystemClock(machine=board, kept=kept)
    assert again.now() == clock.now() and again.anchors == clock.anchors
    rebooted = SystemClock(machine=Board(name="boot-2"), kept=kept).now()
    assert (rebooted.clock, rebooted.utc) == (ClockState.UNSURE, NOON)
    nameless = SystemClock(machine=Board(name="unknown"), kept=Kept(fix=kept.fix))
    assert nameless.now().clock is ClockState.UNSURE


def test_entry_moves_the_floor_only_while_the_clock_is_in_doubt() -> None:
    board = Board()
    clock = SystemClock(machine=board)
    clock.not_before(YEAR_2106)
    assert clock.now().utc == RELEASED
    clock.not_before(NOON)
    assert (clock.now().utc, clock.now().clock) == (NOON, ClockState.UNSURE)
    clock.trust(NOON + timedelta(hours=1), 20.0)
    clock.not_before(NOON + timedelta(hours=2))
    assert clock.now().utc == NOON + timedelta(hours=1)


def test_what_is_kept_of_a_doubtful_clock_moves_nothing() -> None:
    kept = Kept(floor=NOON)
    board = Board(says=NOON + timedelta(days=900))
    assert SystemClock(machine=board, kept=kept).kept().floor == NOON


def test_floor_does_not_go_back_when_the_time_does() -> None:
    board = Board()
    clock = SystemClock(machine=board)
    clock.trust(NOON + timedelta(days=1), 20.0)
    ahead = clock.kept().floor
    clock.trust(NOON, 20.0)
    assert clock.now().utc == NOON
    assert clock.kept().floor == ahead


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        (datetime(2028, 2, 28, 16, 0, tzinfo=UTC), "2028-02-29 00:00"),  # a leap year
        (datetime(2028, 2, 29, 16, 0, tzinfo=UTC), "2028-03-01 00:00"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "2027-03-28 09:00"),  # summer time elsewhere
        (datetime(2027, 7, 1, 15, 59, tzinfo=UTC), "2027-07-01 23:59"),
        (datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC), "2038-01-19 11:14"),  # 2**31 seconds
    ],
)
def test_local_day_changes_at_midnight_in_shanghai_all_the_year(
    utc: datetime, day: str
) -> None:
    board = Board()
    clock = SystemClock(machine=board)
    clock.trust(utc, 20.0)
    assert f"{clock.now().utc.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}" == day


def test_manual_clock_steps_in_utc_alone() -> None:
    clock = ManualClock(NOON)
    before = clock.now()
    after = clock.set_utc(NOON - timedelta(hours=1))
    assert after.mono_s == before.mono_s
    assert before.utc - after.utc == timedelta(hours=1)
