"""No change of a pass is accepted, and nothing but listed outcomes ever comes out."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.core.words import FOREIGN, Credential, Refusal
from kiosk.passes import base45, strict
from kiosk.passes.lists import Lists
from kiosk.passes.verify import verify_text
from tests.passes.making import (
    NOW,
    TRUST,
    VECTOR,
    VECTOR_BYTES,
    outcome,
    payload_of,
    signed,
    text_of,
)

LISTED = {"OK"} | {reason.value for reason in Refusal} - {"E_INTERNAL"}


def test_no_single_bit_flip_is_accepted() -> None:
    flipped = {
        outcome(text_of(VECTOR_BYTES[:at] + bytes([byte ^ 1 << bit]) + VECTOR_BYTES[at + 1 :]))
        for at, byte in enumerate(VECTOR_BYTES)
        for bit in range(8)
    }
    assert flipped == {"E_PROFILE", "E_KID", "E_SIG"}


def test_no_truncation_is_accepted() -> None:
    cut = {outcome(VECTOR[:length]) for length in range(len(VECTOR))}
    assert cut == {"E_EMPTY", "E_PREFIX", "E_BASE45", "E_LENGTH", "E_PROFILE"}


def test_no_change_of_one_letter_is_accepted() -> None:
    changed = {
        outcome(VECTOR[:at] + letter + VECTOR[at + 1 :])
        for at, ours in enumerate(VECTOR)
        for letter in base45.ALPHABET
        if letter != ours
    }
    assert changed == {"E_PREFIX", "E_LENGTH", "E_BASE45", "E_PROFILE", "E_KID", "E_SIG"}


def test_no_letter_put_in_or_left_out_is_accepted() -> None:
    put_in = {outcome(VECTOR[:at] + "0" + VECTOR[at:]) for at in range(len(VECTOR) + 1)}
    left_out = {outcome(VECTOR[:at] + VECTOR[at + 1 :]) for at in range(len(VECTOR))}
    assert "OK" not in put_in | left_out


@given(st.text() | st.text(base45.ALPHABET).map("GP1:".__add__))
@example("\ud800")
@example("GP1:\ud800")
def test_any_text_at_all_is_a_strange_code(text: str) -> None:
    assert Refusal(outcome(text)) in FOREIGN


@given(st.binary(min_size=110, max_size=144))
def test_any_bytes_of_the_right_size_are_a_strange_code(message: bytes) -> None:
    assert outcome(text_of(message)) == "E_PROFILE"


MARKS = st.sampled_from(
    b"\x00\x18\x1b\x3b\x40\x60\x7f\x80\x9b\x9f\xa0\xbb\xbf\xd8\xf5\xf6\xf9\xff"
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 57), MARKS | st.integers(0, 255)), min_size=1, max_size=3
)


@settings(max_examples=1500)
@given(CHANGES)
def test_truly_signed_changed_claims_end_in_a_listed_outcome(
    changes: list[tuple[int, int]],
) -> None:
    payload = bytearray(payload_of())
    for at, byte in changes:
        payload[at] = byte
    result = outcome(signed(bytes(payload)))
    assert result in LISTED - {"E_EMPTY", "E_PREFIX", "E_BASE45", "E_PROFILE", "E_SIG"}


@settings(max_examples=1000)
@given(st.binary(min_size=29, max_size=63))
def test_truly_signed_noise_never_becomes_a_credential(payload: bytes) -> None:
    assert outcome(signed(payload)) in ("E_CBOR", "E_CLAIMS")


ITEMS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.integers(), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=500)
@given(st.sampled_from(["iss", "sub", "exp", "nbf", "cti", "gate", "extra"]), ITEMS)
def test_any_value_in_the_place_of_a_claim_ends_in_a_listed_outcome(
    name: str, value: object
) -> None:
    assert outcome(signed(payload_of(**{name: value}))) in LISTED


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    width = next(w for w in (1, 2, 4, 8) if number < 256**w)
    return bytes([major << 5 | 23 + width.bit_length()]) + number.to_bytes(width)


LEAVES = (
    st.integers(0, 2**64 - 1).map(lambda n: _head(0, n))
    | st.binary(max_size=20).map(lambda raw: _head(2, len(raw)) + raw)
    | st.sampled_from(["", "a", "[a", "2020-01-01", "1e999999999", "a: b\n\nc"]).map(
        lambda text: _head(3, len(text)) + text.encode()
    )
    | st.sampled_from([b"\xf5", b"\xf6", b"\xf7", b"\xf9\x7e\x00", b"\xff", b"\x9f", b"\x5f"])
)
TAGS = st.integers(0, 300) | st.sampled_from([1004, 43000, 55799])


def _nest(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    tagged = st.tuples(TAGS, inner).map(lambda pair: _head(6, pair[0]) + pair[1])
    listed = st.lists(inner, max_size=3).map(lambda some: _head(4, len(some)) + b"".join(some))
    mapped = st.lists(st.tuples(inner, inner), max_size=2).map(
        lambda some: _head(5, len(some)) + b"".join(key + value for key, value in some)
    )
    return tagged | listed | mapped


@settings(max_examples=2000)
@given(st.recursive(LEAVES, _nest, max_leaves=6))
def test_strict_decoder_meets_nothing_unforeseen_under_any_tag(message: bytes) -> None:
    value = strict.load(message, depth_max=4)
    assert value is not Refusal.INTERNAL


@pytest.mark.parametrize("tag", [0, 1, 4, 5, 28, 29, 30, 35, 36, 37, 258, 260, 261, 55799])
@pytest.mark.parametrize("item", [b"\x61a", b"\x41a", b"\x80", b"\xa0", b"\x82\x01\x02", b"\0"])
def test_tags_that_build_objects_are_refused(tag: int, item: bytes) -> None:
    assert strict.load(_head(6, tag) + item, depth_max=4) is Refusal.CBOR


def test_the_vector_itself_is_accepted() -> None:
    assert isinstance(verify_text(VECTOR, Lists(TRUST), NOW), Credential)
