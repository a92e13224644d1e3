"""The rule of three readings on real people: what it finds of fevers, and what it costs.

Wang et al. 2023, PhysioNet (doi 10.13026/3bhc-9065): four readings of each of 1020 and 1009
people by two cameras, and the temperature of the mouth. The offset from forehead to mouth is
the median of mouth minus the middle of the first three readings.
"""

import csv
from pathlib import Path
from statistics import median

import pytest

from kiosk.core.rules import Case, Rules, decide
from kiosk.core.words import Reading, Reason, Referred, Retest

from .making import ANA, FACTS, START

FEVER_C = 37.5  # of the mouth, monitor mode
People = list[tuple[tuple[float, ...], float]]


def people(folder: Path, camera: str) -> People:
    """Return three forehead readings and the mouth's temperature of each person."""
    found: People = []
    for group in (1, 2):
        path = folder / f"{camera}_group{group}.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            _, _, names, *rows = csv.reader(file)
        wanted = [names.index(f"T_FHC_Max{number}") for number in (1, 2, 3)]
        wanted.append(names.index("aveOralM"))
        for row in rows:
            if all(row[place] for place in wanted):
                *readings, mouth = (float(row[place]) for place in wanted)
                found.append((tuple(readings), mouth))
    return found


def is_flagged(skin: tuple[float, ...], offset_c: float, rules: Rules) -> bool:
    """Whether the gate's own rules refer this person as feverish."""
    readings: tuple[Reading, ...] = ()
    for raw_c in skin:
        value_c = raw_c + offset_c
        reading = Reading(raw_c, value_c, 0.1, 9, 1.0, 2.0, 24.0, "c1")
        readings = (*readings, reading)
        verdict = decide(Case(ANA, FACTS, START, readings), rules).verdict
        if not isinstance(verdict, Retest):
            return verdict == Referred(Reason.ELEVATED)
    return False


def figures(found: People, rules: Rules) -> tuple[float, float]:
    """Return sensitivity and specificity."""
    offset_c = median(mouth - median(skin) for skin, mouth in found)
    ill = [is_flagged(skin, offset_c, rules) for skin, mouth in found if mouth >= FEVER_C]
    well = [is_flagged(skin, offset_c, rules) for skin, mouth in found if mouth < FEVER_C]
    return sum(ill) / len(ill), 1 - sum(well) / len(well)


@pytest.mark.needs_shared
@pytest.mark.parametrize(
    ("camera", "rules", "expected"),
    [
        ("FLIR", Rules(rounds_max=1), (0.724, 0.851)),
        ("FLIR", Rules(retest_from_c=37.3), (0.686, 0.868)),
        ("FLIR", Rules(), (0.733, 0.825)),
        ("ICI", Rules(rounds_max=1), (0.781, 0.834)),
        ("ICI", Rules(retest_from_c=37.3), (0.781, 0.843)),
        ("ICI", Rules(), (0.808, 0.799)),
    ],
)
def test_three_readings_find_as_many_fevers_as_was_published(
    shared: Path, camera: str, rules: Rules, expected: tuple[float, float]
) -> None:
    found = people(shared / "data" / "facial-oral-temperature", camera)
    assert len(found) > 700
    assert figures(found, rules) == pytest.approx(expected, abs=0.01)
