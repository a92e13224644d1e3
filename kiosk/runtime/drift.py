"""The drift watch on disk, beside the calibration: a drift outlives a restart.

It ends with a new calibration, which has another id, or when a person says that the place
was mended (`kiosk calibrate release` removes the file, also while the kiosk runs).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from kiosk.core.drift import HOURS_OUT, DriftWatch, Hour
from kiosk.core.words import Recorded
from kiosk.files import write_whole

FILE_BYTES_MAX = 4096
_MODE = 0o600


def _is_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("must have a time zone")
    return instant.astimezone(UTC)


class _Hour(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    ended: Annotated[datetime, AfterValidator(_is_utc)]
    median_c: Annotated[float, Field(ge=30, le=45, allow_inf_nan=False)]
    count: Annotated[int, Field(ge=1)]


class DriftFile(BaseModel):
    """What is kept: for which calibration, the last hours, whether it drifted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    calibration_id: str
    is_drifted: bool
    hours: Annotated[list[_Hour], Field(max_length=HOURS_OUT)]


def drift_path(calibration: Path) -> Path:
    """Return where the drift of the calibration in this file is kept."""
    return calibration.with_name(f"{calibration.stem}.drift.json")


def read_drift(path: Path, calibration_id: str) -> DriftFile | None:
    """Return what is kept of this calibration, None for nothing.

    A file that cannot be read counts as a drift: it may have told of one.
    """
    try:
        with path.open("rb") as file:
            found = DriftFile.model_validate_json(file.read(FILE_BYTES_MAX))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        return DriftFile(calibration_id=calibration_id, is_drifted=True, hours=[])
    return found if found.calibration_id == calibration_id else None


class KeptDrift:
    """A drift watch that outlives the process. The main thread notes and keeps house."""

    def __init__(self, path: Path, calibration_id: str) -> None:
        self._path, self._calibration_id = path, calibration_id
        self._watch = DriftWatch()
        self._is_kept = True
        if (kept := read_drift(path, calibration_id)) is not None:
            hours = tuple(Hour(h.ended, h.median_c, h.count) for h in kept.hours)
            self._watch = DriftWatch(hours, is_drifted=kept.is_drifted)

    def is_drifted(self) -> bool:
        """Return whether no reading may count. Any thread may ask."""
        return self._watch.is_drifted

    @property
    def detail(self) -> str:
        """Return the hours that showed it, for ops."""
        return ", ".join(f"{h.median_c:.1f} C of {h.count}" for h in self._watch.hours)

    def note(self, recorded: Recorded) -> None:
        """Take an entry that is on disk."""
        before = self._watch.hours
        self._watch.note(recorded)
        if self._watch.hours is not before:
            self._keep()

    def look_again(self) -> None:
        """See whether a person ended the drift; keep what could not be kept before."""
        if not self._is_kept:
            self._keep()
        elif self._watch.is_drifted and read_drift(self._path, self._calibration_id) is None:
            self._watch.forget()

    def _keep(self) -> None:
        kept = DriftFile(
            calibration_id=self._calibration_id,
            is_drifted=self._watch.is_drifted,
            hours=[
                _Hour(ended=h.ended, median_c=h.median_c, count=h.count)
                for h in self._watch.hours
            ],
        )
        try:
            write_whole(self._path, kept.model_dump_json().encode(), mode=_MODE)
        except OSError:
            self._is_kept = False  # a full disk has its own fault; tried again later
            return
        self._is_kept = True
