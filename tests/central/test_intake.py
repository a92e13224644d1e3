"""Each entry once, whatever is sent how often; a changed history is seen and freezes."""

import logging
from collections.abc import Iterator
from pathlib import Path

import cbor2
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk.central import authority
from kiosk.central.store import make_store, read_entries, reading
from kiosk.errors import MessageError
from kiosk.wire import BATCH_MAX, LogPart, next_head
from tests.central.far_kiosk import FarKiosk, make_body
from tests.central.office import Office, release

HEAD = bytes(32)


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
    assert release(office.engine, office.kiosk.device) == 1


def test_an_urgent_copy_that_differs_from_the_chain_freezes_too(office: Office) -> None:
    office.kiosk.write(2)
    office.ask(office.kiosk.request(None, 2))
    office.kiosk.begin_journal(office.kiosk.epoch)
    office.kiosk.write(2, gate="北门")
    reply = office.send(1, 2)
    assert (reply.error, reply.expected_seq) == ("E_LOG_FORK", 2)


def test_an_urgent_copy_that_differs_from_what_is_here_freezes_and_the_first_stands(
    office: Office,
) -> None:
    office.kiosk.write(2)
    first = list(office.kiosk.bodies)
    office.send(1, 2)
    other = make_body(2, is_fever=True)
    reply = office.ask(office.kiosk.request(lane="urgent", urgent=((2, other),)))
    assert (reply.urgent_acked, reply.rejected) == ((), ((2, "E_LOG_FORK"),))
    assert [e.body for e in read_entries(office.folder)] == first
    office.kiosk.write(1)
    assert office.send(3, 3).error == "E_LOG_FORK"


def test_a_frozen_journal_stays_frozen_until_a_person_releases_it(office: Office) -> None:
    office.kiosk.write(3)
    office.send(1, 2)
    wrong = LogPart(3, 2, HEAD, HEAD)
    assert office.ask(office.kiosk.request(wrong)).error == "E_LOG_FORK"
    assert office.send(3, 3).error == "E_LOG_FORK"
    release(office.engine, office.kiosk.device)
    assert office.send(3, 3).acked == (3, office.kiosk.heads[3])


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
    reply = office.ask(stranger.request(stranger.part(1, 1)))
    assert (reply.error, reply.counter) == ("E_DEV_UNKNOWN", stranger.counter)
    message = bytearray(office.kiosk.request(office.kiosk.part(1, 1), counter=70_000))
    message[-1] ^= 1
    reply = office.ask(bytes(message))
    assert (reply.error, reply.counter) == ("E_DEV_SIG", 70_000)
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
    assert reply.rejected == ((2, "E_ENTRY"),)
    assert office.send(1, 3).rejected == reply.rejected  # the first answer may be lost
    assert office.stored() == [1, 3]


def test_a_changed_entry_is_named_when_it_comes_alone(office: Office) -> None:
    office.kiosk.write(4)
    office.kiosk.bodies[2] = make_body(3, gate="北门")  # edited on the card; its head stands
    assert office.send(1, 4).error == "E_LOG_CHAIN"
    assert office.send(1, 2).acked == (2, office.kiosk.heads[2])
    reply = office.send(3, 3)
    assert reply.rejected == ((3, "E_LOG_CHAIN"),)
    assert reply.acked == (3, office.kiosk.heads[3])
    assert office.send(4, 4).error is None
    assert office.stored() == [1, 2, 4]


def test_nobody_collects_signed_time_without_a_key(office: Office) -> None:
    office.kiosk.write(1)
    thief = FarKiosk(office.authority.server, office.kiosk.status_public)
    claims = {"device": office.kiosk.device, "counter": 2**40}
    for key in (thief.key, office.kiosk.key):
        message = bytearray(thief.request(None, **claims))
        if key is office.kiosk.key:
            message = bytearray(office.kiosk.request(None, counter=2**40))
            message[-1] ^= 1
        reply = office.ask(bytes(message))
        assert reply.error in ("E_DEV_UNKNOWN", "E_DEV_SIG")
        assert (reply.counter, reply.utc_ms) == (2**40, 0)


