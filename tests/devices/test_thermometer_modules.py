"""The other modules that stream: their packets, and nothing else, become temperatures."""

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.config import MODELS, ThermometerConfig
from kiosk.devices.catalogue import open_thermometer
from kiosk.devices.packets import PacketStream
from kiosk.devices.thermometer_framed import ROWS, FramedDecoder
from kiosk.devices.thermometer_gy5a import Gy5aDecoder
from kiosk.devices.thermometer_gy614 import Gy614Decoder
from kiosk.devices.thermometer_mcu90640 import Mcu90640Decoder
from kiosk.errors import DeviceFault, DeviceSilent
from kiosk.simulate import thermometer_modules as far
from kiosk.simulate.thermometer import FarModule, Gy5aModule, PtyThermometer
from kiosk.timing import SystemClock

Make = Callable[[], PacketStream]


def framed(name: str) -> Make:
    return lambda: FramedDecoder(ROWS[name])


GY614: Make = lambda: Gy614Decoder(emissivity=0.95)  # noqa: E731 - a row of the table below
ARRAY: Make = lambda: Mcu90640Decoder(emissivity=0.98)  # noqa: E731

# From the sheets, or made by hand from them: decoder, one packet, object, ambient.
PICTURE = bytes.fromhex("5a5a0206") + bytes.fromhex("6e0e") * 768 + bytes.fromhex("8d0ee9b8")
WORKED = {
    "gy614": (GY614, "a40307075f0d5408520e4421", 34.12, 21.30),
    "mcu90640": (ARRAY, PICTURE.hex(), 36.94, 37.25),
    "idc50": (framed("idc50"), "aa5506240730", 36.7, None),
    "idc50 made": (framed("idc50"), "aa550624052e", 36.5, None),
    "cjmcu90614, all summed": (framed("cjmcu90614"), "666601040e4408527d", 36.52, 21.30),
    "cjmcu90614, data summed": (framed("cjmcu90614"), "666601040e440852ac", 36.52, 21.30),
}
WITH_SUM = ["gy614", "idc50", "cjmcu90614, all summed"]


def decode(make: Make, *chunks: bytes) -> list[tuple[float, float | None]]:
    decoder = make()
    return [(t.object_c, t.ambient_c) for chunk in chunks for t in decoder.feed(chunk)]


@pytest.mark.parametrize("name", WORKED)
@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_the_worked_packets_are_read_however_they_are_cut(name: str, size: int) -> None:
    make, text, object_c, ambient_c = WORKED[name]
    stream = bytes.fromhex(text) * 3
    chunks = [stream[i : i + size] for i in range(0, len(stream), size)]
    assert decode(make, *chunks) == [(object_c, ambient_c)] * 3


