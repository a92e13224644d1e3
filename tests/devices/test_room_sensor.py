"""Sensors of the room and the street: what they say, when it is old, when they fail."""

import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import ThermometerConfig
from kiosk.core.faults import Fault
from kiosk.core.words import Placement, Surroundings
from kiosk.devices.room_sensor import RoomSensor, RoomWatch, open_room_sensor
from kiosk.errors import ConfigError, DeviceSilent
from kiosk.simulate.answering import Trouble
from kiosk.simulate.thermometer_modbus import XY_MD02, ModbusModule
from kiosk.timing import ManualClock
from tests.devices.asking import far_end


class Board:
    """The faults as they were told."""

    def __init__(self) -> None:
        self.told: list[tuple[Fault, bool, str]] = []

    def __call__(self, fault: Fault, *, is_on: bool, detail: str = "") -> None:
        self.told.append((fault, is_on, detail))


class Says:
    """A source that says one thing."""

    def __init__(self, celsius: float) -> None:
        self.celsius = celsius

    def ask(self) -> float:
        return self.celsius

    def close(self) -> None:
        raise DeviceSilent("room sensor", "is never closed here")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "28-0316a2793aff"
    folder.mkdir()
    (folder / "temperature").write_text("23125\n", "ascii")
    return folder / "temperature"


def test_a_file_of_the_kernel_is_read_in_thousandths(file: Path, clock: ManualClock) -> None:
    assert open_room_sensor(str(file), clock).read_c() == 23.125


def test_the_serial_number_may_be_left_open(file: Path, clock: ManualClock) -> None:
    pattern = str(file.parent.parent / "28-*" / "temperature")
    assert open_room_sensor(pattern, clock).read_c() == 23.125


def test_two_sensors_where_one_is_meant_are_none(file: Path, clock: ManualClock) -> None:
    other = file.parent.parent / "28-second"
    other.mkdir()
    (other / "temperature").write_text("9000\n", "ascii")
    sensor = open_room_sensor(str(file.parent.parent / "28-*" / "temperature"), clock)
    assert sensor.read_c() is None and "2 sensors" in sensor.trouble


@pytest.mark.parametrize(
    "text", ["85000", "127937", "-60000", "", "abc", "nan", "1e3", "2.5", "9" * 150, "\0"]
)
def test_what_no_room_can_have_is_unknown(file: Path, clock: ManualClock, text: str) -> None:
    file.write_text(text, "ascii")
    sensor = open_room_sensor(str(file), clock)
    assert sensor.read_c() is None and sensor.trouble


@given(st.floats())
def test_only_what_a_room_can_have_is_held(celsius: float) -> None:
    held = RoomSensor(Says(celsius), ManualClock()).read_c()
    assert held == celsius if -40 <= celsius <= 60 else held is None


def test_it_is_asked_each_ten_seconds(file: Path, clock: ManualClock) -> None:
    sensor = open_room_sensor(str(file), clock)
    assert sensor.read_c() == 23.125
    file.write_text("19000\n", "ascii")
    clock.advance(9.9)
    assert sensor.read_c() == 23.125
    clock.advance(0.2)
    assert sensor.read_c() == 19.0


def test_what_is_older_than_two_minutes_is_unknown(file: Path, clock: ManualClock) -> None:
    sensor = open_room_sensor(str(file), clock)
    sensor.read_c()
    file.unlink()
    clock.advance(119.0)
    assert sensor.read_c() == 23.125
    clock.advance(2.0)
    assert sensor.read_c() is None and sensor.held_c() is None


@pytest.mark.parametrize("port", ["modbus:xy-md02", "modbus:@/dev/null", "none", "modbus:x@y"])
def test_a_port_that_is_none_is_named(port: str, clock: ManualClock) -> None:
    with pytest.raises(ConfigError) as failure:
        open_room_sensor(port, clock)
    assert failure.value.problems


def test_a_modbus_sensor_in_the_frost_is_read(tmp_path: Path, clock: ManualClock) -> None:
    module = ModbusModule(XY_MD02)
    with far_end(module, room_c=-21.0) as end:
        sensor = open_room_sensor(f"modbus:xy-md02@{end.port}", clock)
        with closing(sensor):
            found = sensor.read_c()
    assert found is not None and abs(found + 21.0) < 0.6


def test_a_modbus_sensor_heals_by_itself(tmp_path: Path, clock: ManualClock) -> None:
    module, link = ModbusModule(XY_MD02), tmp_path / "room"
    with (
        far_end(module, room_c=22.0, link=link) as end,
        closing(open_room_sensor(f"modbus:xy-md02@{link}", clock)) as sensor,
    ):
        for trouble in (Trouble(keep_bytes=3), Trouble(late_s=3.0)):
            vars(module.trouble).update(vars(trouble))
            clock.advance(130.0)
            assert sensor.read_c() is None
        vars(module.trouble).update(vars(Trouble()))
        end.unplug()
        clock.advance(130.0)
        assert sensor.read_c() is None and "not there" in sensor.trouble
        end.plug()
        clock.advance(11.0)
        assert sensor.read_c() is not None


def watch(clock: ManualClock, board: Board, **keys: object) -> RoomWatch:
    config = ThermometerConfig.model_validate({"placement": "heated_lobby", **keys})
    return RoomWatch(config, clock, board)


def test_without_sensors_what_was_typed_counts(clock: ManualClock) -> None:
    here = watch(clock, Board(), room_c=21.0)
    assert not here.has_sensors
    assert here.surroundings() == Surroundings(Placement.HEATED_LOBBY, 21.0, None)


def test_a_sensor_counts_before_what_was_typed_and_never_falls_back_to_it(
    file: Path, clock: ManualClock
) -> None:
    here = watch(clock, Board(), room_c=21.0, room_port=str(file), outdoor_c=-12.0)
    assert here.surroundings().room_c is None
    here.look()
    assert here.surroundings() == Surroundings(Placement.HEATED_LOBBY, 23.125, -12.0)
    file.unlink()
    clock.advance(121.0)
    here.look()
    assert here.surroundings().room_c is None


def test_a_sensor_that_fails_is_a_fault_until_it_heals(file: Path, clock: ManualClock) -> None:
    board = Board()
    outside = file.parent / "outside"
    here = watch(clock, board, room_port=str(file), outdoor_port=str(outside))
    here.look()
    here.look()
    outside.write_text("-15500", "ascii")
    clock.advance(10.0)
    here.look()
    here.look()
    assert [(fault, is_on) for fault, is_on, _ in board.told] == [
        (Fault.ROOM_SENSOR, True),
        (Fault.ROOM_SENSOR, False),
    ]
    assert board.told[0][2].startswith("outdoors: ") and "outside" in board.told[0][2]
    assert here.surroundings().outdoor_c == -15.5


def test_the_worker_asks_at_once_beats_and_stops(file: Path, clock: ManualClock) -> None:
    here = watch(clock, Board(), room_port=str(file))
    stop, beaten = threading.Event(), threading.Event()
    thread = threading.Thread(target=here.run, args=(stop, beaten.set))
    thread.start()
    assert beaten.wait(2.0)
    stop.set()
    thread.join(3.0)
    assert not thread.is_alive()
    assert here.surroundings().room_c == 23.125
