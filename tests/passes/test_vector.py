"""The published vector, to the byte, in both directions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.words import Credential, PassKind, Refusal
from kiosk.errors import MessageError
from kiosk.passes import base45, cose
from kiosk.passes.claims import Claims, decode_claims, encode_claims
from kiosk.passes.issue import issue, new_cti, new_sub
from kiosk.passes.lists import Lists
from kiosk.passes.text import Pass, read_pass
from kiosk.passes.verify import verify_text
from tests.passes.making import (
    CLAIMS,
    CTI,
    EXP_S,
    ISSUER,
    ISSUER_PUBLIC,
    NBF_S,
    NOW,
    TRUST,
    VECTOR,
    VECTOR_BYTES,
    text_of,
)


def test_key_of_the_vector_has_its_published_id() -> None:
    public = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    assert public == ISSUER_PUBLIC.hex()
    assert cose.kid_of(ISSUER_PUBLIC).hex() == "be5de2f4"


def test_issuing_gives_the_vector_to_the_letter() -> None:
    assert issue(CLAIMS, ISSUER) == VECTOR == text_of(VECTOR_BYTES)
    assert len(VECTOR) == 213
    assert len(VECTOR_BYTES) == 139


def test_vector_is_read_into_its_parts() -> None:
    shown = read_pass(VECTOR)
    assert isinstance(shown, Pass)
    assert shown.kid.hex() == "be5de2f4"
    assert shown.signature == VECTOR_BYTES[-64:]
    assert shown.payload == VECTOR_BYTES[15:73]
    assert shown.protected == VECTOR_BYTES[3:12]


def test_vector_verifies_into_a_credential() -> None:
    assert verify_text(VECTOR, Lists(TRUST), NOW) == Credential(
        cti=CTI,
        sub="KX3M2P7Q",
        iss="lanyuan",
        kind=PassKind.RESIDENT,
        grid=7,
        label="张*明",
        exp_s=EXP_S,
    )


LEGAL_CLAIMS = st.builds(
    Claims,
    iss=st.from_regex(r"\A[a-z0-9-]{2,8}\Z"),
    sub=st.builds(new_sub),
    nbf_s=st.integers(0, 2**32 - 2 - 400 * 86_400),
    exp_s=st.just(0),
    cti=st.binary(min_size=8, max_size=8),
    kind=st.sampled_from([PassKind.RESIDENT, PassKind.STAFF, PassKind.VISITOR]),
    grid=st.integers(0, 65_535),
    label=st.sampled_from(["", "A", "张*明", "ABCDE", "李·", "㐀*"]),
)


@given(LEGAL_CLAIMS, st.integers(1, 400 * 86_400))
def test_every_legal_pass_fits_and_says_what_was_issued(claims: Claims, life_s: int) -> None:
    exp_s = claims.nbf_s + life_s
    claims = Claims(
        claims.iss,
        claims.sub,
        claims.nbf_s,
        exp_s,
        claims.cti,
        claims.kind,
        claims.grid,
        claims.label,
    )
    text = issue(claims, ISSUER)
    assert len(text) <= 220
    shown = read_pass(text)
    assert isinstance(shown, Pass)
    assert decode_claims(shown.payload) == claims
    assert encode_claims(claims) == shown.payload


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "LANYUAN"},
        {"sub": "KX3M2P7"},
        {"cti": b"1234567"},
        {"exp_s": NBF_S},
        {"exp_s": NBF_S + 401 * 86_400},
        {"grid": 65_536},
        {"label": "<b>"},
        {"kind": PassKind.PHONE},
    ],
)
def test_issuer_makes_no_pass_that_a_gate_would_refuse(wrong: dict[str, object]) -> None:
    fields = {name: getattr(CLAIMS, name) for name in Claims.__slots__} | wrong
    with pytest.raises(MessageError, match="no gate would take"):
        issue(Claims(**fields), ISSUER)


def test_ids_are_drawn_anew_each_time() -> None:
    assert len({new_cti() for _ in range(100)}) == 100
    subs = {new_sub() for _ in range(100)}
    assert len(subs) == 100
    assert all(len(sub) == 8 and not set(sub) & set("ILOU") for sub in subs)


@given(st.binary(max_size=200))
def test_base45_gives_back_what_it_was_given(message: bytes) -> None:
    assert base45.decode(base45.encode(message)) == message


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ],
)
def test_base45_agrees_with_the_standard(message: bytes, text: str) -> None:
    assert base45.encode(message) == text
    assert base45.decode(text) == message


@pytest.mark.parametrize("text", ["A", "GGW", "ZZ", "::", "ab8", "BB8\n", " BB8 ", "É00", "٠٠"])
def test_base45_reads_nothing_that_is_not_to_the_letter(text: str) -> None:
    assert base45.decode(text) is None


def test_strange_letters_end_in_a_refusal_before_anything_else() -> None:
    assert read_pass("GP1:" + "É" * 200) is Refusal.BASE45
