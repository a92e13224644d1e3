"""How temperatures are taken, as staff chose it; kept over a restart in one small file."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kiosk import log
from kiosk.core.messages import Measuring
from kiosk.files import write_whole
from kiosk.runtime.holds import Holds, Kept, read_holds

NAME = "measuring.json"


@dataclass(frozen=True, slots=True)
class KeptMeasuring:
    """What staff had said before the restart: how to measure, and who is to wait."""

    measuring: Measuring
    keep: Callable[[Measuring], None]
    holds: Holds = field(default_factory=Holds)


def kept_measuring(folder: Path, journal: Kept) -> KeptMeasuring:
    """Return what staff had said, and where a new choice is kept."""
    keep = partial(keep_measuring, folder)
    return KeptMeasuring(read_measuring(folder), keep, read_holds(journal))


def read_measuring(folder: Path) -> Measuring:
    """Return what was chosen last; by the weather where nothing can be read."""
    try:
        return Measuring(json.loads((folder / NAME).read_text("utf-8")))
    except (OSError, ValueError):
        return Measuring.BY_WEATHER


def keep_measuring(folder: Path, measuring: Measuring) -> None:
    """Keep the choice. A disk that takes nothing costs only its surviving a restart."""
    try:
        write_whole(folder / NAME, json.dumps(measuring.value).encode(), mode=0o600)
    except OSError as exc:
        log.warning(log.Event.MEASURING_NOT_KEPT, detail=str(exc))
