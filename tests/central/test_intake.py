"""Each entry once, whatever is sent how often; a changed history is seen and freezes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Engine

from kiosk.central import authority
from kiosk.central.intake import Intake
from kiosk.central.store import make_store, open_store, read_entries, reading
from kiosk.errors import MessageError
from kiosk.wire import SyncReply, next_head
from tests.central.far_kiosk import FarKiosk, make_body


class Office:
    """A server's folder, its intake, and one kiosk that may report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = authority.init(folder, folder, site="demo")
        self.engine: Engine = open_store(folder)
        self.intake = Intake(self.engine, self.authority, now_ms=lambda: 1_800_000_000_000)
        public = self.authority.status.public_key().public_bytes_raw()
        self.kiosk = FarKiosk(self.authority.server, public)
        authority.add_device(self.engine, self.kiosk.public, name="南门", now_ms=0)

    def ask(self, message: bytes) -> SyncReply:
        return self.kiosk.open(self.intake.answer(message))

    def send(self, from_seq: int, to_seq: int) -> SyncReply:
        return self.ask(self.kiosk.request(self.kiosk.part(from_seq, to_seq)))

    def stored(self) -> list[int]:
        return [e.seq for e in read_entries(self.folder)]

    def close(self) -> None:
        self.engine.dispose()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "central")
    yield office
    office.close()


def test_entries_are_acknowledged_with_the_head_that_the_kiosk_has(office: Office) -> None:
    office.kiosk.write(5)
    assert office.send(1, 5).acked == (5, office.kiosk.heads[5])
    assert office.stored() == [1, 2, 3, 4, 5]


def test_what_is_sent_again_is_kept_once(office: Office) -> None:
    office.kiosk.write(6)
    for from_seq, to_seq in ((1, 3), (1, 3), (2, 5), (1, 6), (6, 6)):
        assert office.send(from_seq, to_seq).error is None
    assert office.stored() == [1, 2, 3, 4, 5, 6]


def test_an_old_request_played_again_changes_nothing(office: Office) -> None:
    office.kiosk.write(2)
    message = office.kiosk.request(office.kiosk.part(1, 2))
    office.ask(message)
    reply = office.ask(message)
    assert (reply.error, reply.expected_seq) == ("E_COUNTER", office.kiosk.counter + 1)
    assert office.stored() == [1, 2]


def test_a_hole_is_named_and_nothing_behind_it_is_taken(office: Office) -> None:
    office.kiosk.write(9)
    office.send(1, 2)
    reply = office.send(5, 9)
    assert (reply.error, reply.expected_seq, reply.acked) == ("E_LOG_GAP", 3, None)
    assert office.stored() == [1, 2]


def test_a_fever_comes_ahead_and_is_still_one_entry(office: Office) -> None:
    office.kiosk.write(3)
    office.kiosk.write(1, is_fever=True)
    assert office.ask(office.kiosk.request(None, 4)).urgent_acked == (4,)
    assert office.ask(office.kiosk.request(None, 4)).urgent_acked == (4,)
    assert office.stored() == [4]
    assert office.send(1, 4).acked == (4, office.kiosk.heads[4])
    assert office.stored() == [1, 2, 3, 4]


def test_another_entry_at_a_known_place_freezes_the_journal(office: Office) -> None:
    office.kiosk.write(4)
    office.send(1, 4)
    first = office.kiosk.bodies[2]
    office.kiosk.bodies[2] = make_body(3, gate="北门")
    for seq in range(3, 5):
        body = office.kiosk.bodies[seq - 1]
        office.kiosk.heads[seq] = next_head(office.kiosk.heads[seq - 1], body)
    assert office.send(2, 4).error == "E_LOG_FORK"
    office.kiosk.write(1)
    assert office.send(5, 5).error == "E_LOG_FORK"
    assert first in [e.body for e in read_entries(office.folder)]
    assert authority.release(office.engine, office.kiosk.device) == 1


def test_an_urgent_copy_that_differs_from_the_chain_freezes_too(office: Office) -> None:
    office.kiosk.write(2)
    office.ask(office.kiosk.request(None, 2))
    office.kiosk.begin_journal(office.kiosk.epoch)
    office.kiosk.write(2, gate="北门")
    reply = office.send(1, 2)
    assert (reply.error, reply.expected_seq) == ("E_LOG_FORK", 2)


def test_what_is_committed_is_synced_to_disk(office: Office) -> None:
    with reading(office.engine) as db:
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_frozen_kiosk_still_reports_a_fever(office: Office) -> None:
    office.kiosk.write(2)
    office.send(1, 2)
    office.kiosk.heads[2] = b"\x00" * 32
    office.kiosk.write(1, is_fever=True)
    assert office.send(3, 3).error == "E_LOG_FORK"
    assert office.ask(office.kiosk.request(None, 3)).urgent_acked == (3,)


