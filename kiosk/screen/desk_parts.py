"""What the desk asks of the gate beside its inbox: whose PIN, a seal, a look-up."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from kiosk import log
from kiosk.core.messages import StaffEvent
from kiosk.core.words import Sealed
from kiosk.ports import Found
from kiosk.timing import Stamp, boot_seconds

TRIES_MAX, TRIES_WITHIN_S = 5, 60.0  # wrong PINs

SealedForm = tuple[Sealed, ...]
Make = Callable[[Stamp], StaffEvent]
Pins = Callable[[str], str | None]
Find = Callable[[str], Sequence[Found]]
FindDoor = Callable[[str, str, str], str | None]  # building, unit or "", room -> household
Seal = Callable[[Mapping[str, str]], tuple[Sealed, ...] | None]


def nobody(_text: str) -> Sequence[Found]:
    """This gate has no directory."""
    return ()


def no_doors(_building: str, _unit: str, _room: str) -> None:
    """This gate has no register."""


def no_office(_told: Mapping[str, str]) -> None:
    """This gate has no key of an office."""


def note_look_up(found: int) -> None:
    """Log that somebody looked residents up; not whom."""
    log.event(log.Event.DIRECTORY_ASKED, found=found)


class Tries:
    """Wrong PINs of the last minute. Lives in the screen's event loop."""

    def __init__(self) -> None:
        self._wrong_s: deque[float] = deque(maxlen=TRIES_MAX)

    def note_wrong(self) -> None:
        """Remember one, and log it."""
        self._wrong_s.append(boot_seconds())
        log.warning(log.Event.DUTY_PIN_WRONG)

    def wait_s(self) -> int:
        """Return how many seconds the next try must wait, 0: none."""
        if len(self._wrong_s) < TRIES_MAX:
            return 0
        left_s = self._wrong_s[0] + TRIES_WITHIN_S - boot_seconds()
        return int(left_s) + 1 if left_s > 0 else 0
