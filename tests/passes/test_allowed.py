"""When an issuer's key is burnt, what was really issued counts on, and nothing else does."""

from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.words import Credential, Refusal, Refused
from kiosk.passes import cose
from kiosk.passes.allowed import (
    ALLOWED_BYTES_MAX,
    AllowList,
    AllowRefusal,
    check_newer,
    make_allowed,
    mark_of,
    read_allowed,
)
from kiosk.passes.lists import Lists
from kiosk.passes.revocation import IDS_MAX
from kiosk.passes.trust import KeyStatus, TrustedKey
from kiosk.passes.verify import verify_text
from tests.passes.making import ISSUER_KEY, NOW, OTHER, ROOT, payload_of, signed, trust_of
from tests.passes.test_revocation import ISSUED_S, PUBLIC, STATUS

KID = ISSUER_KEY.kid
MARKS = sorted(mark_of(bytes([n])) for n in range(3))
TREE: dict[Any, Any] = {
    1: "al",
    2: "lanyuan",
    3: 7,
    4: KID,
    5: ISSUED_S,
    7: b"".join(MARKS),
}
BURNT = TrustedKey(
    KID,
    ISSUER_KEY.iss,
    ISSUER_KEY.public,
    ISSUER_KEY.from_s,
    ISSUER_KEY.to_s,
    KeyStatus.COMPROMISED,
)


def message(
    *payloads: bytes, seq: int = 7, kid: bytes = KID, key: Ed25519PrivateKey = STATUS
) -> bytes:
    return make_allowed(
        map(mark_of, payloads),
        community="lanyuan",
        seq=seq,
        kid=kid,
        issued_s=ISSUED_S,
        status=key,
    )


def listed(*payloads: bytes, seq: int = 7) -> AllowList:
    found = read_allowed(message(*payloads, seq=seq), PUBLIC)
    assert isinstance(found, AllowList), found
    return found


def read(tree: object) -> AllowList | AllowRefusal:
    return read_allowed(cose.sign(cbor2.dumps(tree, canonical=True), STATUS), PUBLIC)


def outcome(text: str, allowed: AllowList) -> Refusal | None:
    result = verify_text(text, Lists(trust_of(BURNT), None, {KID: allowed}), NOW)
    assert isinstance(result, Credential | Refused)
    return result.reason if isinstance(result, Refused) else None


def test_list_is_read_as_written() -> None:
    assert read(TREE) == AllowList("lanyuan", 7, KID, ISSUED_S, b"".join(MARKS))
    assert len(listed(b"a", b"b")) == 2 and listed()


def test_pass_in_a_pocket_goes_on_and_a_new_one_under_the_burnt_key_does_not() -> None:
    allowed = listed(payload_of())
    assert outcome(signed(payload_of()), allowed) is None
    assert outcome(signed(payload_of(cti=b"newpass!")), allowed) is Refusal.KEY_RETIRED


def test_genuine_id_with_another_claim_is_not_let_through() -> None:
    allowed = listed(payload_of())
    forged = payload_of(gate=[3, 7, "张*明"])  # the same id, made a duty card
    assert outcome(signed(forged), allowed) is Refusal.KEY_RETIRED


@given(st.sets(st.binary(max_size=4), max_size=40), st.binary(max_size=4))
def test_list_holds_what_it_was_made_of_and_nothing_else(
    payloads: set[bytes], other: bytes
) -> None:
    allowed = listed(*payloads)
    assert all(allowed.holds(payload) for payload in payloads)
    assert allowed.holds(other) == (other in payloads)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\0" * (ALLOWED_BYTES_MAX + 1), AllowRefusal.LENGTH),
        (b"", AllowRefusal.PROFILE),
        (message(b"a")[:-1], AllowRefusal.PROFILE),
        (message(b"a", key=ROOT), AllowRefusal.KID),
        (message(b"a", key=OTHER), AllowRefusal.KID),
        (message(b"a")[:-1] + b"\0", AllowRefusal.SIG),
        (cose.sign(b"\x01\x02", STATUS), AllowRefusal.CBOR),
    ],
)
def test_message_of_another_form_or_key_is_refused(content: bytes, why: AllowRefusal) -> None:
    assert read_allowed(content, PUBLIC) is why


@pytest.mark.parametrize(
    "change",
    [
        {1: "rl"},
        {2: "No"},
        {2: 1},
        {3: 0},
        {3: True},
        {3: 2**63},
        {4: KID[:3]},
        {4: "kid."},
        {5: -1},
        {5: 2**32},
        {5: "now"},
        {7: MARKS[0].hex()},
        {7: MARKS[1] + MARKS[0]},
        {7: MARKS[0] * 2},
        {7: MARKS[0][:7]},
        {8: b""},
    ],
)
def test_content_of_another_shape_is_refused(change: dict[Any, Any]) -> None:
    assert read(TREE | change) is AllowRefusal.SHAPE


def test_older_list_and_another_of_the_same_number_are_refused() -> None:
    held = listed(b"a", seq=7)
    assert check_newer(held, listed(b"a", seq=6)) is AllowRefusal.ROLLBACK
    assert check_newer(held, listed(b"b", seq=7)) is AllowRefusal.FORK
    assert check_newer(held, held) is None and check_newer(held, listed(b"b", seq=8)) is None


def test_125000_passes_fit_and_one_more_does_not() -> None:
    marks = [number.to_bytes(8) for number in range(IDS_MAX + 1)]
    assert isinstance(read(TREE | {7: b"".join(marks[:-1])}), AllowList)
    assert read(TREE | {7: b"".join(marks)}) is AllowRefusal.LENGTH


@given(st.binary(max_size=200))
def test_any_signed_bytes_are_a_list_or_a_named_refusal(payload: bytes) -> None:
    assert isinstance(
        read_allowed(cose.sign(payload, STATUS), PUBLIC), AllowList | AllowRefusal
    )
