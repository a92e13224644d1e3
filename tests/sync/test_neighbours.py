"""A gate that answers for another asks more often, a change is told at once, within bounds."""

from kiosk.core.duty import GateNow, OtherGate
from kiosk.sync.neighbours import BRISK_S, CHANGE_S, FIRST_ASKS, Neighbours

ALONE = float("inf")
NORTH = OtherGate(GateNow("北门", "w05", 60), 3)


def settled(here: GateNow, *others: OtherGate) -> Neighbours:
    """Return what a gate knows that has reported a while ago."""
    neighbours = Neighbours()
    neighbours.take(others, 0.0)
    neighbours.say(here, 0.0)
    for second in range(FIRST_ASKS):
        neighbours.told(float(second))
    return neighbours


def test_a_gate_with_its_own_staff_asks_as_ever() -> None:
    assert settled(GateNow("南门", "w01", 0), NORTH).wait_s(100.0) == ALONE


def test_whoever_covers_or_is_covered_or_has_nobody_asks_every_ten_seconds() -> None:
    covered = OtherGate(GateNow("北门", "w05", 60, ("南门",)), 3)
    for neighbours in (
        settled(GateNow("南门", None, 0), NORTH),
        settled(GateNow("南门", "w01", 0, ("北门",)), NORTH),
        settled(GateNow("南门", "w01", 0), covered),
    ):
        last_s = float(FIRST_ASKS - 1)
        assert neighbours.wait_s(last_s + 1.0) == BRISK_S - 1.0


def test_a_community_of_one_gate_is_not_asked_about_for_ever() -> None:
    neighbours = Neighbours()
    neighbours.take((), 0.0)
    neighbours.say(GateNow("南门", None, 0), 0.0)
    assert neighbours.wait_s(0.0) < ALONE
    for second in range(FIRST_ASKS):
        neighbours.told(float(second))
    assert neighbours.wait_s(100.0) == ALONE


def test_a_change_wakes_the_sync_and_a_flapping_one_costs_little() -> None:
    neighbours = settled(GateNow("南门", None, 0), NORTH)
    woken = []
    neighbours.wake = lambda: woken.append(1)
    for number in range(1, 20):
        neighbours.say(GateNow("南门", None, number, waiting=number % 2), 50.0)
    assert len(woken) == 19
    assert neighbours.told(50.0) is not None
    neighbours.say(GateNow("南门", None, 9, waiting=7), 50.5)
    assert neighbours.wait_s(50.5) == CHANGE_S - 0.5


def test_what_is_told_of_time_goes_on_while_nothing_changes() -> None:
    neighbours = settled(GateNow("南门", "w01", 100), NORTH)
    told = neighbours.told(30.0)
    assert told is not None and told.since_s == 130
    neighbours.say(GateNow("南门", "w01", 131), 31.0)
    told = neighbours.told(31.0)
    assert told is not None and told.since_s == 131
