"""What central is told of a boot's time: once for each journal, until it has said so."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.sync.store import SyncStore
from kiosk.timing import RELEASED, ClockState, SystemClock
from kiosk.wire import Anchor, SyncRequest
from tests.journal.making import make_entry
from tests.sync.far_central import Handler, Intake
from tests.sync.rig import Rig, open_rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with open_rig(tmp_path) as rig:
        yield rig


def write(rig: Rig) -> None:
    """Write an entry by the clock that the sync sets."""
    rig.written += 1
    rig.journal.record(make_entry(rig.clock.now(), rig.written))


def beat(rig: Rig) -> None:
    """Write an entry and bring it to central, so that at least one answer comes."""
    write(rig)
    rig.drain()


def sent(rig: Rig) -> list[Anchor]:
    return [one for request in rig.far.intake.requests for one in request.anchors]


def test_anchor_goes_to_central_once_and_names_the_boot_as_the_entries_do(rig: Rig) -> None:
    for _ in range(4):
        beat(rig)
    fix = rig.clock.anchors[0]
    assert sent(rig) == [
        Anchor(
            rig.clock.now().boot_id,
            1,
            round(fix.mono_s * 1000),
            rig.far.intake.utc_ms,
            round(fix.error_s * 1000) + 1,
        )
    ]


def test_step_of_the_clock_is_a_second_anchor(rig: Rig) -> None:
    beat(rig)
    rig.far.intake.utc_ms += 3_600_000
    for _ in range(3):
        beat(rig)
    assert len(sent(rig)) == 2
    assert sent(rig)[1].utc_ms - sent(rig)[0].utc_ms == 3_600_000


LOST: list[SyncRequest] = []


def forgotten(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    """Central got it, and the line breaks before its answer."""
    LOST.append(request)
    handler.close_connection = True


def test_anchor_is_sent_again_until_an_answer_came(rig: Rig) -> None:
    LOST.clear()
    beat(rig)
    rig.far.ways.extend([forgotten, forgotten])
    beat(rig)
    beat(rig)
    assert [len(request.anchors) for request in LOST] == [1, 1]
    assert sent(rig) == list(LOST[0].anchors) == list(LOST[1].anchors)


def test_anchor_that_no_answer_took_outlives_a_restart(tmp_path: Path) -> None:
    with open_rig(tmp_path) as rig:
        rig.clock.trust(RELEASED + timedelta(days=40), rig.clock.mono_s())
        write(rig)
        rig.far.ways.extend([forgotten])
        rig.engine.turn()
        assert sent(rig) == [] and rig.far.seen == 1
        rig.clock = SystemClock()  # it knows nothing, as after a crash
        rig.restart()
        rig.drain()
        utc_ms = int((RELEASED + timedelta(days=40)).timestamp() * 1000)
        assert utc_ms in [one.utc_ms for one in sent(rig)]


def test_kiosk_never_changes_what_it_wrote(rig: Rig) -> None:
    assert rig.clock.now().clock is ClockState.UNSURE
    write(rig)
    before = rig.bodies
    rig.drain()
    assert rig.clock.now().clock is ClockState.TRUSTED
    assert rig.bodies == before == rig.stored


def anchor(boot_id: str, day: int) -> Anchor:
    return Anchor(boot_id, 0, 1000 * day, int(datetime(2027, 1, day).timestamp()) * 1000, 5)


def test_store_forgets_what_central_has_of_earlier_boots(tmp_path: Path) -> None:
    store = SyncStore(tmp_path / "sync.db")
    store.note_anchors([anchor("old", 1), anchor("now", 2)])
    store.note_anchors([anchor("now", 2), anchor("now", 3)])
    boots = {"old": 4, "now": 5}
    waiting = store.anchors_for(b"epoch--1", boots)
    assert [(one.boot_no, one.boot_ms) for one in waiting] == [
        (5, 2000),
        (5, 3000),
        (4, 1000),
    ]
    store.anchors_taken(b"epoch--1", waiting, now_in="now")
    assert store.anchors_for(b"epoch--1", boots) == ()
    again = store.anchors_for(b"epoch--2", {"now": 1, "old": 9})
    assert [(one.boot_no, one.boot_ms) for one in again] == [(1, 2000), (1, 3000)]
    store.close()


def test_boot_without_an_entry_waits_for_its_number(tmp_path: Path) -> None:
    store = SyncStore(tmp_path / "sync.db")
    store.note_anchors([anchor("now", 2)])
    assert store.anchors_for(b"epoch--1", {}) == ()
    assert len(store.anchors_for(b"epoch--1", {"now": 1})) == 1
    store.close()


def test_no_request_is_flooded_with_anchors(tmp_path: Path) -> None:
    store = SyncStore(tmp_path / "sync.db")
    many = [Anchor("now", 0, ms, ms, 1) for ms in range(100)]
    store.note_anchors(many)
    seen: set[int] = set()
    while batch := store.anchors_for(b"epoch--1", {"now": 1}):
        assert len(batch) <= 32
        seen |= {one.boot_ms for one in batch}
        store.anchors_taken(b"epoch--1", batch, now_in="now")
    assert seen == set(range(100))
    store.close()
