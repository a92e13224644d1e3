"""What `kiosk calibrate` takes from the sensor and from people, without judging it."""

import csv
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from kiosk.core.calibrate import (
    ARMPIT_MAX_C,
    ARMPIT_MIN_C,
    READINGS,
    Point,
    Reference,
    Rejected,
)
from kiosk.core.measure import Measurer
from kiosk.core.measure_pace import FAST
from kiosk.core.words import Missing, NoReading, Reading
from kiosk.ports import Thermometer
from kiosk.timing import Clock

READ_S = 6.0  # a line that says nothing for so long counts as lost in the kiosk too
APART_S = FAST.presence_gap_s + 1.0  # the measurer takes the next person for another
SETTLE_S = 0.3  # what comes just after Enter still knows the operator's hand
SAMPLES_MIN = 3  # of one reading, where a sensor is slower than the reading is long
FILE_BYTES_MAX = 100_000
END = "end"
COLUMNS = ("skin_c", "body_c", "room_c")


def take_point(
    thermometer: Thermometer, clock: Clock, *, source_c: float, seconds: float
) -> Point:
    """Return ten readings of a source, each the median of the samples of `seconds`.

    Raises DeviceError.
    """
    thermometer.restart()  # what waited on the line is of before
    _samples(thermometer, clock, SETTLE_S)
    readings = (median(_samples(thermometer, clock, seconds)) for _ in range(READINGS))
    return Point(source_c, tuple(readings))


def _samples(thermometer: Thermometer, clock: Clock, seconds: float) -> list[float]:
    values: list[float] = []
    until_s = clock.mono_s() + seconds
    while clock.mono_s() < until_s or len(values) < SAMPLES_MIN:
        values += [sample.object_c for sample in thermometer.read(READ_S)]
    return values


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """Takes people one after the other: the sensor first, then what the operator types."""

    thermometer: Thermometer
    clock: Clock
    measurer: Measurer
    room_c: float

    def take(self, number: int) -> Reference | None:
        """Return one person's pair, None when the operator says that it is the end.

        Raises DeviceError.
        """
        while True:
            if _says_end(f"Person {number} before the sensor; Enter to measure ({END}: stop)"):
                return None
            answer = self._measure()
            if (raw_c := _raw(answer)) is None:
                assert isinstance(answer, NoReading)  # a reading has its raw value
                click.echo(f"no reading ({answer.reason.value}); the same person again")
            elif (body_c := _type_armpit()) is not None:
                return Reference(f"person {number}", raw_c, body_c, self.room_c)

    def _measure(self) -> Reading | NoReading:
        self.thermometer.restart()  # what waited on the line is of before
        _samples(self.thermometer, self.clock, APART_S)
        self.measurer.begin(self.clock.mono_s(), round_no=1)
        while True:
            for sample in self.thermometer.read(READ_S):
                if (answer := self.measurer.feed(sample)) is not None:
                    return answer
            if (missed := self.measurer.elapse(self.clock.mono_s())) is not None:
                return missed


def _raw(answer: Reading | NoReading) -> float | None:
    """Return the settled value, also of skin that is too cold for a reading at the gate."""
    is_cold = isinstance(answer, NoReading) and answer.reason in (
        Missing.COLD_SKIN,
        Missing.TOO_COLD_OR_FAR,
    )
    return answer.raw_c if isinstance(answer, Reading) or is_cold else None


def _says_end(question: str) -> bool:
    said = click.prompt(question, default="", show_default=False, prompt_suffix=": ")
    return str(said).strip().lower() == END


def _type_armpit() -> float | None:
    """Return the armpit's temperature as typed, None to leave this person out."""
    while True:
        said = click.prompt(
            "Armpit, C (Enter: leave out)", default="", show_default=False, prompt_suffix=": "
        )
        if not (text := str(said).strip().replace(",", ".")):
            return None
        body_c = _number(text)
        if body_c is not None and ARMPIT_MIN_C <= body_c <= ARMPIT_MAX_C:
            return body_c
        click.echo(f"{text} is no temperature of a healthy person; type it again")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def read_pairs(path: Path, room_c: float | None) -> list[Reference] | Rejected:
    """Return the pairs in a CSV file ("-": standard input); `room_c` where a row has none."""
    try:
        text = _read_text(path)
    except (OSError, UnicodeDecodeError) as exc:
        return Rejected(f"{path}: cannot be read ({exc}); give a CSV file in UTF-8")
    table = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS[:2] if name not in (table.fieldnames or ())]
    if missing:
        return Rejected(f"{path}: its first line must name the columns {', '.join(COLUMNS)}")
    references, wrong = [], []
    for row in table:
        name = f"row {table.line_num}"
        skin_c, body_c = (_number(row.get(column) or "") for column in COLUMNS[:2])
        in_room_c = _number(row["room_c"]) if row.get("room_c") else room_c
        if skin_c is None or body_c is None or in_room_c is None:
            wrong.append(name)
        else:
            references.append(Reference(name, skin_c, body_c, in_room_c))
    if wrong:
        named = ", ".join(wrong[:5])
        return Rejected(f"{named}: no numbers in skin_c, body_c and room_c (or give --room)")
    return references


def _read_text(path: Path) -> str:
    if str(path) == "-":
        content = sys.stdin.buffer.read(FILE_BYTES_MAX)
    else:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX)
    return content.decode("utf-8-sig")


def as_rows(references: list[Reference]) -> str:
    """Return pairs as the CSV text that `read_pairs` takes."""
    lines = (f"{r.raw_c:.2f},{r.body_c},{r.room_c}" for r in references)
    return "\n".join([",".join(COLUMNS), *lines])
