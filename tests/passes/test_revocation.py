"""A revocation list is taken whole, from the status key alone, in its order, or not at all."""

import hashlib
import time
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.passes import cose
from kiosk.passes.packed import pack, unpack
from kiosk.passes.revocation import (
    IDS_MAX,
    REVOCATION_BYTES_MAX,
    RevocationPart,
    RevocationRefusal,
    Revocations,
    apply,
    make_revocations,
    read_revocations,
    resume,
)
from tests.passes.making import ISSUER, ROOT

STATUS = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
PUBLIC = STATUS.public_key().public_bytes_raw()
ISSUED_S, NEXT_S = 1_795_000_000, 1_795_086_400
IDS = [number.to_bytes(8) for number in (3, 5, 9)]
TREE: dict[Any, Any] = {
    1: "rl",
    2: "lanyuan",
    3: 7,
    4: 0,
    5: ISSUED_S,
    6: NEXT_S,
    7: b"".join(IDS),
    8: b"",
    9: hashlib.sha256(b"".join(IDS)).digest(),
}
id_sets = st.frozensets(st.integers(0, 40).map(lambda number: number.to_bytes(8)))


def signed(
    ids: Any,
    *,
    seq: int,
    held: Revocations | None = None,
    key: Ed25519PrivateKey = STATUS,
    community: str = "lanyuan",
) -> bytes:
    return make_revocations(
        ids,
        community=community,
        seq=seq,
        issued_s=ISSUED_S,
        next_s=NEXT_S,
        status=key,
        held=held,
    )


def part_of(message: bytes) -> RevocationPart:
    part = read_revocations(message, PUBLIC)
    assert isinstance(part, RevocationPart), part
    return part


def taken(held: Revocations | None, message: bytes) -> Revocations:
    result = apply(held, part_of(message))
    assert isinstance(result, Revocations), result
    return result


def read(tree: object, key: Ed25519PrivateKey = STATUS) -> RevocationPart | RevocationRefusal:
    return read_revocations(cose.sign(cbor2.dumps(tree, canonical=True), key), PUBLIC)


FIVE = taken(None, signed(IDS, seq=5))


def test_full_list_is_read_as_written() -> None:
    part = read(TREE)
    assert isinstance(part, RevocationPart)
    held = apply(None, part)
    assert held == Revocations("lanyuan", 7, ISSUED_S, NEXT_S, b"".join(IDS))
    assert isinstance(held, Revocations)
    assert len(held) == 3 and all(cti in held for cti in IDS)
    assert bytes(8) not in held and IDS[0] + IDS[1] not in held and "3" not in held


def test_list_without_ids_is_a_list() -> None:
    empty = taken(None, signed([], seq=1))
    assert len(empty) == 0 and empty


def test_difference_says_only_what_changed_and_is_small() -> None:
    many = [number.to_bytes(8) for number in range(20_000)]
    held = taken(None, signed(many, seq=1))
    message = signed([*many[50:], *(bytes([9, n]) * 4 for n in range(50))], seq=2, held=held)
    assert len(message) < 1000
    result = taken(held, message)
    assert many[0] not in result and bytes([9, 3]) * 4 in result and len(result) == 20_000


@settings(max_examples=60, deadline=None)
@given(st.lists(id_sets, min_size=1, max_size=6))
def test_any_row_of_differences_ends_at_the_newest_list(rounds: list[frozenset[bytes]]) -> None:
    held: Revocations | None = None
    for seq, ids in enumerate(rounds, 1):
        held = taken(held, signed(ids, seq=seq, held=held))
        assert held.ids == pack(ids) and held.seq == seq


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"\0" * (REVOCATION_BYTES_MAX + 1), RevocationRefusal.LENGTH),
        (signed(IDS, seq=7)[:-1], RevocationRefusal.PROFILE),
        (b"", RevocationRefusal.PROFILE),
        (signed(IDS, seq=7, key=ISSUER), RevocationRefusal.KID),
        (signed(IDS, seq=7, key=ROOT), RevocationRefusal.KID),
        (signed(IDS, seq=7)[:-1] + b"\0", RevocationRefusal.SIG),
        (cose.sign(b"\x01\x02", STATUS), RevocationRefusal.CBOR),
        (cose.sign(b"\xbf\xff", STATUS), RevocationRefusal.CBOR),
        (cose.sign(b"", STATUS), RevocationRefusal.CBOR),
        (
            cose.sign(cbor2.dumps(TREE | {7: IDS}, canonical=True), STATUS),
            RevocationRefusal.CBOR,
        ),
    ],
)
def test_message_of_another_form_or_key_is_refused(
    message: bytes, why: RevocationRefusal
) -> None:
    assert read_revocations(message, PUBLIC) is why


@pytest.mark.parametrize(
    "change",
    [
        {1: "tl"},
        {2: "LANYUAN"},
        {2: 7},
        {3: 0},
        {3: True},
        {3: 2**63},
        {3: "7"},
        {4: 7},
        {4: 8},
        {4: -1},
        {5: -1},
        {5: NEXT_S + 1},
        {5: 1.5},
        {6: 2**32},
        {6: None},
        {7: IDS[0].hex()},
        {7: IDS[1] + IDS[0]},  # S4: unsorted
        {7: IDS[0] + IDS[0]},  # S4: repeated
        {7: IDS[0][:7]},
        {7: b"".join(IDS) + b"\0"},
        {8: IDS[0]},  # a full list drops nothing
        {4: 3, 8: IDS[1] + IDS[0]},
        {9: b"\0" * 31},
        {9: "0" * 32},
        {10: 1},
        {"7": b""},
    ],
)
def test_content_of_another_shape_is_refused(change: dict[Any, Any]) -> None:
    assert read(TREE | change) is RevocationRefusal.SHAPE