def test_a_kiosk_cannot_speak_for_another(office: Office) -> None:
    other = FarKiosk(office.authority.server, office.kiosk.status_public)
    authority.add_device(office.engine, other.public, name=None, now_ms=0)
    office.kiosk.write(1)
    message = other.request(office.kiosk.part(1, 1), device=office.kiosk.device)
    assert office.ask(message).error == "E_DEV_SIG"
    assert office.stored() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"utc_ms": 2**70},
        {"utc_ms": -(2**70)},
        {"counter": 2**70},
        {"clock": 9},
        {"have": (2**64, *(0,) * 6)},
        {"have": (-1, *(0,) * 6)},
        {"lane": "urgent", "urgent": ((2**80, make_body(1)),)},
        {"log": LogPart(2**70 + 1, 2**70, HEAD, HEAD)},
    ],
)
def test_numbers_that_no_database_holds_are_no_request(
    office: Office, changes: dict[str, object]
) -> None:
    with pytest.raises(MessageError):
        office.intake.answer(office.kiosk.request(None, **changes))
    office.kiosk.write(1)
    assert office.send(1, 1).acked == (1, office.kiosk.heads[1])


@pytest.mark.parametrize("big", [2**70, -(2**63) - 1])
def test_an_entry_with_such_a_number_is_refused_alone(office: Office, big: int) -> None:
    office.kiosk.write(1)
    fields = cbor2.loads(make_body(2))
    fields[3] = big
    body = cbor2.dumps(fields, canonical=True)
    office.kiosk.bodies.append(body)
    office.kiosk.heads.append(next_head(office.kiosk.heads[-1], body))
    reply = office.send(1, 2)
    assert (reply.acked, reply.rejected) == ((2, office.kiosk.heads[2]), ((2, "E_ENTRY"),))


def test_a_batch_beyond_the_limit_is_to_be_halved(office: Office) -> None:
    office.kiosk.write(BATCH_MAX + 1)
    assert office.send(1, BATCH_MAX + 1).error == "E_TOO_BIG"
    assert office.send(1, BATCH_MAX).acked == (BATCH_MAX, office.kiosk.heads[BATCH_MAX])
    assert office.stored() == list(range(1, BATCH_MAX + 1))


def test_a_heartbeat_of_a_journal_that_went_back_is_answered_with_what_is_here(
    office: Office,
) -> None:
    office.kiosk.write(5)
    office.send(1, 5)
    copy = LogPart(4, 3, office.kiosk.heads[3], office.kiosk.heads[3])
    assert office.ask(office.kiosk.request(copy)).acked == (5, office.kiosk.heads[5])
    other = LogPart(4, 3, HEAD, HEAD)
    assert office.ask(office.kiosk.request(other)).error == "E_LOG_FORK"


def test_the_log_names_each_run_that_was_stored(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.kiosk.write(9, is_fever=True)
    with caplog.at_level(logging.INFO, "kiosk"):
        office.ask(office.kiosk.request(None, 2, 3, 9))
        office.send(1, 9)
    stored = [vars(r) for r in caplog.records if r.message == "intake.stored"]
    runs = [(r["from_seq"], r["to_seq"], r["count"], r["lane"]) for r in stored]
    assert runs == [
        (2, 3, 2, "urgent"),
        (9, 9, 1, "urgent"),
        (1, 1, 1, "bulk"),
        (4, 8, 5, "bulk"),
    ]
    assert {r["epoch"] for r in stored} == {office.kiosk.epoch.hex()}


def test_a_lasting_refusal_is_logged_once_and_its_end_with_a_count(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.kiosk.write(4)
    with caplog.at_level(logging.INFO, "kiosk"):
        for _ in range(5):
            office.send(3, 4)
        office.send(1, 4)
    told = [r for r in caplog.records if r.message in ("intake.refused", "fault.ended")]
    assert [r.message for r in told] == ["intake.refused", "fault.ended"]
    assert vars(told[1])["count"] == 5


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
