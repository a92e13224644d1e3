"""The hostile corpus H01 to H86: each input ends at its named check, and nothing gets through.

Rows that belong to phone passes (GD1) and to revocation are left out with them. Where a row
is stopped earlier than the check it aims at, it is also put straight to that check.
"""

import zlib

import cbor2
import pytest

from kiosk.core.words import PassWarning, Refusal, Refused
from kiosk.passes import cose
from kiosk.passes.allowed import AllowList, mark_of
from kiosk.passes.claims import check_label, decode_claims
from kiosk.passes.lists import Lists
from kiosk.passes.revocation import Revocations
from kiosk.passes.text import PREFIX, check_size, decode_body, read_pass, split
from kiosk.passes.trust import KeyStatus, TrustedKey
from kiosk.passes.verify import verify_text
from tests.passes.making import (
    CTI,
    EXP_S,
    ISSUER,
    ISSUER_KEY,
    ISSUER_PUBLIC,
    NBF_S,
    NOW,
    OTHER,
    TREE,
    VECTOR,
    VECTOR_BYTES,
    labelled,
    outcome,
    payload_of,
    signed,
    stamp,
    text_of,
    trust_of,
)

BODY = VECTOR[4:]
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493  # L of RFC 8032
BOMB = zlib.compress(bytes(10_000_000), 9)

TEXTS = {
    "H01 empty text": ("", "E_EMPTY"),
    "H02 prefix only": ("GP1:", "E_LENGTH"),
    "H03 HC1 prefix": ("HC1:" + BODY, "E_PREFIX"),
    "H04 lower-case prefix": ("gp1:" + BODY, "E_PREFIX"),
    "H05 web address": ("HTTPS://EXAMPLE.ORG/GP1:" + BODY[:90], "E_PREFIX"),
    "H06 javascript": ("javascript:alert(1)", "E_PREFIX"),
    "H07 file": ("file:///etc/passwd", "E_PREFIX"),
    "H07 intent": ("intent://scan/#Intent;end", "E_PREFIX"),
    "H08 WIFI": ("WIFI:T:WPA;S:x;P:y;;", "E_PREFIX"),
    "H08 TEL": ("TEL:+8613800000000", "E_PREFIX"),
    "H08 SMSTO": ("SMSTO:+8613800000000:x", "E_PREFIX"),
    "H09 path": ("GP1:../../etc/passwd", "E_BASE45"),
    "H10 quote": ("GP1:' OR 1=1;--", "E_BASE45"),
    "H11 markup": ("GP1:<script>", "E_BASE45"),
    "H12 NUL inside": ("GP1:" + BODY[:50] + "\0" + BODY[51:], "E_BASE45"),
    "H13 trailing newline": (VECTOR + "\n", "E_BASE45"),
    "H14 leading BOM": ("\ufeff" + VECTOR, "E_PREFIX"),
    "H15 full-width prefix": ("ＧＰ１：" + BODY, "E_PREFIX"),
    "H16 Arabic-Indic digits": ("GP1:" + BODY.replace("0", "٠"), "E_BASE45"),
    "H17 bidi override": ("GP1:\u202e" + BODY[1:], "E_BASE45"),
    "H18 7,089 digits": ("1" * 7089, "E_LENGTH"),
    "H19 4,296 alphanumerics": ("GP1:" + "A" * 4292, "E_LENGTH"),
    "H20 group above 65535": ("GP1::::" + BODY[3:], "E_BASE45"),
    "H21 length 1 mod 3": ("GP1:" + BODY[:-1], "E_BASE45"),
    "H22 tail above 255": ("GP1:" + BODY[:-2] + "::", "E_BASE45"),
    "H23 lower-case body": ("GP1:" + BODY.lower(), "E_BASE45"),
    "H26 zlib stream": (text_of(zlib.compress(VECTOR_BYTES)), "E_LENGTH"),
    "H28 bomb as HC1": ("HC1:" + text_of(BOMB)[4:400], "E_PREFIX"),
    "lone surrogate": ("GP1:" + BODY[:-1] + "\ud800", "E_BASE45"),
    "between the two lengths": ("GP1:" + "A" * 300, "E_LENGTH"),
}

# The vector's payload under other heads: each true to COSE, none to the fixed form.
_PAYLOAD, _SIGNATURE = VECTOR_BYTES[13:73], VECTOR_BYTES[73:]
_KID = VECTOR_BYTES[8:12]


