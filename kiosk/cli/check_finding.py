"""One line of `kiosk check`."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How a part stands, best first."""

    OK = "ok"
    WARN = "warn"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part. `code` is a key of `check_words.WORDS`."""

    part: str
    state: State
    code: str
    detail: str = ""
