"""Whatever stands where central should be: nothing lost, nothing twice, nothing believed.

Each way of answering wrongly is tried a few times before central answers honestly. After
every turn the cursor is at most what central has stored (see `Rig.turn_until`), in the end
central has every entry once and in order, and the trouble had its name.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.faults import Fault
from kiosk.passes import cose
from kiosk.wire import SyncReply, SyncRequest, encode_reply, first_head
from tests.sync.far_central import STATUS_KEY, Handler, Intake, Way
from tests.sync.rig import FEVER, IMPATIENT, LIMITS, Rig, open_rig

STRANGER = Ed25519PrivateKey.from_private_bytes(b"x" * 32)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with open_rig(tmp_path) as rig:
        yield rig


def claim(request: SyncRequest, **changes: object) -> SyncReply:
    """An answer that takes all that was sent, though nothing was stored."""
    acked = (request.log.to_seq, request.log.head) if request.log else None
    reply = SyncReply(
        request.device,
        request.counter,
        1_800_000_000_000,
        acked=acked,
        urgent_acked=tuple(seq for seq, _ in request.urgent),
    )
    return replace(reply, **changes)  # type: ignore[arg-type]


def signed(reply: SyncReply) -> bytes:
    return cose.sign(encode_reply(reply), STATUS_KEY)


def strange_signature(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send(claim(request), STRANGER)


def bent_signature(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    content = bytearray(signed(claim(request)))
    content[-1] ^= 1
    handler.send_bytes(bytes(content))


def other_counter(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send(claim(request, counter=request.counter - 1))


def other_device(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send(claim(request, device="0" * 16))


def beyond_what_was_sent(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    to_seq = request.log.to_seq if request.log else 0
    handler.send(claim(request, acked=(to_seq + 5, b"\7" * 32), urgent_acked=()))


def beyond_all_numbers(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send(claim(request, acked=(2**70, b"\7" * 32), urgent_acked=()))


def before_all_numbers(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send(claim(request, acked=(-1, b"\7" * 32), urgent_acked=()))


def other_epoch(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    head = first_head(request.device, b"\1" * 8)
    handler.send(claim(request, acked=(0, head), urgent_acked=()))


def strange_head(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    to_seq = request.log.to_seq if request.log else 1
    handler.send(claim(request, acked=(to_seq, b"\0" * 32), urgent_acked=()))


def nothing_acknowledged(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send(claim(request, acked=None, urgent_acked=()))


def silly_time(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send(claim(request, acked=None, urgent_acked=(), utc_ms=2**63 - 1))


def no_shape(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send_bytes(cose.sign(b"\xa1\x01\x02", STATUS_KEY))


def html(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send_bytes(b"<html>Please log in</html>", kind="text/html; charset=utf-8")


def moved(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send_bytes(b"", status=302, kind="text/html", Location="/v1/sync")


def moved_as_cose(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send_bytes(signed(claim(request)), status=307, Location="/v1/sync")


def login_wanted(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send_bytes(b"log in", status=511, kind="text/plain")


def broken_server(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send_bytes(b"oops", status=500, kind="text/plain")


def broken_gateway(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send_bytes(b"<html>502</html>", status=502, kind="text/html")


def busy(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send_bytes(b"", status=503, kind="text/plain", Retry_After="0")


def busy_until_a_date(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    date = "Wed, 01 Jan 2031 00:00:00 GMT"
    handler.send_bytes(b"", status=429, kind="text/plain", Retry_After=date)


def busy_in_other_words(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send_bytes(b"", status=429, kind="text/plain", Retry_After="soon")


def huge(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    """A body without an end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/cose")
    handler.end_headers()
    handler.close_connection = True
    while not handler.far.released.is_set():
        handler.wfile.write(b"\0" * 65_536)


