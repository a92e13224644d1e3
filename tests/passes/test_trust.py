"""A trust list is taken whole, from the root alone, or not at all."""

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.passes import cose
from kiosk.passes.trust import (
    KeyStatus,
    TrustedKey,
    TrustList,
    TrustRefusal,
    check_successor,
    make_key,
    make_trust,
    read_trust,
)
from tests.passes.making import (
    ISSUER_KEY,
    ISSUER_PUBLIC,
    OTHER,
    ROOT,
    ROOT_PUBLIC,
    TRUST,
    trust_of,
)

ROW: list[Any] = [ISSUER_KEY.kid, "lanyuan", ISSUER_PUBLIC, 5, 9, 0]
TREE: dict[int, Any] = {1: "tl", 2: "lanyuan", 3: 7, 5: 1_795_000_000, 10: [ROW]}


def keys(count: int) -> list[TrustedKey]:
    publics = (bytes([number]) * 32 for number in range(count))
    return [make_key(public, iss="lanyuan", from_s=0, to_s=1) for public in publics]


def read(tree: object) -> TrustList | TrustRefusal:
    return read_trust(cose.sign(cbor2.dumps(tree, canonical=True), ROOT), ROOT_PUBLIC)


def row(**changes: Any) -> dict[int, Any]:
    names = ("kid", "iss", "public", "from_s", "to_s", "status")
    fields = dict(zip(names, ROW, strict=True)) | changes
    return {**TREE, 10: [list(fields.values())]}


def test_list_of_the_root_is_read_as_written() -> None:
    trust = read(TREE)
    assert isinstance(trust, TrustList)
    assert (trust.community, trust.seq, trust.issued_s) == ("lanyuan", 7, 1_795_000_000)
    expected = TrustedKey(ISSUER_KEY.kid, "lanyuan", ISSUER_PUBLIC, 5, 9, KeyStatus.ACTIVE)
    assert dict(trust.keys) == {ISSUER_KEY.kid: expected}


def test_sixteen_keys_fit_and_seventeen_do_not() -> None:
    assert len(trust_of(*keys(16)).keys) == 16
    message = make_trust(keys(17), community="lanyuan", seq=1, issued_s=0, root=ROOT)
    assert read_trust(message, ROOT_PUBLIC) is TrustRefusal.SHAPE


def test_largest_list_stays_under_its_limit() -> None:
    message = make_trust(
        [TrustedKey(k.kid, "abcdefgh", k.public, 2**32 - 2, 2**32 - 1) for k in keys(16)],
        community="abcdefgh",
        seq=2**63 - 1,
        issued_s=2**32 - 1,
        root=ROOT,
    )
    assert len(message) < 1500
    assert isinstance(read_trust(message, ROOT_PUBLIC), TrustList)
    padded = cose.sign(bytes(4096), ROOT)
    assert read_trust(padded, ROOT_PUBLIC) is TrustRefusal.LENGTH


def test_list_signed_by_any_other_key_is_not_taken() -> None:
    by_other = make_trust([ISSUER_KEY], community="lanyuan", seq=1, issued_s=0, root=OTHER)
    assert read_trust(by_other, ROOT_PUBLIC) is TrustRefusal.KID
    as_root = by_other[:8] + cose.kid_of(ROOT_PUBLIC) + by_other[12:]
    assert read_trust(as_root, ROOT_PUBLIC) is TrustRefusal.SIG


def test_one_kid_twice_refuses_the_whole_list() -> None:
    twice = {**TREE, 10: [ROW, [*ROW[:5], 2]]}
    assert read(twice) is TrustRefusal.DUPLICATE


def test_kid_must_be_that_of_its_key() -> None:
    assert read(row(kid=b"abcd")) is TrustRefusal.KEY


@pytest.mark.parametrize(
    "tree",
    [
        {**TREE, 1: "rl"},
        {**TREE, 2: "LANYUAN"},
        {**TREE, 3: -1},
        {**TREE, 3: True},
        {**TREE, 3: 2**63},
        {**TREE, 5: 1.5},
        {**TREE, 10: {}},
        {**TREE, 10: [ROW[:5]]},
        {**TREE, 10: [[*ROW, 0]]},
        {**TREE, 11: 0},
        {key: TREE[key] for key in (1, 2, 3, 10)},
        row(kid=b"abc"),
        row(kid="abcd"),
        row(iss="A"),
        row(public=bytes(31)),
        row(from_s=10),
        row(from_s=-1),
        row(to_s=2**32),
        row(to_s=True),
        row(status=3),
        row(status=True),
        row(status=-1),
        [],
        0,
    ],
)
def test_list_of_another_shape_is_not_taken(tree: object) -> None:
    assert read(tree) is TrustRefusal.SHAPE


def test_list_that_is_not_strict_cbor_is_not_taken() -> None:
    unsorted = cbor2.dumps({key: TREE[key] for key in (10, 1, 2, 3, 5)})
    assert read_trust(cose.sign(unsorted, ROOT), ROOT_PUBLIC) is TrustRefusal.CBOR


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_change_of_a_byte_is_taken(place: int, change: int) -> None:
    message = bytearray(cose.sign(cbor2.dumps(TREE, canonical=True), ROOT))
    message[place % len(message)] ^= change
    assert isinstance(read_trust(bytes(message), ROOT_PUBLIC), TrustRefusal)


@given(st.binary(max_size=5000))
def test_no_bytes_at_all_make_a_list(message: bytes) -> None:
    assert isinstance(read_trust(message, ROOT_PUBLIC), TrustRefusal)


def test_older_list_and_another_of_the_same_number_are_not_taken() -> None:
    newer, again = trust_of(ISSUER_KEY, seq=2), trust_of(ISSUER_KEY, seq=1)
    other = trust_of(seq=1)
    assert check_successor(TRUST, newer) is None
    assert check_successor(TRUST, again) is None
    assert check_successor(newer, TRUST) is TrustRefusal.ROLLBACK
    assert check_successor(TRUST, other) is TrustRefusal.FORK


def test_a_newer_list_of_another_community_never_replaces_ours() -> None:
    message = make_trust([ISSUER_KEY], community="elsewhe", seq=9, issued_s=9, root=ROOT)
    elsewhere = read_trust(message, ROOT_PUBLIC)
    assert isinstance(elsewhere, TrustList)
    assert check_successor(TRUST, elsewhere) is TrustRefusal.ROLLBACK


def test_keys_of_a_list_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TRUST.keys[b"abcd"] = ISSUER_KEY  # type: ignore[index]
