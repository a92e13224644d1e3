"""The thermometer's calibration file: what is in force, from which references, until when.

`id`, `offset_c` (skin to body), `made_on` and `expires_on` make a calibration; so they were
written from the start. `gain` and `sensor_offset_c` come from a black body, told in the part
`blackbody`; the part `people` tells where the offset comes from. A file with the first part
alone has no offset yet, and no reading counts by it.

Believed only after every field is checked: an offset from a bad file would turn fevers into
normal readings.
"""

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from kiosk.config import Config, StateDir
from kiosk.core.calibrate import (
    GAIN_MAX,
    GAIN_MIN,
    OFFSET_MAX_C,
    OFFSET_MIN_C,
    PeopleOffset,
    SensorLine,
)
from kiosk.core.measure import Calibration
from kiosk.errors import DeviceFault

FILE_BYTES_MAX = 4096
HOLDS_AT_MOST = timedelta(days=400)  # a sensor is checked each year
BLACKBODY_HOLDS = timedelta(days=365)
# Chosen: people alone vouch for the sensor too, and only for the season they were measured
# in. Behind a black body they are asked for the offset of skin to body alone.
PEOPLE_ALONE_HOLD, PEOPLE_HOLD = timedelta(days=183), timedelta(days=365)


def _iso_date(value: Any) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a date such as 2026-12-01")
    return date.fromisoformat(value)


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
Celsius = Annotated[float, Field(ge=-40, le=60, allow_inf_nan=False)]
Offset = Annotated[float, Field(ge=OFFSET_MIN_C, le=OFFSET_MAX_C, allow_inf_nan=False)]
Gain = Annotated[float, Field(ge=GAIN_MIN, le=GAIN_MAX, allow_inf_nan=False)]
SensorOffset = Annotated[float, Field(ge=-4, le=4, allow_inf_nan=False)]
Spread = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
NAME = r"^[^\x00-\x1f\x7f]{1,40}$"  # of a person or an instrument
Name = Annotated[str, Field(pattern=NAME)]


class _Checked(BaseModel):
    """Frozen, strict, and dates in order."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    made_on: IsoDate
    expires_on: IsoDate

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if not self.made_on <= self.expires_on <= self.made_on + HOLDS_AT_MOST:
            days = HOLDS_AT_MOST.days
            raise ValueError(f"expires_on: must be within {days} days of made_on")
        return self


class _Part(_Checked):
    """Who held which instrument against what, where. `spread_c` is of its readings."""

    operator: Name
    instrument_serial: Name
    reference_serial: Name | None
    room_c: Celsius | None
    count: Annotated[int, Field(ge=1, le=10_000)]
    spread_c: Spread


class BlackbodyPart(_Part):
    """Two points of a black body, and the error that was left at a third one."""

    low_c: Celsius
    high_c: Celsius
    verify_c: Celsius
    verify_error_c: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class PeoplePart(_Part):
    """People whose armpit was measured; `spread_c` is the SD of their offsets."""


class CalibrationRecord(_Checked):
    """The whole file."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    offset_c: Offset | None
    gain: Gain = 1.0
    sensor_offset_c: SensorOffset = 0.0
    blackbody: BlackbodyPart | None = None
    people: PeoplePart | None = None

    @property
    def line(self) -> SensorLine:
        """Return the sensor's own correction."""
        return SensorLine(self.gain, self.sensor_offset_c)

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.blackbody is None and self.line != SensorLine():
            raise ValueError("gain: without the part blackbody")
        if not self.line.is_plausible:
            raise ValueError("sensor_offset_c: no sensor is so far off")
        if self.offset_c is None and (self.blackbody is None or self.people is not None):
            raise ValueError("offset_c: is missing")
        if self.offset_c is not None and self.blackbody is not None and self.people is None:
            raise ValueError("people: the offset comes from nobody")
        if any(
            self.expires_on > part.expires_on for part in (self.blackbody, self.people) if part
        ):
            raise ValueError("expires_on: later than a part of it")
        return self


def calibration_path(config: Config, state: StateDir) -> Path:
    """Return where this kiosk's calibration lies."""
    file = config.thermometer.calibration
    return Path(file) if file else state.calibration


def read_calibration(path: Path) -> Calibration | None:
    """Return the calibration in `path`, None when there is no such file.

    Raises DeviceFault with a sentence when the file cannot be believed, or has no offset.
    """
    if (record := read_record(path)) is None:
        return None
    if record.offset_c is None:
        why = "the sensor is calibrated, people are not; run `kiosk calibrate people`"
        raise DeviceFault("thermometer", f"calibration {path}: {why}")
    return Calibration(
        record.id,
        record.offset_c,
        record.made_on,
        record.expires_on,
        gain=record.gain,
        sensor_offset_c=record.sensor_offset_c,
    )


def read_record(path: Path) -> CalibrationRecord | None:
    """Return all that is in `path`, None when there is no such file.

    Raises DeviceFault with a sentence when the file cannot be believed.
    """
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise _fault(path, exc.strerror or type(exc).__name__) from exc
    if len(content) > FILE_BYTES_MAX:
        raise _fault(path, f"longer than {FILE_BYTES_MAX} bytes")
    try:
        return CalibrationRecord.model_validate_json(content)
    except ValidationError as exc:
        problem = exc.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        raise _fault(path, f"{place}: {message}" if place else message) from exc


def with_blackbody(
    earlier: CalibrationRecord | None, part: BlackbodyPart, line: SensorLine
) -> CalibrationRecord:
    """Return `earlier` with the sensor calibrated anew.

    The offset of people stays only where it was found behind a black body and with the same
    instrument: otherwise the old error of the sensor is in it, and would count twice.
    """
    can_stay = (
        earlier is not None
        and earlier.blackbody is not None
        and earlier.people is not None
        and earlier.people.instrument_serial == part.instrument_serial
        and earlier.people.expires_on >= part.made_on
    )
    kept = earlier if can_stay else None
    return _record(
        part.made_on,
        line=line,
        blackbody=part,
        people=kept.people if kept else None,
        offset_c=kept.offset_c if kept else None,
    )


def with_people(
    earlier: CalibrationRecord | None, part: PeoplePart, found: PeopleOffset
) -> CalibrationRecord:
    """Return `earlier` with a new offset of people; the sensor's correction stays."""
    return _record(
        part.made_on,
        line=earlier.line if earlier else SensorLine(),
        blackbody=earlier.blackbody if earlier else None,
        people=part,
        offset_c=found.offset_c,
    )


def to_json(record: CalibrationRecord) -> bytes:
    """Return the file of a record."""
    tree = record.model_dump(mode="json")
    return (json.dumps(tree, ensure_ascii=False, indent=2) + "\n").encode()


def _record(
    made_on: date,
    *,
    line: SensorLine,
    blackbody: BlackbodyPart | None,
    people: PeoplePart | None,
    offset_c: float | None,
) -> CalibrationRecord:
    """Raises ValidationError where the values are outside the file's limits: our mistake."""
    parts = [part for part in (blackbody, people) if part is not None]
    found = CalibrationRecord(
        id="new",
        offset_c=offset_c,
        gain=line.gain,
        sensor_offset_c=line.offset_c,
        made_on=made_on,
        expires_on=min(part.expires_on for part in parts),
        blackbody=blackbody,
        people=people,
    )
    digest = hashlib.sha256(to_json(found)).hexdigest()
    return found.model_copy(update={"id": f"{made_on:%Y%m%d}-{digest[:4]}"})


def _fault(path: Path, why: str) -> DeviceFault:
    return DeviceFault("thermometer", f"calibration {path}: {why}; calibrate again")
