"""Raytek and Fluke, ASCII: lines, settings read back, resets, burst mode, Fahrenheit."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.devices.serial_line import SerialLine
from kiosk.devices.thermometer_polled import PolledThermometer
from kiosk.devices.thermometer_raytek import RaytekPoller
from kiosk.errors import DeviceFault, DeviceLost, DeviceSilent
from kiosk.simulate.answering import Trouble
from kiosk.simulate.thermometer_raytek import RaytekModule
from tests.devices.asking import CLOCK, Port, far_end, line_that, opened, read, reads_until

WELL = {
    "\r": "*Syntax Error",
    "V=P\r": "!VP",
    "?U\r": "!UC",
    "?E\r": "!E0.980",
    "?XI\r": "!XI0",
    "XI=0\r": "!XI0",
    "?T\r": "!T036.5",
    "?I\r": "!I024.1",
}


def poller(answers: dict[str, str]) -> tuple[RaytekPoller, SerialLine, Port]:
    def reply(request: bytes) -> bytes:
        return f"{answers.get(request.decode(), '*Syntax Error')}\r\n".encode()

    line, port = line_that(reply)
    made = RaytekPoller(emissivity=0.98)
    made.prepare(line)
    return made, line, port


def poll(**shown: str) -> tuple[float, float | None] | None:
    made, line, _ = poller(
        WELL | {f"?{key}\r": f"!{key}{value}" for key, value in shown.items()}
    )
    found = made.poll(line)
    return None if found is None else (found.object_c, found.ambient_c)


def test_the_worked_line_is_read() -> None:
    assert poll() == (36.5, 24.1)


@pytest.mark.parametrize("shown", ["36.5", "+36.5", "0036.50", "36"])
def test_any_number_of_digits_is_read(shown: str) -> None:
    found = poll(T=shown)
    assert found is not None and abs(found[0] - 36.5) <= 0.5


@pytest.mark.parametrize(
    "shown", [">>>>", "EEEE", "<<<<", "", "nan", "inf", "3_6", "36,5", "0x24", "500.0", "-99"]
)
def test_what_is_no_plausible_number_is_no_temperature(shown: str) -> None:
    assert poll(T=shown) is None


def test_an_answer_to_another_question_is_no_temperature() -> None:
    made, line, _ = poller(WELL | {"?T\r": "!I036.5"})
    assert made.poll(line) is None


def test_the_emissivity_is_never_written_to_the_eeprom() -> None:
    answers = dict(WELL) | {"?E\r": "!E0.950", "E#0.98\r": "!E0.980"}
    with pytest.raises(DeviceFault, match=r"setting E stays at 0\.950 after E#0\.98"):
        poller(answers)
    module = RaytekModule()
    with far_end(module) as end, opened(end, "raytek") as thermometer:
        assert reads_until(thermometer, bool)
    assert (module.emissivity, module.eeprom_writes) == (0.98, 0)


def test_a_unit_that_stays_fahrenheit_is_a_fault() -> None:
    module = RaytekModule(unit="F")
    module.takes_unit = False
    with far_end(module) as end, pytest.raises(DeviceFault, match="setting U stays at F"):
        opened(end, "raytek").__enter__()


def test_a_device_that_bursts_in_fahrenheit_is_put_right_and_read() -> None:
    module = RaytekModule(unit="F", is_bursting=True)
    with far_end(module, room_c=22.0) as end, opened(end, "raytek") as thermometer:
        end.approach(34.2)
        assert reads_until(thermometer, lambda s: bool(s) and 33.8 < s[-1].object_c < 34.6)
        samples = read(thermometer, 0.4)
    assert len(samples) >= 2
    assert all(s.ambient_c is not None and abs(s.ambient_c - 22.3) < 0.5 for s in samples)
    assert (module.unit, module.is_bursting, module.emissivity) == ("C", False, 0.98)


@pytest.mark.parametrize("has_mark", [True, False])
def test_settings_are_applied_again_after_a_reset(has_mark: bool) -> None:
    module = RaytekModule(unit="F")
    module.has_reset_mark = has_mark
    with far_end(module) as end, opened(end, "raytek") as thermometer:
        assert reads_until(thermometer, bool)
        end.restart()
        assert reads_until(thermometer, lambda _: module.emissivity == 0.98)
        assert module.unit == "C"
        assert reads_until(thermometer, lambda s: len(s) > 1)
        assert module.is_reset is not has_mark


def test_the_reset_mark_alone_brings_the_settings_back() -> None:
    answers = dict(WELL)
    made, line, port = poller(answers)
    answers["?XI\r"] = "!XI1"
    del port.sent[:]
    for _ in range(4):
        made.poll(line)
    assert b"XI=0\r" in port.sent


def test_no_sample_before_two_answers_agree() -> None:
    jumping = iter(["036.5", "046.5", "036.5", "036.6"])

    def reply(request: bytes) -> bytes:
        if request == b"?T\r":
            return f"!T{next(jumping, '036.5')}\r\n".encode()
        return f"{WELL[request.decode()]}\r\n".encode()

    line, _ = line_that(reply)
    thermometer = PolledThermometer(line, RaytekPoller(emissivity=0.98), CLOCK)
    thermometer.restart()
    assert [s.object_c for s in thermometer.read(2.0)] == [36.6]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.binary(max_size=30) | st.just(b"!VP\r\n") | st.just(b"!UC\r\n")))
def test_random_answers_are_no_sample_or_a_fault_by_name(answers: list[bytes]) -> None:
    line, _ = line_that(lambda _: answers.pop() if answers else b"")
    thermometer = PolledThermometer(line, RaytekPoller(emissivity=0.98), CLOCK)
    try:
        thermometer.restart()
        assert thermometer.read(0.1) == []
    except (DeviceSilent, DeviceFault) as exc:
        assert exc.device == "thermometer"


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(late_s=0.3),
        Trouble(times=2),
        Trouble(keep_bytes=5),
        Trouble(before=b"!T040.0\r\n"),
        Trouble(before=b"\xff"),
    ],
)
def test_bad_answers_make_no_sample_and_good_ones_are_believed_again(trouble: Trouble) -> None:
    module = RaytekModule()
    with far_end(module) as end, opened(end, "raytek") as thermometer:
        assert reads_until(thermometer, bool)
        vars(module.trouble).update(vars(trouble))
        read(thermometer, 0.15)
        assert read(thermometer, 0.5) == []
        vars(module.trouble).update(vars(Trouble()))
        assert reads_until(thermometer, bool)


def test_what_a_device_shows_out_of_its_range_is_no_sample() -> None:
    module = RaytekModule()
    with far_end(module) as end, opened(end, "raytek") as thermometer:
        module.shows_instead = ">>>>"
        read(thermometer, 0.15)
        assert read(thermometer, 0.4) == []


def test_a_plug_that_is_pulled_during_a_request_is_a_lost_line() -> None:
    module = RaytekModule()
    with far_end(module) as end, opened(end, "raytek") as thermometer:
        assert reads_until(thermometer, bool)
        module.trouble.late_s = 9.0
        pulled = threading.Timer(0.15, end.unplug)
        pulled.start()
        with pytest.raises(DeviceLost):
            read(thermometer, 3.0)
        pulled.join()