def test_a_new_journal_begins_at_its_own_first_entry(office: Office) -> None:
    office.kiosk.write(3)
    office.send(1, 3)
    office.kiosk.begin_journal(b"epoch--2")
    office.kiosk.write(2)
    assert office.send(1, 2).acked == (2, office.kiosk.heads[2])
    assert office.stored() == [1, 2, 3, 1, 2]


def test_who_is_not_known_or_signs_wrongly_is_refused(office: Office) -> None:
    office.kiosk.write(1)
    stranger = FarKiosk(office.authority.server, office.kiosk.status_public)
    stranger.write(1)
    assert office.ask(stranger.request(stranger.part(1, 1))).error == "E_DEV_UNKNOWN"
    message = bytearray(office.kiosk.request(office.kiosk.part(1, 1)))
    message[-1] ^= 1
    assert office.ask(bytes(message)).error == "E_DEV_SIG"
    other = office.kiosk.request(office.kiosk.part(1, 1), server="0" * 16)
    assert office.ask(other).error == "E_DEV_UNKNOWN"
    assert office.stored() == []


def test_an_entry_that_cannot_be_read_does_not_hold_up_the_others(office: Office) -> None:
    office.kiosk.write(1)
    junk = b"\x01junk"
    office.kiosk.bodies.append(junk)
    office.kiosk.heads.append(next_head(office.kiosk.heads[-1], junk))
    office.kiosk.write(1)
    reply = office.send(1, 3)
    assert reply.acked == (3, office.kiosk.heads[3])
    assert [seq for seq, _ in reply.rejected] == [2]
    assert office.stored() == [1, 3]


@pytest.mark.parametrize("message", [b"", b"\x00" * 100, b"<html>", bytes(range(256))])
def test_what_is_no_message_is_no_message(office: Office, message: bytes) -> None:
    with pytest.raises(MessageError):
        office.intake.answer(message)


class LossyLine(RuleBasedStateMachine):
    """A kiosk behind a line that repeats, reorders and loses what it likes."""

    folders: Iterator[Path]

    def __init__(self) -> None:
        super().__init__()
        self.office = Office(next(self.folders))
        self.sent: list[bytes] = []
        self.acked = 0

    @rule(count=st.integers(1, 4), is_fever=st.booleans())
    def write(self, count: int, is_fever: bool) -> None:
        self.office.kiosk.write(count, is_fever=is_fever)

    @precondition(lambda self: self.office.kiosk.bodies)
    @rule(data=st.data(), arrives=st.booleans())
    def send_a_run(self, data: st.DataObject, arrives: bool) -> None:
        newest = len(self.office.kiosk.bodies)
        from_seq = data.draw(st.integers(1, newest))
        to_seq = data.draw(st.integers(from_seq, newest))
        self._send(self.office.kiosk.request(self.office.kiosk.part(from_seq, to_seq)), arrives)

    @precondition(lambda self: self.office.kiosk.bodies)
    @rule(data=st.data(), arrives=st.booleans())
    def send_urgently(self, data: st.DataObject, arrives: bool) -> None:
        seqs = st.integers(1, len(self.office.kiosk.bodies))
        chosen = data.draw(st.lists(seqs, min_size=1, max_size=3, unique=True))
        self._send(self.office.kiosk.request(None, *chosen), arrives)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def arrive_late_or_again(self, data: st.DataObject) -> None:
        self._send(data.draw(st.sampled_from(self.sent)), arrives=True)

    def _send(self, message: bytes, arrives: bool) -> None:
        self.sent.append(message)
        if not arrives:
            return
        reply = self.office.ask(message)
        if reply.acked is not None:
            seq, head = reply.acked
            assert head == self.office.kiosk.heads[seq]
            assert seq >= self.acked
            self.acked = seq

    @invariant()
    def what_was_acknowledged_is_here_once(self) -> None:
        stored = self.office.stored()
        assert len(stored) == len(set(stored))
        assert set(range(1, self.acked + 1)) <= set(stored)

    def teardown(self) -> None:
        self.office.close()


def test_a_lossy_line_brings_each_entry_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    def folders() -> Iterator[Path]:
        while True:
            yield tmp_path_factory.mktemp("central")

    LossyLine.folders = folders()
    machine = LossyLine.TestCase
    machine.settings = settings(
        max_examples=15,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine().runTest()
    assert next(LossyLine.folders).is_dir()


def test_tables_that_are_there_are_left_as_they_are(office: Office) -> None:
    office.kiosk.write(1)
    office.send(1, 1)
    make_store(office.folder).dispose()
    assert office.stored() == [1]
