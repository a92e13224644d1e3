"""Somebody else's library reads what we issue: python-cwt, in an environment of its own.

It pins an older cbor2 than ours, so it runs as a program: KIOSK_CWT_PYTHON names an
interpreter that has it.
"""

import os
import subprocess
from datetime import UTC, datetime

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.words import PassKind
from kiosk.passes import base45, cose
from kiosk.passes.claims import Claims
from kiosk.passes.issue import issue
from kiosk.passes.text import PREFIX
from tests.conftest import IS_STRICT

PYTHON = os.environ.get("KIOSK_CWT_PYTHON", "")
READ = """
import sys
from cwt import COSE, COSEKey
message, public, kid = (bytes.fromhex(word) for word in sys.argv[1:4])
key = COSEKey.new({1: 1, 2: kid, 3: -19, -1: 6, -2: public})
print(COSE.new().decode(message, keys=[key]).hex())
"""

pytestmark = pytest.mark.skipif(
    not PYTHON and not IS_STRICT, reason="KIOSK_CWT_PYTHON names no interpreter with python-cwt"
)


def _read(message: bytes, public: bytes) -> subprocess.CompletedProcess[str]:
    words = [message.hex(), public.hex(), cose.kid_of(public).hex()]
    return subprocess.run(
        [PYTHON, "-c", READ, *words], capture_output=True, text=True, check=False
    )


@pytest.fixture
def key() -> Ed25519PrivateKey:
    """The issuer's key."""
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def message(key: Ed25519PrivateKey) -> bytes:
    """A pass as it is signed, without the outer text."""
    start_s = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp())
    claims = Claims(
        iss="demo",
        sub="7G2K9QXB",
        nbf_s=start_s,
        exp_s=start_s + 86_400 * 90,
        cti=bytes(range(8)),
        kind=PassKind.RESIDENT,
        grid=12,
        label="张*明",
    )
    return base45.decode(issue(claims, key).removeprefix(PREFIX)) or b""


def test_python_cwt_reads_the_claims_of_our_pass(
    message: bytes, key: Ed25519PrivateKey
) -> None:
    done = _read(message, key.public_key().public_bytes_raw())
    assert done.returncode == 0, done.stderr
    claims = cbor2.loads(bytes.fromhex(done.stdout))
    assert claims[1] == "demo"
    assert claims[2] == "7G2K9QXB"
    assert claims[-65537] == [1, 12, "张*明"]


def test_python_cwt_refuses_one_turned_bit(message: bytes, key: Ed25519PrivateKey) -> None:
    turned = message[:60] + bytes([message[60] ^ 1]) + message[61:]
    done = _read(turned, key.public_key().public_bytes_raw())
    assert done.returncode != 0
    assert "VerifyError" in done.stderr
