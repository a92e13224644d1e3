"""Central is reached over TLS under an authority of its own, and under no other."""

import datetime
import ipaddress
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kiosk.core.faults import Fault
from tests.sync.far_central import FarCentral
from tests.sync.rig import IMPATIENT, Rig
from tests.sync.test_lies import dripping_body, dripping_head


def write_certificate(path: Path, now: datetime.datetime | None = None) -> None:
    """A certificate for 127.0.0.1 that signs itself, with its key in the same file.

    It is valid for a day before and after `now`.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "central")])
    now = now or datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem + certificate.public_bytes(Encoding.PEM))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    write_certificate(tmp_path / "central.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "central.pem")
    far = FarCentral(tls=context)
    rig = Rig(tmp_path, far)
    yield rig
    rig.close()
    far.close()


def test_entries_arrive_under_the_authority_that_is_configured(
    rig: Rig, tmp_path: Path
) -> None:
    rig.restart(ca_file=str(tmp_path / "central.pem"))
    rig.write(3)
    rig.drain()
    assert rig.stored == rig.bodies and rig.faults.ever == set()


def test_unknown_authority_gets_nothing(rig: Rig, tmp_path: Path) -> None:
    write_certificate(tmp_path / "other.pem")
    for ca_file in (None, str(tmp_path / "other.pem")):
        rig.restart(ca_file=ca_file)
        rig.write(1)
        rig.turn_until(lambda: Fault.SERVER_UNREACHABLE in rig.faults.now)
        assert "certificate" in rig.faults.now[Fault.SERVER_UNREACHABLE].lower()
        assert rig.far.seen == 0
        rig.faults.now.clear()


def test_an_authority_of_the_machine_is_one_without_a_file_of_our_own(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "central.pem"))  # as the system's list
    rig.restart(ca_file=None)
    rig.write(2)
    rig.drain()
    assert rig.stored == rig.bodies and rig.faults.ever == set()


def test_missing_authority_file_is_told(rig: Rig, tmp_path: Path) -> None:
    rig.restart(ca_file=str(tmp_path / "nowhere.pem"))
    rig.write(1)
    rig.turn_until(lambda: Fault.SERVER_UNREACHABLE in rig.faults.now)
    assert "nowhere.pem" in rig.faults.now[Fault.SERVER_UNREACHABLE]


def test_dripping_server_is_cut_under_tls_too(rig: Rig, tmp_path: Path) -> None:
    rig.restart(ca_file=str(tmp_path / "central.pem"), limits=IMPATIENT)
    rig.write(1)
    rig.far.ways.extend([dripping_body, dripping_head])
    started_s = time.monotonic()
    rig.turn_until(lambda: rig.far.seen == 2 and rig.acked == 0 and not rig.far.ways)
    assert time.monotonic() - started_s < 8.0
    rig.drain()
    assert rig.stored == rig.bodies and rig.faults.ever == {Fault.SERVER_UNREACHABLE}
