"""A calibration that ended or a sensor that drifts is told, and no reading counts meanwhile."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.config import ThermometerConfig
from kiosk.core.faults import Fault
from kiosk.core.measure import Measurer
from kiosk.core.words import (
    Direction,
    Entry,
    EntryKind,
    Granted,
    Missing,
    NoReading,
    Reading,
    Recorded,
    Sample,
)
from kiosk.devices import catalogue
from kiosk.runtime.calibrated import Calibrated
from kiosk.runtime.drift import drift_path
from kiosk.runtime.troubles import Troubles
from kiosk.timing import ManualClock

LOBBY = ThermometerConfig(placement="heated_lobby", room_c=22, outdoor_c=20, warm_up_s=0)


@pytest.fixture
def file(tmp_path: Path, clock: ManualClock) -> Path:
    path = tmp_path / "calibration.json"
    today = clock.now().utc.date()
    tree = {
        "id": "lobby-1",
        "offset_c": 2.0,
        "made_on": today.isoformat(),
        "expires_on": (today + timedelta(days=2)).isoformat(),
    }
    path.write_text(json.dumps(tree), "utf-8")
    return path


@pytest.fixture
def troubles(clock: ManualClock) -> Iterator[Troubles]:
    board = Troubles(clock)
    yield board


def let_in(clock: ManualClock, estimate_c: float) -> Recorded:
    now = clock.now()
    reading = Reading(34.4, estimate_c, 0.1, 9, now.mono_s, now.mono_s, 22.0, "lobby-1")
    entry = Entry(
        EntryKind.PASSAGE,
        now,
        UUID(int=1),
        "南门",
        Direction.IN,
        Granted(),
        b"12345678",
        "h-1",
        "",
        1,
        (reading,),
    )
    return Recorded(entry, 1, b"")


def hour(watched: Calibrated, clock: ManualClock, estimate_c: float) -> None:
    for _ in range(40):
        watched.note(let_in(clock, estimate_c))
        clock.advance(93.0)


def answer(watched: Calibrated, clock: ManualClock) -> NoReading | None:
    """What somebody gets who asks for a reading now; None: it is being taken."""
    conditions = catalogue.conditions(LOBBY, watched.calibration, clock)
    measurer = Measurer(replace(conditions, has_drifted=watched.has_drifted))
    measurer.begin(clock.mono_s(), round_no=1)
    return measurer.elapse(clock.mono_s())


def test_a_window_that_fogs_over_ends_readings_until_a_person_has_looked(
    file: Path, clock: ManualClock, troubles: Troubles
) -> None:
    watched = Calibrated(file, clock, troubles)
    for estimate_c in (36.4, 36.2, 36.0):
        hour(watched, clock, estimate_c)
    assert not troubles.active() and answer(watched, clock) is None
    hour(watched, clock, 35.8)
    (fault,) = troubles.active()
    assert fault.fault is Fault.THERMOMETER_DRIFT
    assert fault.detail == "36.0 C of 40, 35.8 C of 40"
    refused = answer(watched, clock)
    assert refused is not None and refused.is_fault
    assert refused.reason is Missing.NOT_CALIBRATED

    hour(watched, clock, 36.4)
    watched.look()
    assert watched.has_drifted()
    again = Calibrated(file, clock, Troubles(clock))  # after a restart
    assert again.has_drifted() and answer(again, clock) is not None

    drift_path(file).unlink()  # kiosk calibrate release
    watched.look()
    assert not troubles.active() and answer(watched, clock) is None


def test_the_gain_and_offset_of_the_sensor_count(
    file: Path, clock: ManualClock, troubles: Troubles
) -> None:
    found = Calibrated(file, clock, troubles).calibration
    assert found is not None
    reads = replace(found, gain=1.02, sensor_offset_c=-0.3)  # of 35.0 it makes 35.4
    measurer = Measurer(catalogue.conditions(LOBBY, reads, clock))
    measurer.begin(clock.mono_s(), round_no=1)
    answers = []
    for _ in range(30):
        at_s = clock.advance(0.1).mono_s
        answers.append(measurer.feed(Sample(at_s, 35.0, 22.0)))
    (reading,) = [a for a in answers if isinstance(a, Reading)]
    assert reading.raw_c == 35.0
    assert reading.estimate_c == 37.7  # 35.4 + 2.0 + 0.15 * 2


def test_a_restart_in_between_does_not_begin_the_two_hours_anew(
    file: Path, clock: ManualClock, troubles: Troubles
) -> None:
    hour(Calibrated(file, clock, troubles), clock, 36.9)
    assert not troubles.active()
    watched = Calibrated(file, clock, troubles)
    hour(watched, clock, 36.9)
    assert watched.has_drifted()


def test_a_new_calibration_begins_the_watch_anew(
    file: Path, clock: ManualClock, troubles: Troubles
) -> None:
    watched = Calibrated(file, clock, troubles)
    hour(watched, clock, 35.9)
    hour(watched, clock, 35.9)
    assert watched.has_drifted()
    file.write_text(file.read_text("utf-8").replace("lobby-1", "lobby-2"), "utf-8")
    assert not Calibrated(file, clock, Troubles(clock)).has_drifted()


def test_a_full_disk_does_not_end_a_drift_and_is_tried_again(
    file: Path, clock: ManualClock, troubles: Troubles
) -> None:
    watched = Calibrated(file, clock, troubles)
    drift_path(file).mkdir()  # nothing can be put in its place
    hour(watched, clock, 35.9)
    hour(watched, clock, 35.9)
    watched.look()
    assert watched.has_drifted()
    drift_path(file).rmdir()
    watched.look()
    assert drift_path(file).is_file() and watched.has_drifted()


def test_a_calibration_that_ends_while_the_kiosk_runs_is_told(
    file: Path, clock: ManualClock, troubles: Troubles
) -> None:
    watched = Calibrated(file, clock, troubles)
    clock.advance(2 * 86_400.0)
    watched.look()
    assert not troubles.active() and answer(watched, clock) is None
    clock.advance(86_400.0)
    watched.look()
    (fault,) = troubles.active()
    assert fault.fault is Fault.NOT_CALIBRATED and "ended on" in fault.detail
    refused = answer(watched, clock)
    assert refused is not None and refused.reason is Missing.NOT_CALIBRATED


@pytest.mark.parametrize(("content", "says"), [(None, "not there"), ("{", "calibrate again")])
def test_a_calibration_that_is_missing_or_damaged_is_told(
    tmp_path: Path, clock: ManualClock, troubles: Troubles, content: str | None, says: str
) -> None:
    path = tmp_path / "calibration.json"
    if content is not None:
        path.write_text(content, "utf-8")
    watched = Calibrated(path, clock, troubles)
    (fault,) = troubles.active()
    assert fault.fault is Fault.NOT_CALIBRATED and says in fault.detail
    assert watched.calibration is None and answer(watched, clock) is not None
    hour(watched, clock, 35.0)
    hour(watched, clock, 35.0)
    assert not watched.has_drifted() and not drift_path(path).exists()
