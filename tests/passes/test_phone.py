"""The phone's pass: drawn just now, by the phone it was made for, and taken once."""

from dataclasses import replace

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.words import Credential, PassKind, PassWarning, Refused
from kiosk.errors import MessageError
from kiosk.passes import base45, cose, phone
from kiosk.passes.claims import Claims
from kiosk.passes.issue import issue, issue_credential
from kiosk.passes.lists import Lists
from kiosk.passes.phone import Proofs, make_proof
from kiosk.passes.verify import check, verify_text
from kiosk.timing import ClockState, Stamp
from tests.passes.making import (
    CLAIMS,
    CTI,
    EXP_S,
    ISSUER,
    NBF_S,
    NOW,
    TREE,
    TRUST,
    VECTOR,
    VECTOR_BYTES,
    stamp,
)

HOLDER = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
HOLDER_PUBLIC = HOLDER.public_key().public_bytes_raw()
OTHER_HOLDER = Ed25519PrivateKey.from_private_bytes(b"i" * 32)
NOW_S = int(NOW.utc.timestamp())
PHONE = Claims(
    "lanyuan", "KX3M2P7Q", NBF_S, EXP_S, CTI, PassKind.PHONE, 7, "张*明", HOLDER_PUBLIC
)
CREDENTIAL = issue_credential(PHONE, ISSUER)
SHOWN = make_proof(CREDENTIAL, HOLDER, iat_s=NOW_S)
PHONE_TREE = TREE | {8: {1: {1: 1, -1: 6, -2: HOLDER_PUBLIC}}, -65537: [2, 7, "张*明"]}
# RFC 8032 points of order 1, 2, 4 and 8, and the same written with p added.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


def code(text: str, at: Stamp = NOW, proofs: Proofs | None = None) -> str:
    outcome = verify_text(text, Lists(TRUST), at, proofs)
    return outcome.reason.value if isinstance(outcome, Refused) else "OK"


def wrapped(credential: bytes, holder: Ed25519PrivateKey = HOLDER, iat_s: int = NOW_S) -> str:
    return make_proof(credential, holder, iat_s=iat_s)


def credential_of(**changes: object) -> bytes:
    names = {"exp": 4, "cnf": 8, "gate": -65537}
    tree = dict(PHONE_TREE)
    for name, value in changes.items():
        tree[names[name]] = value
        if value is None:
            del tree[names[name]]
    return cose.sign(cbor2.dumps(tree, canonical=True), ISSUER)


def test_c02_a_phone_that_draws_its_pass_now_is_believed() -> None:
    outcome = verify_text(SHOWN, Lists(TRUST), NOW)
    assert outcome == Credential(
        CTI, "KX3M2P7Q", "lanyuan", PassKind.PHONE, 7, "张*明", EXP_S, proof_s=NOW_S
    )


def test_a_phone_pass_fits_a_code_of_version_12() -> None:
    widest = Claims(
        "lanyuan-",
        "KX3M2P7Q",
        NBF_S,
        EXP_S,
        CTI,
        PassKind.PHONE,
        65_535,
        "张明明",
        HOLDER_PUBLIC,
    )
    text = wrapped(issue_credential(widest, ISSUER))
    assert 400 < len(text) <= phone.GD1_CHARS_MAX
    assert code(text) == "E_ISS", "of another community, and of a form that is right"


def test_h86_a_credential_without_its_proof_is_no_pass() -> None:
    assert code("GP1:" + base45.encode(CREDENTIAL)) == "E_LENGTH"


@pytest.mark.parametrize(("away_s", "says"), [(30, "OK"), (31, "E_PROOF_TIME")])
@pytest.mark.parametrize("sign", [1, -1])
def test_h87_h88_a_proof_of_another_half_minute_is_none(
    away_s: int, says: str, sign: int
) -> None:
    assert code(wrapped(CREDENTIAL, iat_s=NOW_S + sign * away_s)) == says


def test_h89_a_proof_counts_once_and_never_an_older_one() -> None:
    proofs = Proofs()
    assert code(SHOWN, proofs=proofs) == "OK"
    assert code(SHOWN, proofs=proofs) == "OK", "only what was taken is remembered"
    proofs.note(CTI, NOW_S)
    assert code(SHOWN, proofs=proofs) == "E_PROOF_REPLAY"
    assert code(wrapped(CREDENTIAL, iat_s=NOW_S - 10), proofs=proofs) == "E_PROOF_REPLAY"
    assert code(wrapped(CREDENTIAL, iat_s=NOW_S + 10), proofs=proofs) == "OK"


def test_proofs_of_many_phones_take_little_room_and_the_newest_stay() -> None:
    proofs = Proofs()
    for number in range(phone.KNOWN_MAX + 10):
        proofs.note(number.to_bytes(8), NOW_S)
    assert proofs.is_new((0).to_bytes(8), NOW_S)
    assert not proofs.is_new((phone.KNOWN_MAX + 9).to_bytes(8), NOW_S)


def test_a_phone_that_is_shown_often_is_remembered_however_many_others_come() -> None:
    proofs = Proofs()
    proofs.note(CTI, NOW_S)
    for number in range(phone.KNOWN_MAX):  # one more than there is room for
        proofs.note(number.to_bytes(8), NOW_S)
        if number == phone.KNOWN_MAX // 2:
            proofs.note(CTI, NOW_S)
    assert not proofs.is_new(CTI, NOW_S)


def test_h90_nobody_else_draws_a_phone_s_pass() -> None:
    assert code(wrapped(CREDENTIAL, OTHER_HOLDER)) == "E_HOLDER_SIG"


def test_h91_a_paper_pass_in_a_proof_is_none() -> None:
    assert code(wrapped(VECTOR_BYTES)) == "E_CLAIMS"


