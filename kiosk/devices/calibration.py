"""The thermometer's calibration file: {"id", "offset_c", "made_on", "expires_on"}.

Believed only after every field is checked: an offset from a bad file would turn fevers into
normal readings.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kiosk.core.measure import Calibration
from kiosk.errors import DeviceFault

FILE_BYTES_MAX = 4096
OFFSET_MIN_C, OFFSET_MAX_C = -2.0, 4.0  # chosen: foreheads read 1.6 to 2.5 C below the mouth
HOLDS_AT_MOST = timedelta(days=400)  # a sensor is checked each year


def _iso_date(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError("must be a date such as 2026-12-01")
    return date.fromisoformat(value)


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
Offset = Annotated[float, Field(ge=OFFSET_MIN_C, le=OFFSET_MAX_C, allow_inf_nan=False)]


class _File(BaseModel):
    """The file's fields and their limits."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    offset_c: Offset
    made_on: IsoDate
    expires_on: IsoDate


def read_calibration(path: Path) -> Calibration | None:
    """Return the calibration in `path`, None when there is no such file.

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
        found = _File.model_validate_json(content)
    except ValidationError as exc:
        problem = exc.errors()[0]
        place = ".".join(str(part) for part in problem["loc"]) or "file"
        raise _fault(path, f"{place}: {problem['msg']}") from exc
    if not found.made_on <= found.expires_on <= found.made_on + HOLDS_AT_MOST:
        raise _fault(path, f"expires_on: must be within {HOLDS_AT_MOST.days} days of made_on")
    return Calibration(found.id, found.offset_c, found.made_on, found.expires_on)


def _fault(path: Path, why: str) -> DeviceFault:
    return DeviceFault("thermometer", f"calibration {path}: {why}; calibrate again")
