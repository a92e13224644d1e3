"""A calibration is believed only when every field of its file can be."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import ThermometerConfig
from kiosk.core.calibrate import PeopleOffset, SensorLine
from kiosk.core.measure import Calibration, Measurer
from kiosk.core.words import Missing, NoReading
from kiosk.devices import catalogue
from kiosk.devices.calibration import (
    BLACKBODY_HOLDS,
    BlackbodyPart,
    CalibrationRecord,
    PeoplePart,
    read_calibration,
    read_record,
    to_json,
    with_blackbody,
    with_people,
)
from kiosk.errors import DeviceFault
from kiosk.timing import ManualClock

GOOD: dict[str, Any] = {
    "id": "lobby-1",
    "offset_c": 2.0,
    "made_on": "2026-12-01",
    "expires_on": "2027-12-01",
}
PART: dict[str, Any] = {
    "made_on": "2026-12-01",
    "expires_on": "2027-12-01",
    "operator": "陈工",
    "instrument_serial": "A-17",
    "reference_serial": None,
    "room_c": 22.0,
    "count": 24,
    "spread_c": 0.21,
}
BLACKBODY = PART | {"low_c": 35.0, "high_c": 39.0, "verify_c": 37.0, "verify_error_c": 0.05}
WHOLE = GOOD | {
    "gain": 1.02,
    "sensor_offset_c": -0.5,
    "blackbody": BLACKBODY,
    "people": PART,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(WHOLE)), inner)
    ),
    max_leaves=6,
)


def write(folder: Path, content: Any) -> Path:
    path = folder / "calibration.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def test_a_good_file_is_read(tmp_path: Path) -> None:
    expected = Calibration("lobby-1", 2.0, date(2026, 12, 1), date(2027, 12, 1))
    assert read_calibration(write(tmp_path, GOOD)) == expected


def test_without_a_file_there_is_no_calibration(tmp_path: Path) -> None:
    assert read_calibration(tmp_path / "calibration.json") is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": ""}, "id"),
        ({"id": "a b"}, "id"),
        ({"id": 7}, "id"),
        ({"offset_c": 4.1}, "offset_c"),
        ({"offset_c": -2.1}, "offset_c"),
        ({"offset_c": "2"}, "offset_c"),
        ({"offset_c": float("nan")}, "offset_c|JSON"),
        ({"made_on": 20261201}, "made_on"),
        ({"made_on": "yesterday"}, "made_on"),
        ({"expires_on": "2026-11-30"}, "expires_on"),
        ({"expires_on": "2046-12-01"}, "expires_on"),
        ({"gain": 0.9}, "gain"),
        ({"gain": 1.01}, "gain"),
        ({"sensor_offset_c": 0.5}, "gain"),
        ({"slope": 1.0}, "slope"),
        ({"offset_c": None}, "offset_c"),
    ],
)
def test_a_file_with_a_mistake_is_refused_by_its_name(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    with pytest.raises(DeviceFault, match=says) as refused:
        read_calibration(write(tmp_path, GOOD | change))
    assert "\n" not in str(refused.value)


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    found = read_calibration(write(tmp_path, WHOLE))
    assert found is not None and (found.gain, found.sensor_offset_c) == (1.02, -0.5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sensor_offset_c": 1.5}, "so far off"),
        ({"sensor_offset_c": -4.1}, "sensor_offset_c"),
        ({"people": None}, "people"),
        ({"blackbody": None}, "gain"),
        ({"offset_c": None}, "offset_c"),
        ({"expires_on": "2027-12-02"}, "expires_on"),
        ({"people": PART | {"expires_on": "2027-06-01"}}, "expires_on"),
        ({"people": PART | {"operator": ""}}, "operator"),
        ({"people": PART | {"operator": "a\nb"}}, "operator"),
        ({"people": PART | {"operator": "x" * 41}}, "operator"),
        ({"people": PART | {"names": ["Ana"]}}, "names"),
        ({"blackbody": PART}, "low_c"),
    ],
)
def test_a_part_that_does_not_fit_is_refused(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    with pytest.raises(DeviceFault, match=says):
        read_calibration(write(tmp_path, WHOLE | change))


def test_a_sensor_without_people_is_no_calibration_that_counts(tmp_path: Path) -> None:
    path = write(tmp_path, WHOLE | {"people": None, "offset_c": None})
    with pytest.raises(DeviceFault, match="kiosk calibrate people"):
        read_calibration(path)
    record = read_record(path)
    assert record is not None and record.line == SensorLine(1.02, -0.5)


def blackbody(day: str, serial: str = "A-17") -> BlackbodyPart:
    made_on = date.fromisoformat(day)
    fields = BLACKBODY | {
        "made_on": made_on,
        "expires_on": made_on + BLACKBODY_HOLDS,
        "instrument_serial": serial,
    }
    return BlackbodyPart.model_validate(fields)


def people(day: str, *, days: int = 365) -> PeoplePart:
    made_on = date.fromisoformat(day)
    dates = {"made_on": made_on, "expires_on": made_on + timedelta(days=days)}
    return PeoplePart.model_validate(PART | dates)


LINE = SensorLine(1.02, -0.5)


def test_people_behind_a_black_body_stay_when_the_sensor_is_calibrated_anew() -> None:
    first = with_blackbody(None, blackbody("2026-12-01"), LINE)
    second = with_people(first, people("2026-12-02"), PeopleOffset(2.1, 0.2, 24))
    third = with_blackbody(second, blackbody("2027-03-01"), SensorLine(1.01, -0.2))
    assert first.offset_c is None and second.line == LINE
    assert (third.offset_c, third.gain) == (2.1, 1.01)
    assert third.expires_on == second.people.expires_on  # type: ignore[union-attr]
    assert len({first.id, second.id, third.id}) == 3


@pytest.mark.parametrize(
    "earlier",
    [
        None,
        CalibrationRecord.model_validate(GOOD),
        with_people(None, people("2026-12-02"), PeopleOffset(2.5, 0.2, 24)),
        with_people(
            with_blackbody(None, blackbody("2026-12-01", "B-2"), LINE),
            people("2026-12-02").model_copy(update={"instrument_serial": "B-2"}),
            PeopleOffset(2.1, 0.2, 24),
        ),
        with_people(
            with_blackbody(None, blackbody("2026-12-01"), LINE),
            people("2026-12-02", days=30),
            PeopleOffset(2.1, 0.2, 24),
        ),
    ],
)
def test_an_offset_with_the_old_error_of_a_sensor_in_it_does_not_stay(
    earlier: CalibrationRecord | None,
) -> None:
    found = with_blackbody(earlier, blackbody("2027-03-01"), LINE)
    assert found.offset_c is None and found.people is None


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    first = with_blackbody(None, blackbody("2026-12-01"), LINE)
    record = with_people(first, people("2026-12-02"), PeopleOffset(2.1, 0.2, 24))
    (tmp_path / "calibration.json").write_bytes(to_json(record))
    assert read_record(tmp_path / "calibration.json") == record


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 5000, b" " * 5000, b"{"])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(content)
    with pytest.raises(DeviceFault, match="calibration"):
        read_calibration(path)


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeviceFault, match="calibration"):
        read_calibration(tmp_path)


@given(JSON)
def test_whatever_stands_in_the_file_it_is_refused_or_sound(
    tmp_path_factory: pytest.TempPathFactory, content: Any
) -> None:
    path = write(tmp_path_factory.mktemp("calibration"), content)
    try:
        found = read_calibration(path)
    except DeviceFault:
        return
    assert found is not None and -2.0 <= found.offset_c <= 4.0


def test_a_calibration_ends_while_the_kiosk_runs(tmp_path: Path, clock: ManualClock) -> None:
    config = ThermometerConfig(
        placement="heated_lobby", room_c=22, outdoor_c=20, warm_up_s=0, calibration=None
    )
    found = read_calibration(write(tmp_path, GOOD))
    measurer = Measurer(catalogue.conditions(config, found, clock))
    measurer.begin(clock.mono_s(), round_no=1)
    assert measurer.elapse(clock.mono_s()) is None
    clock.advance(331 * 86_400.0)  # from 5 January to 2 December
    measurer.begin(clock.mono_s(), round_no=1)
    answer = measurer.elapse(clock.mono_s())
    assert isinstance(answer, NoReading) and answer.reason is Missing.NOT_CALIBRATED
