"""A month at three gates: what comes of every person is what a clerk would have said."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path

import pytest

from kiosk.core.words import Direction, Granted
from kiosk.rulebook.presets import preset_text
from kiosk.rulebook.reading import read_rules
from kiosk.simulate.month import (
    FIRST_DAY,
    HOUSEHOLDS,
    LOCAL,
    PEOPLE,
    Happening,
    Month,
    What,
    make_month,
)
from kiosk.timing import ClockState
from kiosk.wire import decision_words
from tests.month.gates import Lanes, hand_out_order, hand_out_permits, open_gates
from tests.month.oracle import Clerk

CLOSED = read_rules(preset_text("closed"))
pytestmark = pytest.mark.timeout(300)  # forty seconds of work, on a machine that may be busy
MEMORY = Path("/dev/shm")  # no disk is under test here


@pytest.fixture
def folder() -> Iterator[Path]:
    place = str(MEMORY) if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield Path(name)


def play(month: Month, lanes: Lanes) -> tuple[Counter[object], list[str]]:
    """Let the month happen. Returns what was said how often, and where they differ."""
    clerk, said, wrong = Clerk(month.permits), Counter[object](), []
    hand_out_permits(lanes, month.permits)
    orders = sorted(month.orders, key=lambda order: order.day)
    for h in month.happenings:
        while orders and orders[0].day <= h.at.date():
            order = orders.pop(0)
            lane = lanes[order.gate, Direction.IN]
            at = datetime.combine(order.day, time(0, 1), LOCAL)
            made = lane.order(order, at)
            hand_out_order(lanes, lane, order.inhabitant, made)
            clerk.orders.append(order)
        if h.what in (What.CLOCK_LOST, What.CLOCK_FOUND):
            clerk.clockless ^= {h.gate}
            continue
        wanted, got = clerk.judge(h), serve(lanes, clerk, h)
        said[got] += 1
        if got != wanted:
            wrong.append(f"{h.at} {h.gate} {h.what.value} {h.inhabitant}: {got}, not {wanted}")
    return said, wrong


def serve(lanes: Lanes, clerk: Clerk, h: Happening) -> tuple[str | None, str | None]:
    """Serve somebody at a gate, tell the clerk what really happened, tell the other gates."""
    way = Direction.OUT if h.what is What.OUT else Direction.IN
    clock = ClockState.UNSURE if h.gate in clerk.clockless else ClockState.TRUSTED
    lane = lanes[h.gate, way]
    decision = lane.serve(h, clock)
    got = decision_words(decision)
    is_granted = isinstance(decision, Granted)
    if (is_granted and not h.turns_back) or (
        not is_granted and h.is_let_through and got[1] != "clock"
    ):
        clerk.happened(h)
    rows = lane.fresh_rows()
    for other in lanes.values():
        if other is not lane:
            other.tell(rows)
    return got


def test_every_outcome_of_a_month_is_what_a_clerk_would_say(folder: Path) -> None:
    month = make_month(7)
    assert len(month.people) == PEOPLE
    assert len({one.sub for one in month.people}) == HOUSEHOLDS
    assert month.happenings[-1].at.date() > FIRST_DAY.replace(day=31), "over a month's end"
    with open_gates(folder, CLOSED, month.people) as lanes:
        said, wrong = play(month, lanes)
    assert wrong == []
    reasons = {reason for _, reason in said}
    refused = {"isolation", "quota", "hours", "passback", "elevated", "clock", "already_out"}
    assert reasons == {None, *refused}
    assert said["granted", None] > 40_000 and said["denied", "quota"] > 1_000