def test_h92_a_proof_in_a_proof_is_none() -> None:
    inner = base45.decode(SHOWN[4:])
    assert inner is not None
    assert code(wrapped(inner[:180])) == "E_PROFILE"


@pytest.mark.parametrize("key", SMALL_ORDER)
def test_s12_a_key_under_which_anybody_signs_is_refused_at_issue_and_at_the_gate(
    key: str,
) -> None:
    public = bytes.fromhex(key)
    weak = credential_of(cnf={1: {1: 1, -1: 6, -2: public}})
    assert code(wrapped(weak)) == "E_HOLDER_KEY"
    claims = Claims(
        "lanyuan", "KX3M2P7Q", NBF_S, EXP_S, CTI, PassKind.PHONE, 7, "", holder=public
    )
    with pytest.raises(MessageError, match="E_HOLDER_KEY"):
        issue_credential(claims, ISSUER)


@pytest.mark.parametrize(
    "cnf",
    [
        b"x",
        {},
        {1: {1: 1, -1: 6}},
        {1: {1: 1, -1: 6, -2: HOLDER_PUBLIC[:31]}},
        {1: {1: 1, -1: 4, -2: HOLDER_PUBLIC}},
        {1: {1: 2, -1: 6, -2: HOLDER_PUBLIC}},
        {1: {1: True, -1: 6, -2: HOLDER_PUBLIC}},
        {True: {1: 1, -1: 6, -2: HOLDER_PUBLIC}},
        {3: HOLDER_PUBLIC},
    ],
)
def test_a_holder_s_key_has_one_form(cnf: object) -> None:
    assert code(wrapped(credential_of(cnf=cnf))) in ("E_CLAIMS", "E_LENGTH")


def test_h81_kind_and_form_belong_together() -> None:
    on_paper = Claims("lanyuan", "KX3M2P7Q", NBF_S, EXP_S, CTI, PassKind.PHONE, 7, "张*明")
    with pytest.raises(MessageError, match="E_KIND"):
        issue(on_paper, ISSUER)
    assert code(wrapped(credential_of(gate=[1, 7, "张*明"]))) == "E_KIND"
    with pytest.raises(MessageError, match="E_HOLDER_KEY"):
        issue_credential(CLAIMS, ISSUER)


@pytest.mark.parametrize(
    ("days", "away_s", "says"),
    [(1, 32, "OK"), (1, 33, "E_PROOF_TIME"), (45, 120, "OK"), (400, 121, "E_PROOF_TIME")],
)
def test_the_window_grows_by_two_seconds_a_day_since_the_clock_was_set(
    days: int, away_s: int, says: str
) -> None:
    now = stamp(NOW_S, ClockState.HOLDOVER)
    drifting = Stamp(now.mono_s, now.utc, now.boot_id, now.clock, days * 86_400.0)
    assert code(wrapped(CREDENTIAL, iat_s=NOW_S - away_s), drifting) == says


def test_a_trusted_clock_has_one_window_however_long_ago_it_was_set() -> None:
    long_ago = replace(NOW, since_set_s=40 * 86_400.0)
    assert code(wrapped(CREDENTIAL, iat_s=NOW_S - 31), long_ago) == "E_PROOF_TIME"


def test_without_a_clock_a_phone_is_marked_for_staff_and_a_replay_is_still_seen() -> None:
    unsure, proofs = stamp(NOW_S, ClockState.UNSURE), Proofs()
    old = wrapped(CREDENTIAL, iat_s=NOW_S + 900_000)
    outcome = verify_text(old, Lists(TRUST), unsure, proofs)
    assert isinstance(outcome, Credential)
    assert outcome.warnings == (PassWarning.TIME_UNSURE,)
    proofs.note(CTI, NOW_S + 900_000)
    assert code(old, unsure, proofs) == "E_PROOF_REPLAY"


def test_whoever_signs_for_another_is_told_so_even_when_the_time_is_wrong_too() -> None:
    stale = wrapped(CREDENTIAL, OTHER_HOLDER, iat_s=NOW_S - 900)
    assert code(stale) == "E_HOLDER_SIG"


def test_the_proof_is_asked_before_the_dates() -> None:
    ended = stamp(EXP_S)
    assert code(SHOWN, ended) == "E_PROOF_TIME"
    assert code(wrapped(CREDENTIAL, iat_s=EXP_S), ended) == "E_EXPIRED"


def test_no_flipped_bit_cut_or_changed_letter_of_a_phone_s_pass_is_accepted() -> None:
    message = base45.decode(SHOWN[4:])
    assert message is not None
    codes = set()
    for bit in range(len(message) * 8):
        flipped = bytearray(message)
        flipped[bit // 8] ^= 1 << bit % 8
        codes.add(code("GD1:" + base45.encode(bytes(flipped))))
    codes |= {code(SHOWN[:length]) for length in range(len(SHOWN))}
    for place in range(len(SHOWN)):
        for letter in base45.ALPHABET:
            if SHOWN[place] != letter:
                codes.add(code(SHOWN[:place] + letter + SHOWN[place + 1 :]))
    assert "OK" not in codes
    assert "E_INTERNAL" not in codes


def test_what_opens_a_holder_s_record_comes_with_good_passes_only() -> None:
    good = check(SHOWN, Lists(TRUST), NOW)
    assert good.signature == CREDENTIAL[-64:]
    assert good.signature.hex() not in repr(good)
    assert check(wrapped(CREDENTIAL, OTHER_HOLDER), Lists(TRUST), NOW).signature == b""
    assert check(VECTOR, Lists(TRUST), NOW).signature == VECTOR_BYTES[-64:]