def headed(protected: bytes, unprotected: bytes = b"\xa0", payload: bytes = _PAYLOAD) -> bytes:
    return b"\xd2\x84" + cbor2.dumps(protected) + unprotected + payload + _SIGNATURE


def protected_of(tree: dict[int, object]) -> bytes:
    return cbor2.dumps(tree, canonical=True)


FORMS = {
    "H24 one byte short": VECTOR_BYTES[:-1],
    "H25 one byte more": VECTOR_BYTES + b"\0",
    "H27 zlib bomb": BOMB[:140],
    "H29 nested arrays": b"\x81" * 140,
    "H30 array of 2**64-1": b"\xd2\x9b" + b"\xff" * 8 + VECTOR_BYTES[2:130],
    "H31 bstr of 2**40": VECTOR_BYTES[:13]
    + b"\x5b"
    + (2**40).to_bytes(8)
    + VECTOR_BYTES[15:130],
    "H32 tag 61 wrapper": b"\xd8\x3d" + VECTOR_BYTES,
    "H33 tag 18 missing": VECTOR_BYTES[1:],
    "H34 COSE_Sign": b"\xd8\x62" + VECTOR_BYTES[1:],
    "H35 COSE_Mac0": b"\xd1" + VECTOR_BYTES[1:],
    "H36 alg -8": headed(protected_of({1: -8, 4: _KID})),
    "H37 alg -7": headed(protected_of({1: -7, 4: _KID})),
    "H38 alg HMAC": headed(protected_of({1: 5, 4: _KID})),
    "H39 no alg": headed(protected_of({4: _KID})),
    "H40 kid only unprotected": headed(
        protected_of({1: -19}), unprotected=protected_of({4: _KID})
    ),
    "H41 crit header": headed(protected_of({1: -19, 2: [4], 4: _KID})),
    "H49 detached payload": headed(VECTOR_BYTES[3:12], payload=b"\xf6") + bytes(50),
    "kid of 8 bytes": headed(protected_of({1: -19, 4: _KID * 2}))[:144],
    "payload length in two bytes": VECTOR_BYTES[:13] + b"\x59\0\x3a" + VECTOR_BYTES[15:],
}

TOO_LONG_FORMS = {
    "H42 URL header": headed(VECTOR_BYTES[3:12], protected_of({35: "https://example.org/key"})),
    "H43 key in header": headed(VECTOR_BYTES[3:12], protected_of({-1: ISSUER_PUBLIC})),
}

RAW = payload_of()
_INDEFINITE = b"\xbf" + RAW[1:] + b"\xff"
_OUT_OF_ORDER = cbor2.dumps({key: TREE[key] for key in (2, 1, 4, 5, 7, -65537)})
_LONG_INT = RAW.replace(b"\x83\x01\x07", b"\x83\x01\x18\x07")
_DUPLICATE = b"\xa7\x01\x67lanyuan" + RAW[1:]


def with_label_item(item: bytes) -> bytes:
    """The claims with any CBOR item in the place of the label."""
    return labelled("")[:-1] + item


