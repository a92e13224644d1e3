"""Whatever happens in whatever order, what was recorded is there and the chain is whole."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk.config import JournalConfig
from kiosk.core.words import Denied, Granted, Reason, Referred, Refusal
from kiosk.journal.chain import check_chain
from kiosk.journal.journal import SqliteJournal
from kiosk.journal.outbox import open_outbox
from kiosk.register.gate_facts import last
from kiosk.register.passages import Passages, newest_noted
from kiosk.timing import ManualClock
from kiosk.wire import decode_entry
from tests.journal.making import make_entry, open_here

DAY_S = 86_400.0
DECISIONS = (Granted(), Denied(Refusal.EXPIRED), Referred(Reason.ELEVATED), None)


class AnyDay(RuleBasedStateMachine):
    """A journal with its index and its cursor, and what it must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kiosk-day-"))
        self.clock = ManualClock()
        self.heads: dict[int, bytes] = {}
        self.acknowledged = 0
        self.last: dict[int, int] = {}
        self.boots = 0
        self.open()

    def open(self) -> None:
        index = self.folder / "passages.db"
        self.journal: SqliteJournal = open_here(
            self.folder,
            self.clock,
            config=JournalConfig(keep_days=7),
            acknowledged=lambda: self.acknowledged,
            known=lambda epoch: newest_noted(index, epoch),
        )
        self.index = Passages(index, self.folder / "journal.db")
        assert not self.journal.was_set_aside

    @rule(
        holder=st.integers(1, 4),
        decision=st.sampled_from(DECISIONS),
        seconds=st.sampled_from([1.0, 60.0, DAY_S]),
        is_noted=st.booleans(),
    )
    def record(self, holder: int, decision: object, seconds: float, is_noted: bool) -> None:
        entry = make_entry(self.clock.advance(seconds), holder, decision)  # type: ignore[arg-type]
        recorded = self.journal.record(entry)
        assert recorded.seq == max(self.heads, default=0) + 1
        self.heads[recorded.seq] = recorded.head
        if decision is not None:
            self.last[holder] = recorded.seq
        if is_noted:  # killed between the two, the index is caught up later
            self.index.note(recorded)

    @rule(share=st.floats(0, 1))
    def acknowledge(self, share: float) -> None:
        newest = max(self.heads, default=0)
        self.acknowledged += int(share * (newest - self.acknowledged))

    @rule()
    def keep_house(self) -> None:
        self.journal.keep_house()

    @rule()
    def restart(self) -> None:
        self.index.close()
        self.journal.close()
        self.open()

    @rule()
    def die_and_restart(self) -> None:
        """Go on from the files as they stood at one instant, as after a kill."""
        fresh = Path(tempfile.mkdtemp(prefix="kiosk-day-"))
        for file in self.folder.iterdir():
            if file.suffix != ".lock" and not file.name.endswith("-shm"):
                shutil.copy(file, fresh / file.name)
        self.teardown()
        self.folder = fresh
        self.boots += 1
        at = self.clock.now()
        self.clock = ManualClock(at.utc, boot_id=f"boot {self.boots}")
        self.open()

    @rule()
    @precondition(lambda self: bool(self.heads))
    def lose_the_index(self) -> None:
        self.index.close()
        (self.folder / "passages.db").unlink()
        self.index = Passages(self.folder / "passages.db", self.folder / "journal.db")

    @invariant()
    def nothing_is_lost(self) -> None:
        outbox = open_outbox(self.folder / "journal.db")
        waiting = outbox.pending(self.acknowledged, 10_000, 10**9)
        newest = max(self.heads, default=0)
        assert [w.seq for w in waiting] == list(range(self.acknowledged + 1, newest + 1))
        assert all(w.head == self.heads[w.seq] for w in waiting)
        assert all(decode_entry(w.body).seq == w.seq for w in waiting)
        cursor = outbox.head_at(self.acknowledged)
        assert cursor is not None and self.heads.get(self.acknowledged, cursor) == cursor
        outbox.close()
        checked = check_chain(self.folder / "journal.db")
        assert (checked.broken_seq, checked.newest_seq) == (None, newest)
        assert checked.pruned <= self.acknowledged

    @invariant()
    def the_last_entry_of_each_pass_is_known(self) -> None:
        self.restart()
        for holder, seq in self.last.items():
            cti = holder.to_bytes(8, "big")
            found = self.index.ask(partial(last, cti=cti))
            assert found is None or found.seq <= seq
            is_kept = seq > check_chain(self.folder / "journal.db").pruned
            assert not is_kept or (found is not None and found.seq == seq)

    def teardown(self) -> None:
        self.index.close()
        self.journal.close()
        shutil.rmtree(self.folder)


TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
