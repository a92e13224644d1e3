"""Entries reach central once and in order, and nothing else is believed of it."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.faults import Fault
from kiosk.timing import ClockState
from tests.sync.far_central import UTC_MS
from tests.sync.rig import FEVER, Rig, open_rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with open_rig(tmp_path) as rig:
        yield rig


def test_entries_reach_central_once_and_in_order(rig: Rig) -> None:
    rig.write(3)
    rig.drain()
    rig.write(450)
    rig.drain()
    assert rig.stored == rig.bodies
    assert rig.engine.status().waiting == 0
    assert rig.engine.status().answered_s is not None
    assert rig.faults.ever == set()


def test_urgent_entry_overtakes_what_waits(rig: Rig) -> None:
    rig.write(700)
    rig.write(1, FEVER)
    rig.drain()
    first = rig.far.intake.requests[0]
    assert [seq for seq, _ in first.urgent] == [701]
    assert rig.stored == rig.bodies


def test_counter_only_rises_over_restarts(rig: Rig) -> None:
    for _ in range(3):
        rig.write(2)
        rig.drain()
        rig.restart()
    counters = rig.far.intake.counters
    assert counters == sorted(set(counters)) and len(counters) >= 3
    assert rig.stored == rig.bodies


def test_signed_time_makes_the_clock_sure(rig: Rig) -> None:
    rig.turn_until(lambda: rig.far.seen)
    now = rig.clock.now()
    assert now.clock is ClockState.TRUSTED
    assert abs(now.utc.timestamp() * 1000 - UTC_MS) < 10_000


def test_heartbeat_says_where_the_journal_ends(rig: Rig) -> None:
    rig.write(2)
    rig.drain()
    rig.restart()
    rig.turn_until(lambda: rig.far.intake.requests[-1].log.entries == ())
    part = rig.far.intake.requests[-1].log
    assert (part.from_seq, part.to_seq) == (3, 2)
    assert part.head == part.prev_head == rig.far.intake.logs[rig.epoch].heads[-1]


def test_nothing_of_a_person_is_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        rig.write(1)
        rig.write(1, FEVER)
        rig.drain()
    text = " ".join(str(vars(record)) for record in caplog.records)
    assert "sync.pushed" in text
    assert "ABCDEFGH" not in text and (1).to_bytes(8, "big").hex() not in text
    assert Fault.SERVER_REFUSED not in rig.faults.ever