SIGNED = {
    "H52 indefinite map": (_INDEFINITE, "E_CBOR"),
    "H53 keys out of order": (_OUT_OF_ORDER, "E_CBOR"),
    "H54 trailing bytes": (RAW + b"\0\0", "E_CBOR"),
    "H55 non-shortest integer": (_LONG_INT, "E_CBOR"),
    "H56 exp float": (payload_of(exp=1.5), "E_CLAIMS"),
    "H57 exp NaN": (payload_of(exp=float("nan")), "E_CLAIMS"),
    "H58 exp text": (payload_of(exp="1802"), "E_CLAIMS"),
    "H60 exp negative": (payload_of(exp=-1), "E_CLAIMS"),
    "H61 exp true": (payload_of(exp=True), "E_CLAIMS"),
    "H62 nbf after exp": (payload_of(nbf=EXP_S + 1), "E_CLAIMS"),
    "H63 130-year life": (payload_of(nbf=0, exp=130 * 365 * 86_400), "E_CLAIMS"),
    "H64 regular expression": (with_label_item(b"\xd8\x23\x63a.b"), "E_CBOR"),
    "H65 mail message": (with_label_item(b"\xd8\x24\x65a: b\n"), "E_CBOR"),
    "H67 no cti": (payload_of(cti=None), "E_CLAIMS"),
    "H68 cti of 7 bytes": (payload_of(cti=CTI[:7]), "E_CLAIMS"),
    "H69 extra claim": (payload_of(extra=1), "E_CLAIMS"),
    "H70 another community": (payload_of(iss="nanyuan"), "E_ISS"),
    "H71 sub a path": (payload_of(sub="../../a1"), "E_CLAIMS"),
    "H72 label markup": (labelled("<b>x"), "E_LABEL"),
    "H73 label bidi": (labelled("张\u202e明"), "E_LABEL"),
    "H74 label combining": (labelled("A\u0301"), "E_LABEL"),
    "H75 label quote": (labelled("';--"), "E_LABEL"),
    "H76 label formula": (labelled("=1+1"), "E_LABEL"),
    "H77 label newline": (labelled("A\n"), "E_LABEL"),
    "H78 label ZWJ": (labelled("\U0001f468\u200d"), "E_LABEL"),
    "H79 label full-width": (labelled("ＡＢ"), "E_LABEL"),
    "H80 kind 9": (payload_of(gate=[9, 7, "张*明"]), "E_CLAIMS"),
    "H81 paper as phone": (payload_of(gate=[2, 7, "张*明"]), "E_KIND"),
    "H85 before the window": (payload_of(nbf=NBF_S - 2), "E_KEY_WINDOW"),
    "H85 after the window": (payload_of(nbf=NBF_S + 86_401), "E_KEY_WINDOW"),
    "kind true": (payload_of(gate=[True, 7, "张*明"]), "E_CLAIMS"),
    "kind 0": (payload_of(gate=[0, 7, "张*明"]), "E_CLAIMS"),
    "grid true": (payload_of(gate=[1, True, "张*明"]), "E_CLAIMS"),
    "grid 65536": (payload_of(gate=[1, 65_536, "张*明"]), "E_CLAIMS"),
    "grid negative": (payload_of(gate=[1, -1, "张*明"]), "E_CLAIMS"),
    "label null": (labelled(None), "E_CLAIMS"),
    "label bytes": (labelled(b"AB"), "E_CLAIMS"),
    "label of 10 bytes": (labelled("张明A张"), "E_LABEL"),
    "label of 6 letters": (labelled("ABCDEF"), "E_LABEL"),
    "gate of four": (payload_of(gate=[1, 7, "张*明", 0]), "E_CLAIMS"),
    "cti as text": (payload_of(cti="12345678"), "E_CLAIMS"),
    "sub with I": (payload_of(sub="KX3M2P7I"), "E_CLAIMS"),
    "sub with newline": (payload_of(sub="KX3M2P7\n"), "E_CLAIMS"),
    "iss of one letter": (payload_of(iss="a"), "E_CLAIMS"),
    "iss upper case": (payload_of(iss="LANYUAN"), "E_CLAIMS"),
    "life of 400 days and a second": (payload_of(exp=NBF_S + 400 * 86_400 + 1), "E_CLAIMS"),
    "nbf is exp": (payload_of(exp=NBF_S), "E_CLAIMS"),
    "a claim and its end in time": (RAW[:-1], "E_CBOR"),
}

# Aimed at a check they would not reach at their size: put straight to steps 9 and 10.
_SMALL = payload_of(iss="ly", gate=[1, 7, ""])
STRAIGHT = {
    "H51 duplicate key": (b"\xa7\x01\x62ly" + _SMALL[1:], Refusal.CBOR),
    "H59 exp bignum": (payload_of(iss="ly", exp=2**64, gate=[1, 7, ""]), Refusal.CLAIMS),
    "H66 ring of references": (_SMALL[:-1] + b"\xd8\x1c\x81\xd8\x1d\0", Refusal.CBOR),
    "a key that is true": (b"\xa6\xf5" + RAW[2:], Refusal.CBOR),
    "one long string": (b"\x7b" + b"\xff" * 8, Refusal.CBOR),
    "one long array": (b"\x9b" + b"\xff" * 8, Refusal.CBOR),
    "one long map": (b"\xbb" + b"\xff" * 8, Refusal.CBOR),
    "a number": (b"\0", Refusal.CBOR),
    "an empty map": (b"\xa0", Refusal.CLAIMS),
    "nothing": (b"", Refusal.CBOR),
}


