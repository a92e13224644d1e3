"""A calibration is believed only when every field of its file can be."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import ThermometerConfig
from kiosk.core.measure import Calibration, Measurer
from kiosk.core.words import Missing, NoReading
from kiosk.devices import catalogue
from kiosk.devices.calibration import read_calibration
from kiosk.errors import DeviceFault
from kiosk.timing import ManualClock

GOOD: dict[str, Any] = {
    "id": "lobby-1",
    "offset_c": 2.0,
    "made_on": "2026-12-01",
    "expires_on": "2027-12-01",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(GOOD)), inner)
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
        ({"gain": 1.0}, "gain"),
    ],
)
def test_a_file_with_a_mistake_is_refused_by_its_name(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    with pytest.raises(DeviceFault, match=says) as refused:
        read_calibration(write(tmp_path, GOOD | change))
    assert "\n" not in str(refused.value)


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
