"""What goes wrong in a demo is said on the command line, and said right."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.runtime.demo_faults import parse_faults, spread_kills


def test_ranges_hold_for_their_share_of_the_people() -> None:
    plan = parse_faults(("central:down=0-50%", "kiosk:kill=20"))
    down = [plan.holds("central:down", person, 20) for person in range(20)]
    assert down == [True] * 10 + [False] * 10
    assert plan.kills_of("kiosk") == 20
    assert not plan.is_calm


@pytest.mark.parametrize(
    "text",
    [
        "central:down",
        "central:down=50-10%",
        "central:down=0-101%",
        "central:kill=0",
        "kiosk:kill=many",
        "kiosk:kill=501",
        "moon:down=0-50%",
        "",
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"%|count|PART"):
        parse_faults((text,))


@given(count=st.integers(1, 60), people=st.integers(1, 200), seed=st.integers(0, 9))
def test_every_kill_falls_while_somebody_comes(count: int, people: int, seed: int) -> None:
    spread = spread_kills(count, people, random.Random(seed))
    assert sum(len(times) for times in spread.values()) == count
    assert all(0 <= person < people for person in spread)