@pytest.mark.parametrize(("text", "code"), TEXTS.values(), ids=TEXTS)
def test_text_is_refused_at_its_check(text: str, code: str) -> None:
    assert outcome(text) == code


@pytest.mark.parametrize("message", FORMS.values(), ids=FORMS)
def test_other_forms_of_envelope_are_no_pass(message: bytes) -> None:
    assert outcome(text_of(message)) == "E_PROFILE"
    assert split(message, PREFIX, b"") is Refusal.PROFILE


@pytest.mark.parametrize("message", TOO_LONG_FORMS.values(), ids=TOO_LONG_FORMS)
def test_headers_that_carry_more_are_too_long_and_no_pass(message: bytes) -> None:
    assert outcome(text_of(message)) == "E_LENGTH"
    assert split(message, PREFIX, b"") is Refusal.PROFILE


@pytest.mark.parametrize(("payload", "code"), SIGNED.values(), ids=SIGNED)
def test_truly_signed_nonsense_is_refused_at_its_check(payload: bytes, code: str) -> None:
    assert outcome(signed(payload)) == code


@pytest.mark.parametrize(("payload", "reason"), STRAIGHT.values(), ids=STRAIGHT)
def test_claims_that_are_none_are_refused_even_without_the_gates_before(
    payload: bytes, reason: Refusal
) -> None:
    assert decode_claims(payload) is reason
    assert outcome(signed(payload)) in (reason.value, "E_LENGTH")


def test_small_duplicates_bignums_and_rings_reach_the_strict_decoder() -> None:
    names = ("H51 duplicate key", "H59 exp bignum", "H66 ring of references")
    reached = [outcome(signed(STRAIGHT[name][0])) for name in names]
    assert reached == ["E_CBOR", "E_CLAIMS", "E_CBOR"]


def test_h27_bomb_is_never_inflated() -> None:
    assert check_size(BOMB) is Refusal.LENGTH
    assert outcome(text_of(BOMB)) == "E_LENGTH"
    assert outcome(text_of(BOMB[:140])) == "E_PROFILE"


def test_h44_key_that_nobody_listed_is_unknown() -> None:
    assert outcome(signed(RAW, OTHER)) == "E_KID"
    assert outcome(VECTOR, trust=trust_of()) == "E_KID"


def test_without_a_trust_list_every_key_is_unknown() -> None:
    assert outcome(VECTOR, trust=None) == "E_KID"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (KeyStatus.ACTIVE, "OK"),
        (KeyStatus.VERIFY_ONLY, "OK"),
        (KeyStatus.COMPROMISED, "E_KEY_RETIRED"),
    ],
)
def test_h45_compromised_key_is_retired_and_a_rotated_one_still_verifies(
    status: KeyStatus, code: str
) -> None:
    key = TrustedKey(ISSUER_KEY.kid, "lanyuan", ISSUER_PUBLIC, NBF_S, NBF_S, status)
    assert outcome(VECTOR, trust=trust_of(key)) == code


def test_h46_right_key_id_with_another_key_is_forged() -> None:
    forged = cose.sign(RAW, OTHER)
    as_ours = forged[:8] + ISSUER_KEY.kid + forged[12:]
    signature = OTHER.sign(cose.to_be_signed(VECTOR_BYTES[3:12], RAW))
    assert outcome(text_of(as_ours)) == "E_SIG"
    assert outcome(text_of(VECTOR_BYTES[:-64] + signature)) == "E_SIG"


def test_h47_zero_signature_is_forged() -> None:
    assert outcome(text_of(VECTOR_BYTES[:-64] + bytes(64))) == "E_SIG"


def test_h48_second_form_of_the_same_signature_is_forged() -> None:
    scalar = int.from_bytes(VECTOR_BYTES[-32:], "little") + GROUP_ORDER
    assert outcome(text_of(VECTOR_BYTES[:-32] + scalar.to_bytes(32, "little"))) == "E_SIG"


def test_h50_changed_payload_is_forged() -> None:
    swapped = VECTOR_BYTES.replace(b"KX3M2P7Q", b"KX3M2P7R")
    assert outcome(text_of(swapped)) == "E_SIG"


