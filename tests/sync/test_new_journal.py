"""A journal may be begun anew at any moment: nothing goes out under a false name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.config import JournalConfig
from kiosk.core.words import Sealed
from kiosk.journal.journal import open_journal
from kiosk.journal.outbox import SqliteOutbox, open_outbox
from kiosk.ports import Waiting
from kiosk.sync.store import acknowledged
from kiosk.timing import ManualClock
from kiosk.wire import SyncRequest
from tests.journal.making import make_entry
from tests.sync.far_central import Handler, Intake
from tests.sync.rig import Rig, open_rig


class Swapping:
    """Implements `ports.Outbox` over two journals; the second takes the first one's place."""

    def __init__(self, first: SqliteOutbox, second: SqliteOutbox) -> None:
        self.first, self.second, self.now = first, second, first
        self.swaps_before_rows = False

    @property
    def device(self) -> str:
        return self.now.device

    @property
    def epoch(self) -> bytes:
        return self.now.epoch

    def newest(self) -> tuple[int, bytes]:
        return self.now.newest()

    def head_at(self, seq: int) -> bytes | None:
        return self.now.head_at(seq)

    def pending(self, after_seq: int, limit: int, bytes_max: int) -> list[Waiting]:
        if self.swaps_before_rows:
            self.now = self.second
        return self.now.pending(after_seq, limit, bytes_max)

    def urgent(self, after_seq: int, limit: int) -> list[Waiting]:
        return self.now.urgent(after_seq, limit)

    def boots(self) -> dict[str, int]:
        return self.now.boots()

    def sealed(
        self, to_seq: int, bytes_max: int, done: frozenset[int]
    ) -> list[tuple[int, Sealed]]:
        return self.now.sealed(to_seq, bytes_max, done)

    def sealed_seqs(self) -> frozenset[int]:
        return self.now.sealed_seqs()

    def close(self) -> None:
        self.first.close()
        self.second.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with open_rig(tmp_path) as rig:
        yield rig


def swap_in(rig: Rig, *, entries: int) -> Swapping:
    path = rig.state.root / "second.db"
    clock = ManualClock()
    journal = open_journal(path, device=rig.device, config=JournalConfig(), clock=clock)
    for number in range(1, entries + 1):
        journal.record(make_entry(clock.now(), number + 1000))
    journal.close()
    outbox = Swapping(open_outbox(rig.state.journal), open_outbox(path))
    rig.engine.close()
    rig.engine = rig.open_engine(outbox=outbox)
    return outbox


def test_journal_replaced_before_its_rows_were_read(rig: Rig) -> None:
    rig.write(3)
    outbox = swap_in(rig, entries=5)
    outbox.swaps_before_rows = True
    second = outbox.second.epoch
    rig.turn_until_unchecked(lambda: acknowledged(rig.state.sync, second) == 5)
    assert set(rig.far.intake.logs) == {second}
    assert len(rig.far.intake.logs[second].bodies) == 5


def test_journal_replaced_while_central_answers(rig: Rig) -> None:
    rig.write(3)
    outbox = swap_in(rig, entries=5)
    first, second = outbox.first.epoch, outbox.second.epoch

    def answer_and_swap(handler: Handler, request: SyncRequest, intake: Intake) -> None:
        outbox.now = outbox.second
        handler.send(intake.answer(request))

    rig.far.ways.append(answer_and_swap)
    rig.turn_until_unchecked(lambda: acknowledged(rig.state.sync, second) == 5)
    assert len(rig.far.intake.logs[first].bodies) == 3
    assert len(rig.far.intake.logs[second].bodies) == 5
    assert acknowledged(rig.state.sync, first) == 0 and rig.faults.ever == set()
