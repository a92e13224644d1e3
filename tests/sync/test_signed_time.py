"""A box that does not know the day learns it from central's signature, then checks TLS.

Python's TLS holds certificates against the system's clock, which no test may turn. So the
certificate here is of a day a year away from the system's clock, as a right one is to a box
in 1970; what is injected is only what central says the time is. All else is real: TLS, the
certificate's check, the unchecked exchange before it.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.faults import Fault
from kiosk.passes import cose
from kiosk.timing import ClockState
from kiosk.wire import load
from tests.sync.far_central import FarCentral
from tests.sync.rig import Rig
from tests.sync.test_tls import write_certificate

YEAR = timedelta(days=365)
NOW = datetime.now(UTC)


@contextmanager
def open_far(folder: Path, *, certified: datetime, told: datetime) -> Iterator[FarCentral]:
    """A central whose certificate is of one day, and which says that it is another."""
    write_certificate(folder / "central.pem", certified)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "central.pem")
    far = FarCentral(tls=context)
    far.intake.utc_ms = int(told.timestamp() * 1000)
    try:
        yield far
    finally:
        far.close()


@contextmanager
def open_gate(folder: Path, far: FarCentral) -> Iterator[Rig]:
    rig = Rig(folder, far)
    try:
        rig.restart(ca_file=str(folder / "central.pem"))
        rig.write(2)
        yield rig
    finally:
        rig.close()


def turns(rig: Rig, count: int) -> None:
    """Turn until central was asked for the time, or refused, so many times."""
    before = len(rig.far.asked)
    rig.turn_until(lambda: len(rig.far.asked) >= before + count)


def test_box_in_the_past_learns_the_day_and_then_checks_the_certificate(
    tmp_path: Path,
) -> None:
    day = NOW + YEAR
    with open_far(tmp_path, certified=day, told=day) as far, open_gate(tmp_path, far) as rig:
        assert rig.clock.now().clock is ClockState.UNSURE
        rig.drain()
        assert rig.stored == rig.bodies
        assert rig.clock.now().clock is ClockState.TRUSTED
        assert abs(rig.clock.now().utc - day) < timedelta(minutes=1)
        assert len(far.asked) == 1


def test_the_question_over_an_unchecked_line_tells_nothing(tmp_path: Path) -> None:
    day = NOW + YEAR
    with open_far(tmp_path, certified=day, told=day) as far, open_gate(tmp_path, far) as rig:
        rig.drain()
        envelope = cose.parse(far.asked[0])
        assert envelope is not None
        question = load(envelope.payload)
        assert question == {1: "time", 2: question[2]} and len(question[2]) == 16
        for private in (rig.device, "lanyuan", "south", *(body.hex() for body in rig.bodies)):
            assert private not in far.asked[0].hex()
            assert private.encode() not in far.asked[0]


def test_two_questions_are_never_alike(tmp_path: Path) -> None:
    day = NOW + YEAR
    with open_far(tmp_path, certified=day, told=day) as far, open_gate(tmp_path, far) as rig:
        far.time_key = Ed25519PrivateKey.generate()
        turns(rig, 2)
        assert far.asked[0] != far.asked[1]


def test_time_signed_by_another_is_no_time_and_nothing_is_sent(tmp_path: Path) -> None:
    day = NOW + YEAR
    with open_far(tmp_path, certified=day, told=day) as far, open_gate(tmp_path, far) as rig:
        far.time_key = Ed25519PrivateKey.generate()
        turns(rig, 3)
        assert rig.clock.now().clock is ClockState.UNSURE
        assert far.seen == 0 and Fault.SERVER_UNREACHABLE in rig.faults.now


def test_time_of_another_question_is_no_time(tmp_path: Path) -> None:
    day = NOW + YEAR
    with open_far(tmp_path, certified=day, told=day) as far, open_gate(tmp_path, far) as rig:
        far.stale_nonce = b"o" * 16
        turns(rig, 3)
        assert rig.clock.now().clock is ClockState.UNSURE and far.seen == 0


@pytest.mark.parametrize("certified", [NOW + YEAR, NOW + 3 * YEAR])
def test_certificate_of_another_day_than_the_signed_one_gets_nothing(
    tmp_path: Path, certified: datetime
) -> None:
    told = NOW + 2 * YEAR
    with (
        open_far(tmp_path, certified=certified, told=told) as far,
        open_gate(tmp_path, far) as rig,
    ):
        rig.turn_until(lambda: "certificate is for" in str(rig.faults.now))
        assert far.seen == 0
        assert rig.clock.now().clock is ClockState.TRUSTED  # the time was signed all the same
        assert len(far.asked) == 1  # and is not asked for again


def test_another_authority_gets_nothing_whatever_the_day(tmp_path: Path) -> None:
    day = NOW + YEAR
    with open_far(tmp_path, certified=day, told=day) as far, open_gate(tmp_path, far) as rig:
        write_certificate(tmp_path / "other.pem", day)
        rig.clock.trust(day, rig.clock.mono_s())
        rig.restart(ca_file=str(tmp_path / "other.pem"))
        rig.turn_until(lambda: Fault.SERVER_UNREACHABLE in rig.faults.now)
        assert far.seen == 0 and far.asked == []


def test_another_name_gets_nothing_after_the_day_is_known(tmp_path: Path) -> None:
    day = NOW + YEAR
    with open_far(tmp_path, certified=day, told=day) as far, open_gate(tmp_path, far) as rig:
        rig.drain()
        rig.engine.close()
        far.host = "localhost"  # the certificate is for 127.0.0.1 alone
        rig.restart(ca_file=str(tmp_path / "central.pem"))
        seen = far.seen
        rig.write(1)
        rig.turn_until(lambda: "match" in str(rig.faults.now).lower())
        assert far.seen == seen


def test_clock_that_is_trusted_asks_nobody_the_time(tmp_path: Path) -> None:
    day = NOW + YEAR
    with open_far(tmp_path, certified=day, told=day) as far, open_gate(tmp_path, far) as rig:
        rig.clock.trust(day, rig.clock.mono_s())
        rig.drain()
        assert rig.stored == rig.bodies and far.asked == []


def test_certificate_of_today_is_left_to_openssl(tmp_path: Path) -> None:
    told = NOW + YEAR  # central's clock is wrong; the certificate is not judged by it
    with open_far(tmp_path, certified=NOW, told=told) as far, open_gate(tmp_path, far) as rig:
        rig.drain()
        rig.write(1)
        rig.drain()
        assert far.asked == [] and rig.faults.ever == set()
