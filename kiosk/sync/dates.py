"""Certificates and days: TLS asks the system's clock, which after a power cut may be anything.

The dates looked at here are those of the server's own certificate. Who signed it and for
which name OpenSSL checks as always; the dates of the authorities above it are not held
against our clock, since a private authority is put into the kiosk by hand.
"""

import ssl
from datetime import datetime

from cryptography import x509

_DATE_CODES = (9, 10)  # <openssl/x509_vfy.h>: CERT_NOT_YET_VALID, CERT_HAS_EXPIRED


class WrongDay(ssl.SSLError):
    """A certificate that is not valid at the day our own clock says."""


def is_about_dates(cause: BaseException) -> bool:
    """Return whether a connection failed for the date of a certificate alone."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_code in _DATE_CODES
    return isinstance(cause, WrongDay)


def judge_dates(certificate: bytes, now: datetime) -> None:
    """Raise WrongDay unless a certificate (DER) is valid at `now`."""
    try:
        known = x509.load_der_x509_certificate(certificate)
    except ValueError as exc:
        raise WrongDay(f"certificate cannot be read: {exc}") from exc
    since, until = known.not_valid_before_utc, known.not_valid_after_utc
    if not since <= now <= until:
        raise WrongDay(f"certificate is for {since:%Y-%m-%d} to {until:%Y-%m-%d}")