@pytest.mark.parametrize("name", WORKED)
def test_garbage_before_and_half_a_packet_cost_no_later_packet(name: str) -> None:
    make, text, object_c, ambient_c = WORKED[name]
    packet = bytes.fromhex(text)
    stream = b"\x00\xff\x13" + packet[: len(packet) // 2] + packet * 4
    found = decode(make, stream)
    assert len(found) >= 2
    assert set(found) == {(object_c, ambient_c)}


@pytest.mark.parametrize("name", WITH_SUM)
def test_no_packet_with_one_bit_turned_is_read(name: str) -> None:
    make, text, object_c, ambient_c = WORKED[name]
    packet = bytes.fromhex(text)
    for bit in range(len(packet) * 8):
        damaged = bytearray(packet)
        damaged[bit // 8] ^= 1 << bit % 8
        found = decode(make, packet * 2 + bytes(damaged) + packet * 2)
        assert set(found) == {(object_c, ambient_c)}, f"bit {bit}"


def test_no_picture_with_one_bit_turned_is_read() -> None:
    for bit in random.Random(5).sample(range(len(PICTURE) * 8), 300):
        damaged = bytearray(PICTURE)
        damaged[bit // 8] ^= 1 << bit % 8
        assert decode(ARRAY, bytes(damaged) + PICTURE) == [], f"bit {bit}"


@pytest.mark.parametrize(
    "make", [Gy5aDecoder, GY614, ARRAY, framed("idc50"), framed("cjmcu90614")]
)
def test_noise_is_never_a_temperature(make: Make) -> None:
    """200,000 bytes here; the two millions are a figure that is measured by hand."""
    rng, decoder = random.Random(7), make()
    found = [t for _ in range(50) for t in decoder.feed(rng.randbytes(4000))]
    assert len(found) <= 1
    assert decoder.waiting_bytes <= 1544


@pytest.mark.parametrize("name", ["rqvk002"])
def test_without_a_sum_one_packet_proves_nothing(name: str) -> None:
    warm, hot = bytes.fromhex("5a0000050aa5"), bytes.fromhex("5a00003c0aa5")
    make = framed(name)
    assert decode(make, warm) == []
    assert decode(make, warm * 2) == [(36.5, 25.0)]
    assert decode(make, warm + b"\x00" + warm) == []  # something lay between them
    assert decode(make, warm * 2 + hot + warm) == [(36.5, 25.0)]


def test_a_negative_tenth_is_twos_complement() -> None:
    cold = bytes.fromhex("5a00fffe00a5")
    assert decode(framed("rqvk002"), cold * 2) == [(35.8, 24.9)]


def test_the_sum_of_a_cjmcu_is_settled_by_its_first_ten_packets() -> None:
    decoder = FramedDecoder(ROWS["cjmcu90614"])
    whole, data = bytes.fromhex("666601040e4408527d"), bytes.fromhex("666601040e440852ac")
    assert len(decoder.feed(whole * 12)) == 12
    assert decoder.feed(data * 4) == []


def test_a_packet_with_another_emissivity_is_not_believed() -> None:
    packet = bytes.fromhex(WORKED["gy614"][1])
    assert decode(lambda: Gy614Decoder(emissivity=0.98), packet * 4) == []


@given(st.lists(st.binary(max_size=64), max_size=20))
@settings(max_examples=60)
def test_any_bytes_may_come(chunks: list[bytes]) -> None:
    for make in (GY614, ARRAY, *(framed(name) for name in ROWS if not ROWS[name].request)):
        decoder = make()
        for chunk in chunks:
            decoder.feed(chunk)
            assert decoder.waiting_bytes <= 1544


# Over a pseudo-terminal, through the real driver.

ENDS: dict[str, Callable[[], FarModule]] = {
    "gy5a": Gy5aModule,
    "gy614": far.Gy614Module,
    "mcu90640": far.Mcu90640Module,
    "framed:idc50": far.Idc50Module,
    "framed:ys-haiman": far.YsHaimanModule,
    "framed:cjmcu90614": far.Cjmcu90614Module,
    "framed:rqvk002": far.Rqvk002Module,
    "framed:m23": far.M23Module,
}


@pytest.mark.parametrize("model", ENDS)
def test_each_module_is_read_over_its_line(model: str, tmp_path: Path) -> None:
    with closing(PtyThermometer(link=tmp_path / "line", module=ENDS[model]())) as end:
        end.approach(34.3)
        config = ThermometerConfig(model=model, port=end.port)
        with closing(open_thermometer(config, SystemClock())) as thermometer:
            samples = [s for _ in range(14) for s in thermometer.read(3.0)]
    assert max(s.object_c for s in samples) == pytest.approx(34.3, abs=0.6)
    known = [s.ambient_c for s in samples if s.ambient_c is not None]
    assert not known or known[-1] == pytest.approx(22.3, abs=0.3)


@pytest.mark.parametrize(
    "module", [far.Gy614Module(), far.Mcu90640Module()], ids=["gy614", "mcu90640"]
)
def test_emissivity_is_set_and_set_again_after_the_module_restarted(
    module: far.Gy614Module | far.Mcu90640Module, tmp_path: Path
) -> None:
    def emissivity() -> int:
        is_array = isinstance(module, far.Mcu90640Module)
        return module.emissivity if is_array else module.registers[0x07]

    model = "mcu90640" if isinstance(module, far.Mcu90640Module) else "gy614"
    with closing(PtyThermometer(link=tmp_path / "line", module=module)) as end:
        config = ThermometerConfig(model=model, port=end.port)
        with closing(open_thermometer(config, SystemClock())) as thermometer:
            assert thermometer.read(3.0)
            assert emissivity() == 98
            end.restart()
            assert emissivity() == 95
            thermometer.restart()
            assert emissivity() == 98
            assert thermometer.read(3.0)


def test_a_restarted_gy614_is_silent_until_it_is_set_up_again(tmp_path: Path) -> None:
    with closing(PtyThermometer(link=tmp_path / "line", module=far.Gy614Module())) as end:
        config = ThermometerConfig(model="gy614", port=end.port)
        with closing(open_thermometer(config, SystemClock())) as thermometer:
            assert thermometer.read(3.0)
            end.restart()
            with pytest.raises(DeviceSilent):
                while True:
                    thermometer.read(0.6)


@pytest.mark.parametrize(
    ("model", "module"),
    [
        ("gy614", far.Gy614Module(takes_emissivity=False)),
        ("mcu90640", far.Mcu90640Module(takes_emissivity=False)),
    ],
)
def test_an_emissivity_that_does_not_stick_is_a_fault(
    model: str, module: FarModule, tmp_path: Path
) -> None:
    with closing(PtyThermometer(link=tmp_path / "line", module=module)) as end:
        config = ThermometerConfig(model=model, port=end.port)
        with pytest.raises(DeviceFault, match="emissivity"):
            open_thermometer(config, SystemClock())


def test_every_ready_made_module_can_be_named_in_the_config() -> None:
    named = {m.removeprefix("framed:") for m in MODELS if m.startswith("framed:")}
    assert named == set(ROWS)