def compressed(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.send_bytes(b"\x1f\x8b" + b"\0" * 100, Content_Encoding="gzip")


def cut_before_the_answer(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    intake.answer(request)
    handler.close_connection = True
    handler.connection.close()


def cut_in_mid_body(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    content = signed(intake.answer(request))
    handler.send_response(200)
    handler.send_header("Content-Type", "application/cose")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.close_connection = True


def no_http(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    handler.close_connection = True


def silent(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    intake.answer(request)
    handler.far.released.wait(5)
    handler.close_connection = True


def drip(handler: Handler, content: bytes) -> None:
    """A byte each tenth of a second: no single read takes long."""
    for byte in content:
        handler.wfile.write(bytes([byte]))
        if handler.far.released.wait(0.1):
            break
    handler.close_connection = True


def dripping_body(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    content = signed(intake.answer(request))
    handler.send_response(200)
    handler.send_header("Content-Type", "application/cose")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    drip(handler, content)


def dripping_head(handler: Handler, request: SyncRequest, intake: Intake) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\n" + b"X-Filler: slow\r\n" * 50)


SLOW = (silent, dripping_body, dripping_head)
WAYS: list[tuple[Way, Fault]] = [
    (strange_signature, Fault.BAD_UPDATE),
    (bent_signature, Fault.BAD_UPDATE),
    (other_counter, Fault.BAD_UPDATE),
    (other_device, Fault.BAD_UPDATE),
    (beyond_what_was_sent, Fault.BAD_UPDATE),
    (beyond_all_numbers, Fault.BAD_UPDATE),
    (before_all_numbers, Fault.BAD_UPDATE),
    (other_epoch, Fault.BAD_UPDATE),
    (strange_head, Fault.BAD_UPDATE),
    (nothing_acknowledged, Fault.BAD_UPDATE),
    (silly_time, Fault.BAD_UPDATE),
    (no_shape, Fault.BAD_UPDATE),
    (huge, Fault.BAD_UPDATE),
    (html, Fault.CAPTIVE_PORTAL),
    (moved, Fault.CAPTIVE_PORTAL),
    (moved_as_cose, Fault.CAPTIVE_PORTAL),
    (login_wanted, Fault.CAPTIVE_PORTAL),
    (compressed, Fault.CAPTIVE_PORTAL),
    (broken_server, Fault.SERVER_UNREACHABLE),
    (broken_gateway, Fault.SERVER_UNREACHABLE),
    (busy, Fault.SERVER_BUSY),
    (busy_until_a_date, Fault.SERVER_BUSY),
    (busy_in_other_words, Fault.SERVER_BUSY),
    (cut_before_the_answer, Fault.SERVER_UNREACHABLE),
    (cut_in_mid_body, Fault.SERVER_UNREACHABLE),
    (no_http, Fault.SERVER_UNREACHABLE),
    (silent, Fault.SERVER_UNREACHABLE),
    (dripping_body, Fault.SERVER_UNREACHABLE),
    (dripping_head, Fault.SERVER_UNREACHABLE),
]


@pytest.mark.parametrize(("way", "fault"), WAYS, ids=[way.__name__ for way, _ in WAYS])
def test_wrong_answer_has_its_name_and_loses_nothing(rig: Rig, way: Way, fault: Fault) -> None:
    if way in SLOW:
        rig.restart(limits=IMPATIENT)
    rig.write(4)
    rig.far.ways.extend([way, way])
    rig.turn_until(lambda: fault in rig.faults.now)
    assert rig.far.ways, "the first of them must have been enough to name it"
    rig.drain()
    assert rig.stored == rig.bodies
    assert rig.faults.now == {} and rig.faults.ever == {fault}


@pytest.mark.parametrize("way", [strange_signature, nothing_acknowledged, html, silent])
def test_urgent_entry_survives_wrong_answers(rig: Rig, way: Way) -> None:
    rig.restart(limits=IMPATIENT if way in SLOW else LIMITS)
    rig.write(2)
    rig.write(1, FEVER)
    rig.far.ways.extend([way, way, way])
    rig.drain()
    rig.turn_until(lambda: rig.faults.now == {})
    assert rig.stored == rig.bodies


def test_repeated_old_answer_is_worth_nothing(rig: Rig) -> None:
    first: list[bytes] = []

    def remembered(handler: Handler, request: SyncRequest, intake: Intake) -> None:
        first.append(signed(intake.answer(request)))
        handler.send_bytes(first[0])

    def repeated(handler: Handler, request: SyncRequest, intake: Intake) -> None:
        handler.send_bytes(first[0])

    rig.far.ways.extend([remembered, repeated, repeated])
    rig.write(2)
    rig.drain()
    rig.write(2)
    rig.drain()
    assert rig.stored == rig.bodies and rig.faults.ever == {Fault.BAD_UPDATE}


def test_true_head_of_what_was_not_sent_moves_the_cursor_no_further(rig: Rig) -> None:
    """Central knows the newest head from a heartbeat; it must not count for the rest."""
    rig.write(300)
    newest = rig.journal.recent(1)[0]

    def generous(handler: Handler, request: SyncRequest, intake: Intake) -> None:
        handler.send(replace(intake.answer(request), acked=(newest.seq, newest.head)))

    rig.far.ways.append(generous)
    rig.turn_until(lambda: rig.acked > 0)
    assert rig.acked == len(rig.stored) == 200
    rig.drain()
    assert rig.stored == rig.bodies


def test_central_restored_from_a_copy_gets_what_it_lost(rig: Rig) -> None:
    rig.write(30)
    rig.drain()
    log = rig.far.intake.logs[rig.epoch]
    del log.bodies[10:], log.heads[11:]
    rig.far.intake.counter = 0
    rig.write(1)
    rig.turn_until_unchecked(lambda: rig.acked == 31)
    assert rig.stored == rig.bodies and rig.faults.now == {}


def test_new_central_gets_everything_that_is_kept(rig: Rig) -> None:
    rig.write(30)
    rig.drain()
    rig.far.intake.logs.clear()
    rig.restart()
    rig.turn_until_unchecked(lambda: rig.acked == len(rig.stored) == 30)
    assert rig.stored == rig.bodies


def test_server_that_drips_holds_a_turn_no_longer_than_it_may(rig: Rig) -> None:
    rig.restart(limits=IMPATIENT)
    for way in SLOW:
        rig.write(1)
        rig.far.ways.append(way)
        before = rig.far.seen
        longest_s = 0.0
        while rig.far.seen == before:
            started_s = time.monotonic()
            rig.engine.turn()
            longest_s = max(longest_s, time.monotonic() - started_s)
        assert 0.3 < longest_s < 5.0


def test_entry_that_central_will_not_take_is_kept_and_the_rest_flows(rig: Rig) -> None:
    rig.far.intake.reject[3] = "E_ENTRY"
    rig.write(6)
    rig.drain()
    assert rig.stored == rig.bodies
    assert Fault.ENTRY_SET_ASIDE in rig.faults.now
    rig.restart()
    rig.write(1)
    rig.drain()
    assert Fault.ENTRY_SET_ASIDE in rig.faults.now


def test_one_bad_entry_among_many_is_found(rig: Rig) -> None:
    def fussy(handler: Handler, request: SyncRequest, intake: Intake) -> None:
        handler.far.ways.append(fussy)
        part = request.log
        assert part is not None
        if part.from_seq <= 130 <= part.to_seq and len(part.entries) > 1:
            handler.send(claim(request, acked=None, error="E_LOG_CHAIN"))
        else:
            handler.send(intake.answer(request))

    rig.far.intake.reject[130] = "E_LOG_CHAIN"
    rig.write(300)
    rig.far.ways.append(fussy)
    rig.drain()
    assert rig.stored == rig.bodies and rig.faults.ever == {Fault.ENTRY_SET_ASIDE}
    assert rig.far.seen < 60


def refusal(code: str, **fields: object) -> Way:
    def refuse(handler: Handler, request: SyncRequest, intake: Intake) -> None:
        handler.send(claim(request, acked=None, urgent_acked=(), error=code, **fields))

    return refuse


@pytest.mark.parametrize(
    ("way", "fault"),
    [
        (refusal("E_DEV_BLOCKED"), Fault.SERVER_REFUSED),
        (refusal("E_LOG_FORK", expected_seq=2), Fault.SERVER_REFUSED),
        (refusal("E_LOG_GAP", expected_seq=2**66), Fault.SERVER_REFUSED),
        (refusal("E_LOG_GAP", expected_seq=-5), Fault.SERVER_REFUSED),
        (refusal("E_NEW_CODE"), Fault.SERVER_REFUSED),
        (refusal("E_BUSY", retry_after_s=0), Fault.SERVER_BUSY),
    ],
)
def test_signed_refusal_is_told_and_loses_nothing(rig: Rig, way: Way, fault: Fault) -> None:
    rig.write(3)
    rig.far.ways.extend([way, way])
    rig.turn_until(lambda: fault in rig.faults.now)
    rig.drain()
    assert rig.stored == rig.bodies and rig.faults.now == {}


def too_big_above(most: int, *, is_signed: bool) -> Way:
    def way(handler: Handler, request: SyncRequest, intake: Intake) -> None:
        handler.far.ways.append(way)
        if request.log is None or len(request.log.entries) <= most:
            handler.send(intake.answer(request))
        elif is_signed:
            handler.send(claim(request, acked=None, error="E_TOO_BIG"))
        else:
            handler.send_bytes(b"too big", status=413, kind="text/plain")

    return way


@pytest.mark.parametrize("is_signed", [True, False])
def test_batches_shrink_until_they_fit(rig: Rig, is_signed: bool) -> None:
    rig.write(250)
    rig.far.ways.append(too_big_above(20, is_signed=is_signed))
    rig.drain()
    assert rig.stored == rig.bodies and rig.faults.ever == set()


@pytest.mark.parametrize("says_where", [True, False])
def test_lost_counter_is_found_again(rig: Rig, says_where: bool) -> None:
    rig.write(2)
    rig.drain()
    rig.far.intake.counter = 1_000_000
    rig.engine.close()
    for name in ("sync.db", "sync.db-wal", "sync.db-shm"):
        (rig.state.root / name).unlink(missing_ok=True)

    def mute(handler: Handler, request: SyncRequest, intake: Intake) -> None:
        handler.far.ways.append(mute)
        handler.send(replace(intake.answer(request), expected_seq=None))

    if not says_where:
        rig.far.ways.append(mute)
    rig.engine = rig.open_engine()
    rig.write(2)
    rig.drain()
    assert rig.stored == rig.bodies and rig.faults.ever == set()


def test_damaged_counter_file_is_set_aside(rig: Rig) -> None:
    rig.write(2)
    rig.drain()
    rig.engine.close()
    rig.state.sync.write_bytes(b"no database at all " * 500)
    rig.engine = rig.open_engine()
    rig.write(1)
    rig.drain()
    assert rig.stored == rig.bodies
    assert (rig.state.root / "sync.db.corrupt").is_file()


def test_no_server_at_all_is_unreachable(rig: Rig) -> None:
    rig.write(1)
    rig.far._server.server_close()
    rig.turn_until(lambda: Fault.SERVER_UNREACHABLE in rig.faults.now)
    assert rig.acked == 0 and rig.engine.status().waiting == 1
