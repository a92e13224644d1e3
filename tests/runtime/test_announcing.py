"""Announcements come between people, in turn, not too often, and end by themselves."""

from dataclasses import replace
from datetime import timedelta

from kiosk.core.announcement import Announcement
from kiosk.core.wording import Page
from kiosk.ports import Announced
from kiosk.runtime.announcing import REST_S, Announcer
from kiosk.timing import ClockState, ManualClock, Stamp

EVERY_S = 300.0
HOUR_MS = 3_600_000


class Gate:
    """Turns as the main thread's, ten a second."""

    def __init__(self, clock: ManualClock, *known: Announcement) -> None:
        self.clock, self.known = clock, list(known)
        self.announcer = Announcer(lambda: list(self.known), every_s=EVERY_S)

    def turn(self, page: Page = Page.IDLE, at: Stamp | None = None) -> Announced | None:
        return self.announcer.look(page, at or self.clock.now())

    def go_on(self, seconds: float, page: Page = Page.IDLE) -> list[tuple[float, str]]:
        """Let time pass; return at which second which text came, and "" when it went."""
        seen, last, began_s = [], "", self.clock.mono_s()
        for _ in range(round(seconds * 10)):
            on = self.turn(page)
            text = on.one.zh if on is not None else ""
            if text != last:
                seen.append((round(self.clock.mono_s() - began_s, 1), text))
                last = text
            self.clock.advance(0.1)
        return seen


def notice(clock: ManualClock, text: str, **times: int) -> Announcement:
    now_ms = int(clock.now().utc.timestamp() * 1000)
    begins = now_ms + times.get("from_ms", -HOUR_MS)
    ends = now_ms + times.get("until_ms", HOUR_MS)
    return Announcement(text.encode().ljust(8, b"-")[:8], text, "", "居委会", begins, ends)


def test_each_is_told_in_turn_once_nobody_is_at_the_gate_and_again_after_a_while(
    clock: ManualClock,
) -> None:
    gate = Gate(clock, notice(clock, "甲"), notice(clock, "乙"))
    seen = gate.go_on(EVERY_S + REST_S + 20)
    texts = [text for _, text in seen]
    assert texts == ["甲", "乙", "", "甲", "乙"]
    (first_s, _), (second_s, _), (gone_s, _), (again_s, _), _ = seen
    assert REST_S <= first_s <= REST_S + 0.3
    assert second_s - first_s >= 11.9 and gone_s - second_s >= 11.9
    assert EVERY_S - 0.2 <= again_s - first_s <= EVERY_S + 0.3


def test_it_says_which_of_how_many_it_is(clock: ManualClock) -> None:
    gate = Gate(clock, notice(clock, "甲"), notice(clock, "乙"))
    gate.go_on(REST_S + 13)
    on = gate.turn()
    assert on is not None and (on.place, on.count) == (2, 2)


def test_a_pass_ends_it_at_once_and_it_does_not_come_back_at_once(clock: ManualClock) -> None:
    gate = Gate(clock, notice(clock, "甲"))
    gate.go_on(REST_S + 2)
    assert gate.turn() is not None
    assert gate.turn(Page.LOOK_TEMP) is None
    assert gate.go_on(30, Page.PASS_IN) == []
    assert gate.go_on(60) == []


def test_nothing_is_ever_told_over_a_result(clock: ManualClock) -> None:
    gate = Gate(clock, notice(clock, "甲"))
    for page in Page:
        if page is not Page.IDLE:
            assert gate.go_on(REST_S + 15, page) == [], page


def test_people_who_come_one_after_another_hear_nothing_of_it(clock: ManualClock) -> None:
    gate = Gate(clock, notice(clock, "甲"))
    for _ in range(10):
        assert gate.go_on(REST_S - 1) == []
        gate.go_on(4, Page.PASS_IN)


def test_it_begins_and_ends_by_the_gates_own_clock(clock: ManualClock) -> None:
    one = notice(clock, "甲", from_ms=60_000, until_ms=60_000 + int((REST_S + 5) * 1000))
    gate = Gate(clock, one)
    seen = gate.go_on(120)
    assert [text for _, text in seen] == ["甲", ""]
    (came_s, _), (went_s, _) = seen
    assert 60.0 <= came_s <= 60.3
    assert 60.0 + 12.0 - 0.2 <= went_s <= 60.0 + REST_S + 5.3


def test_one_that_is_ended_at_central_goes_from_the_screen(clock: ManualClock) -> None:
    gate = Gate(clock, notice(clock, "甲"))
    gate.go_on(REST_S + 1)
    assert gate.turn() is not None
    gate.known.clear()
    seen = gate.go_on(6)
    assert [text for _, text in seen] == ["甲", ""]


def test_by_a_clock_in_doubt_nothing_is_told(clock: ManualClock) -> None:
    gate = Gate(clock, notice(clock, "甲"))
    for _ in range(200):
        doubtful = replace(clock.advance(0.1), clock=ClockState.UNSURE)
        assert gate.turn(at=doubtful) is None


def test_a_clock_that_is_set_back_does_not_repeat_it(clock: ManualClock) -> None:
    gate = Gate(clock, notice(clock, "甲"))
    gate.go_on(REST_S + 20)
    for _ in range(200):
        at = clock.advance(0.1)
        assert gate.turn(at=replace(at, utc=at.utc - timedelta(minutes=30))) is None


def test_one_that_passes_keep_cutting_off_does_not_keep_the_others_waiting(
    clock: ManualClock,
) -> None:
    gate = Gate(clock, notice(clock, "甲"), notice(clock, "乙"), notice(clock, "丙"))
    told = []
    for _ in range(6):
        told += [text for _, text in gate.go_on(REST_S + 2) if text]
        gate.go_on(20, Page.PASS_IN)
    assert sorted(told) == ["丙", "乙", "甲"]


def test_staff_can_read_it_while_somebody_is_served_and_by_a_clock_in_doubt(
    clock: ManualClock,
) -> None:
    over, later = notice(clock, "甲", until_ms=60_000), notice(clock, "乙", from_ms=3_000)
    gate = Gate(clock, over, later)
    assert gate.turn(Page.FEVER) is None
    assert gate.announcer.in_force(clock.now()) == (over,)
    clock.advance(5)
    doubtful = replace(clock.now(), clock=ClockState.UNSURE)
    assert gate.announcer.in_force(doubtful) == (over, later)
    clock.advance(60)
    assert gate.announcer.in_force(clock.now()) == (later,)
    gate.known.clear()
    clock.advance(6)
    assert gate.announcer.in_force(clock.now()) == ()
