"""The certificate by which a tablet on the local network knows this gate.

A small authority is made once; a tablet that trusts it trusts the certificates made from it,
so that a newer one asks for nothing at the tablet. Its name constraints (RFC 5280, 4.2.1.10)
keep whoever steals it from speaking for any address but this gate's.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kiosk.files import write_whole

AUTHORITY, AUTHORITY_KEY = "lan-authority.pem", "lan-authority.key"
CERTIFICATE, KEY = "lan.pem", "lan.key"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)  # before any clock of a gate: it may not know the day
AUTHORITY_LIFE = timedelta(days=3650)
LIFE = timedelta(days=800)  # chosen: some tablets refuse what lives longer than 825 days
RENEWED_BEFORE = timedelta(days=60)
PUBLIC_MODE, PRIVATE_MODE = 0o644, 0o600

PrivateKey = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Served:
    """The files that TLS is served with."""

    certificate: Path
    key: Path


def ready(keys: Path, address: str, names: tuple[str, ...], now: datetime) -> Served:
    """Return a certificate for this address and these names, made where there is none.

    Raises OSError when it cannot be kept.
    """
    wanted = _names(address, names)
    served = Served(keys / CERTIFICATE, keys / KEY)
    authority, key = _authority(keys, wanted, now)
    if not _is_good(served, authority, wanted, now):
        _make(served, authority, key, wanted, now)
    return served


def load_chain(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return what TLS is served with. Raises OSError, ssl.SSLError among them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def _names(address: str, names: tuple[str, ...]) -> list[x509.GeneralName]:
    return [x509.IPAddress(ip_address(address)), *(x509.DNSName(name) for name in names)]


def _authority(
    keys: Path, wanted: list[x509.GeneralName], now: datetime
) -> tuple[x509.Certificate, PrivateKey]:
    try:
        found = x509.load_pem_x509_certificate((keys / AUTHORITY).read_bytes())
        key = _read_key(keys / AUTHORITY_KEY)
    except (FileNotFoundError, ValueError):
        return _make_authority(keys, wanted, now)
    is_ours = found.public_key() == key.public_key()
    is_in_time = now + RENEWED_BEFORE < found.not_valid_after_utc
    if is_ours and is_in_time and _permitted(found) == _constraint(wanted):
        return found, key
    return _make_authority(keys, wanted, now)


def _permitted(authority: x509.Certificate) -> list[x509.GeneralName] | None:
    found = authority.extensions.get_extension_for_class(x509.NameConstraints)
    return found.value.permitted_subtrees


def _constraint(wanted: list[x509.GeneralName]) -> list[x509.GeneralName]:
    """Return the constraint that permits these names and nothing else."""
    return [
        x509.IPAddress(ip_network(str(n.value))) if isinstance(n, x509.IPAddress) else n
        for n in wanted
    ]


def _make_authority(
    keys: Path, wanted: list[x509.GeneralName], now: datetime
) -> tuple[x509.Certificate, PrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _called("Gate kiosk, local network")
    made = (
        _builder(name, name, key, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(_constraint(wanted), None), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .sign(key, SHA256())
    )
    _keep(keys / AUTHORITY_KEY, key)
    write_whole(keys / AUTHORITY, made.public_bytes(Encoding.PEM), mode=PUBLIC_MODE)
    return made, key


def _make(
    served: Served,
    authority: x509.Certificate,
    signer: PrivateKey,
    wanted: list[x509.GeneralName],
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        _builder(_called("Gate kiosk"), authority.subject, key, now + LIFE)
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .sign(signer, SHA256())
    )
    chain = made.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)
    _keep(served.key, key)
    write_whole(served.certificate, chain, mode=PUBLIC_MODE)


def _is_good(
    served: Served, authority: x509.Certificate, wanted: list[x509.GeneralName], now: datetime
) -> bool:
    try:
        found = x509.load_pem_x509_certificate(served.certificate.read_bytes())
        key = _read_key(served.key)
        found.verify_directly_issued_by(authority)
        told = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    is_in_time = now + RENEWED_BEFORE < found.not_valid_after_utc
    return list(told) == wanted and is_in_time and found.public_key() == key.public_key()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, until: datetime
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _read_key(path: Path) -> PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path}: not the key of a certificate of ours")
    return key


def _keep(path: Path, key: PrivateKey) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_whole(path, pem, mode=PRIVATE_MODE)
