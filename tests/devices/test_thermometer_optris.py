"""Optris and Micro-Epsilon, binary: the makers' bytes, no checksum, so two must agree."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.devices.thermometer_optris import HIGH_RESOLUTION, NORMAL, OptrisPoller
from kiosk.devices.thermometer_polled import PolledThermometer
from kiosk.errors import DeviceFault, DeviceLost, DeviceSilent
from kiosk.simulate.answering import Trouble
from kiosk.simulate.thermometer_optris import OptrisModule
from tests.devices.asking import CLOCK, Port, far_end, line_that, opened, read, reads_until

FOREHEAD, HEAD, SKIN = b"\x05\x55", b"\x04\xbd", b"\x03\xd4"


def device(process: bytes = FOREHEAD, emissivity: bytes = SKIN) -> dict[bytes, bytes]:
    return {b"\x01": process, b"\x02": HEAD, b"\x04": emissivity, b"\x84" + SKIN: SKIN}


def poller(answers: dict[bytes, bytes]) -> tuple[OptrisPoller, Port]:
    line, port = line_that(lambda request: answers.get(request, b""))
    made = OptrisPoller(emissivity=0.98)
    made.prepare(line)
    return made, port


def poll(process: bytes) -> float | None:
    answers = device(process)
    made, _ = poller(answers)
    found = made.poll(line_that(lambda request: answers.get(request, b""))[0])
    return None if found is None else found.object_c


@pytest.mark.parametrize(
    ("answer", "celsius"), [("04d3", 23.5), ("0555", 36.5), ("03b8", -4.8), ("0000", None)]
)
def test_the_worked_answers_are_read(answer: str, celsius: float | None) -> None:
    assert poll(bytes.fromhex(answer)) == celsius


def test_a_high_resolution_head_is_read_in_hundredths() -> None:
    assert HIGH_RESOLUTION.celsius(bytes.fromhex("303e")) == 23.5
    assert NORMAL.celsius(bytes.fromhex("04d3")) == 23.5


@pytest.mark.parametrize("answer", [b"\xff\xff", b"\x00\x00", b"\x08\x99", b"\x02\x57"])
def test_what_lies_out_of_every_range_is_no_temperature(answer: bytes) -> None:
    assert poll(answer) is None


def test_the_emissivity_is_set_in_thousandths_and_read_back() -> None:
    answers = device(emissivity=b"\x03\xb6")

    def obey(request: bytes) -> bytes:
        if request == b"\x84" + SKIN:
            answers[b"\x04"] = SKIN
        return answers.get(request, b"")

    line, port = line_that(obey)
    OptrisPoller(emissivity=0.98).prepare(line)
    assert port.sent == [b"\x04", bytes.fromhex("8403d4"), b"\x04"]


def test_an_emissivity_that_stands_already_is_not_written() -> None:
    _, port = poller(device())
    assert port.sent == [b"\x04"]


def test_an_emissivity_that_does_not_stick_is_a_fault() -> None:
    with pytest.raises(DeviceFault, match=r"stays at 0\.950"):
        poller(device(emissivity=b"\x03\xb6"))


def test_no_sample_before_two_answers_agree() -> None:
    jumping = iter([b"\x05\x55", b"\x06\x55", b"\x05\x55", b"\x05\x56"])
    answers = device()

    def reply(request: bytes) -> bytes:
        return next(jumping, FOREHEAD) if request == b"\x01" else answers[request]

    line, _ = line_that(reply)
    thermometer = PolledThermometer(line, OptrisPoller(emissivity=0.98), CLOCK)
    thermometer.restart()
    assert [s.object_c for s in thermometer.read(2.0)] == [36.6]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.binary(max_size=5), min_size=1))
def test_random_answers_are_no_sample_or_a_fault_by_name(answers: list[bytes]) -> None:
    line, _ = line_that(lambda _: answers.pop() if answers else b"")
    thermometer = PolledThermometer(line, OptrisPoller(emissivity=0.98), CLOCK)
    try:
        thermometer.restart()
        assert thermometer.read(0.1) == []
    except (DeviceSilent, DeviceFault) as exc:
        assert exc.device == "thermometer"


@pytest.mark.parametrize("is_high", [False, True])
def test_the_right_temperatures_come_through_the_catalogue(is_high: bool) -> None:
    module = OptrisModule(is_high_resolution=is_high)
    model = "optris-hs" if is_high else "optris"
    with far_end(module, room_c=22.0) as end, opened(end, model) as thermometer:
        end.approach(34.2)
        assert reads_until(thermometer, lambda s: bool(s) and 33.8 < s[-1].object_c < 34.6)
        samples = read(thermometer, 0.4)
    assert len(samples) >= 3
    assert all(s.ambient_c is not None and abs(s.ambient_c - 22.3) < 0.5 for s in samples)
    assert module.emissivity == 980


def test_no_sample_stands_on_a_lost_emissivity_and_it_is_written_again() -> None:
    module = OptrisModule()
    with far_end(module) as end, opened(end, "optris") as thermometer:
        assert reads_until(thermometer, bool)
        end.restart()
        thermometer.read(2.0)
        assert module.emissivity == 980


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(late_s=0.25),
        Trouble(late_s=0.06, times=2),
        Trouble(times=2),
        Trouble(keep_bytes=1),
        Trouble(before=b"\x05"),
        Trouble(before=b"\x05\x78"),
    ],
)
def test_bad_answers_make_no_sample_and_good_ones_are_believed_again(trouble: Trouble) -> None:
    module = OptrisModule()
    with far_end(module) as end, opened(end, "optris") as thermometer:
        assert reads_until(thermometer, bool)
        vars(module.trouble).update(vars(trouble))
        read(thermometer, 0.15)
        assert read(thermometer, 0.5) == []
        vars(module.trouble).update(vars(Trouble()))
        assert reads_until(thermometer, bool)


def test_a_plug_that_is_pulled_during_a_request_is_a_lost_line() -> None:
    module = OptrisModule()
    with far_end(module) as end, opened(end, "optris") as thermometer:
        assert reads_until(thermometer, bool)
        module.trouble.late_s = 9.0
        pulled = threading.Timer(0.15, end.unplug)
        pulled.start()
        with pytest.raises(DeviceLost):
            read(thermometer, 3.0)
        pulled.join()
