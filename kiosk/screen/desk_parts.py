"""What the desk asks of the gate beside its inbox: whose PIN, a seal, a look-up."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from kiosk import log
from kiosk.core.messages import StaffEvent
from kiosk.core.words import Sealed
from kiosk.ports import Found
from kiosk.screen import pinyin
from kiosk.timing import Stamp, boot_seconds

TRIES_MAX, TRIES_WITHIN_S = 5, 60.0  # wrong PINs

SealedForm = tuple[Sealed, ...]
Make = Callable[[Stamp], StaffEvent]
Pins = Callable[[str], str | None]
Find = Callable[[str], Sequence[Found]]
FindDoor = Callable[[str, str, str], str | None]  # building, unit or "", room -> household
Take = Callable[[Request], Awaitable[dict[str, Any]]]
Answer = Callable[[Take, Request], Awaitable[JSONResponse]]
NameOf = Callable[[bytes], str | None]  # of the holder of a pass
Seal = Callable[[Mapping[str, str]], tuple[Sealed, ...] | None]


def nobody(_text: str) -> Sequence[Found]:
    """This gate has no directory."""
    return ()


def no_name(_cti: bytes) -> None:
    """This gate has no directory to read names from."""


def not_revoked(_cti: bytes) -> bool:
    """This gate has no list of passes that ended early."""
    return False


@dataclass(frozen=True, slots=True)
class LookUps:
    """Who was sent by central, locked; called in threads."""

    find: Find = nobody  # by a part of the name, its pinyin, or the door
    at_door: Find = nobody
    is_revoked: Callable[[bytes], bool] = not_revoked
    name_of: NameOf = no_name


NO_LOOK_UPS = LookUps()


def no_doors(_building: str, _unit: str, _room: str) -> None:
    """This gate has no register."""


def no_office(_told: Mapping[str, str]) -> None:
    """This gate has no key of an office."""


def routes(answer: Answer, takes: Mapping[str, Take]) -> list[Route]:
    """Return where forms are posted to, and what the keys of a name are asked."""
    posts = [
        Route(f"/staff/{name}", partial(answer, take), methods=["POST"])
        for name, take in takes.items()
    ]
    return [pinyin.ROUTE, *posts]


def note_look_up(found: int, staff: str) -> None:
    """Log who looked residents up; not whom."""
    log.event(log.Event.DIRECTORY_ASKED, staff=staff, found=found)


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