def test_h82_h83_pass_counts_from_its_first_second_until_its_last() -> None:
    seconds = (NBF_S - 1, NBF_S, EXP_S - 1, EXP_S)
    outcomes = [outcome(VECTOR, at=stamp(second)) for second in seconds]
    assert outcomes == ["E_NOT_YET", "OK", "OK", "E_EXPIRED"]


def test_h86_phone_credential_shown_bare_is_too_long() -> None:
    holder = {1: {1: 1, -1: 6, -2: bytes(32)}}
    tree = {**TREE, 8: holder, -65537: [2, 7, "张*明"]}
    text = signed(cbor2.dumps(tree, canonical=True))
    assert outcome(text) == "E_LENGTH"


def test_a_refusal_names_what_the_signature_vouched_for_and_nothing_else() -> None:
    forged = verify_text(
        text_of(VECTOR_BYTES[:-64] + bytes(64)), Lists(trust_of(ISSUER_KEY)), NOW
    )
    ended = verify_text(VECTOR, Lists(trust_of(ISSUER_KEY)), stamp(EXP_S))
    early = verify_text(VECTOR, Lists(trust_of(ISSUER_KEY)), stamp(NBF_S - 9))
    marked = verify_text(signed(labelled("<b>")), Lists(trust_of(ISSUER_KEY)), NOW)
    assert isinstance(forged, Refused)
    assert len(forged.ref) == 8
    assert forged == Refused(Refusal.SIG, forged.ref)
    assert ended == Refused(Refusal.EXPIRED, CTI, "KX3M2P7Q", "张*明", EXP_S)
    assert early == Refused(Refusal.NOT_YET, CTI, "KX3M2P7Q", "张*明", NBF_S)
    assert marked == Refused(Refusal.LABEL, CTI, "KX3M2P7Q")


def test_forged_texts_are_remembered_by_their_own_hash() -> None:
    first, second = (verify_text(f"GP1:{n}", Lists(), NOW) for n in "AB")
    assert isinstance(first, Refused)
    assert isinstance(second, Refused)
    assert first.ref != second.ref
    assert first.ref.hex() == "eb9a09dedae3316e"


def test_steps_refuse_on_their_own() -> None:
    assert decode_body("A") is Refusal.BASE45
    assert check_size(bytes(109)) is Refusal.LENGTH
    assert check_size(bytes(145)) is Refusal.LENGTH
    assert check_size(bytes(110)) is None
    assert check_label("ＡＢ") is Refusal.LABEL
    assert read_pass(signed(RAW, ISSUER)) == read_pass(VECTOR)


def test_h84_a_revoked_pass_is_refused_and_its_neighbour_is_not() -> None:
    revoked = Revocations("lanyuan", 1, NBF_S, NBF_S + 86_400, CTI)
    lists = Lists(trust_of(ISSUER_KEY), revoked)
    shown = verify_text(VECTOR, lists, NOW)
    assert shown == Refused(Refusal.REVOKED, CTI, "KX3M2P7Q", "张*明")
    other = verify_text(signed(payload_of(cti=b"neighbor")), lists, NOW)
    assert not isinstance(other, Refused)


def test_a_list_past_its_next_update_marks_passes_and_refuses_none() -> None:
    stale = Revocations("lanyuan", 1, NBF_S, NBF_S + 10, b"")
    shown = verify_text(VECTOR, Lists(trust_of(ISSUER_KEY), stale), NOW)
    assert not isinstance(shown, Refused)
    assert shown.warnings == (PassWarning.LIST_STALE,)


def test_under_a_burnt_key_only_what_was_issued_counts_on() -> None:
    burnt = TrustedKey(
        ISSUER_KEY.kid, "lanyuan", ISSUER_PUBLIC, NBF_S, NBF_S, KeyStatus.COMPROMISED
    )
    known = AllowList("lanyuan", 1, ISSUER_KEY.kid, NBF_S, mark_of(RAW))
    lists = Lists(trust_of(burnt), None, {ISSUER_KEY.kid: known})
    assert not isinstance(verify_text(VECTOR, lists, NOW), Refused)
    forged = payload_of(gate=[3, 7, "张*明"])  # the same id, another claim
    for payload in (forged, payload_of(cti=b"newnewid")):
        shown = verify_text(signed(payload), lists, NOW)
        assert isinstance(shown, Refused)
        assert shown.reason is Refusal.KEY_RETIRED
