"""The packets of GY-MCU90614 and 90615: found in any noise, and nothing else is."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.devices.thermometer_gy5a import Gy5aDecoder

# Made by hand from the vendor's table; the first is from the header of a vendor's driver.
VENDOR = bytes.fromhex("5a5a45040c780d19a7"), (31.92, 33.53)
FOREHEAD = bytes.fromhex("5a5a45040e440852a9"), (36.52, 21.30)
WINTER = bytes.fromhex("5a5a450404b4fbffaf"), (12.04, -10.25)
SUM_IS_HEADER = bytes.fromhex("5a5a45040df608525a"), (35.74, 21.30)
AMBIENT_IS_HEADER = bytes.fromhex("5a5a45040e42085aaf"), (36.50, 21.38)
WORKED = [VENDOR, FOREHEAD, WINTER, SUM_IS_HEADER, AMBIENT_IS_HEADER]


def packet(object_c: float, ambient_c: float, body_c: float | None = None) -> bytes:
    """Build a packet, independently of the decoder and of the far end."""
    celsius = [object_c, ambient_c] + ([] if body_c is None else [body_c])
    body = b"ZZE" + bytes([2 * len(celsius)])
    for value in celsius:
        body += round(value * 100).to_bytes(2, "big", signed=True)
    return body + bytes([sum(body) & 255])


def decode(*chunks: bytes) -> list[tuple[float, float]]:
    decoder = Gy5aDecoder()
    return [(t.object_c, t.ambient_c) for chunk in chunks for t in decoder.feed(chunk)]


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(p % (len(stream) + 1) for p in places), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


def test_the_worked_packets_are_read() -> None:
    assert decode(b"".join(p for p, _ in WORKED)) == [says for _, says in WORKED]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 100])
def test_packets_are_read_however_they_are_cut(size: int) -> None:
    stream = b"".join(p for p, _ in WORKED)
    chunks = [stream[i : i + size] for i in range(0, len(stream), size)]
    assert decode(*chunks) == [says for _, says in WORKED]


def test_a_body_value_is_kept_beside_the_rest() -> None:
    found = Gy5aDecoder().feed(packet(34.1, 22.0, 36.6) * 2)
    assert [(t.object_c, t.ambient_c, t.body_c) for t in found] == [(34.1, 22.0, 36.6)] * 2


@pytest.mark.parametrize("stray", [b"\x00", b"\x5a", b"\x45"])
def test_a_stray_byte_after_each_packet_is_passed_over(stray: bytes) -> None:
    assert decode((FOREHEAD[0] + stray) * 4) == [FOREHEAD[1]] * 4


def test_one_packet_alone_in_noise_is_not_believed() -> None:
    assert decode(b"\x11" * 20 + FOREHEAD[0] + b"\x11" * 20) == []


@pytest.mark.parametrize("bit", range(72))
def test_a_flipped_bit_never_makes_a_sample(bit: int) -> None:
    damaged = bytearray(FOREHEAD[0])
    damaged[bit // 8] ^= 1 << bit % 8
    good = FOREHEAD[0]
    found = decode(good + good + bytes(damaged) + good + good)
    assert found == [FOREHEAD[1]] * 4


@pytest.mark.parametrize(
    "content",
    [(0.0, 0.0), (-0.01, -0.01), (121.0, 22.0), (-41.0, 22.0), (34.0, 86.0), (34.0, -41.0)],
)
def test_what_no_sound_sensor_says_is_dropped(content: tuple[float, float]) -> None:
    assert decode(packet(*content) * 5) == []


def test_random_bytes_are_not_samples() -> None:
    noise, decoder = random.Random(11), Gy5aDecoder()
    assert not [t for _ in range(500) for t in decoder.feed(noise.randbytes(2000))]


NOISE = st.binary(max_size=40)


@given(NOISE, NOISE, st.lists(st.integers(0, 10_000), max_size=20), st.integers(2, 6))
@settings(max_examples=300)
def test_packets_that_follow_one_another_are_found_in_any_noise(
    before: bytes, after: bytes, places: list[int], count: int
) -> None:
    stream = before + b"\x00" * 11 + FOREHEAD[0] * count + after
    found = decode(*cut(stream, places))
    assert found.count(FOREHEAD[1]) >= count


@given(st.lists(st.binary(max_size=300), max_size=30))
@settings(max_examples=200)
def test_any_bytes_are_taken_and_little_is_held(chunks: list[bytes]) -> None:
    decoder, taken = Gy5aDecoder(), 0
    for chunk in chunks:
        decoder.feed(chunk)
        taken += len(chunk)
        assert decoder.sound_bytes <= taken
        assert decoder.waiting_bytes <= 11  # less than the longest packet


@given(st.binary(max_size=400), st.lists(st.integers(0, 10_000), max_size=20))
@settings(max_examples=200)
def test_how_bytes_are_cut_changes_nothing(noise: bytes, places: list[int]) -> None:
    stream = noise + b"".join(p for p, _ in WORKED) + noise
    assert decode(*cut(stream, places)) == decode(stream)


def test_what_waited_before_a_reset_is_gone() -> None:
    decoder = Gy5aDecoder()
    decoder.feed(FOREHEAD[0] * 2 + FOREHEAD[0][:5])
    decoder.reset()
    assert decoder.feed(FOREHEAD[0][5:] + WINTER[0]) == []
    assert [t.object_c for t in decoder.feed(WINTER[0])] == [12.04] * 2