@pytest.mark.parametrize("key", list(TREE))
def test_missing_field_is_refused(key: int) -> None:
    assert read({k: v for k, v in TREE.items() if k != key}) is RevocationRefusal.SHAPE


@pytest.mark.parametrize("tree", [[], "rl", 7, {}, None])
def test_what_is_no_map_is_refused(tree: object) -> None:
    assert read(tree) is RevocationRefusal.SHAPE


def test_older_list_is_a_rollback() -> None:  # S1
    for held_seq, ids in ((6, IDS), (5, [])):
        held = taken(FIVE, signed(IDS, seq=held_seq))
        assert apply(held, part_of(signed(ids, seq=4))) is RevocationRefusal.ROLLBACK


def test_list_of_another_community_never_replaces_ours() -> None:
    elsewhere = part_of(signed([], seq=9, community="elsewhe"))
    assert apply(FIVE, elsewhere) is RevocationRefusal.ROLLBACK


def test_other_list_of_the_same_number_is_a_fork() -> None:  # S2
    assert apply(FIVE, part_of(signed(IDS[:2], seq=5))) is RevocationRefusal.FORK
    assert apply(FIVE, part_of(signed(IDS, seq=5))) is FIVE, "the same list is no news"


def test_difference_on_another_base_breaks_the_chain() -> None:  # S3
    held_by_others = taken(FIVE, signed(IDS[:2], seq=6))
    message = part_of(signed(IDS[:1], seq=7, held=held_by_others))
    assert apply(FIVE, message) is RevocationRefusal.CHAIN
    assert apply(None, message) is RevocationRefusal.CHAIN


def test_difference_that_does_not_come_out_breaks_the_chain() -> None:
    other_five = Revocations("lanyuan", 5, ISSUED_S, NEXT_S, pack([b"otherfiv"]))
    message = part_of(signed(IDS[:1], seq=6, held=other_five))
    assert apply(FIVE, message) is RevocationRefusal.CHAIN
    wrong = read(TREE | {9: b"\0" * 32})
    assert isinstance(wrong, RevocationPart) and apply(None, wrong) is RevocationRefusal.CHAIN


def test_full_list_replaces_anything_older() -> None:
    assert taken(FIVE, signed([b"k" * 8], seq=9)).ids == b"k" * 8


def test_list_kept_beside_its_newest_part_is_known_by_the_hash() -> None:
    delta = part_of(signed(IDS[:2], seq=6, held=FIVE))
    assert resume(delta, pack(IDS[:2])) == apply(FIVE, delta)
    assert resume(delta, pack(IDS)) is RevocationRefusal.CHAIN
    assert resume(delta, pack(IDS[:2])[:-1]) is RevocationRefusal.SHAPE


def test_125000_ids_fit_and_one_more_does_not() -> None:  # S5
    ids = [number.to_bytes(8) for number in range(IDS_MAX + 1)]
    message = signed(ids[:-1], seq=1)
    assert len(message) <= REVOCATION_BYTES_MAX
    held = taken(None, message)
    assert len(held) == IDS_MAX
    assert read_revocations(signed(ids, seq=2), PUBLIC) is RevocationRefusal.LENGTH
    one_more = part_of(signed(ids, seq=2, held=held))
    assert apply(held, one_more) is RevocationRefusal.LENGTH
    assert resume(one_more, pack(ids)) is RevocationRefusal.LENGTH


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0), bit=st.integers(0, 7))
def test_no_changed_bit_is_taken(at: int, bit: int) -> None:
    message = bytearray(signed(IDS, seq=7))
    message[at % len(message)] ^= 1 << bit
    assert isinstance(read_revocations(bytes(message), PUBLIC), RevocationRefusal)


@given(st.binary(max_size=300))
def test_any_signed_bytes_are_a_part_or_a_named_refusal(payload: bytes) -> None:
    answer = read_revocations(cose.sign(payload, STATUS), PUBLIC)
    assert isinstance(answer, RevocationRefusal | RevocationPart)


@given(id_sets)
def test_packed_ids_come_back_in_order(ids: frozenset[bytes]) -> None:
    assert unpack(pack(ids)) == sorted(ids)


def test_20000_ids_load_at_once_and_are_found_at_once() -> None:
    ids = [hashlib.sha256(bytes([n >> 8, n & 255])).digest()[:8] for n in range(20_000)]
    message = signed(ids, seq=1)
    loads, looks = [], []
    for _ in range(5):
        start_s = time.perf_counter()
        held = taken(None, message)
        loads.append(time.perf_counter() - start_s)
        start_s = time.perf_counter()
        found = sum(cti in held for cti in ids)
        looks.append((time.perf_counter() - start_s) / len(ids))
        assert found == len(ids)
    assert min(loads) <= 0.020 and min(looks) <= 1e-6, (min(loads), min(looks))
