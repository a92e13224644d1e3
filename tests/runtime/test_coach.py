"""A hint comes after two seconds of a code that nobody can read, and stops when it must."""

from kiosk.core.messages_screen import Hint
from kiosk.ports import Unread
from kiosk.runtime.coach import POSTER_GONE_S, POSTER_S, QUIET_S, Coach

FAR = Unread(Hint.CLOSER, 640.0, 360.0)
BLIND = Unread(Hint.GLARE, 660.0, 350.0)


def told(coach: Coach, sights: list[Unread | None], from_s: float = 100.0) -> list[float]:
    """Return when hints come, of sights 0.4 s apart, in seconds since the first."""
    return [
        round(n * 0.4, 1)
        for n, unread in enumerate(sights)
        if coach.look(unread, from_s + n * 0.4) is not None
    ]


def test_a_hint_comes_after_two_seconds_and_not_before() -> None:
    assert told(Coach(), [FAR] * 6)[0] == 2.0


def test_the_hint_is_what_was_measured_most() -> None:
    coach = Coach()
    for n, unread in enumerate([FAR, BLIND, FAR, FAR, BLIND]):
        coach.look(unread, 100.0 + n * 0.4)
    assert coach.look(FAR, 102.0) == (Hint.CLOSER, 100.0)


def test_a_code_seen_once_in_a_while_is_none() -> None:
    assert told(Coach(), [FAR, None, None, None, None] * 6) == []


def test_sights_all_over_the_picture_are_none() -> None:
    places = [Unread(Hint.CLOSER, x, y) for x, y in ((50, 50), (1200, 80), (300, 650))]
    assert told(Coach(), [*places] * 6) == []


def test_whoever_was_read_puts_the_pass_away_in_peace() -> None:
    coach = Coach()
    coach.note_read(100.0)
    assert told(coach, [FAR] * int(QUIET_S / 0.4), from_s=100.0) == []


def test_a_poster_is_left_alone_and_a_pass_elsewhere_is_not() -> None:
    coach = Coach()
    at_first = told(coach, [FAR] * int(POSTER_S / 0.4 + 2))
    assert len(at_first) > 10
    assert told(coach, [FAR] * 100, from_s=150.0) == []
    beside = Unread(Hint.GLARE, 300.0, 360.0)
    assert told(coach, [beside] * 6, from_s=200.0) == [2.0]
    assert told(coach, [FAR] * 6, from_s=200.0 + POSTER_GONE_S) == [2.0]
